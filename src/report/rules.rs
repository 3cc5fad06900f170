//! The configuration of the checks, whose files are read again when they change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::checks::Checks;
use crate::config::environment::Machine;
use crate::config::files::FileState;

/// The configuration of the checks as of the last refresh of any account.
#[derive(Debug, Clone)]
pub struct Rules(Arc<Mutex<Arc<Checks>>>);

impl Rules {
    /// The configuration as it was read at the start.
    pub fn new(checks: Checks) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(checks))))
    }

    /// The configuration as of now. Files that have changed are read again: a few, each of limited
    /// size.
    pub fn current(&self) -> Arc<Checks> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(renewed) = known.renewed(&Machine { variable: &|_| None }) {
            log(&known.files(), &renewed.files());
            *known = Arc::new(renewed);
        }
        Arc::clone(&known)
    }
}

/// Logs the errors that are new, and the files that can be read again.
fn log(before: &[FileState], after: &[FileState]) {
    let before: BTreeMap<_, _> = before.iter().map(|file| (&file.path, &file.errors)).collect();
    for FileState { path, errors } in after {
        let known = before.get(path).copied();
        if errors.is_empty() && known.is_none_or(Vec::is_empty) {
            continue;
        }
        if errors.is_empty() {
            tracing::info!(file = path, "the file is read again");
        }
        for error in errors.iter().filter(|error| known.is_none_or(|known| !known.contains(error)))
        {
            tracing::error!(%error, "file not read again; its last content remains in use");
        }
    }
}

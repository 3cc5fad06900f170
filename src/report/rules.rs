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

    /// The configuration as of the last refresh.
    pub(super) fn known(&self) -> Arc<Checks> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
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

/// Logs the errors and warnings that are new, and the files that can be read again.
fn log(before: &[FileState], after: &[FileState]) {
    let before: BTreeMap<_, _> = before.iter().map(|file| (&file.path, file)).collect();
    for FileState { path, errors, warnings } in after {
        let known = before.get(path).copied();
        let has_failed = known.is_some_and(|known| !known.errors.is_empty());
        if errors.is_empty() && has_failed {
            tracing::info!(file = path, "the file is read again");
        }
        let is_new = |line: &&String, of: fn(&FileState) -> &Vec<String>| {
            known.is_none_or(|known| !of(known).contains(line))
        };
        for error in errors.iter().filter(|line| is_new(line, |file| &file.errors)) {
            tracing::error!(%error, "file not read again; its last content remains in use");
        }
        for warning in warnings.iter().filter(|line| is_new(line, |file| &file.warnings)) {
            tracing::warn!("{warning}");
        }
    }
}

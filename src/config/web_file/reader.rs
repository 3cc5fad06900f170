//! Reads the files of the web configuration, and remembers their stamps.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::environment::{Environment, Stamp, unreadable};

use super::Seen;

/// Larger than any chain of certificates, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Reads files.
pub(super) struct Reader<'e> {
    environment: &'e dyn Environment,
    seen: RefCell<Vec<(PathBuf, Option<Stamp>)>>,
}

impl<'e> Reader<'e> {
    pub(super) fn new(environment: &'e dyn Environment) -> Self {
        Self { environment, seen: RefCell::default() }
    }

    /// The text of a file. A pipe is refused, since it would never end.
    pub(super) fn text(&self, path: &Path) -> io::Result<String> {
        // The stamp comes first: a change during the read is a change after this stamp.
        let stamp = self.environment.stamp(path);
        self.seen.borrow_mut().push((path.to_owned(), stamp.as_ref().ok().copied()));
        stamp?.at_most(LARGEST)?;
        self.environment.read(path)
    }

    /// The same with the error of a file in PEM form.
    pub(super) fn pem(&self, path: &Path) -> Result<String, String> {
        let name = path.display().to_string();
        self.text(path).map_err(|error| unreadable(&name, &error, "a file in PEM form"))
    }

    /// The files that were read.
    pub(super) fn seen(self) -> Seen {
        self.seen.into_inner()
    }
}

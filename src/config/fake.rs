//! Environment made of maps, for tests.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::environment::{Environment, Stamp};

/// The variables and files of a test.
#[derive(Debug, Default)]
pub(super) struct Fake {
    variables: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, (String, u32)>,
}

impl Fake {
    /// With a variable.
    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With a file that only its owner may read.
    pub(super) fn file(self, path: &str, text: &str) -> Self {
        self.open_file(path, text, 0o600)
    }

    /// With a file of this mode.
    pub(super) fn open_file(mut self, path: &str, text: &str, mode: u32) -> Self {
        self.files.insert(PathBuf::from(path), (text.to_owned(), mode));
        self
    }
}

impl Environment for Fake {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).filter(|text| !text.trim().is_empty()).cloned()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        let (text, mode) = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        if *mode == 0 { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(text.clone()) }
    }

    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        let (text, _) = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        let length = u64::try_from(text.len()).unwrap();
        Ok(Stamp { modified: Timestamp::UNIX_EPOCH, length, number: 0 })
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(self.files.get(path).ok_or(io::ErrorKind::NotFound)?.1)
    }
}

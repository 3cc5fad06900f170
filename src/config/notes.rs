//! The notes about a file while it is read: errors, warnings, and the keys that were asked for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::document::Mark;
use super::environment::unreadable;
use super::errors::ConfigErrors;

/// The notes about a file while it is read.
#[derive(Debug)]
pub(super) struct Notes {
    file: String,
    errors: RefCell<Vec<String>>,
    warnings: RefCell<Vec<String>>,
    asked: RefCell<BTreeSet<String>>,
}

impl Notes {
    pub(super) fn of(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            errors: RefCell::default(),
            warnings: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// Notes an error at a place of the file.
    pub(super) fn note(&self, mark: Mark, what: &str) {
        self.errors.borrow_mut().push(format!("{}: {what}", self.place(mark)));
    }

    /// Notes the line of an error that has its place already.
    pub(super) fn add(&self, line: String) {
        self.errors.borrow_mut().push(line);
    }

    /// Notes a warning about a value that is right and probably not meant.
    pub(super) fn warn(&self, line: String) {
        self.warnings.borrow_mut().push(line);
    }

    /// Notes that a key was asked for, as `accounts[].name`.
    pub(super) fn ask(&self, key: String) {
        self.asked.borrow_mut().insert(key);
    }

    /// Notes that the file as a whole cannot be read.
    pub(super) fn unreadable(&self, error: &io::Error) {
        let line = unreadable(&self.file, error, "a YAML file such as docs/ovhcloud-exporter.yaml");
        self.errors.borrow_mut().push(line);
    }

    /// Returns the warnings about values that are right and probably not meant.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// Every error, those of others included, in the order of the file. Errors without a
    /// place in the file come first.
    pub(super) fn errors(&self, others: ConfigErrors) -> ConfigErrors {
        // Those of others may follow from a value of the file that could not be read.
        let mut all = ConfigErrors(self.errors.borrow().clone());
        all.0.extend(others.0);
        all.0.sort_by_key(|line| self.position(line));
        all
    }

    /// The line and the column that an error is about.
    fn position(&self, error: &str) -> Option<(usize, usize)> {
        let mut numbers = error.strip_prefix(&self.file)?.split(':').skip(1);
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }

    /// The keys that were asked for, as `accounts[].name`.
    #[cfg(test)]
    pub(super) fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }

    /// A path that the file gives; one that is not absolute begins where the file is.
    pub(super) fn path(&self, text: &str) -> Result<PathBuf, String> {
        if text.trim().is_empty() {
            return Err("empty; expected a path".to_owned());
        }
        Ok(Path::new(&self.file).parent().map_or_else(|| text.into(), |place| place.join(text)))
    }

    /// A place of the file, for errors.
    pub(super) fn place(&self, mark: Mark) -> String {
        format!("{}:{}:{}", self.file, mark.line, mark.column)
    }
}

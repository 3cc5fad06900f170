//! The inputs of the configuration outside itself: variables and files.
//!
//! It comes in as an argument, so that nothing in this room reads the process's own and tests
//! bring maps.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Variables and files.
pub trait Environment {
    /// A variable of the environment, if it is set; one that is empty counts as unset, as in
    /// go-ovh.
    fn variable(&self, name: &str) -> Option<String>;

    /// The text of a file.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// The permission bits of a file.
    fn mode(&self, path: &Path) -> io::Result<u32>;

    /// The home directory, for `~/.ovh.conf`: the variable `HOME`. Without it nothing is looked
    /// for there.
    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").map(PathBuf::from)
    }
}

/// This machine's files, with these variables.
#[expect(missing_debug_implementations, reason = "a function has nothing to show")]
pub struct Machine<'a> {
    /// Looks up a variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Environment for Machine<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.trim().is_empty())
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        fs::read_to_string(path)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(fs::metadata(path)?.permissions().mode() & 0o777)
    }
}

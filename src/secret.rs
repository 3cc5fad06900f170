//! A string that does not print, and its source.
//!
//! `config` knows the purpose of a secret, `api` its destination.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// A secret: `Debug` shows `***`, and the memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes over `text`, without the line ends that editors and `echo` leave behind it.
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text.trim_end_matches(['\r', '\n'])))
    }

    /// The text itself, for the one place that sends or signs with it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// For secrets of the configuration: nobody measures the time.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl Debug for Secret {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("***")
    }
}

/// The source of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The given text.
    Given(Secret),
    /// A file, whose content may change while the process runs.
    File(PathBuf),
}

/// A secret file without a secret.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file cannot be read.
    #[error("can't read the secret's file `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// The file is empty.
    #[error("the secret's file `{}` is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl Source {
    /// The current secret: a file is read each time, so that a rotated secret needs no restart.
    ///
    /// # Errors
    ///
    /// The file can't be read or is empty.
    pub fn current(&self) -> Result<Secret, Unusable> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::File(path) => aside(|| read(path)),
        }
    }
}

/// Reads where a file system that does not respond holds up one account and no other.
fn aside<T>(read: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    if matches!(flavor, Ok(RuntimeFlavor::MultiThread)) { block_in_place(read) } else { read() }
}

fn read(path: &Path) -> Result<Secret, Unusable> {
    let text = text(path).map_err(|error| Unusable::Unreadable { path: path.to_owned(), error })?;
    // The text is wiped as the secret it becomes.
    let text = SecretString::from(text);
    let secret = Secret::new(text.expose_secret());
    if secret.expose().trim().is_empty() {
        return Err(Unusable::Empty { path: path.to_owned() });
    }
    Ok(secret)
}

/// The text of a regular file: a pipe may never end, and could be read once.
fn text(path: &Path) -> io::Result<String> {
    let kind = fs::metadata(path)?;
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::other("not a regular file: a pipe, a socket or a device"));
    }
    fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2\n");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    ***,\n)");
        assert_eq!(format!("{:?}", Source::Given(secret.clone())), "Given(***)");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_files_secret_is_read_anew() {
        let path = env::temp_dir().join(format!("secret-{}", process::id()));
        let source = Source::File(path.clone());
        for text in ["one\n", "two"] {
            fs::write(&path, text).unwrap();
            assert_eq!(source.current().unwrap().expose(), text.trim());
        }
        fs::write(&path, "\n").unwrap();
        assert!(matches!(source.current(), Err(Unusable::Empty { .. })));
        fs::remove_file(&path).unwrap();
        assert!(matches!(source.current(), Err(Unusable::Unreadable { .. })));
    }
}

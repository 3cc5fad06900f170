//! The inputs of the configuration outside itself: variables and files.
//!
//! It comes in as an argument, so that nothing in this room reads the process's own and tests
//! bring maps.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

/// Variables and files.
pub trait Environment {
    /// A variable of the environment, if it is set; one that is empty counts as unset, as in
    /// go-ovh.
    fn variable(&self, name: &str) -> Option<String>;

    /// The text of a file. Bytes that are no UTF-8 are an error of the kind `InvalidData`; a pipe, a
    /// socket or a device, whose end may never come, is an error too.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// The same for a file that may be a pipe with a writer, such as a process substitution.
    fn read_piped(&self, path: &Path) -> io::Result<String> {
        self.read(path)
    }

    /// The permission bits of a file or directory, with the sticky bit.
    fn mode(&self, path: &Path) -> io::Result<u32>;

    /// The size and the time of change of a file; an error if it is none, but a directory, a pipe or
    /// a device.
    fn stamp(&self, path: &Path) -> io::Result<Stamp>;

    /// The home directory, for `~/.ovh.conf`: the variable `HOME`. Without it nothing is looked
    /// for there.
    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").map(PathBuf::from)
    }
}

/// No file of a configuration is larger: 16 MiB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How long the writer of a pipe may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The size and the time of change of a file: another content has another stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The time of its last change.
    pub modified: Timestamp,
    /// Its size in bytes.
    pub length: u64,
    /// Its number in the file system, which changes when another file takes its place.
    pub number: u64,
}

impl Stamp {
    /// Refuses a larger file.
    pub(super) fn at_most(self, most: u64) -> io::Result<()> {
        if self.length <= most {
            return Ok(());
        }
        Err(io::Error::other(format!("{} bytes, more than the limit of {most}", self.length)))
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
        self.stamp(path)?;
        text(path)
    }

    fn read_piped(&self, path: &Path) -> io::Result<String> {
        let kind = fs::metadata(path)?.file_type();
        if !kind.is_fifo() && !kind.is_char_device() {
            return self.read(path);
        }
        let (sender, receiver) = mpsc::channel();
        let path = path.to_owned();
        // The thread stays behind if no writer comes.
        thread::spawn(move || sender.send(text(&path)).ok());
        let late = |_| io::Error::other(format!("a pipe that has no end after {PATIENCE:?}"));
        let text = receiver.recv_timeout(PATIENCE).map_err(late)??;
        if text.is_empty() && kind.is_fifo() {
            return Err(io::Error::other(
                "an empty pipe; a pipe can be read once, without reloads",
            ));
        }
        Ok(text)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(fs::metadata(path)?.permissions().mode() & 0o1777)
    }

    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        let found = fs::metadata(path)?;
        if found.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !found.is_file() {
            return Err(io::Error::other("not a regular file: a pipe, a socket or a device"));
        }
        let modified = Timestamp::try_from(found.modified()?).map_err(io::Error::other)?;
        Ok(Stamp { modified, length: found.len(), number: found.ino() })
    }
}

/// The text of a file, up to the limit.
fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, NotUtf8::at(error.as_bytes(), offset))
    })
}

/// The first byte of a file that is no UTF-8.
#[derive(Debug, thiserror::Error)]
#[error("not valid UTF-8 (byte 0x{byte:02X} at offset {offset})")]
struct NotUtf8 {
    line: usize,
    offset: usize,
    byte: u8,
}

impl NotUtf8 {
    fn at(bytes: &[u8], offset: usize) -> Self {
        let before = bytes.iter().take(offset);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        Self { line, offset, byte: bytes.get(offset).copied().unwrap_or_default() }
    }
}

/// The line of an error about a file that cannot be read: `place`, the problem, and the repair.
pub(super) fn unreadable(place: &str, error: &io::Error, expected: &str) -> String {
    let not_utf8 = error.get_ref().and_then(|error| error.downcast_ref::<NotUtf8>());
    if let Some(NotUtf8 { line, .. }) = not_utf8 {
        return format!("{place}:{line}: {error}; save the file as UTF-8");
    }
    match error.kind() {
        io::ErrorKind::NotFound => format!("{place}: no such file; expected {expected}"),
        io::ErrorKind::IsADirectory => format!("{place}: is a directory; expected {expected}"),
        io::ErrorKind::PermissionDenied => {
            format!("{place}: permission denied; let the exporter's user read it")
        }
        _ => format!("{place}: can't be read ({error}); expected {expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_byte_has_its_line_and_offset() {
        let error = NotUtf8::at(b"a: b\nn: \xe9\n", 8);
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        assert_eq!(
            unreadable("f.yaml", &error, "a YAML file"),
            "f.yaml:2: not valid UTF-8 (byte 0xE9 at offset 8); save the file as UTF-8"
        );
    }

    #[test]
    fn a_directory_and_a_missing_file_have_their_own_words() {
        let reported = |kind: io::ErrorKind| unreadable("f", &kind.into(), "a file");
        assert_eq!(reported(io::ErrorKind::IsADirectory), "f: is a directory; expected a file");
        assert_eq!(reported(io::ErrorKind::NotFound), "f: no such file; expected a file");
        assert_eq!(
            reported(io::ErrorKind::PermissionDenied),
            "f: permission denied; let the exporter's user read it"
        );
    }
}

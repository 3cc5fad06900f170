//! Standard output, and the final words on standard error.

use std::io::{self, Write as _};

/// Writes to standard output, which may be full. A closed pipe is no error.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a line to standard error, with the name of the program.
pub(super) fn complain(line: &str) {
    say(&format!("ovhcloud-exporter: {line}\n"));
}

/// Writes to standard error. Nothing can be said where that is closed or full.
pub(super) fn say(text: &str) {
    io::stderr().write_all(text.as_bytes()).ok();
}

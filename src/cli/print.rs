//! Standard output.

use std::io::{self, Write as _};

/// Writes to standard output, which may be full. A closed pipe is no error.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a line of the program to standard error. Where that is closed or full, nobody reads it.
pub(super) fn complain(text: &str) {
    writeln!(io::stderr().lock(), "ovhcloud-exporter: {text}").ok();
}

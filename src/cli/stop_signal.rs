//! The signals that stop the program.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Ends on Ctrl-C and on SIGTERM.
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

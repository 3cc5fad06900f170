//! Messages to the service manager: systemd's units of `Type=notify` and `Type=notify-reload`.
//!
//! The protocol is in `sd_notify(3)`: lines in one datagram to the socket that `NOTIFY_SOCKET` names.

use std::io;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use rustix::time::{ClockId, clock_gettime};

/// The service manager, if one waits for messages.
#[derive(Debug, Default)]
pub struct ServiceManager {
    socket: Option<String>,
}

impl ServiceManager {
    /// The one behind this socket: a path, or `@` and an abstract name.
    pub fn at(socket: Option<String>) -> Self {
        Self { socket }
    }

    /// The exporter serves, after its start or after a reload.
    pub(super) fn ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={status}\n"));
    }

    /// A reload begins; it ends with [`Self::ready`].
    pub(super) fn reloading(&self) {
        // systemd orders it by this clock against its own request.
        let now = clock_gettime(ClockId::Monotonic);
        let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={micros}\nSTATUS=Reloading\n"));
    }

    /// The exporter ends its work.
    pub(super) fn stopping(&self) {
        self.send("STOPPING=1\nSTATUS=Stopping\n");
    }

    fn send(&self, lines: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = send(socket, lines) {
            tracing::warn!(%error, socket, "the service manager was not notified (NOTIFY_SOCKET)");
        }
    }
}

fn send(socket: &str, lines: &str) -> io::Result<()> {
    let sender = UnixDatagram::unbound()?;
    // A service manager that reads nothing must not stop the exporter.
    sender.set_nonblocking(true)?;
    sender.send_to_addr(lines.as_bytes(), &address(socket)?)?;
    Ok(())
}

fn address(socket: &str) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.strip_prefix('@') {
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(socket)
}

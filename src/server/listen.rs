//! The sockets that the server listens on: bound here, or passed by systemd.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use listenfd::ListenFd;
use tokio::net::TcpListener;

/// The listeners that systemd passed (`LISTEN_FDS`, see `sd_listen_fds(3)`), or an error with its
/// repair.
///
/// # Errors
///
/// It passed none, or one that is no TCP socket.
pub fn passed() -> io::Result<Vec<TcpListener>> {
    let wrong = |what: String| io::Error::other(format!("--web.systemd-socket: {what}"));
    let mut given = ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..given.len() {
        let unusable = |error: io::Error| {
            wrong(format!("{error}; use ListenStream= with an address or a port"))
        };
        if let Some(listener) = given.take_tcp_listener(index).map_err(unusable)? {
            listener.set_nonblocking(true)?;
            listeners.push(TcpListener::from_std(listener)?);
        }
    }
    if listeners.is_empty() {
        let what = "systemd passed no socket (LISTEN_FDS); start the exporter by a socket unit, or \
                    use --web.listen-address";
        return Err(wrong(what.to_owned()));
    }
    Ok(listeners)
}

/// Binds a listener, or returns an error with its repair.
///
/// # Errors
///
/// The address is in use or not this machine's, or the port is not for this user.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let everywhere = address.ip() == IpAddr::from(Ipv6Addr::UNSPECIFIED);
    let bound = match TcpListener::bind(address).await {
        // A kernel without IPv6 still has every address of the older kind.
        Err(error) if everywhere && !same_on_any_address(&error) => {
            TcpListener::bind(SocketAddr::from(([0; 4], address.port()))).await
        }
        bound => bound,
    };
    bound.map_err(|error| {
        let repair = match error.kind() {
            io::ErrorKind::AddrInUse => "another process has it; choose another port",
            io::ErrorKind::PermissionDenied => "this user may not have it; choose a port from 1024",
            io::ErrorKind::AddrNotAvailable => "no interface of this machine has that address",
            _ => "choose another address",
        };
        io::Error::new(
            error.kind(),
            format!("--web.listen-address: can't listen on {address}: {error}; {repair}"),
        )
    })
}

/// Whether the error is one that another address of the same port would have too.
fn same_on_any_address(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

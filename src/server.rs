//! HTTP for Prometheus and for people: serves the published pages, and can reach nothing else.
//!
//! Every connection is bounded: how many there are of an address, how large a head may be, and how
//! long it may take to send its request and to read its response.

mod activity;
mod authenticate;
mod connection;
mod guard;
mod limits;
mod listen;
mod negotiate;
mod respond;
mod security;
mod state;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use limits::Limits;
pub use listen::{bind, passed};
pub use security::Security;
pub use state::{AppState, Asking, Timeouts};

use connection::{Connection, refuse};

/// The pause after a failed accept (mostly too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// The time limit of running requests at shutdown.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves until `stop` ends, then lets the requests under way finish for a moment.
pub async fn serve(listener: TcpListener, site: Arc<AppState>, stop: impl Future<Output = ()>) {
    let (closing, closed) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match site.limits.admit(peer.ip()) {
                    Some(place) => {
                        let (site, closing) = (Arc::clone(&site), closed.clone());
                        connections.spawn(Connection { place, site, closing }.serve(stream));
                    }
                    None => refuse(&stream, peer),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted; trying again");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(closed);
    drop(closing);
    let drain = async { while connections.join_next().await.is_some() {} };
    if timeout(DRAIN, drain).await.is_err() {
        connections.shutdown().await;
    }
}

//! HTTP for Prometheus and for people: serves the published pages, and can reach nothing else.
//!
//! Every connection is bounded: how many there are, how large a head may be, and how
//! long it may take to send its request and to read its response.

mod listen;
mod negotiate;
mod respond;
mod state;

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

pub use listen::{bind, passed};
pub use state::{AppState, Asking, Timeouts};

/// The largest head that is read.
const HEAD_BYTES: usize = 16 * 1024;
/// The most headers that are read.
const HEADERS: usize = 64;
/// The pause after a failed accept (mostly too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// The time limit of running requests at shutdown.
const DRAIN: Duration = Duration::from_secs(5);

/// Connections at once, over all addresses, unless asked otherwise. Prometheus needs one.
pub const CONNECTIONS: usize = 128;

/// Serves until `stop` ends, then lets the requests under way finish for a moment.
pub async fn serve(listener: TcpListener, site: Arc<AppState>, stop: impl Future<Output = ()>) {
    let (closing, closed) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        // The place is taken before the accept: further connections wait in the kernel.
        let accepted = async {
            let place = Arc::clone(&site.places).acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            () = &mut stop => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, _)) => {
                    let (site, closed) = (Arc::clone(&site), closed.clone());
                    connections.spawn(async move {
                        let _place = place;
                        connection(stream, site, closed).await;
                    });
                }
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

async fn connection(stream: TcpStream, site: Arc<AppState>, mut closing: watch::Receiver<()>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(site.timeouts.write));
    let head = site.timeouts.head;
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(respond::respond(&request, &site).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::pin!(serving);
    tokio::select! {
        result = &mut serving => ended(result),
        // The channel closes when the server does.
        _ = closing.changed() => {
            serving.as_mut().graceful_shutdown();
            ended(serving.await);
        }
    }
}

fn ended(result: hyper::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}

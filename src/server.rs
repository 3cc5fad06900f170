//! HTTP for Prometheus and for people: reads what is published, and can reach nothing else.
//!
//! Every connection is bounded: how many there are, how large a head may be, how long it may
//! take to say something, and how long it may take to read what it asked for.

mod negotiate;
mod respond;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use crate::exposition::Exposition;

/// Connections at once; the next one waits until one of them ends. Prometheus needs one.
const CONNECTIONS: usize = 128;
/// A request's head must be there within this time, the first one and the next ones.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes nothing for so long is cut off.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest head that is read.
const HEAD_BYTES: usize = 16 * 1024;
/// The most headers that are read.
const HEADERS: usize = 64;
/// After a failed accept (too many open files, mostly) nothing is tried for so long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// What is being answered at the end may take so long.
const DRAIN: Duration = Duration::from_secs(5);

/// What a server serves.
#[derive(Debug)]
pub struct Site {
    /// What is published.
    pub exposition: Arc<Exposition>,
    /// The path of the metrics.
    pub telemetry_path: String,
}

/// Serves until `stop` ends, then lets the requests under way finish for a moment.
pub async fn serve(listener: TcpListener, site: Arc<Site>, stop: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let (closing, closed) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        // The slot is taken before the accept: whoever comes too many waits in the kernel.
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        tokio::select! {
            () = &mut stop => break,
            (slot, accepted) = accepted => match accepted {
                Ok((stream, _)) => {
                    let (site, closed) = (Arc::clone(&site), closed.clone());
                    connections.spawn(async move {
                        let _slot = slot;
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

async fn connection(stream: TcpStream, site: Arc<Site>, mut closing: watch::Receiver<()>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let service = service_fn(move |request| {
        let answer = respond::respond(&request, &site);
        async move { Ok::<_, Infallible>(answer) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
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

/// Binds a listener, or says what to do about it.
///
/// # Errors
///
/// The address is in use or not this machine's, or the port is not for this user.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
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

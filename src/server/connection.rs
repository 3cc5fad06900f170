//! One connection: TLS where it is configured, then HTTP until it ends, or its time or its place is
//! over.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use super::activity::{Answer, Standing, Watched};
use super::guard;
use super::limits::Place;
use super::respond::Pieces;
use super::state::AppState;

/// The largest head that is read.
const HEAD_BYTES: usize = 16 * 1024;
/// The most headers that are read.
const HEADERS: usize = 64;
/// The most requests at once on a connection of HTTP/2.
const STREAMS: u32 = 8;
/// The most streams of HTTP/2 that a client opens and resets before it is cut off.
const RESETS: usize = 16;
/// The bytes of a response that HTTP/2 takes over at once.
const SEND_BYTES: usize = 64 * 1024;

/// A connection and the state that it shares with others.
pub(super) struct Connection {
    pub(super) place: Place,
    pub(super) site: Arc<AppState>,
    /// Closes when the server does.
    pub(super) closing: watch::Receiver<()>,
}

impl Connection {
    /// Serves until the end.
    pub(super) async fn serve(self, stream: TcpStream) {
        let activity = Arc::clone(&self.place.activity);
        tokio::select! {
            () = Box::pin(self.greet(stream)) => {}
            () = activity.revoked() => tracing::debug!("a connection made room for another"),
        }
    }

    async fn greet(mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.site.timeouts.write));
        let stream = Box::pin(stream);
        let Some(tls) = self.site.security.current().await.tls.clone() else {
            return self.http1(stream).await;
        };
        let greeting = timeout(self.site.timeouts.head, TlsAcceptor::from(tls).accept(stream));
        let greeted = tokio::select! {
            greeted = greeting => greeted,
            _ = self.closing.changed() => return,
        };
        match greeted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                self.http2(stream).await;
            }
            Ok(stream) => self.http1(stream).await,
            Err(error) => tracing::debug!(%error, "no TLS with a client"),
        }
    }

    async fn http1(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let stream = Watched { stream, activity: Arc::clone(&self.place.activity) };
        let service = self.service();
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.site.timeouts.head)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(stream), service_fn(service));
        self.until_the_end(serving).await;
    }

    async fn http2(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let stream = Watched { stream, activity: Arc::clone(&self.place.activity) };
        let service = self.service();
        let serving = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            .max_send_buf_size(SEND_BYTES)
            .serve_connection(TokioIo::new(stream), service_fn(service));
        self.until_the_end(serving).await;
    }

    /// Answers requests, and notes when each response begins and ends.
    fn service<B: Send + 'static>(
        &self,
    ) -> impl Fn(Request<B>) -> Pin<Box<dyn Future<Output = Served> + Send>> + use<B> {
        let (site, network) = (Arc::clone(&self.site), self.place.network);
        let activity = Arc::clone(&self.place.activity);
        move |request| {
            let answering = Arc::clone(&activity).begin();
            let site = Arc::clone(&site);
            let (parts, _) = request.into_parts();
            let request = Request::from_parts(parts, ());
            Box::pin(async move {
                let answer = guard::answer(&request, &site, network).await;
                Ok(answer.map(|body| Answer { body, answering }))
            })
        }
    }

    async fn until_the_end<C: GracefulConnection<Error = hyper::Error>>(mut self, serving: C) {
        tokio::pin!(serving);
        let timeouts = self.site.timeouts;
        let ended = tokio::select! {
            result = &mut serving => Some(result),
            _ = self.closing.changed() => None,
            standing = self.place.activity.overdue(timeouts) => match standing {
                Standing::Idle(_) => None,
                Standing::Answering(_) => {
                    self.place.too_slow();
                    tracing::debug!("a response took too long");
                    return;
                }
            },
        };
        let ended = match ended {
            Some(result) => result,
            None => {
                serving.as_mut().graceful_shutdown();
                let Ok(result) = timeout(timeouts.answer, serving).await else { return };
                result
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// A response without an error.
type Served = Result<Response<Answer<Pieces>>, Infallible>;

/// Closes a connection at once, without a trace in the kernel.
pub(super) fn refuse(stream: &TcpStream, peer: SocketAddr) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, %peer, "a refused connection lingers");
    }
}

//! The state of a connection: idle, or answering since when.
//!
//! A response is over when its last byte has left for the kernel, and not when hyper has taken it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::state::Timeouts;

/// The state of a connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    revoked: Notify,
}

#[derive(Debug)]
struct State {
    /// The next request's number.
    next: u64,
    /// The beginnings of the responses that are not yet taken by hyper.
    running: BTreeMap<u64, Instant>,
    /// The beginning of the oldest response that is taken and not yet sent.
    unsent: Option<Instant>,
    idle_since: Instant,
}

impl State {
    fn answering_since(&self) -> Option<Instant> {
        let first = self.running.values().next().copied();
        first.into_iter().chain(self.unsent).min()
    }
}

/// Idle or answering, since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Idle(Instant),
    Answering(Instant),
}

impl Activity {
    pub(super) fn new() -> Self {
        let state =
            State { next: 0, running: BTreeMap::new(), unsent: None, idle_since: Instant::now() };
        Self { state: Mutex::new(state), revoked: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request came; its response begins.
    pub(super) fn begin(self: Arc<Self>) -> Answering {
        let number = {
            let mut state = self.state();
            let number = state.next;
            state.next += 1;
            state.running.insert(number, Instant::now());
            number
        };
        Answering { activity: self, number }
    }

    fn taken(&self, number: u64) {
        let mut state = self.state();
        if let Some(began) = state.running.remove(&number) {
            state.unsent = Some(state.unsent.map_or(began, |unsent| unsent.min(began)));
        }
    }

    /// Everything that hyper has taken is sent.
    fn sent(&self) {
        let mut state = self.state();
        if state.unsent.take().is_some() && state.running.is_empty() {
            state.idle_since = Instant::now();
        }
    }

    pub(super) fn standing(&self) -> Standing {
        let state = self.state();
        state.answering_since().map_or(Standing::Idle(state.idle_since), Standing::Answering)
    }

    /// Takes its place away: the connection is closed.
    pub(super) fn revoke(&self) {
        self.revoked.notify_one();
    }

    /// Ends when its place is taken away.
    pub(super) async fn revoked(&self) {
        self.revoked.notified().await;
    }

    /// Ends when the connection has been idle or answering for too long.
    pub(super) async fn overdue(&self, timeouts: Timeouts) -> Standing {
        loop {
            let standing = self.standing();
            let deadline = match standing {
                Standing::Idle(since) => since + timeouts.head,
                Standing::Answering(since) => since + timeouts.answer,
            };
            let now = Instant::now();
            if now >= deadline {
                return standing;
            }
            // It may be idle before that.
            sleep_until(deadline.min(now + timeouts.head)).await;
        }
    }
}

/// A response that is not yet taken by hyper.
#[derive(Debug)]
pub(super) struct Answering {
    activity: Arc<Activity>,
    number: u64,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.activity.taken(self.number);
    }
}

/// A body that is part of a response.
#[derive(Debug)]
pub(super) struct Answer<B> {
    pub(super) body: B,
    #[expect(dead_code, reason = "it ends with the body")]
    pub(super) answering: Answering,
}

impl<B: Body<Data = Bytes, Error = Infallible> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that notes when everything is sent.
#[derive(Debug)]
pub(super) struct Watched<S> {
    pub(super) stream: S,
    pub(super) activity: Arc<Activity>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.activity.sent();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

//! Answers on the wire: headers, and bodies that may end too early.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::time::{Sleep, sleep};

use crate::reply::Reply;

/// The body of an answer.
pub(super) struct Body {
    rest: Option<Bytes>,
    length: u64,
    /// The pause between the first half and the end of the connection, so that the half is
    /// sent.
    cut: Option<Pin<Box<Sleep>>>,
}

impl Body {
    /// The same body, of which only the first half comes.
    pub(super) fn cut(self) -> Self {
        let half = self.rest.map(|bytes| bytes.slice(..bytes.len() / 2));
        Self { rest: half, cut: Some(Box::pin(sleep(Duration::from_millis(20)))), ..self }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.rest.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let Some(pause) = &mut self.cut else { return Poll::Ready(None) };
        ready!(pause.as_mut().poll(context));
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.as_ref().is_none_or(Bytes::is_empty) && self.cut.is_none()
    }

    /// The true length even when only half of it comes.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

/// Makes an answer ready for the wire.
pub(super) fn respond(reply: Reply) -> Response<Body> {
    let length = reply.body.len() as u64;
    let mut response = Response::new(Body { rest: Some(reply.body.into()), length, cut: None });
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    let extra = reply.headers.into_iter().chain([("x-ovh-queryid", query_id())]);
    for (name, value) in extra {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Names a call as OVHcloud does.
fn query_id() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    format!("EU.ext-1.00000000.1.00000000-0000-4000-8000-{call:012x}")
}

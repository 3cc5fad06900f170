//! One answer to one request.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use hyper::{Method, Request, Response, StatusCode};

use tokio::sync::oneshot;

use super::negotiate;
use super::state::AppState;

/// The path of a reload.
pub(super) const RELOAD: &str = "/-/reload";

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Answers a request. hyper leaves the body out where the method is HEAD.
pub(super) async fn respond<B>(request: &Request<B>, site: &AppState) -> Response<Pieces> {
    let path = request.uri().path();
    if path == RELOAD {
        return reload(request.method() == Method::POST, site).await;
    }
    let is_page = path == site.telemetry_path || ["/", "/-/healthy", "/-/ready"].contains(&path);
    if !is_page {
        return text(StatusCode::NOT_FOUND, "Not found; / lists the pages.\n");
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "Use GET or HEAD.\n");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    match path {
        "/" => landing(request, site),
        "/-/healthy" => text(StatusCode::OK, "The exporter is healthy.\n"),
        "/-/ready" if site.exposition.is_ready() => {
            text(StatusCode::OK, "The exporter is ready.\n")
        }
        "/-/ready" => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "The exporter is not ready: the first refresh is not complete.\n",
        ),
        _ => metrics(request, site),
    }
}

/// Reloads the configuration, as Prometheus' own servers do.
async fn reload(is_post: bool, site: &AppState) -> Response<Pieces> {
    let Some(asking) = &site.reload else {
        let line = "Reload is disabled; start the exporter with --web.enable-lifecycle.\n";
        return text(StatusCode::FORBIDDEN, line);
    };
    if !is_post {
        let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "Use POST to reload.\n");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return answer;
    }
    let (reply, replied) = oneshot::channel();
    let failed = StatusCode::INTERNAL_SERVER_ERROR;
    if asking.send(reply).await.is_err() {
        return text(failed, "The exporter is stopping.\n");
    }
    match replied.await {
        Ok(Ok(())) => text(StatusCode::OK, "Configuration reloaded.\n"),
        Ok(Err(mistakes)) => answer(failed, TEXT, vec![format!("{mistakes}\n").into()]),
        Err(_) => text(failed, "The exporter is stopping.\n"),
    }
}

fn landing<B>(request: &Request<B>, site: &AppState) -> Response<Pieces> {
    let gzipped = negotiate::accepts_gzip(request.headers());
    let mut answer = answer(StatusCode::OK, HTML, site.exposition.landing(gzipped));
    coded(&mut answer, gzipped, "Accept-Encoding");
    answer
}

fn metrics<B>(request: &Request<B>, site: &AppState) -> Response<Pieces> {
    let format = negotiate::format(request.headers());
    let gzipped = negotiate::accepts_gzip(request.headers());
    let pieces = site.exposition.metrics(format, gzipped);
    let mut answer = answer(StatusCode::OK, format.content_type(), pieces);
    coded(&mut answer, gzipped, "Accept, Accept-Encoding");
    answer
}

/// Names the coding, and the headers of the request that decide over the body.
fn coded(answer: &mut Response<Pieces>, gzipped: bool, vary: &'static str) {
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static(vary));
    if gzipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
}

pub(super) fn text(status: StatusCode, line: &'static str) -> Response<Pieces> {
    answer(status, TEXT, vec![Bytes::from_static(line.as_bytes())])
}

fn answer(status: StatusCode, content_type: &'static str, pieces: Vec<Bytes>) -> Response<Pieces> {
    let mut answer = Response::new(Pieces(pieces.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert(
        "content-security-policy",
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    answer
}

/// A body of several pieces that are sent without being put together first.
#[derive(Debug)]
pub(super) struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

//! One answer to one request.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use hyper::{Method, Request, Response, StatusCode};

use tokio::sync::oneshot;
use tokio::task;

use crate::exposition::{Body, Exposition};

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
        "/" => landing(request, site).await,
        "/-/healthy" => text(StatusCode::OK, "The exporter is healthy.\n"),
        "/-/ready" if site.exposition.is_ready() => {
            text(StatusCode::OK, "The exporter is ready.\n")
        }
        "/-/ready" => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "The exporter is not ready: the first refresh is not complete.\n",
        ),
        _ => metrics(request, site).await,
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
        Ok(Err(mistakes)) => answer(failed, TEXT, [format!("{mistakes}\n").into()].into()),
        Err(_) => text(failed, "The exporter is stopping.\n"),
    }
}

async fn landing<B>(request: &Request<B>, site: &AppState) -> Response<Pieces> {
    let gzipped = negotiate::accepts_gzip(request.headers());
    let made = |exposition: &Exposition| exposition.made_landing(gzipped);
    let Some(body) = body(site, made, move |it| it.landing(gzipped)).await else {
        return unmade();
    };
    let mut answer = answer(StatusCode::OK, HTML, body);
    coded(&mut answer, gzipped, "Accept-Encoding");
    answer
}

async fn metrics<B>(request: &Request<B>, site: &AppState) -> Response<Pieces> {
    let format = negotiate::format(request.headers());
    let gzipped = negotiate::accepts_gzip(request.headers());
    let made = |exposition: &Exposition| exposition.made_metrics(format, gzipped);
    let Some(body) = body(site, made, move |it| it.metrics(format, gzipped)).await else {
        return unmade();
    };
    let mut answer = answer(StatusCode::OK, format.content_type(), body);
    coded(&mut answer, gzipped, "Accept, Accept-Encoding");
    answer
}

/// A page that has been made, or that is made now, beside the threads that serve; `None` is a
/// defect.
async fn body(
    site: &AppState,
    known: impl Fn(&Exposition) -> Option<Body>,
    make: impl FnOnce(&Exposition) -> Body + Send + 'static,
) -> Option<Body> {
    if let Some(body) = known(&site.exposition) {
        return Some(body);
    }
    let turn = site.exposition.turn().await;
    // Another request may have made it while this one waited.
    let body = if let Some(body) = known(&site.exposition) {
        Some(body)
    } else {
        let exposition = Arc::clone(&site.exposition);
        let making = task::spawn_blocking(move || make(&exposition)).await;
        making
            .inspect_err(|error| tracing::error!(%error, "encoding failed, a bug of the exporter"))
            .ok()
    };
    drop(turn);
    body
}

fn unmade() -> Response<Pieces> {
    text(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made; the log has the reason.\n")
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
    answer(status, TEXT, [Bytes::from_static(line.as_bytes())].into())
}

fn answer(status: StatusCode, content_type: &'static str, body: Body) -> Response<Pieces> {
    let mut answer = Response::new(Pieces { body, sent: 0 });
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
pub(super) struct Pieces {
    body: Body,
    /// The number of pieces that are sent.
    sent: usize,
}

impl Pieces {
    fn rest(&self) -> &[Bytes] {
        self.body.get(self.sent..).unwrap_or_default()
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.rest().first().cloned();
        self.sent += usize::from(next.is_some());
        Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest().iter().map(|piece| piece.len() as u64).sum())
    }
}

//! One request and its whole answer, within its limits. No retries, no meaning.

use std::error::Error;
use std::mem;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::{Request, redirect, retry};
use tokio::time::timeout;

use crate::config::api::Api;

use super::error::Kind;

/// The largest answer that is read. A hundred thousand instances are about as much.
const LARGEST: usize = 64 * 1024 * 1024;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The HTTP client with the limits of every call.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    call_timeout: Duration,
}

impl Transport {
    /// # Errors
    ///
    /// No certificates of authorities on this machine, or a proxy variable that can't be read.
    pub(super) fn new(api: &Api, needs_tls: bool) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("ovhcloud-exporter/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry the credential to wherever it points.
            .redirect(redirect::Policy::none())
            // It has no back-off and knows no Retry-After; `client` does.
            .retry(retry::never())
            .connect_timeout(api.connect_timeout)
            .read_timeout(api.read_timeout)
            .pool_max_idle_per_host(api.in_flight);
        if !needs_tls {
            // Loopback without TLS: it must work where no certificates are installed.
            builder = builder.tls_certs_only([]).no_proxy();
        }
        Ok(Self { http: builder.build()?, call_timeout: api.call_timeout })
    }

    pub(super) fn request(&self, method: http::Method, url: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends it and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, Kind> {
        match timeout(self.call_timeout, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Kind::Timeout(in_words(self.call_timeout))),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Answer, Kind> {
        let mut response = self.http.execute(request).await.map_err(|error| kind(&error))?;
        let too_large = |length: u64| length > LARGEST as u64;
        if response.content_length().is_some_and(too_large) {
            return Err(Kind::TooLarge(LARGEST));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| kind(&error))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(Kind::TooLarge(LARGEST));
            }
            body.extend_from_slice(&chunk);
        }
        let (status, headers) = (response.status(), mem::take(response.headers_mut()));
        Ok(Answer { status, headers, body: body.freeze() })
    }
}

fn kind(error: &reqwest::Error) -> Kind {
    if error.is_timeout() {
        return Kind::Timeout("the time to connect or to read".to_owned());
    }
    // The innermost cause says it ("Connection refused"); the outer ones repeat the URL.
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Kind::Unreachable(cause.to_string())
}

pub(super) fn in_words(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

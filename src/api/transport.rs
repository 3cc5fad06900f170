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
    connect_timeout: Duration,
    read_timeout: Duration,
    largest: usize,
}

impl Transport {
    /// # Errors
    ///
    /// No certificates of authorities on this machine, or a proxy variable that can't be read.
    pub(super) fn new(api: &Api, is_https: bool, needs_tls: bool) -> Result<Self, reqwest::Error> {
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
            // It must work where no certificates are installed.
            builder = builder.tls_certs_only([]);
        }
        if !is_https {
            // Loopback in the clear: a proxy would be told the credential.
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build()?,
            call_timeout: api.call_timeout,
            connect_timeout: api.connect_timeout,
            read_timeout: api.read_timeout,
            largest: api.largest_answer,
        })
    }

    pub(super) fn request(&self, method: http::Method, url: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends it and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, Kind> {
        match timeout(self.call_timeout, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => {
                Err(Kind::Timeout(format!("whole answer within {}", in_words(self.call_timeout))))
            }
        }
    }

    async fn exchange(&self, request: Request) -> Result<Answer, Kind> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let failed = |error: reqwest::Error| self.kind(&host, &error);
        let mut response = self.http.execute(request).await.map_err(failed)?;
        let too_large = |length: u64| length > self.largest as u64;
        if response.content_length().is_some_and(too_large) {
            return Err(Kind::TooLarge(self.largest));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.largest {
                return Err(Kind::TooLarge(self.largest));
            }
            body.extend_from_slice(&chunk);
        }
        let (status, headers) = (response.status(), mem::take(response.headers_mut()));
        Ok(Answer { status, headers, body: body.freeze() })
    }

    fn kind(&self, host: &str, error: &reqwest::Error) -> Kind {
        if error.is_timeout() {
            let (what, limit) = if error.is_connect() {
                ("connection to", self.connect_timeout)
            } else {
                ("answer from", self.read_timeout)
            };
            return Kind::Timeout(format!("{what} {host} within {}", in_words(limit)));
        }
        // The innermost cause says it ("Connection refused"); the outer ones repeat the URL.
        let mut cause: &dyn Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Kind::Unreachable(format!("{host}: {cause}"))
    }
}

pub(super) fn in_words(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

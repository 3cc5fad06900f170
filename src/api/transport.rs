//! One request and its whole answer, within its limits. No retries, no meaning.

use std::error::Error;
use std::fs;
use std::mem;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::{Certificate, Proxy, Request, redirect, retry};
use rustls::crypto::ring;
use tokio::time::timeout;

use crate::config::api::Api;

use super::body::{Body, SMALL};
use super::error::Kind;
use super::redaction::Redaction;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// HTTPS can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// By this machine's certificates or its proxy variables.
    #[error(
        "can't set up HTTPS; install the system's CA certificates (package `ca-certificates`) or \
         point SSL_CERT_FILE at a bundle, and check the proxy variables"
    )]
    Machine(#[from] reqwest::Error),
    /// By the file of certificates that is configured.
    #[error("api.ca_file: can't use `{}`: {problem}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// The problem with it.
        problem: String,
    },
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
    /// No certificates of authorities on this machine, a bundle that is none, or a proxy variable
    /// that can't be read.
    pub(super) fn new(api: &Api, is_https: bool, needs_tls: bool) -> Result<Self, SetupError> {
        // reqwest panics without one. It is installed already from the second account on.
        ring::default_provider().install_default().ok();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("ovhcloud-exporter/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry the credential to wherever it points.
            .redirect(redirect::Policy::none())
            // It has no back-off and knows no Retry-After; `client` does.
            .retry(retry::never())
            .connect_timeout(api.connect_timeout)
            .read_timeout(api.read_timeout)
            .pool_max_idle_per_host(api.in_flight);
        if let Some(path) = &api.ca_file {
            let unusable =
                |error: String| SetupError::CaFile { path: path.clone(), problem: error };
            let text = fs::read(path).map_err(|error| unusable(error.to_string()))?;
            let certificates = Certificate::from_pem_bundle(&text)
                .map_err(|_| unusable("not a bundle of certificates as PEM".to_owned()))?;
            builder = builder.tls_certs_merge(certificates);
        } else if !needs_tls {
            // It must work where no certificates are installed.
            builder = builder.tls_certs_only([]);
        }
        if !is_https {
            // Loopback in the clear: a proxy would see the credential.
            builder = builder.no_proxy();
        } else if let Some(proxy) = &api.proxy {
            builder = builder.proxy(Proxy::https(proxy.as_str())?);
        }
        let http = builder.build().map_err(|error| match &api.ca_file {
            // The content of a certificate is parsed only here.
            Some(path) => SetupError::CaFile {
                path: path.clone(),
                problem: "it contains an invalid certificate".to_owned(),
            },
            None => SetupError::Machine(error),
        })?;
        Ok(Self {
            http,
            call_timeout: api.call_timeout,
            connect_timeout: api.connect_timeout,
            read_timeout: api.read_timeout,
            largest: api.largest_answer,
        })
    }

    pub(super) fn request(&self, method: http::Method, url: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends it and reads the whole answer, whatever its status, without the request's secrets.
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
        let redaction = Redaction::of(&request);
        let mut response = self.http.execute(request).await.map_err(failed)?;
        let too_large = |length: u64| length > self.largest as u64;
        if response.content_length().is_some_and(too_large) {
            return Err(Kind::TooLarge(self.largest));
        }
        let mut body = Body::of_length(response.content_length());
        // OVHcloud's errors are short; of a longer one, which is a gateway's, the beginning is enough.
        let is_error = !response.status().is_success();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if is_error && body.len() + chunk.len() > SMALL {
                break;
            }
            body.add(&chunk, self.largest).await?;
        }
        let (status, headers) = (response.status(), mem::take(response.headers_mut()));
        let headers = redaction.headers(headers);
        body.text = redaction.body(body.text);
        Ok(Answer { status, headers, body })
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
        Kind::Unreachable(format!("{host}: {}", with_repair(&cause.to_string())))
    }
}

/// The cause of a failed connection, with the repair of a certificate that this machine does not
/// trust.
fn with_repair(cause: &str) -> String {
    if cause.contains("CaUsedAsEndEntity") {
        return "the server presents a CA certificate as its own; give it a certificate that the CA \
                has signed, and trust the CA by api.ca_file"
            .to_owned();
    }
    if cause.contains("invalid peer certificate: UnknownIssuer") {
        return format!("{cause}; if the endpoint has a private CA, trust it by api.ca_file");
    }
    cause.to_owned()
}

pub(super) fn in_words(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

#[cfg(test)]
mod tests {
    use std::env::temp_dir;
    use std::process;

    use super::*;

    #[test]
    fn a_certificate_that_is_not_trusted_has_its_repair() {
        let own = "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))";
        for cause in [own, "invalid peer certificate: UnknownIssuer"] {
            assert!(with_repair(cause).ends_with("by api.ca_file"), "{cause}");
        }
        assert_eq!(with_repair("Connection refused"), "Connection refused");
    }

    #[test]
    fn a_bundle_that_is_none_is_named() {
        let path = temp_dir().join(format!("bundle-{}.pem", process::id()));
        let api = Api { ca_file: Some(path.clone()), ..Api::default() };
        let reported = || Transport::new(&api, true, true).unwrap_err().to_string();
        assert!(reported().contains("No such file"), "{}", reported());
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        fs::write(&path, garbage).unwrap();
        let line = reported();
        fs::remove_file(&path).unwrap();
        assert!(
            line.starts_with("api.ca_file: can't use `") && line.contains("an invalid certificate"),
            "{line}"
        );
    }
}

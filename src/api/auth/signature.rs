//! Calls signed with an application's secret and a consumer key.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use sha1::{Digest as _, Sha1};

use crate::api::error::{Kind, Refusal};
use crate::secret::{Secret, Source};

use super::clock::{Reading, ServerClock};
use super::header::{APPLICATION, sensitive};
use super::held::Held;

// The headers are those of every official client (go-ovh `ovh.go`, python-ovh `client.py`).
const CONSUMER: HeaderName = HeaderName::from_static("x-ovh-consumer");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-ovh-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-ovh-signature");

/// The signer of one account's calls.
#[derive(Debug)]
pub(super) struct Signer {
    application_key: HeaderValue,
    /// The application's secret and the consumer key.
    secrets: Held<2>,
}

/// The keys that calls are signed with now.
#[derive(Debug)]
pub(in crate::api) struct Keys {
    application_key: HeaderValue,
    secrets: Arc<[Secret; 2]>,
    time: Reading,
}

impl Signer {
    pub(super) fn new(
        application_key: HeaderValue,
        application_secret: &Source,
        consumer_key: &Source,
    ) -> Self {
        let secrets = Held::new([application_secret.clone(), consumer_key.clone()]);
        Self { application_key, secrets }
    }

    /// Returns the keys to sign with now.
    pub(super) async fn keys(&self, clock: &ServerClock) -> Result<Keys, Kind> {
        let secrets = self.secrets.current()?;
        let time = clock.reading().await?;
        Ok(Keys { application_key: self.application_key.clone(), secrets, time })
    }

    /// Whether there are other secrets, or another time, than those that were refused.
    pub(super) async fn renewed(
        &self,
        clock: &ServerClock,
        refused: &Keys,
        refusal: Refusal,
    ) -> bool {
        self.secrets.differ_from(&refused.secrets)
            || (refusal == Refusal::Signature && clock.corrected(&refused.time).await)
    }
}

impl Keys {
    /// The headers of one call, for this moment.
    pub(super) fn headers(
        &self,
        method: &Method,
        url: &str,
        body: &[u8],
    ) -> Result<HeaderMap, Kind> {
        let [application_secret, consumer_key] = &*self.secrets;
        let timestamp = self.time.now();
        let signature =
            Call { method, url, body, timestamp }.sign(application_secret, consumer_key);
        let unfit = || Kind::Unusable("the consumer key holds what no HTTP header may".to_owned());
        Ok(HeaderMap::from_iter([
            (APPLICATION, self.application_key.clone()),
            (CONSUMER, sensitive(consumer_key.expose()).ok_or_else(unfit)?),
            (TIMESTAMP, HeaderValue::from(timestamp)),
            (SIGNATURE, sensitive(&signature).ok_or_else(unfit)?),
        ]))
    }
}

/// The parts of a call that its signature covers, as they are sent.
struct Call<'a> {
    method: &'a Method,
    url: &'a str,
    body: &'a [u8],
    /// OVHcloud's time, in Unix time.
    timestamp: i64,
}

impl Call<'_> {
    fn sign(&self, application_secret: &Secret, consumer_key: &Secret) -> String {
        let mut hash = Sha1::new();
        for part in
            [application_secret.expose(), consumer_key.expose(), self.method.as_str(), self.url]
        {
            hash.update(part);
            hash.update("+");
        }
        hash.update(self.body);
        hash.update(format!("+{}", self.timestamp));
        format!("$1${:x}", hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// The signatures of python-ovh 1.2.0, by this program:
    ///
    /// ```python
    /// import time, ovh
    /// time.time = lambda: 1700000000
    /// client = ovh.Client("ovh-eu", "ak", "application-secret", "consumer-key")
    /// client._time_delta = 3600
    /// client._session.request = lambda method, url, headers, data, timeout: print(
    ///     method, url, data, headers["X-Ovh-Timestamp"], headers["X-Ovh-Signature"])
    /// client.raw_call("GET", "/me")
    /// client.raw_call("GET", "/me/api/credential?status=validated&applicationId=200001")
    /// client.raw_call("GET", "/me/identity/user/ci%2Dbot")
    /// client.raw_call("POST", "/v2/iam/authorization/check", {
    ///     "resourceURNs": ["urn:v1:eu:resource:account:xx1111-ovh"],
    ///     "actions": ["account:apiovh:me/get"]})
    /// ```
    const VECTORS: [(Method, &str, &str, &str); 4] = [
        (
            Method::GET,
            "https://eu.api.ovh.com/1.0/me",
            "",
            "$1$e9ac2c3bf1e3128cdb8e0b23255f6ee058a4aaf9",
        ),
        (
            Method::GET,
            "https://eu.api.ovh.com/1.0/me/api/credential?status=validated&applicationId=200001",
            "",
            "$1$3724dac0e838a17eabca21260253b68e8e64ec9c",
        ),
        (
            Method::GET,
            "https://eu.api.ovh.com/1.0/me/identity/user/ci%2Dbot",
            "",
            "$1$03b1a2af961378dc0675d16c1719ae283de1d4c0",
        ),
        (
            Method::POST,
            "https://eu.api.ovh.com/v2/iam/authorization/check",
            r#"{"resourceURNs":["urn:v1:eu:resource:account:xx1111-ovh"],"actions":["account:apiovh:me/get"]}"#,
            "$1$f07ae90a1818aa68c734b8311a9af2a62696c950",
        ),
    ];

    fn keys(consumer_key: &str) -> Keys {
        let secrets = [Secret::new("application-secret"), Secret::new(consumer_key)];
        let application_key = HeaderValue::from_static("ak");
        let time = Reading::new(1_700_003_600, Instant::now());
        Keys { application_key, secrets: Arc::new(secrets), time }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_signed_as_the_official_client_signs_it() {
        for (method, url, body, signature) in VECTORS {
            let headers = keys("consumer-key").headers(&method, url, body.as_bytes()).unwrap();
            let header = |name| headers[name].to_str().unwrap();
            assert_eq!(header("X-Ovh-Signature"), signature, "{url}");
            assert_eq!(header("X-Ovh-Application"), "ak");
            assert_eq!(header("X-Ovh-Consumer"), "consumer-key");
            assert_eq!(header("X-Ovh-Timestamp"), "1700003600");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_secret_prints() {
        let keys = keys("consumer-key");
        let headers = keys.headers(&Method::GET, "https://h/1.0/me", b"").unwrap();
        for text in [format!("{headers:?}"), format!("{keys:?}")] {
            assert!(!text.contains("consumer-key") && !text.contains("$1$"), "{text}");
            assert!(!text.contains("application-secret"), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_no_header_may_hold_is_reported() {
        let error = keys("a\nb").headers(&Method::GET, "https://h/1.0/me", b"").unwrap_err();
        let reported = "the consumer key holds what no HTTP header may".to_owned();
        assert_eq!(error, Kind::Unusable(reported));
    }
}

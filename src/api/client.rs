//! One call after the other, within the budget, until it is answered or not worth trying.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, AUTHORIZATION, RETRY_AFTER};
use http::{HeaderName, Method};
use tokio::time::{Instant, sleep};

use crate::config::account::Account;
use crate::config::api::ListMode;
use crate::config::credential::Credential;
use crate::telemetry::Calls;

use super::auth::{Bearer, Tokens};
use super::budget::{Budget, LONGEST_WAIT};
use super::error::{Error, Kind};
use super::listing::Mode;
use super::route::Call;
use super::transport::{Answer, Transport, in_words};

/// A call is made at most so often.
const ATTEMPTS: u32 = 4;
/// All calls of a pass together are made again at most so often: when everything fails, waiting
/// longer helps nobody.
const RETRIES_A_PASS: u32 = 100;
/// The first retry waits up to this long, the next up to twice as long.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// What speaks to OVHcloud for one account. It lives as long as the account is watched.
#[derive(Debug)]
pub struct Client {
    root: String,
    transport: Transport,
    tokens: Tokens,
    budget: Budget,
    calls: Calls,
    /// The ways of listing that a route was seen to know.
    pub(super) modes: Mutex<HashMap<&'static str, Mode>>,
    pub(super) listing: ListMode,
}

/// The account can't be spoken to from this machine.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// TLS or proxy settings.
    #[error(
        "can't set up HTTPS; install the system's CA certificates (package `ca-certificates`) or \
         point SSL_CERT_FILE at a bundle, and check the proxy variables"
    )]
    Http(#[source] reqwest::Error),
    /// The region has no token URL.
    #[error("the endpoint `{0}` has no token URL; give one with --api.token-url")]
    NoTokenUrl(String),
}

impl Client {
    /// Sets up the connection pool, the budget and the token store; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// HTTPS can't be set up on this machine, or the endpoint has no token URL.
    pub fn new(account: &Account, calls: Calls) -> Result<Self, BuildError> {
        let endpoint = &account.endpoint;
        let Credential::ServiceAccount { client_id, client_secret } = &account.credential else {
            return Err(BuildError::NoTokenUrl(endpoint.name.clone()));
        };
        let token_url = endpoint
            .token_url
            .clone()
            .ok_or_else(|| BuildError::NoTokenUrl(endpoint.name.clone()))?;
        let needs_tls = endpoint.is_https() || token_url.scheme() == "https";
        let transport = Transport::new(&account.api, needs_tls).map_err(BuildError::Http)?;
        let tokens =
            Tokens::new(token_url, client_id.clone(), client_secret.clone(), calls.clone());
        Ok(Self {
            root: endpoint.root.clone(),
            transport,
            tokens,
            budget: Budget::new(&account.api, calls.clone()),
            calls,
            modes: Mutex::default(),
            listing: account.api.listing,
        })
    }

    /// The calls of one pass, which share their retries.
    pub fn session(&self) -> Session<'_> {
        Session {
            client: self,
            retries_left: AtomicU32::new(RETRIES_A_PASS),
            requests: AtomicU64::new(0),
        }
    }

    pub(super) fn mode(&self, route: &'static str) -> Option<Mode> {
        self.modes.lock().unwrap_or_else(PoisonError::into_inner).get(route).copied()
    }

    pub(super) fn remember(&self, route: &'static str, mode: Mode) {
        self.modes.lock().unwrap_or_else(PoisonError::into_inner).insert(route, mode);
    }
}

/// The calls of one pass.
#[derive(Debug)]
pub struct Session<'a> {
    pub(super) client: &'a Client,
    retries_left: AtomicU32,
    requests: AtomicU64,
}

/// Headers of a call beside those that every call has.
pub(super) type Extra<'a> = &'a [(HeaderName, String)];

impl Session<'_> {
    /// How many calls have been made so far, tokens not counted.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Makes the call, again where that may help, and gives an answer with status 2xx.
    ///
    /// A token that OVHcloud refuses is renewed once: it may have been revoked before its end.
    pub(super) async fn fetch(&self, call: &Call, extra: Extra<'_>) -> Result<Answer, Error> {
        let mut renewed = false;
        let mut attempt = 0;
        loop {
            let token = self.client.tokens.bearer(&self.client.transport).await;
            let bearer = token.map_err(|kind| error(call, None, kind))?;
            let failure = match self.attempt(call, extra, &bearer).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if failure.unauthorized && !renewed {
                self.client.tokens.refused(&bearer).await;
                renewed = true;
                continue;
            }
            let wait = failure.retry_after.unwrap_or_default().max(backoff(attempt));
            attempt += 1;
            if !failure.error.kind.may_pass()
                || attempt >= ATTEMPTS
                || wait > LONGEST_WAIT
                || !self.may_retry()
            {
                return Err(failure.error);
            }
            tracing::debug!(
                route = call.route.template,
                error = %failure.error.kind,
                wait = %in_words(wait),
                "calling again"
            );
            self.client.calls.retried();
            sleep(wait).await;
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        extra: Extra<'_>,
        bearer: &Bearer,
    ) -> Result<Answer, Failure> {
        let client = self.client;
        let Some(_permit) = client.budget.enter().await else {
            return Err(Failure::plain(call, Kind::Throttled(429)));
        };
        let mut request = client
            .transport
            .request(Method::GET, &call.url(&client.root))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, bearer.header.clone());
        for (name, value) in extra {
            request = request.header(name, value);
        }
        let request = request
            .build()
            .map_err(|build| Failure::plain(call, Kind::Unreachable(build.to_string())))?;
        let began = Instant::now();
        let result = client.transport.send(request).await;
        let duration = began.elapsed();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = match result {
            Ok(answer) => answer,
            Err(kind) => {
                client.calls.ended(call.route.template, kind.code_without_status(), duration);
                return Err(Failure::plain(call, kind));
            }
        };
        client.calls.ended(call.route.template, answer.status.as_str(), duration);
        let failure = Failure::of(call, &answer);
        tracing::debug!(
            route = call.route.template,
            http.status = answer.status.as_u16(),
            duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            query_id = answer.header("x-ovh-queryid").unwrap_or_default(),
            "called OVHcloud"
        );
        match failure {
            None => {
                client.budget.succeeded();
                Ok(answer)
            }
            Some(failure) => {
                if matches!(failure.error.kind, Kind::Throttled(_)) {
                    client.budget.slow_down(began, failure.retry_after);
                }
                Err(failure)
            }
        }
    }

    fn may_retry(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        self.retries_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// A call that was not answered well, once.
struct Failure {
    error: Error,
    unauthorized: bool,
    retry_after: Option<Duration>,
}

impl Failure {
    fn plain(call: &Call, kind: Kind) -> Self {
        Self { error: error(call, None, kind), unauthorized: false, retry_after: None }
    }

    fn of(call: &Call, answer: &Answer) -> Option<Self> {
        if answer.status.is_success() {
            return None;
        }
        let kind = Kind::of_answer(answer.status, &answer.body, call.route.actions);
        Some(Self {
            error: error(call, query_id(answer), kind),
            unauthorized: answer.status.as_u16() == 401,
            retry_after: answer.header(RETRY_AFTER.as_str()).and_then(retry_after),
        })
    }
}

pub(super) fn error(call: &Call, query: Option<String>, kind: Kind) -> Error {
    Error { route: call.route.template, query, kind }
}

/// OVHcloud's id of the call, if it looks like one.
pub(super) fn query_id(answer: &Answer) -> Option<String> {
    let id = answer.header("x-ovh-queryid")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:".contains(c);
    (id.len() <= 128 && id.chars().all(plain)).then(|| id.to_owned())
}

/// `Retry-After` in seconds or as a date. OVHcloud is not known to send it; a gateway may.
fn retry_after(text: &str) -> Option<Duration> {
    let hour = Duration::from_hours(1);
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds).min(hour));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    #[expect(clippy::disallowed_methods, reason = "an HTTP date means nothing without the clock")]
    let now = SystemTime::now();
    Some(date.duration_since(now).unwrap_or_default().min(hour))
}

/// Full jitter: anything from nothing to a bound that doubles with each attempt.
pub(super) fn backoff(attempt: u32) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_WAIT);
    bound.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("999999999"), Some(Duration::from_hours(1)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }

    #[test]
    fn the_backoff_grows_and_is_bounded() {
        for attempt in 0..40 {
            let bound = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt));
            assert!(backoff(attempt) <= bound.min(LONGEST_WAIT));
        }
    }
}

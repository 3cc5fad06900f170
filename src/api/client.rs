//! One call after the other, within the budget, until it is answered or not worth trying.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, Method};
use reqwest::{Body, Request};
use tokio::time::{Instant, sleep, timeout_at};

use crate::config::account::Account;
use crate::config::api::ListMode;
use crate::config::credential::Credential;
use crate::telemetry::Calls;

use super::auth::{Authenticator, Proof, Refusal};
use super::authorization::Question;
use super::budget::{Budget, LONGEST_WAIT};
use super::error::{Error, Kind, refusal};
use super::listing::Mode;
use super::route::Call;
use super::transport::{Answer, SetupError, Transport, in_words};

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
    endpoint: String,
    root: String,
    transport: Transport,
    authenticator: Authenticator,
    budget: Budget,
    calls: Calls,
    /// The ways of listing that a route was seen to know.
    modes: Mutex<HashMap<&'static str, Mode>>,
    pub(super) listing: ListMode,
}

/// The account can't be spoken to from this machine.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// TLS or proxy settings.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The region has no token URL.
    #[error("the endpoint `{0}` has no token URL; give one with --api.token-url")]
    NoTokenUrl(String),
    /// The application key is sent as a header.
    #[error("the application key holds what no HTTP header may; copy it anew")]
    ApplicationKey,
}

impl Client {
    /// Sets up the connection pool, the budget and the credential; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// HTTPS can't be set up on this machine, or the credential does not fit the endpoint.
    pub fn new(account: &Account, calls: Calls) -> Result<Self, BuildError> {
        let endpoint = &account.endpoint;
        let asks_for_tokens = matches!(account.credential, Credential::ServiceAccount { .. });
        let token_url = endpoint.token_url.as_ref().filter(|_| asks_for_tokens);
        let is_https = endpoint.is_https();
        let needs_tls = is_https || token_url.is_some_and(|url| url.scheme() == "https");
        let transport = Transport::new(&account.api, is_https, needs_tls)?;
        let authenticator = Authenticator::new(account, &transport, &calls)?;
        Ok(Self {
            endpoint: endpoint.name.clone(),
            root: endpoint.root.clone(),
            transport,
            authenticator,
            budget: Budget::new(&account.api, calls.clone()),
            calls,
            modes: Mutex::default(),
            listing: account.api.listing,
        })
    }

    /// Tells the exporter's own metrics that there is this account.
    pub fn announce(&self) {
        self.budget.announce();
    }

    /// Who the calls are made as.
    pub fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    /// The calls of one pass, which share their retries and must be over in time.
    pub fn session(&self, time: Duration) -> Session<'_> {
        Session {
            client: self,
            deadline: Instant::now() + time,
            retries_left: AtomicU32::new(RETRIES_A_PASS),
            requests: AtomicU64::new(0),
        }
    }

    /// The request with its proof, which is made from what is really sent.
    fn request(&self, message: Message<'_>, proof: &Proof) -> Result<Request, Kind> {
        let Message { call, extra, question } = message;
        let method = message.method();
        let mut request = self
            .transport
            .request(method.clone(), &call.url(&self.root))
            .header(ACCEPT, "application/json");
        for (name, value) in extra {
            request = request.header(name, value);
        }
        if let Some(question) = question {
            request = request.header(CONTENT_TYPE, "application/json").body(question.body());
        }
        let mut request = request.build().map_err(|error| Kind::Unreachable(error.to_string()))?;
        let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
        let headers = proof.headers(&method, request.url().as_str(), body)?;
        request.headers_mut().extend(headers);
        Ok(request)
    }

    /// What is wrong with an answer, if anything is.
    fn failure(&self, message: Message<'_>, answer: &Answer) -> Option<Failure> {
        if answer.status.is_success() {
            return None;
        }
        let needed = self.authenticator.needed(&message.method(), message.call.route);
        let kind = Kind::of_answer(answer.status, &answer.body, &needed);
        Some(Failure {
            error: message.error(query_id(answer), kind),
            refusal: refusal(answer.status, &answer.body),
            retry_after: answer.header(RETRY_AFTER.as_str()).and_then(retry_after),
        })
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
    deadline: Instant,
    retries_left: AtomicU32,
    requests: AtomicU64,
}

/// Headers of a call beside those that every call has.
pub(super) type Extra<'a> = &'a [(HeaderName, String)];

/// One call as it is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) call: &'a Call,
    pub(super) extra: Extra<'a>,
    /// What makes it the one POST that there is.
    pub(super) question: Option<&'a Question>,
}

impl Message<'_> {
    fn method(&self) -> Method {
        if self.question.is_some() { Method::POST } else { Method::GET }
    }

    fn error(&self, query: Option<String>, kind: Kind) -> Error {
        Error { method: self.method(), ..error(self.call, query, kind) }
    }
}

impl Session<'_> {
    /// The endpoint's name, as it was given.
    pub fn endpoint(&self) -> &str {
        &self.client.endpoint
    }

    /// How many calls have been made so far, tokens and the time not counted.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Makes a GET, again where that may help, and gives an answer with status 2xx.
    pub(super) async fn fetch(&self, call: &Call, extra: Extra<'_>) -> Result<Answer, Error> {
        self.deliver(Message { call, extra, question: None }).await
    }

    /// Makes the call, again where that may help, and gives an answer with status 2xx.
    ///
    /// A proof that OVHcloud refuses is renewed once: a token may have been revoked before its
    /// end, a secret rotated, a clock set.
    pub(super) async fn deliver(&self, message: Message<'_>) -> Result<Answer, Error> {
        let call = message.call;
        if !call.stays_below() {
            let problem = "an id that is empty or of dots alone, which no URL can hold".to_owned();
            return Err(error(call, None, Kind::Undecodable { path: "id".to_owned(), problem }));
        }
        match timeout_at(self.deadline, self.insist(message)).await {
            Ok(result) => result,
            Err(_) => Err(error(call, None, Kind::TooLate)),
        }
    }

    async fn insist(&self, message: Message<'_>) -> Result<Answer, Error> {
        let authenticator = &self.client.authenticator;
        let mut renewed = false;
        let mut attempt = 0;
        loop {
            let Some(permit) = self.client.budget.enter().await else {
                return Err(message.error(None, Kind::Closed));
            };
            // Only now: a token may end while a call waits for its permit.
            let proof = authenticator.ready().await?;
            let result = self.attempt(message, &proof).await;
            drop(permit);
            let failure = match result {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if let Some(refusal) = failure.refusal
                && !renewed
                && authenticator.renewed(&proof, refusal).await
            {
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
                route = message.call.route.template,
                query_id = failure.error.query.as_deref().unwrap_or_default(),
                error = %failure.error.kind,
                wait = %in_words(wait),
                "calling again"
            );
            self.client.calls.retried();
            sleep(wait).await;
        }
    }

    async fn attempt(&self, message: Message<'_>, proof: &Proof) -> Result<Answer, Failure> {
        let client = self.client;
        let template = message.call.route.template;
        let request =
            client.request(message, proof).map_err(|kind| Failure::plain(message, kind))?;
        let began = Instant::now();
        let result = client.transport.send(request).await;
        let duration = began.elapsed();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = match result {
            Ok(answer) => answer,
            Err(kind) => {
                client.calls.ended(template, kind.code_without_status(), duration);
                tracing::debug!(
                    route = template,
                    duration_ms = milliseconds(duration),
                    error = %kind,
                    "called OVHcloud in vain"
                );
                return Err(Failure::plain(message, kind));
            }
        };
        client.calls.ended(template, answer.status.as_str(), duration);
        let failure = client.failure(message, &answer);
        tracing::debug!(
            route = template,
            http.status = answer.status.as_u16(),
            duration_ms = milliseconds(duration),
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
    /// What the answer refuses of the proof, if it does.
    refusal: Option<Refusal>,
    retry_after: Option<Duration>,
}

impl Failure {
    fn plain(message: Message<'_>, kind: Kind) -> Self {
        Self { error: message.error(None, kind), refusal: None, retry_after: None }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn error(call: &Call, query: Option<String>, kind: Kind) -> Error {
    Error { method: Method::GET, route: call.route.template, query, kind }
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

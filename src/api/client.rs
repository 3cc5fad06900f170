//! One call after the other, within the budget, until it is answered or not worth trying.

mod entry;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use reqwest::{Body, Request};
use tokio::time::{Instant, sleep, timeout_at};

use crate::config::account::Account;
use crate::config::api::ListMode;
use crate::config::credential::Credential;
use crate::telemetry::Calls;

use super::auth::{Authenticator, Proof};
use super::budget::Budget;
use super::build::BuildError;
use super::circuit::Circuit;
use super::error::{Error, Kind, Refusal, refusal};
use super::listing::mode::Mode;
use super::question::Question;
use super::retry::{LONGEST_WAIT, backoff, retry_after};
use super::route::Call;
use super::transport::{Answer, Transport, in_words};

/// A call is made at most so often.
const ATTEMPTS: u32 = 4;
/// All calls of a refresh together are made again at most so often: when everything fails, waiting
/// longer helps nobody.
const RETRIES_A_PASS: u32 = 100;

/// The client of one account. It lives as long as the account is watched.
#[derive(Debug)]
pub struct Client {
    endpoint: String,
    root: String,
    transport: Transport,
    authenticator: Authenticator,
    budget: Budget,
    circuit: Circuit,
    /// The number of sessions so far.
    sessions: AtomicU64,
    calls: Calls,
    /// The ways of listing that a route was seen to know.
    modes: Mutex<HashMap<&'static str, Mode>>,
    pub(super) listing: ListMode,
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
            circuit: Circuit::new(account.api.in_flight, calls.clone()),
            sessions: AtomicU64::new(0),
            calls,
            modes: Mutex::default(),
            listing: account.api.listing,
        })
    }

    /// Announces the account to the exporter's own metrics.
    pub fn announce(&self) {
        self.budget.announce();
    }

    /// The identity of the calls.
    pub fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    /// The calls of one refresh, which share their retries and must be over in time.
    pub fn session(&self, time: Duration) -> Session<'_> {
        self.circuit.begin();
        Session {
            client: self,
            number: self.sessions.fetch_add(1, Ordering::Relaxed) + 1,
            deadline: Instant::now() + time,
            retries_left: AtomicU32::new(RETRIES_A_PASS),
            requests: AtomicU64::new(0),
        }
    }

    /// The request with its proof, which is made from what is really sent.
    fn request(&self, message: Message<'_>, proof: &Proof) -> Result<Request, Kind> {
        let method = message.method();
        let mut request = self
            .transport
            .request(method.clone(), &message.call().url(&self.root))
            .header(ACCEPT, "application/json");
        for (name, value) in message.extra {
            request = request.header(name, value);
        }
        if let Sent::Question(question) = message.sent {
            request = request.header(CONTENT_TYPE, "application/json").body(question.body());
        }
        let mut request = request.build().map_err(|error| Kind::Unreachable(error.to_string()))?;
        let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
        let headers = proof.headers(&method, request.url().as_str(), body)?;
        request.headers_mut().extend(headers);
        Ok(request)
    }

    /// Returns the failure that an answer stands for, if it is one.
    fn failure(&self, message: Message<'_>, answer: &Answer) -> Option<Failure> {
        if answer.status.is_success() {
            return None;
        }
        let needed = self.authenticator.needed(&message.method(), message.call().route);
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

/// The calls of one refresh.
#[derive(Debug)]
pub struct Session<'a> {
    pub(super) client: &'a Client,
    number: u64,
    deadline: Instant,
    retries_left: AtomicU32,
    requests: AtomicU64,
}

/// Headers of a call beside those that every call has.
pub(super) type Extra<'a> = &'a [(HeaderName, HeaderValue)];

/// One call as it is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    sent: Sent<'a>,
    extra: Extra<'a>,
}

/// A GET, or the one POST that there is.
#[derive(Debug, Clone, Copy)]
enum Sent<'a> {
    Call(&'a Call),
    Question(&'a Question),
}

impl<'a> Message<'a> {
    /// A GET.
    pub(super) fn get(call: &'a Call, extra: Extra<'a>) -> Self {
        Self { sent: Sent::Call(call), extra }
    }

    /// The POST: a question brings its own route.
    pub(super) fn ask(question: &'a Question, extra: Extra<'a>) -> Self {
        Self { sent: Sent::Question(question), extra }
    }

    fn call(&self) -> &'a Call {
        match self.sent {
            Sent::Call(call) => call,
            Sent::Question(question) => question.call(),
        }
    }

    fn method(&self) -> Method {
        match self.sent {
            Sent::Call(_) => Method::GET,
            Sent::Question(_) => Method::POST,
        }
    }

    fn error(&self, query: Option<String>, kind: Kind) -> Error {
        Error { method: self.method(), ..error(self.call(), query, kind) }
    }
}

impl Session<'_> {
    /// The endpoint's name, as it was given.
    pub fn endpoint(&self) -> &str {
        &self.client.endpoint
    }

    /// The number of calls so far, without tokens and the time.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Makes a GET, again where that may help, and gives an answer with status 2xx.
    pub(super) async fn fetch(&self, call: &Call, extra: Extra<'_>) -> Result<Answer, Error> {
        self.deliver(Message::get(call, extra)).await
    }

    /// Makes the call, again where that may help, and gives an answer with status 2xx.
    ///
    /// A proof that OVHcloud refuses is renewed once: a token may have been revoked before its
    /// end, a secret rotated, a clock set.
    pub(super) async fn deliver(&self, message: Message<'_>) -> Result<Answer, Error> {
        let call = message.call();
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
        let caller = self.caller(message);
        let mut renewed = false;
        let mut attempt = 0;
        let mut timeout = None;
        loop {
            let entry = match self.enter(caller).await {
                Ok(entry) => entry,
                // The timeout says what the closing follows from.
                Err(Kind::Hanging(_)) if let Some(timeout) = timeout => return Err(timeout),
                Err(kind) => return Err(message.error(None, kind)),
            };
            if attempt > 0 {
                self.client.calls.retried();
            }
            // Only now: a token may end while a call waits for its permit.
            let proof = authenticator.ready().await?;
            let began = Instant::now();
            let result = self.attempt(message, &proof).await;
            self.judge(entry, began, &result);
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
            let wait = failure.pause().max(backoff(attempt));
            attempt += 1;
            if !failure.error.kind.may_pass()
                || attempt >= ATTEMPTS
                || wait > LONGEST_WAIT
                || !self.may_retry()
            {
                return Err(failure.error);
            }
            tracing::debug!(
                route = message.call().route.template,
                query_id = failure.error.query.as_deref().unwrap_or_default(),
                error = %failure.error.kind,
                wait = %in_words(wait),
                "calling again"
            );
            timeout = matches!(failure.error.kind, Kind::Timeout(_)).then_some(failure.error);
            sleep(wait).await;
        }
    }

    async fn attempt(&self, message: Message<'_>, proof: &Proof) -> Result<Answer, Failure> {
        let client = self.client;
        let template = message.call().route.template;
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
                    "call failed"
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
        failure.map_or(Ok(answer), Err)
    }

    fn may_retry(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        self.retries_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// A call that was not answered well, once.
struct Failure {
    error: Error,
    /// The part of the proof that the answer refuses, if it does.
    refusal: Option<Refusal>,
    retry_after: Option<Duration>,
}

impl Failure {
    /// The wait that the answer asks for; where it closes the route, its circuit waits.
    fn pause(&self) -> Duration {
        let closes = matches!(self.error.kind, Kind::Throttled(_));
        self.retry_after.filter(|_| !closes).unwrap_or_default()
    }

    fn plain(message: Message<'_>, kind: Kind) -> Self {
        Self { error: message.error(None, kind), refusal: None, retry_after: None }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn error(call: &Call, query: Option<String>, kind: Kind) -> Error {
    Error { method: Method::GET, route: call.route.template, query, object: None, count: 1, kind }
}

/// OVHcloud's id of the call, if it looks like one.
pub(super) fn query_id(answer: &Answer) -> Option<String> {
    let id = answer.header("x-ovh-queryid")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:".contains(c);
    (id.len() <= 128 && id.chars().all(plain)).then(|| id.to_owned())
}

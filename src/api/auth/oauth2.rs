//! OAuth2 tokens of a service account: asked for when needed, renewed before they end, and once
//! more when OVHcloud refuses one early.
//!
//! However many calls wait for a token, one request is under way.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use reqwest::Request;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::api::error::{Kind, chain};
use crate::api::transport::{Answer, Transport};
use crate::secret::Source;
use crate::telemetry::Calls;

use super::cached::{Cached, Fresh};
use super::header::sensitive;
use super::request::{Attempts, count};

/// The label `route` of token requests.
pub(super) const ROUTE: &str = "/auth/oauth2/token";

/// A token is renewed this time before it ends, so that no call is under way when it does.
const MARGIN: Duration = Duration::from_mins(1);
/// The lifetime of a token whose answer names none; OVHcloud's live an hour (go-ovh README).
const USUAL_LIFETIME: Duration = Duration::from_hours(1);
/// After a refused token was replaced, the next one that is refused is not, for this time: then the
/// route refuses good tokens, or OVHcloud refuses the account.
const REPLACEMENT_STANDS: Duration = Duration::from_mins(1);
/// Bounds of a lifetime, in seconds: a day is long enough.
const SHORTEST: f64 = 1.0;
const LONGEST: f64 = 24.0 * 3600.0;

/// The token of one service account.
#[derive(Debug)]
pub(super) struct Tokens {
    url: Url,
    client_id: String,
    client_secret: Source,
    transport: Transport,
    calls: Calls,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    cached: Cached<Bearer>,
    /// Whether the endpoint wants the client in the form body rather than as HTTP Basic.
    in_body: bool,
    generation: u64,
    /// The time at which a refused token was dropped for another one.
    replaced_at: Option<Instant>,
}

/// A token to send, and which one it is.
#[derive(Debug, Clone)]
pub(in crate::api) struct Bearer {
    /// The value of `Authorization`, marked as sensitive.
    pub(super) header: HeaderValue,
    generation: u64,
}

/// The answer of the token endpoint. It may come as an error object with status 200.
#[derive(Deserialize)]
struct Grant {
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Value,
}

impl Grant {
    /// The lifetime of the token. One that lives for years would overflow the clock, and one that
    /// has ended already would be asked for again by each call.
    fn lifetime(&self) -> Duration {
        let number = self.expires_in.as_f64();
        let text = || self.expires_in.as_str()?.trim().parse().ok();
        let seconds = number.or_else(text).filter(|seconds: &f64| seconds.is_finite());
        let lifetime = seconds.map(|seconds| seconds.clamp(SHORTEST, LONGEST));
        lifetime.map_or(USUAL_LIFETIME, Duration::from_secs_f64)
    }
}

impl Tokens {
    /// Without a token yet.
    pub(super) fn new(
        url: Url,
        client_id: String,
        client_secret: Source,
        transport: Transport,
        calls: Calls,
    ) -> Self {
        let cached = Cached::Nothing;
        let state = State { cached, in_body: false, generation: 0, replaced_at: None };
        Self { url, client_id, client_secret, transport, calls, state: Mutex::new(state) }
    }

    /// The present token, or a new one if there is none or it is about to end.
    ///
    /// # Errors
    ///
    /// The endpoint refuses the client, fails, or can't be reached.
    pub(super) async fn bearer(&self) -> Result<Bearer, Kind> {
        let mut state = self.state.lock().await;
        let State { cached, in_body, generation, .. } = &mut *state;
        cached.get(self.ask(in_body, generation)).await
    }

    /// OVHcloud refused this token: whether there is another one, which the next call asks for if
    /// no other did.
    pub(super) async fn replaced(&self, bearer: &Bearer) -> bool {
        let mut state = self.state.lock().await;
        // Another call that was refused with this token may have dropped it already.
        let is_dropped = !matches!(state.cached, Cached::Value(_));
        if state.generation != bearer.generation || is_dropped {
            return true;
        }
        if state.replaced_at.is_some_and(|at| at.elapsed() < REPLACEMENT_STANDS) {
            return false;
        }
        state.replaced_at = Some(Instant::now());
        state.cached = Cached::Nothing;
        true
    }

    async fn ask(&self, in_body: &mut bool, generation: &mut u64) -> Result<Fresh<Bearer>, Kind> {
        let mut attempts = Attempts::default();
        let granted = loop {
            let granted = self.ask_both_ways(in_body).await;
            if !attempts.go_on(&granted, &self.calls).await {
                break granted;
            }
        };
        let (header, lifetime) = granted?;
        *generation += 1;
        let ends_at = Instant::now() + lifetime;
        let value = Bearer { header, generation: *generation };
        let renew_at = ends_at - MARGIN.min(lifetime / 4);
        Ok(Fresh { value, renew_at, ends_at: Some(ends_at) })
    }

    /// Asks with HTTP Basic, and with the client in the form body where that is refused, which
    /// is then remembered: the official clients do one or the other.
    async fn ask_both_ways(&self, in_body: &mut bool) -> Result<(HeaderValue, Duration), Kind> {
        let (result, status) = self.ask_once(*in_body).await;
        if result.is_err() && matches!(status, Some(400 | 401)) {
            let (other, _) = self.ask_once(!*in_body).await;
            if other.is_ok() {
                *in_body = !*in_body;
                return other;
            }
        }
        result
    }

    /// Returns the token, and the status of the endpoint's answer, if there was one.
    async fn ask_once(
        &self,
        in_body: bool,
    ) -> (Result<(HeaderValue, Duration), Kind>, Option<u16>) {
        let request = match self.request(in_body) {
            Ok(request) => request,
            Err(kind) => return (Err(kind), None),
        };
        let began = Instant::now();
        let result = self.transport.send(request).await;
        count(&self.calls, ROUTE, &result, began);
        match result {
            Ok(answer) => (token(&answer), Some(answer.status.as_u16())),
            Err(kind) => (Err(kind), None),
        }
    }

    fn request(&self, in_body: bool) -> Result<Request, Kind> {
        let secret = self.client_secret.current().map_err(|error| Kind::Unusable(chain(&error)))?;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials").append_pair("scope", "all");
        let mut request = self.transport.request(Method::POST, self.url.as_str());
        if in_body {
            form.append_pair("client_id", &self.client_id)
                .append_pair("client_secret", secret.expose());
        } else {
            // RFC 6749 §2.3.1: both are form-encoded before they are put together.
            let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let password = encode(secret.expose());
            request = request.basic_auth(encode(&self.client_id), Some(password));
        }
        request
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish())
            .build()
            .map_err(|error| Kind::Unreachable(error.to_string()))
    }
}

/// The token in an answer. Nothing of a good answer may end in an error's text.
fn token(answer: &Answer) -> Result<(HeaderValue, Duration), Kind> {
    if !answer.status.is_success() {
        return Err(Kind::of_token_answer(answer.status, &answer.body));
    }
    let unreadable = |problem: &str| Kind::Undecodable {
        path: "access_token".to_owned(),
        problem: problem.to_owned(),
    };
    let grant: Grant = serde_json::from_slice(&answer.body)
        .map_err(|_| unreadable("the token endpoint's answer is not JSON of a token"))?;
    // Every call with an empty token fails until the token ends.
    let Some(text) = grant.access_token.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Err(Kind::of_token_answer(answer.status, &answer.body));
    };
    let header =
        sensitive(&format!("Bearer {text}")).ok_or_else(|| unreadable("not fit for a header"))?;
    Ok((header, grant.lifetime()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_read_in_every_form_and_bounded() {
        let seconds =
            |json: &str| serde_json::from_str::<Grant>(json).unwrap().lifetime().as_secs();
        for json in
            [r#"{"expires_in":3599}"#, r#"{"expires_in":"3599"}"#, r#"{"expires_in":3599.5}"#]
        {
            assert_eq!(seconds(json), 3599, "{json}");
        }
        for json in ["{}", r#"{"expires_in":null}"#, r#"{"expires_in":"soon"}"#] {
            assert_eq!(seconds(json), 3600, "{json}");
        }
        assert_eq!(seconds(r#"{"expires_in":0}"#), 1);
        assert_eq!(seconds(r#"{"expires_in":1e300}"#), 24 * 3600);
    }
}

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
use tokio::time::{Instant, sleep};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::api::client::backoff;
use crate::api::error::{Kind, chain};
use crate::api::transport::{Answer, Transport};
use crate::secret::Source;
use crate::telemetry::Calls;

use super::{count, sensitive};

/// The label `route` of token requests.
pub(super) const ROUTE: &str = "/auth/oauth2/token";

/// A token is renewed so long before it ends, so that no call is under way when it does.
const MARGIN: Duration = Duration::from_mins(1);
/// The lifetime of a token whose answer names none; OVHcloud's live an hour (go-ovh README).
const USUAL_LIFETIME: Duration = Duration::from_hours(1);
/// Bounds of a lifetime, in seconds: a day is as good as for ever.
const SHORTEST: f64 = 1.0;
const LONGEST: f64 = 24.0 * 3600.0;
/// How often a token is asked for before the calls that wait for it fail.
const ATTEMPTS: u32 = 4;
/// After a failure, calls fail with it at once for so long: a pass has many.
const FAILURE_STANDS: Duration = Duration::from_secs(5);

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
    known: Known,
    /// Whether the endpoint wants the client in the form body rather than as HTTP Basic.
    in_body: bool,
    generation: u64,
}

#[derive(Debug)]
enum Known {
    Nothing,
    Token { header: HeaderValue, renew_at: Instant, ends_at: Instant },
    Failure { kind: Kind, until: Instant },
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
    /// How long the token lives. One that lives for years would overflow the clock, and one that
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
        let state = State { known: Known::Nothing, in_body: false, generation: 0 };
        Self { url, client_id, client_secret, transport, calls, state: Mutex::new(state) }
    }

    /// The present token, or a new one if there is none or it is about to end.
    ///
    /// # Errors
    ///
    /// The endpoint refuses the client, fails, or can't be reached.
    pub(super) async fn bearer(&self) -> Result<Bearer, Kind> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        match &state.known {
            Known::Token { renew_at, .. } if now < *renew_at => {}
            Known::Failure { kind, until } if now < *until => return Err(kind.clone()),
            _ => self.renew(&mut state).await?,
        }
        match &state.known {
            Known::Token { header, .. } => {
                Ok(Bearer { header: header.clone(), generation: state.generation })
            }
            Known::Failure { kind, .. } => Err(kind.clone()),
            Known::Nothing => Err(Kind::Credentials("no token".to_owned())),
        }
    }

    /// OVHcloud refused this token: the next call asks for a new one, unless another already did.
    pub(super) async fn refused(&self, bearer: &Bearer) {
        let mut state = self.state.lock().await;
        if state.generation == bearer.generation {
            state.known = Known::Nothing;
        }
    }

    async fn renew(&self, state: &mut State) -> Result<(), Kind> {
        match self.ask(state).await {
            Ok((header, lifetime)) => {
                let now = Instant::now();
                let margin = MARGIN.min(lifetime / 4);
                let ends_at = now + lifetime;
                state.known = Known::Token { header, renew_at: ends_at - margin, ends_at };
                state.generation += 1;
                Ok(())
            }
            // A token that still lives serves until it ends, whatever its renewal met.
            Err(kind) => match &mut state.known {
                Known::Token { renew_at, ends_at, .. } if Instant::now() < *ends_at => {
                    *renew_at = (Instant::now() + FAILURE_STANDS).min(*ends_at);
                    Ok(())
                }
                known => {
                    let until = Instant::now() + FAILURE_STANDS;
                    *known = Known::Failure { kind: kind.clone(), until };
                    Err(kind)
                }
            },
        }
    }

    /// Asks with HTTP Basic, and with the client in the form body where that is refused, which
    /// is then remembered: the official clients do one or the other.
    async fn ask(&self, state: &mut State) -> Result<(HeaderValue, Duration), Kind> {
        let mut attempt = 0;
        loop {
            let (mut result, status) = self.ask_once(state.in_body).await;
            if result.is_err() && matches!(status, Some(400 | 401)) {
                let (other, _) = self.ask_once(!state.in_body).await;
                if other.is_ok() {
                    state.in_body = !state.in_body;
                    result = other;
                }
            }
            match result {
                Err(kind) if kind.may_pass() && attempt + 1 < ATTEMPTS => {
                    self.calls.retried();
                    sleep(backoff(attempt)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    /// What the endpoint gives, and the status of its answer, if there was one.
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
    let Some(text) = &grant.access_token else {
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

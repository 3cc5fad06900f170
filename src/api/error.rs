//! Errors, typed by what a caller does about them.

use std::error::Error as StdError;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::route::Route;

/// A call that failed: which, and why as its source.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{method} {route}`{}", query.as_ref().map(|id| format!(" (query id {id})")).unwrap_or_default())]
pub struct Error {
    /// GET, except for the one question that is a POST.
    pub method: Method,
    /// The route's template.
    pub route: &'static str,
    /// OVHcloud's `X-Ovh-Queryid`, which its support asks for.
    pub query: Option<String>,
    /// The id of the object that is lost, or a path of ids down to what is lost in it; `None` if the
    /// objects that are lost have no name.
    pub object: Option<Box<str>>,
    /// The number of equal errors that it stands for, which is 1 for nearly all: a list of a million
    /// nulls must not become a million errors.
    pub count: usize,
    /// Why.
    #[source]
    pub kind: Kind,
}

impl Error {
    /// The same error as the loss of this object, or of what is below it.
    #[must_use]
    pub fn of(mut self, id: &str) -> Self {
        let path = self.object.take().map(|below| format!("{id}/{below}"));
        self.object = Some(path.map_or_else(|| id.into(), String::into_boxed_str));
        self
    }

    /// An answer of this route that is not what the schema says, at this place.
    pub fn undecodable(route: &'static Route, path: &str, problem: &str) -> Self {
        Self::on(route, Kind::Undecodable { path: path.to_owned(), problem: problem.to_owned() })
    }

    /// An error of a call of this route.
    pub fn on(route: &'static Route, kind: Kind) -> Self {
        Self {
            method: Method::GET,
            route: route.template,
            query: None,
            object: None,
            count: 1,
            kind,
        }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// The credential itself is refused.
    #[error(
        "OVHcloud refuses the credential: {0}; check that it exists, is valid and belongs to this \
         endpoint"
    )]
    Credentials(String),
    /// The credential can't even be sent: its file is not there, or it fits no header.
    #[error("the credential can't be used: {0}; repair its file or its text")]
    Unusable(String),
    /// The credential lacks a right: the actions that OVHcloud names, or what the call needs.
    #[error("the credential may not read this; grant it {}", actions.join(", "))]
    Forbidden {
        /// The missing IAM actions; of a consumer key, the route that its rules do not cover, as
        /// `GET /me/api/credential`.
        actions: Vec<String>,
    },
    /// The object is gone, or the route unknown in this region.
    #[error("OVHcloud does not know it: {0}")]
    NotFound(String),
    /// OVHcloud reports the region as out of service.
    #[error("the region is out of service: {0}")]
    Maintenance(String),
    /// OVHcloud has nothing of the kind here. A caller that knows the meaning of
    /// a list's 404 makes it of that.
    #[error("OVHcloud does not have it here")]
    NotOffered,
    /// The service has expired (OVHcloud's own status 460).
    #[error("the service has expired")]
    Expired,
    /// OVHcloud asks for fewer calls, and did so until the retries ended.
    #[error(
        "OVHcloud is not available or asks for fewer calls (HTTP {0}); if it stays, lower --api.rate or raise \
         the interval"
    )]
    Throttled(u16),
    /// OVHcloud asked to wait for longer than a call should; the call was not made.
    #[error(
        "OVHcloud asked by HTTP {status} for no more requests of {} until {until}; the next refresh after \
         that tries again",
        if *is_account { "the account" } else { "this route" }
    )]
    Closed {
        /// The HTTP status.
        status: u16,
        /// The end of the wait.
        until: Timestamp,
        /// Whether it holds for the account, and not for the route alone.
        is_account: bool,
    },
    /// The route did not answer repeatedly; the call was not made. The text is the last timeout.
    #[error("no {0}, repeatedly: the route is not requested again before the next refresh")]
    Hanging(String),
    /// The refresh as a whole took too long; the call was given up.
    #[error("the refresh took too long; the next one tries again")]
    TooLate,
    /// No answer in time.
    #[error("no {0}")]
    Timeout(String),
    /// No connection, or one that broke.
    #[error("OVHcloud can't be reached: {0}")]
    Unreachable(String),
    /// OVHcloud failed.
    #[error("OVHcloud failed with HTTP {status}: {message}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// OVHcloud's message.
        message: String,
    },
    /// The answer is not what the schema says.
    #[error("the answer can't be read at `{path}`: {problem}")]
    Undecodable {
        /// The place in the document.
        path: String,
        /// The problem there.
        problem: String,
    },
    /// A member can't be read, and the object is kept without it.
    #[error("the object is read without `{path}`: {problem}")]
    Unclear {
        /// The place in the document.
        path: String,
        /// The problem there.
        problem: String,
    },
    /// The answer is larger than anything that is read.
    #[error("the answer is larger than {0} bytes, which is the limit")]
    TooLarge(usize),
    /// The exporter itself failed.
    #[error("a bug of the exporter, whose log has the place; please report it")]
    Bug,
    /// The call is refused for another reason.
    #[error("OVHcloud refuses the call with HTTP {status}: {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// OVHcloud's message.
        message: String,
    },
}

/// The text of an error body, whatever the types of its other members. OVHcloud has two families:
/// `errorCode` from the authentication, `class` and `details` from the services; `error` and
/// `error_description` are OAuth2's.
struct Body(Value);

impl Body {
    fn read(raw: &[u8]) -> Self {
        Self(serde_json::from_slice(raw).unwrap_or_default())
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member)?.as_str()
    }
}

impl Kind {
    /// Classifies an answer that is not 2xx. `needed` are the rights that the call needs, for a
    /// 403 that names none.
    pub(super) fn of_answer(status: StatusCode, body: &[u8], needed: &[String]) -> Self {
        let parsed = Body::read(body);
        let message = parsed.message(body);
        if parsed.refusal(status).is_some() {
            return Self::Credentials(message);
        }
        match status.as_u16() {
            403 => Self::Forbidden { actions: parsed.actions(needed) },
            404 => Self::NotFound(message),
            409 if parsed.is_maintenance() => Self::Maintenance(message),
            460 => Self::Expired,
            408 | 429 | 503 => Self::Throttled(status.as_u16()),
            500.. => Self::Server { status: status.as_u16(), message },
            _ => Self::Rejected { status: status.as_u16(), message },
        }
    }

    /// Classifies a refusal by the token endpoint: OAuth2 answers 400 or 401 to a bad client, and a
    /// gateway may answer 403. Any other status speaks of the URL, and of no credential.
    pub(super) fn of_token_answer(status: StatusCode, body: &[u8]) -> Self {
        if status.is_success() {
            // Not the text of the answer: a token of another form may be in it.
            return Self::Credentials(Body::read(body).message(b"an answer without a token"));
        }
        let message = || Body::read(body).message(body);
        match Self::of_answer(status, body, &[]) {
            kind @ (Self::Throttled(_) | Self::Server { .. } | Self::Credentials(_)) => kind,
            _ if [400, 403].contains(&status.as_u16()) => Self::Credentials(message()),
            _ => Self::Unreachable(format!(
                "the token URL gives no token (HTTP {}: {}); check --api.token-url",
                status.as_u16(),
                message()
            )),
        }
    }

    /// Classifies an answer without the time. It speaks of no credential and of no route that a
    /// collector asked for.
    pub(super) fn of_time_answer(status: StatusCode, body: &[u8]) -> Self {
        let kind = Self::of_answer(status, body, &[]);
        if matches!(kind, Self::Credentials(_) | Self::Throttled(_) | Self::Server { .. }) {
            return kind;
        }
        let parsed = Body::read(body);
        let (status, message) = (status.as_u16(), parsed.message(body));
        Self::Unreachable(format!("it does not report its time (HTTP {status}: {message})"))
    }

    /// Whether the same call may succeed a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Throttled(_) | Self::Timeout(_) | Self::Unreachable(_) | Self::Server { .. }
        )
    }

    /// Whether the next refresh may succeed by itself: a passing error, or a call that this one had
    /// no time for, which it does not try again.
    pub fn may_pass_by_next_time(&self) -> bool {
        let is_unasked = matches!(self, Self::Closed { .. } | Self::Hanging(_) | Self::TooLate);
        self.may_pass() || is_unasked || matches!(self, Self::Maintenance(_))
    }

    /// Whether the same call without a header that OVHcloud does not document may do better.
    pub(super) fn may_be_the_headers(&self) -> bool {
        !matches!(
            self,
            Self::Credentials(_)
                | Self::Unusable(_)
                | Self::Throttled(_)
                | Self::Closed { .. }
                | Self::TooLate
                | Self::Unreachable(_)
                | Self::Expired
        )
    }

    /// The value of the label `code` of a call that has no HTTP status.
    pub(super) fn code_without_status(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::TooLarge(_) => "too_large",
            _ => "unreachable",
        }
    }
}

/// The part of a call's proof that an answer refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 401: the token is invalid, or its time is over.
    Token,
    /// The signature does not fit: the time, or a secret.
    Signature,
    /// The keys are unknown or not valid (any more).
    Keys,
}

/// Returns the part of the call's proof that an answer refuses.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> Option<Refusal> {
    Body::read(body).refusal(status)
}

impl Body {
    /// The codes are those that python-ovh and csharp-ovh know (`Client.call`, `Client.cs`).
    fn refusal(&self, status: StatusCode) -> Option<Refusal> {
        match self.text("errorCode") {
            Some("INVALID_KEY" | "NOT_CREDENTIAL" | "INVALID_CREDENTIAL") => Some(Refusal::Keys),
            Some("INVALID_SIGNATURE" | "QUERY_TIME_OUT") => Some(Refusal::Signature),
            _ => (status == StatusCode::UNAUTHORIZED).then_some(Refusal::Token),
        }
    }

    /// Whether a region in maintenance is the reason.
    fn is_maintenance(&self) -> bool {
        self.text("class").is_some_and(|class| class.ends_with("::RegionInMaintenance"))
    }

    /// One line of at most 200 characters, with nothing in it that could forge a log line.
    fn message(&self, raw: &[u8]) -> String {
        let members = ["errorCode", "message", "error", "error_description"];
        let known: Vec<&str> = members.iter().filter_map(|member| self.text(member)).collect();
        let text = if known.is_empty() {
            String::from_utf8_lossy(raw.get(..400).unwrap_or(raw)).into_owned()
        } else {
            known.join(": ")
        };
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
        if line.is_empty() { "no message".to_owned() } else { line }
    }

    /// The actions that a 403 by IAM names, comma-separated, or else those that are needed.
    fn actions(&self, needed: &[String]) -> Vec<String> {
        let details = self.0.get("details");
        let members = ["unauthorizedActionsByAuthentication", "unauthorizedActionsByIAM"];
        let named = members.iter().filter_map(|member| details?.get(member)?.as_str());
        let mut actions: Vec<String> = named
            .flat_map(|list| list.split(','))
            .map(|action| action.trim().chars().filter(|c| !c.is_control()).take(200).collect())
            .filter(|action: &String| !action.is_empty())
            .take(100)
            .collect();
        if actions.is_empty() {
            actions = needed.to_vec();
        }
        actions.sort();
        actions.dedup();
        actions
    }
}

/// An error with its causes, on one line.
pub fn chain(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::collection;
    use proptest::prelude::*;

    use super::*;

    fn kind(status: u16, body: &str) -> Kind {
        let needed = ["needed/get".to_owned()];
        Kind::of_answer(StatusCode::from_u16(status).unwrap(), body.as_bytes(), &needed)
    }

    #[test]
    fn a_bad_credential_differs_from_a_missing_right() {
        let invalid = r#"{"errorCode":"INVALID_CREDENTIAL","message":"not valid"}"#;
        assert_eq!(kind(403, invalid), Kind::Credentials("INVALID_CREDENTIAL: not valid".into()));
        let granted = r#"{"errorCode":"NOT_GRANTED_CALL","message":"not granted"}"#;
        assert_eq!(kind(403, granted), Kind::Forbidden { actions: vec!["needed/get".into()] });
    }

    #[test]
    fn members_of_other_types_hide_nothing() {
        let body = r#"{"errorCode":"NOT_CREDENTIAL","message":7,"details":["x"]}"#;
        assert_eq!(kind(403, body), Kind::Credentials("NOT_CREDENTIAL".into()));
    }

    #[test]
    fn a_token_in_an_answer_of_another_form_is_not_shown() {
        let body = br#"{"accessToken":"hunter2"}"#;
        let kind = Kind::of_token_answer(StatusCode::OK, body);
        assert_eq!(kind, Kind::Credentials("an answer without a token".into()));
    }

    #[test]
    fn a_signature_that_does_not_fit_is_a_bad_credential_and_no_bad_route() {
        for code in ["INVALID_SIGNATURE", "QUERY_TIME_OUT"] {
            let body = format!(r#"{{"errorCode":"{code}","message":"no"}}"#);
            assert_eq!(kind(400, &body), Kind::Credentials(format!("{code}: no")));
            let status = StatusCode::BAD_REQUEST;
            assert_eq!(refusal(status, body.as_bytes()), Some(Refusal::Signature));
        }
        assert_eq!(refusal(StatusCode::BAD_REQUEST, b"{}"), None);
    }

    #[test]
    fn what_the_time_and_the_token_are_refused_with_says_nothing_of_a_route() {
        let time = |status| Kind::of_time_answer(StatusCode::from_u16(status).unwrap(), b"no");
        let unreachable = "it does not report its time (HTTP 404: no)".to_owned();
        assert_eq!(time(404), Kind::Unreachable(unreachable));
        assert_eq!(time(503), Kind::Throttled(503));
        let token = |status| Kind::of_token_answer(StatusCode::from_u16(status).unwrap(), b"no");
        for status in [302, 307, 404, 409, 460] {
            let words = format!("HTTP {status}: no); check --api.token-url");
            let kind = token(status);
            assert!(matches!(&kind, Kind::Unreachable(text) if text.ends_with(&words)), "{kind}");
        }
        for status in [400, 401, 403] {
            assert_eq!(token(status), Kind::Credentials("no".to_owned()), "{status}");
        }
        assert_eq!(token(429), Kind::Throttled(429));
    }

    #[test]
    fn the_actions_that_ovhcloud_names_are_kept() {
        let body = r#"{"class":"Client::Forbidden","message":"no","details":{
            "unauthorizedActionsByAuthentication":"","unauthorizedActionsByIAM":"b:get, a:get"}}"#;
        assert_eq!(
            kind(403, body),
            Kind::Forbidden { actions: vec!["a:get".into(), "b:get".into()] }
        );
    }

    #[test]
    fn a_gateways_page_is_no_surprise() {
        let html = "<html>\n<body>502 Bad\u{7} Gateway</body></html>";
        assert_eq!(
            kind(502, html),
            Kind::Server {
                status: 502,
                message: "<html> <body>502 Bad Gateway</body></html>".into()
            }
        );
        assert_eq!(kind(408, html), Kind::Throttled(408));
        assert_eq!(kind(404, ""), Kind::NotFound("no message".into()));
        assert_eq!(kind(460, "{}"), Kind::Expired);
    }

    proptest! {
        #[test]
        fn whatever_a_gateway_answers_the_message_is_one_short_line(
            status in 400_u16..600,
            body in collection::vec(any::<u8>(), 0..2000),
        ) {
            let status = StatusCode::from_u16(status).unwrap();
            let message = Kind::of_answer(status, &body, &[]).to_string();
            prop_assert!(message.chars().count() < 300);
            prop_assert!(!message.contains(char::is_control));
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(kind(500, "").may_pass() && kind(429, "").may_pass());
        for status in [400, 401, 403, 404, 460] {
            assert!(!kind(status, "").may_pass(), "{status}");
        }
    }
}

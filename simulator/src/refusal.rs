//! The error answers, in OVHcloud's two families of bodies.
//!
//! The authentication layer answers `errorCode`, `httpCode`, `message`; the services answer
//! `class`, `message` and sometimes `details`.

use hyper::StatusCode;
use serde_json::{Value, json};

/// A call that is answered with an error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Refusal {
    /// An error of the authentication layer.
    pub(crate) fn authentication(status: u16, code: &str, message: &str) -> Self {
        let http = format!("{status} {}", reason(status));
        Self { status, body: json!({ "errorCode": code, "httpCode": http, "message": message }) }
    }

    /// An error of a service.
    pub(crate) fn service(status: u16, class: &str, message: &str) -> Self {
        Self { status, body: json!({ "class": class, "message": message }) }
    }

    /// An error of the token endpoint, as RFC 6749 spells them.
    pub(crate) fn oauth2(error: &str, description: &str) -> Self {
        Self { status: 400, body: json!({ "error": error, "error_description": description }) }
    }

    pub(crate) fn forbidden(action: &str) -> Self {
        let details = json!({
            "unauthorizedActionsByAuthentication": "",
            "unauthorizedActionsByIAM": action,
        });
        let mut refusal = Self::not_granted();
        if let Some(body) = refusal.body.as_object_mut() {
            body.insert("details".to_owned(), details);
        }
        refusal
    }

    /// A route without an action that is refused all the same; that its body is that of a missing
    /// right without `details` is unverified.
    pub(crate) fn not_granted() -> Self {
        Self::service(403, "Client::Forbidden", "User not granted for this request")
    }

    /// A refused bearer token. OVHcloud's schema lists the class for some routes only; the
    /// message is unverified.
    pub(crate) fn bad_token() -> Self {
        Self::service(401, "Client::Unauthorized::InvalidAuthToken", "Invalid authentication token")
    }

    pub(crate) fn no_object() -> Self {
        Self::missing("Client::NotFound")
    }

    /// Something that is not there, in the route's own class of error.
    pub(crate) fn missing(class: &str) -> Self {
        Self::service(404, class, "This service does not exist")
    }

    pub(crate) fn no_route() -> Self {
        Self::service(404, "Client::NotFound", "Got an invalid (or empty) URL")
    }

    /// A known route with another method; OVHcloud's own body for it is unverified.
    pub(crate) fn no_method() -> Self {
        Self::service(405, "Client::MethodNotAllowed", "This method is not allowed for this URL")
    }

    /// The text is OVHcloud's; the class is unverified.
    pub(crate) fn unknown_parameter() -> Self {
        Self::service(400, "Client::BadRequest", "Received not described parameters")
    }

    /// OVHcloud rejects a question as a whole for one unknown name; the text is from its command
    /// line tool, the class is unverified.
    pub(crate) fn unknown_action(action: &str) -> Self {
        Self::service(400, "Client::BadRequest", &format!("Unknown action {action}"))
    }

    pub(crate) fn bad_parameter() -> Self {
        let class = "Client::BadRequest::InvalidParameter";
        Self::service(400, class, "Invalid parameter in the request")
    }

    /// The text is OVHcloud's; the class is unverified.
    pub(crate) fn bad_cursor() -> Self {
        Self::service(400, "Client::BadRequest", "invalid cursor")
    }

    /// Returns OVHcloud's answer for a status when nothing more is known about the call.
    ///
    /// 408, 502 and 504 come from a gateway that speaks HTML: they have no body here.
    pub(crate) fn of_status(status: u16, action: Option<&str>) -> Option<Self> {
        Some(match status {
            400 => Self::bad_parameter(),
            401 => Self::bad_token(),
            403 => Self::forbidden(action.unwrap_or_default()),
            404 => Self::no_object(),
            405 => Self::no_method(),
            408 | 502 | 504 => return None,
            409 => {
                let class = "Client::Conflict::RegionInMaintenance";
                Self::service(409, class, "This region is currently in maintenance")
            }
            460 => Self { status, body: json!({ "message": "This Service is expired" }) },
            500 => Self::service(500, "Server::InternalServerError", "Internal server error"),
            503 => {
                let class = "Server::InternalServerError::Maintenance";
                Self::service(503, class, "Only GET endpoints are available")
            }
            // 429 among them: no source shows OVHcloud's body for it.
            _ => Self { status, body: json!({ "message": reason(status) }) },
        })
    }
}

/// The words that go with a status.
pub(crate) fn reason(status: u16) -> &'static str {
    let known = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    known.unwrap_or("Error")
}

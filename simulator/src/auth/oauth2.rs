//! The token endpoint: client credentials, by form and by HTTP Basic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Gate;
use super::identity::{CLIENT_ID, CLIENT_SECRET};
use crate::query::{Query, decode};
use crate::refusal::Refusal;

impl Gate {
    /// Issues a token for the client's credentials.
    pub(crate) fn issue(&mut self, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
        let form = Query::parse(&String::from_utf8_lossy(body));
        match form.get("grant_type") {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(Refusal::oauth2("unsupported_grant_type", "grant type not supported"));
            }
            None => return Err(Refusal::oauth2("invalid_request", "grant_type is missing")),
        }
        let client = basic(headers).or_else(|| {
            Some((form.get("client_id")?.to_owned(), form.get("client_secret")?.to_owned()))
        });
        let known = client.is_some_and(|(id, secret)| id == CLIENT_ID && secret == CLIENT_SECRET);
        if !known || self.revoked {
            let description = "ovhcloud oauth2 client does not exists";
            return Err(Refusal::oauth2("invalid_client", description));
        }
        let token: String = (0..40).map(|_| fastrand::alphanumeric()).collect();
        let now = Instant::now();
        self.tokens.retain(|_, end| now < *end);
        self.tokens.insert(token.clone(), now + self.token_lifetime);
        Ok(json!({
            "access_token": token, "token_type": "Bearer",
            "expires_in": self.token_lifetime.as_secs(), "scope": "all",
        }))
    }
}

/// Clients escape the two halves as in a form before they join them.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get("authorization")?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id, true), decode(secret, true)))
}

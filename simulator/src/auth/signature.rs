//! Calls signed with an application secret and a consumer key.

use hyper::HeaderMap;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::identity::{APPLICATION_KEY, APPLICATION_SECRET, CONSUMER_KEY, CREDENTIAL_ID};
use crate::account::Account;
use crate::hex::hex;
use crate::refusal::Refusal;

/// How far a call's time may be off, in seconds: OVHcloud's own tolerance is unverified, this is
/// an assumption.
const TOLERANCE: i64 = 30;

/// The parts of a call that its signature covers.
#[derive(Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    /// The whole URL, as it was sent.
    pub(crate) url: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) server_time: i64,
}

impl Signed<'_> {
    /// Checks key, consumer key, time and signature; answers the account's credential object.
    pub(crate) fn verify(&self, account: &Account, headers: &HeaderMap) -> Result<Value, Refusal> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if header("x-ovh-application") != Some(APPLICATION_KEY) {
            let message = "This application key is invalid";
            return Err(Refusal::authentication(403, "INVALID_KEY", message));
        }
        let id = CREDENTIAL_ID.to_string();
        let credential = account.find("/me/api/credential", "credentialId", &id);
        let known = header("x-ovh-consumer") == Some(CONSUMER_KEY);
        let Some(credential) = credential.filter(|_| known) else {
            let message = "This credential does not exist";
            return Err(Refusal::authentication(403, "NOT_CREDENTIAL", message));
        };
        if credential.get("status") != Some(&json!("validated")) {
            let message = "This credential is not valid";
            return Err(Refusal::authentication(403, "INVALID_CREDENTIAL", message));
        }
        let time = header("x-ovh-timestamp").unwrap_or_default();
        let second: Option<i64> = time.parse().ok();
        if second.is_none_or(|second| (second - self.server_time).abs() > TOLERANCE) {
            // The code is OVHcloud's; the message is unverified.
            let message = "Query time is too far from the server's";
            return Err(Refusal::authentication(400, "QUERY_TIME_OUT", message));
        }
        if header("x-ovh-signature") != Some(self.signature(time).as_str()) {
            return Err(Refusal::authentication(400, "INVALID_SIGNATURE", "Invalid signature"));
        }
        Ok(credential.clone())
    }

    fn signature(&self, time: &str) -> String {
        let Self { method, url, body, .. } = self;
        let mut hash = Sha1::new();
        hash.update(format!("{APPLICATION_SECRET}+{CONSUMER_KEY}+{method}+{url}+"));
        hash.update(body);
        hash.update(format!("+{time}"));
        format!("$1${}", hex(&hash.finalize()))
    }
}

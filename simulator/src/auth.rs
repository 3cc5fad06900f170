//! Who calls: the simulator's three identities, and how each proves itself.

use std::collections::BTreeMap;

use hyper::HeaderMap;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use crate::account::{Account, NICHANDLE};
use crate::refusal::Refusal;
use crate::rights::{Rights, Rule, glob};

mod identity;
mod oauth2;
mod signature;

pub use identity::Auth;
pub(crate) use identity::{
    ACCESS_TOKEN, APPLICATION_ID, APPLICATION_KEY, CLIENT_ID, CREDENTIAL_ID, client_urn,
};
pub(crate) use signature::Signed;

/// Somebody whose credentials were found good.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) rights: Rights,
    /// The account's credential object, for callers with a consumer key.
    pub(crate) credential: Option<Value>,
}

/// Issues tokens and lets callers in.
#[derive(Debug)]
pub(crate) struct Gate {
    rights: BTreeMap<Auth, Rights>,
    /// The tokens issued, and when each ends.
    tokens: BTreeMap<String, Instant>,
    token_lifetime: Duration,
    pub(crate) revoked: bool,
}

impl Gate {
    pub(crate) fn new(rights: &Rights, token_lifetime: Duration) -> Self {
        let rights = Auth::ALL.map(|auth| (auth, rights.clone())).into();
        Self { rights, tokens: BTreeMap::new(), token_lifetime, revoked: false }
    }

    pub(crate) fn set_rights(&mut self, auth: Auth, rights: Rights) {
        self.rights.insert(auth, rights);
    }

    pub(crate) fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Finds out who calls.
    ///
    /// In which order OVHcloud checks key, time and signature, and what it answers to a call
    /// without any credentials, is unverified.
    pub(crate) fn admit(
        &self,
        account: &Account,
        headers: &HeaderMap,
        signed: &Signed<'_>,
    ) -> Result<Caller, Refusal> {
        if let Some(token) = bearer(headers) {
            let auth = self.identity(token).ok_or_else(Refusal::bad_token)?;
            return Ok(Caller { rights: self.rights_of(auth), credential: None });
        }
        if headers.contains_key("x-ovh-application") {
            let mut credential = signed.verify(account, headers)?;
            let rights = self.rights_of(Auth::ApplicationKey);
            if let Some(members) = credential.as_object_mut()
                && !rights.rules.is_empty()
            {
                let rules: Value = rights.rules.iter().map(Rule::to_json).collect();
                members.insert("rules".to_owned(), rules);
            }
            return Ok(Caller { rights, credential: Some(credential) });
        }
        Err(Refusal::service(401, "Client::Unauthorized", "You must authenticate first"))
    }

    fn identity(&self, token: &str) -> Option<Auth> {
        if token == ACCESS_TOKEN {
            return Some(Auth::Token);
        }
        self.tokens.get(token).filter(|&&end| Instant::now() < end).map(|_| Auth::OAuth2)
    }

    fn rights_of(&self, auth: Auth) -> Rights {
        self.rights.get(&auth).cloned().unwrap_or_else(Rights::none)
    }
}

impl Caller {
    /// Refuses what the consumer key's rules do not cover.
    ///
    /// Whether `/*` covers `/v2/…` is unverified, hence `v2_named`: with it a rule must name it.
    pub(crate) fn may_call(&self, method: &str, path: &str, v2_named: bool) -> Result<(), Refusal> {
        let Some(credential) = &self.credential else { return Ok(()) };
        let rules = credential.get("rules").and_then(Value::as_array);
        let text = |rule: &Value, member: &str| rule.get(member)?.as_str().map(str::to_owned);
        let covers = |rule: &Value| {
            let pattern = text(rule, "path").unwrap_or_default();
            let named = !v2_named || !path.starts_with("/v2/") || pattern.starts_with("/v2");
            text(rule, "method").as_deref() == Some(method) && named && glob(&pattern, path)
        };
        if rules.into_iter().flatten().any(covers) {
            return Ok(());
        }
        Err(Refusal::authentication(403, "NOT_GRANTED_CALL", "This call has not been granted"))
    }

    /// The answer of `/auth/details`.
    ///
    /// The method that OVHcloud reports for a token got elsewhere is unverified: here it is that
    /// of the service account.
    pub(crate) fn details(&self) -> Value {
        let Some(credential) = &self.credential else {
            let identity = client_urn();
            return json!({
                "account": NICHANDLE, "method": "oauth2_client_credentials", "user": null,
                "description": "inventory exporter", "roles": [], "identities": [identity],
                "allowedRoutes": null,
            });
        };
        json!({
            "account": NICHANDLE, "method": "account", "user": null, "description": null,
            "roles": [], "identities": [format!("urn:v1:eu:identity:account:{NICHANDLE}")],
            "allowedRoutes": credential.get("rules"),
        })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

//! An account: a name for it, where its API is, and what opens it.

use std::collections::{BTreeMap, BTreeSet};

use super::api::{self, Api};
use super::credential::{self, Credential, Keys};
use super::endpoint::{self, Endpoint};
use super::environment::Machine;
use super::errors::ConfigErrors;
use super::identity::Identity;
use super::located::Located;
use super::registry::Registry;
use super::selection::Selection;
use super::sources::{Sources, Wanted};
use super::table::Value;
use super::{label, parse};

/// The name of an account without a name of its own, of which nothing is known.
pub const DEFAULT_NAME: &str = "default";

/// One account to watch.
#[derive(Debug, Clone)]
pub struct Account {
    /// The label `account` of its series (`accounts[].name`). The one account of the variables
    /// and of `ovh.conf` has [`DEFAULT_NAME`], until it is known whose account it is.
    pub name: String,
    /// Whether the configuration names it.
    pub is_named: bool,
    /// The endpoint of its API (`OVH_ENDPOINT`, `accounts[].endpoint`, ovh-eu; the token URL by
    /// `--api.token-url`, `accounts[].token_url`, the endpoint's usual one).
    pub endpoint: Endpoint,
    /// The credential (`OVH_…`, `accounts[].credential`). Without one the exporter does not start.
    pub credential: Credential,
    /// The identity behind the credential, and the source of each of its keys.
    pub identity: Identity,
    /// The limits of calls to its API (`accounts[].api` over `api`).
    pub api: Api,
    /// The names of the collectors that read it (`accounts[].collectors` over `collectors`, all).
    pub collectors: BTreeSet<&'static str>,
    /// Labels that the operator adds to every series of the account (`accounts[].labels`, none).
    pub labels: BTreeMap<String, String>,
}

impl Account {
    /// Whether both are read in the same way with the same labels. The places of the credential's
    /// keys do not matter: another line of the file may have moved them.
    pub fn is_same(&self, other: &Self) -> bool {
        let Self { name, is_named, endpoint, credential, identity: _, api, collectors, labels } =
            self;
        *name == other.name
            && *is_named == other.is_named
            && *endpoint == other.endpoint
            && *credential == other.credential
            && *api == other.api
            && *collectors == other.collectors
            && *labels == other.labels
    }

    /// Reads the official clients' variables alone: `OVH_ENDPOINT` (ovh-eu without it) and the
    /// keys of one credential. A variable that is empty counts as unset, as in go-ovh.
    ///
    /// # Errors
    ///
    /// A missing, half or mixed credential, an unknown endpoint, a region without OAuth2.
    pub fn from_environment(
        lookup: &dyn Fn(&str) -> Option<String>,
        token_url: Option<&str>,
        api: Api,
        collectors: BTreeSet<&'static str>,
    ) -> Result<Self, ConfigErrors> {
        let machine = Machine { variable: lookup };
        let token_url = token_url.map(|text| Located::at("--api.token-url", text.to_owned()));
        let asked = Options { token_url, ..Options::default() };
        let mut errors = ConfigErrors::default();
        let sources = Sources::variables_only(&machine);
        let account = asked.resolve(&sources, api, collectors, &mut errors);
        errors.0.extend(sources.missing());
        account.filter(|_| errors.0.is_empty()).ok_or(errors)
    }
}

/// The options of one account. Without any, it is the one of the variables.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) name: Option<Located<String>>,
    pub(super) endpoint: Option<Located<String>>,
    pub(super) token_url: Option<Located<String>>,
    /// The place that the errors about its credential begin with; empty outside of a file.
    pub(super) credential: Located<Keys>,
    pub(super) collectors: Selection,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) api: api::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: None,
            endpoint: None,
            token_url: None,
            credential: Located::at("", Keys::new()),
            collectors: Selection::default(),
            labels: BTreeMap::new(),
            api: api::Options::default(),
        }
    }
}

impl Options {
    pub(super) fn read(value: Value<'_>, known: &Registry<'_>) -> Self {
        value.table(|table| {
            if !table.has("name") {
                table.wrong("no name; add `name`, which becomes the label `account`");
            }
            Self {
                name: table.read("name", parse::text),
                endpoint: table.read("endpoint", parse::text),
                token_url: table.read("token_url", parse::text),
                credential: table.table("credential", |table| {
                    Located::at(table.place(), credential::read(table))
                }),
                collectors: table
                    .table("collectors", |table| Selection::read(table, known.collectors)),
                labels: table.table("labels", |table| label::read(table, known.labels)),
                api: table.table("api", api::Options::read),
            }
        })
    }

    /// The name and the endpoint, without the credential.
    pub(super) fn endpoint(
        self,
        sources: &Sources<'_>,
        token_url: Option<Located<String>>,
    ) -> Result<(String, Endpoint), ConfigErrors> {
        let is_whole = credential::is_whole(&self.credential.value);
        let given = sources.endpoint(self.endpoint, is_whole);
        let token_url = self.token_url.or(token_url);
        let name = self.name.map_or_else(|| DEFAULT_NAME.to_owned(), |name| name.value);
        Ok((name, Endpoint::at(&given, token_url.as_ref())?))
    }

    /// The account, or nothing after noting what is wrong with it.
    pub(super) fn resolve(
        self,
        sources: &Sources<'_>,
        api: Api,
        collectors: BTreeSet<&'static str>,
        errors: &mut ConfigErrors,
    ) -> Option<Account> {
        let is_whole = credential::is_whole(&self.credential.value);
        let given = sources.endpoint(self.endpoint, is_whole);
        let endpoint = errors.take(Endpoint::at(&given, self.token_url.as_ref()));
        let mut sections = vec![given.value.as_str()];
        sections.extend(endpoint::region(&given.value));
        let credential = errors.take(sources.credential(&Wanted {
            place: &self.credential.place,
            sections,
            endpoint: endpoint.as_ref().map(|endpoint| endpoint.name.as_str()),
            own: self.credential.value,
        }));
        let (endpoint, (credential, identity)) = endpoint.zip(credential)?;
        let is_service_account = matches!(credential, Credential::ServiceAccount { .. });
        if is_service_account && endpoint.token_url.is_none() {
            errors.0.push(given.wrong(&format!(
                "{} does not support service accounts; set application_key, application_secret \
                 and consumer_key, or use the endpoint ovh-eu, ovh-ca or ovh-us",
                endpoint.name
            )));
            return None;
        }
        let Self { name, labels, .. } = self;
        let is_named = name.is_some();
        let name = name.map_or_else(|| DEFAULT_NAME.to_owned(), |name| name.value);
        Some(Account { name, is_named, endpoint, credential, identity, api, collectors, labels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(variables: &[(&str, &str)]) -> String {
        let lookup = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        match Account::from_environment(&lookup, None, Api::default(), BTreeSet::new()) {
            Ok(account) => format!("{account:?}"),
            Err(errors) => errors.to_string(),
        }
    }

    #[test]
    fn each_whole_credential_is_taken_and_its_secrets_do_not_print() {
        for (variables, kind) in [
            (&[("OVH_CLIENT_ID", "EU.1"), ("OVH_CLIENT_SECRET", "hunter2")][..], "ServiceAccount"),
            (
                &[
                    ("OVH_APPLICATION_KEY", "007"),
                    ("OVH_APPLICATION_SECRET", "hunter2"),
                    ("OVH_CONSUMER_KEY", "hunter2"),
                ],
                "ApplicationKey",
            ),
            (&[("OVH_ACCESS_TOKEN", "hunter2")], "AccessToken"),
        ] {
            let account = reported(variables);
            assert!(account.contains("eu.api.ovh.com") && account.contains(kind), "{account}");
            assert!(!account.contains("hunter2"), "{account}");
        }
    }

    #[test]
    fn a_missing_credential_is_named_with_the_repair() {
        assert_eq!(
            reported(&[]),
            "no credential for ovh-eu\n  Set OVH_CLIENT_ID and OVH_CLIENT_SECRET (service account), \
             or OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY (application key), \
             or OVH_ACCESS_TOKEN.\n  OVH_CLIENT_SECRET_FILE and the like name a file with the \
             secret.\n  `ovhcloud-exporter permissions` prints the policy that the credential needs; \
             `ovhcloud-exporter demo` needs no credential."
        );
    }

    #[test]
    fn half_a_credential_names_the_other_half() {
        assert_eq!(
            reported(&[("OVH_CLIENT_ID", "EU.1"), ("OVH_CLIENT_SECRET", "")]),
            "credential: incomplete service account credential: client_id (OVH_CLIENT_ID) is set, \
             client_secret is missing; set OVH_CLIENT_SECRET or OVH_CLIENT_SECRET_FILE"
        );
    }

    #[test]
    fn every_error_is_reported_at_once() {
        let both = reported(&[("OVH_ENDPOINT", "ovh-fr"), ("OVH_CLIENT_ID", "EU.1")]);
        assert_eq!(both.lines().count(), 2, "{both}");
    }

    #[test]
    fn a_region_without_oauth2_takes_application_keys_only() {
        let kimsufi = [("OVH_ENDPOINT", "kimsufi-eu")];
        let account = [("OVH_CLIENT_ID", "EU.1"), ("OVH_CLIENT_SECRET", "x")];
        assert_eq!(
            reported(&[&kimsufi[..], &account].concat()),
            "OVH_ENDPOINT: kimsufi-eu does not support service accounts; set application_key, \
             application_secret and consumer_key, or use the endpoint ovh-eu, ovh-ca or ovh-us"
        );
        let keys = [
            ("OVH_APPLICATION_KEY", "1"),
            ("OVH_APPLICATION_SECRET", "2"),
            ("OVH_CONSUMER_KEY", "3"),
        ];
        assert!(reported(&[&kimsufi[..], &keys].concat()).contains("eu.api.kimsufi.com"));
    }
}

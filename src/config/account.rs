//! An account: a name for it, where its API is, and what opens it.

use std::collections::BTreeSet;

use crate::secret::{Secret, Source};

use super::Mistakes;
use super::api::Api;
use super::credential::Credential;
use super::endpoint::{self, Endpoint};

/// The label `account` of a process that watches one account only.
pub const DEFAULT_NAME: &str = "default";

/// One account to watch.
#[derive(Debug, Clone)]
pub struct Account {
    /// The label `account` of its series.
    pub name: String,
    /// Where its API is.
    pub endpoint: Endpoint,
    /// What opens it.
    pub credential: Credential,
    /// How hard its API may be asked.
    pub api: Api,
    /// The names of the collectors that read it.
    pub collectors: BTreeSet<&'static str>,
}

/// The variables of the official clients for the ways in that this exporter does not take yet.
const OTHER_WAYS: [&str; 4] =
    ["OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "OVH_ACCESS_TOKEN"];

impl Account {
    /// Reads the official clients' variables `OVH_ENDPOINT` (ovh-eu without it), `OVH_CLIENT_ID`
    /// and `OVH_CLIENT_SECRET`. A variable that is empty counts as unset, as in go-ovh.
    ///
    /// # Errors
    ///
    /// A missing or half credential, an endpoint nobody knows, a region without OAuth2.
    pub fn from_environment(
        lookup: &dyn Fn(&str) -> Option<String>,
        token_url: Option<&str>,
        api: Api,
        collectors: BTreeSet<&'static str>,
    ) -> Result<Self, Mistakes> {
        let value = |name: &str| lookup(name).filter(|text| !text.trim().is_empty());
        let mut mistakes = Mistakes::default();
        let name = value("OVH_ENDPOINT").unwrap_or_else(|| endpoint::DEFAULT.to_owned());
        let endpoint = mistakes.take(Endpoint::new(name.trim(), token_url));
        let credential = mistakes.take(service_account(&value));
        match (endpoint, credential) {
            (Some(endpoint), Some(credential)) if endpoint.token_url.is_some() => {
                Ok(Self { name: DEFAULT_NAME.to_owned(), endpoint, credential, api, collectors })
            }
            (Some(endpoint), Some(_)) => Err(Mistakes::from(format!(
                "OVH_ENDPOINT: `{}` takes no service account; use ovh-eu, ovh-ca or ovh-us",
                endpoint.name
            ))),
            _ => Err(mistakes),
        }
    }
}

fn service_account(value: &dyn Fn(&str) -> Option<String>) -> Result<Credential, Mistakes> {
    match (value("OVH_CLIENT_ID"), value("OVH_CLIENT_SECRET")) {
        (Some(client_id), Some(secret)) => Ok(Credential::ServiceAccount {
            client_id: client_id.trim().to_owned(),
            client_secret: Source::Given(Secret::new(&secret)),
        }),
        (Some(_), None) => Err(half("OVH_CLIENT_ID", "OVH_CLIENT_SECRET")),
        (None, Some(_)) => Err(half("OVH_CLIENT_SECRET", "OVH_CLIENT_ID")),
        (None, None) => Err(Mistakes::from(missing(value))),
    }
}

fn half(there: &str, absent: &str) -> Mistakes {
    Mistakes::from(format!(
        "{absent}: not set, but {there} is; set both to the values of the same service account"
    ))
}

fn missing(value: &dyn Fn(&str) -> Option<String>) -> String {
    let other: Vec<_> = OTHER_WAYS.into_iter().filter(|name| value(name).is_some()).collect();
    let seen = if other.is_empty() {
        String::new()
    } else {
        format!(" ({} is set, which this version does not use)", other.join(", "))
    };
    format!(
        "OVH_CLIENT_ID, OVH_CLIENT_SECRET: not set{seen}; create a service account in OVHcloud's \
         IAM and set both, or run `ovhcloud-exporter demo` to look around without one"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> String {
        let lookup = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        match Account::from_environment(&lookup, None, Api::default(), BTreeSet::new()) {
            Ok(account) => format!("{account:?}"),
            Err(mistakes) => mistakes.to_string(),
        }
    }

    #[test]
    fn a_whole_credential_is_taken_and_its_secret_does_not_print() {
        let account = told(&[("OVH_CLIENT_ID", "EU.1"), ("OVH_CLIENT_SECRET", "hunter2")]);
        assert!(account.contains("eu.api.ovh.com") && account.contains("EU.1"), "{account}");
        assert!(!account.contains("hunter2"), "{account}");
    }

    #[test]
    fn a_missing_credential_is_named_with_the_repair() {
        assert_eq!(
            told(&[]),
            "OVH_CLIENT_ID, OVH_CLIENT_SECRET: not set; create a service account in OVHcloud's \
             IAM and set both, or run `ovhcloud-exporter demo` to look around without one"
        );
        assert!(told(&[("OVH_CONSUMER_KEY", "x")]).contains("(OVH_CONSUMER_KEY is set, which"));
    }

    #[test]
    fn half_a_credential_names_the_other_half() {
        let half = told(&[("OVH_CLIENT_ID", "EU.1"), ("OVH_CLIENT_SECRET", "")]);
        assert_eq!(
            half,
            "OVH_CLIENT_SECRET: not set, but OVH_CLIENT_ID is; set both to the values of the same \
             service account"
        );
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let both = told(&[("OVH_ENDPOINT", "ovh-fr"), ("OVH_CLIENT_ID", "EU.1")]);
        assert_eq!(both.lines().count(), 2, "{both}");
    }

    #[test]
    fn a_region_without_oauth2_is_refused() {
        let kimsufi = told(&[
            ("OVH_ENDPOINT", "kimsufi-eu"),
            ("OVH_CLIENT_ID", "EU.1"),
            ("OVH_CLIENT_SECRET", "x"),
        ]);
        assert!(kimsufi.contains("takes no service account"), "{kimsufi}");
    }
}

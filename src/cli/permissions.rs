//! `permissions`: the least-privilege policy of the enabled collectors. With a credential it has the
//! URNs of the account, its projects, its key management services and the identity; without one it
//! has placeholders.
//!
//! Standard output has either text or JSON. The reasons of placeholders go to standard error.

use std::collections::BTreeSet;

use anyhow::bail;
use serde::Deserialize;

use crate::api::error::chain;
use crate::api::{self, Identified, Route, Session};
use crate::config::account::Account;
use crate::config::credential::Credential;
use crate::config::endpoint::Endpoint;
use crate::config::{Config, ConfigErrors};
use crate::permissions::{Names, Policy, creation_link, kinds, optional_actions, paths, policy};

use super::output::{Format, Output};
use super::survey::{OKMS, PROJECTS, Survey, TIME, client, survey};

static CLIENT: Route =
    Route::new("/me/api/oauth2/client/{clientId}", &["account:apiovh:me/api/oauth2/client/get"]);

/// The console of the API, as OVHcloud's guide on policies links it.
const CONSOLE: &str = "https://eu.api.ovh.com/console-preview/?section=%2Fiam&branch=v2";

/// The permissions of one account.
struct Needed {
    account: String,
    endpoint: String,
    /// `None` at an endpoint that takes no service account.
    policy: Option<Policy>,
    /// The actions of the policy that only add details.
    optional: BTreeSet<&'static str>,
    /// The page that creates an application key with the rules.
    create_token: String,
}

/// Prints the permissions of each account. A missing credential is a warning and no failure.
pub(super) async fn run(
    config: Result<Config, ConfigErrors>,
    collectors: &BTreeSet<&'static str>,
    endpoints: impl FnOnce() -> Result<Vec<(String, Endpoint)>, ConfigErrors>,
    output: &Output,
) -> anyhow::Result<()> {
    let mut accounts = Vec::new();
    match config {
        Ok(config) => {
            for account in &config.accounts {
                // The client is large, and is dropped after each account.
                accounts.push(Box::pin(of_account(account)).await);
            }
        }
        Err(mistakes) => {
            let endpoints = endpoints()?;
            for mistake in &mistakes.0 {
                // The lines after the second one recommend this very command.
                let mistake = mistake.lines().take(2).map(str::trim).collect::<Vec<_>>().join(": ");
                tracing::warn!(
                    mistake,
                    "no usable credential: printing the policy with placeholders"
                );
            }
            for (name, endpoint) in &endpoints {
                accounts.push(needed(name, endpoint, collectors, Names::default()));
            }
        }
    }
    let text = match output.format {
        Format::Json => bodies(&accounts)?,
        Format::Text => accounts.iter().map(text).collect::<Vec<_>>().join("\n"),
    };
    output.write(&text)
}

/// The body of `POST /v2/iam/policy` for each account, one after the other.
fn bodies(accounts: &[Needed]) -> anyhow::Result<String> {
    let mut texts = Vec::new();
    for Needed { account, endpoint, policy, .. } in accounts {
        if let Some(policy) = policy {
            texts.push(serde_json::to_string_pretty(policy)? + "\n");
        } else {
            tracing::warn!(
                account,
                endpoint,
                "no policy: the endpoint takes no service account; --format text prints the link \
                 that creates an application key"
            );
        }
    }
    if texts.is_empty() {
        bail!("no account takes a policy");
    }
    Ok(texts.concat())
}

async fn of_account(account: &Account) -> Needed {
    let names = match client(account) {
        Ok(client) => names(account, &client.session(TIME)).await,
        Err(error) => {
            tracing::warn!(account = account.name, error = %chain(&error), "no client for the account: printing the policy with placeholders");
            Names::default()
        }
    };
    needed(&account.name, &account.endpoint, &account.collectors, names)
}

async fn names(account: &Account, session: &Session<'_>) -> Names {
    let survey = survey(session).await;
    let identity = match &account.credential {
        Credential::ServiceAccount { client_id, .. } => match own_identity(&survey, client_id) {
            Some(identity) => Ok(Some(identity)),
            None => identity(session, client_id).await.map_err(|error| chain(&error)),
        },
        _ => Err("the configured credential is no service account".to_owned()),
    };
    let identity = identity.unwrap_or_else(|reason| {
        tracing::warn!(
            account = account.name,
            reason,
            "the identity of the service account is unknown: its placeholder is left in the policy"
        );
        None
    });
    let names =
        Names { identity, region: survey.credential.region(), resources: survey.resources() };
    warn(account, &survey, &names);
    names
}

/// Warns of each type of resources that the policy needs and that has no name.
fn warn(account: &Account, survey: &Survey, names: &Names) {
    let needed = kinds(&account.collectors);
    for (kind, collector) in
        [("account", "exporter_credential"), ("publicCloudProject", PROJECTS), ("okms", OKMS)]
    {
        let errors = survey.unknown.iter().filter(|(name, _)| *name == collector);
        let errors: Vec<_> = errors.map(|(_, error)| error.as_str()).collect();
        let is_named = names.resources.get(kind).is_some_and(|urns| !urns.is_empty());
        if !needed.contains(kind) || (is_named && errors.is_empty()) {
            continue;
        }
        let error = errors.first().copied().unwrap_or("OVHcloud reports none in this account");
        tracing::warn!(
            account = account.name,
            kind,
            error,
            "resources could not be listed: placeholders are left in the policy"
        );
    }
}

/// The identity that OVHcloud reports to the service account itself, which needs no right.
fn own_identity(survey: &Survey, client_id: &str) -> Option<String> {
    let mut identities = survey.credential.identities.iter();
    identities.find(|urn| urn.ends_with(client_id)).cloned()
}

/// The identity of a service account in policies. It is read and never built.
async fn identity(session: &Session<'_>, client_id: &str) -> Result<Option<String>, api::Error> {
    #[derive(Deserialize)]
    struct Wire {
        identity: Option<String>,
    }
    impl Identified for Wire {
        const ID: Option<&'static str> = Some("clientId");
    }
    let wire: Wire = session.object_of(&CLIENT, &[client_id]).await?;
    Ok(wire.identity)
}

fn needed(
    account: &str,
    endpoint: &Endpoint,
    collectors: &BTreeSet<&'static str>,
    mut names: Names,
) -> Needed {
    names.region = names.region.or_else(|| endpoint.region().map(str::to_owned));
    Needed {
        account: account.to_owned(),
        endpoint: endpoint.name.clone(),
        policy: endpoint.token_url.as_ref().map(|_| policy(collectors, &names)),
        optional: optional_actions(collectors),
        create_token: creation_link(&endpoint.root, &paths(collectors)),
    }
}

fn text(needed: &Needed) -> String {
    let Needed { account, endpoint, policy, optional, create_token } = needed;
    let of_policy = match policy {
        Some(policy) => of_policy(policy, optional),
        None => format!("{endpoint} takes no service account.\n"),
    };
    format!(
        "Account {account} at {endpoint}\n\n\
         {of_policy}\n\
         An application key needs rules instead. This page creates the key, its secret\n\
         and a consumer key with these rules:\n\n\
         {create_token}\n"
    )
}

fn of_policy(policy: &Policy, optional: &BTreeSet<&str>) -> String {
    let mark = |action| if optional.contains(action) { " (optional)" } else { "" };
    let allowed = policy.permissions.allow.iter();
    let actions: Vec<_> =
        allowed.map(|one| format!("{}{}", one.action, mark(one.action))).collect();
    let resources = policy.resources.iter().map(|one| one.urn.as_str()).collect::<Vec<_>>();
    let [identities, resources, actions] =
        [policy.identities.join("\n    "), resources.join("\n    "), actions.join("\n    ")];
    format!(
        "A service account needs an IAM policy:\n\n  \
           identity\n    {identities}\n  \
           resources\n    {resources}\n  \
           actions\n    {actions}\n\n\
         `ovhcloud-exporter permissions --format json` prints this policy as the body of\n\
         POST /v2/iam/policy. Replace placeholders in <angle brackets>, and send it as\n\
         the owner of the account, with a client or in the console of the API, which for\n\
         Europe is\n\
         {CONSOLE}\n"
    )
}

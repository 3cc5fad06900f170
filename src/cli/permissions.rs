//! `permissions`: the least-privilege policy of the enabled collectors. With a credential it has the
//! URNs of the account, its projects, its key management services and the identity; without one it
//! has placeholders.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::api::error::chain;
use crate::api::{self, Identified, Route, Session};
use crate::config::account::Account;
use crate::config::credential::Credential;
use crate::config::endpoint::{DEFAULT, Endpoint};
use crate::config::{Config, ConfigErrors};
use crate::permissions::{Names, Policy, creation_link, paths, policy};

use super::output::Output;
use super::print::print;
use super::survey::{OKMS, TIME, client, survey};

static CLIENT: Route =
    Route::new("/me/api/oauth2/client/{clientId}", &["account:apiovh:me/api/oauth2/client/get"]);

/// The permissions of one account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Needed {
    account: String,
    endpoint: String,
    policy: Policy,
    /// The rules of a consumer key: the paths that it must GET.
    get: BTreeSet<String>,
    create_token: String,
}

#[derive(Serialize)]
struct Answer {
    accounts: Vec<Needed>,
}

/// Prints the permissions of each account. A missing credential is a warning and no failure.
pub(super) async fn run(
    config: Result<Config, ConfigErrors>,
    collectors: &BTreeSet<&'static str>,
    output: Output,
) -> anyhow::Result<()> {
    let accounts = match config {
        Ok(config) => {
            let mut accounts = Vec::new();
            for account in &config.accounts {
                accounts.push(of_account(account).await);
            }
            accounts
        }
        Err(mistakes) => {
            for mistake in &mistakes.0 {
                tracing::warn!(
                    mistake,
                    "no usable credential: printing the policy with placeholders"
                );
            }
            let endpoint = Endpoint::new(DEFAULT, None)?;
            vec![needed("", &endpoint, collectors, &Names::default())]
        }
    };
    let text = match output {
        Output::Json => format!("{}\n", serde_json::to_string_pretty(&Answer { accounts })?),
        Output::Text => accounts.iter().map(text).collect::<anyhow::Result<Vec<_>>>()?.concat(),
    };
    print(&text).context("can't write to standard output")
}

async fn of_account(account: &Account) -> Needed {
    let names = match client(account) {
        Ok(client) => names(account, &client.session(TIME)).await,
        Err(error) => {
            tracing::warn!(account = account.name, error = %chain(&error), "no client for the account: printing the policy with placeholders");
            Names::default()
        }
    };
    needed(&account.name, &account.endpoint, &account.collectors, &names)
}

async fn names(account: &Account, session: &Session<'_>) -> Names {
    let survey = survey(session).await;
    // A failure of a collector that no policy needs is ignored.
    let is_needed = |name: &str| name != OKMS || account.collectors.contains(name);
    for (_, error) in survey.unknown.iter().filter(|(name, _)| is_needed(name)) {
        tracing::warn!(
            account = account.name,
            error,
            "resources could not be listed: placeholders are left in the policy"
        );
    }
    let identity = match &account.credential {
        Credential::ServiceAccount { client_id, .. } => identity(session, client_id).await,
        _ => Ok(None),
    };
    let identity = identity.unwrap_or_else(|error| {
        let error = chain(&error);
        tracing::warn!(
            account = account.name,
            error,
            "the identity is unknown: its placeholder is left in the policy"
        );
        None
    });
    Names { identity, resources: survey.resources() }
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
    names: &Names,
) -> Needed {
    let get = paths(collectors);
    Needed {
        account: account.to_owned(),
        endpoint: endpoint.name.clone(),
        policy: policy(collectors, names),
        create_token: creation_link(&endpoint.root, &get),
        get,
    }
}

fn text(needed: &Needed) -> anyhow::Result<String> {
    let Needed { account, endpoint, .. } = needed;
    let mut text = String::new();
    if !account.is_empty() {
        writeln!(text, "# Account {account} ({endpoint})\n")?;
    }
    let policy = serde_json::to_string_pretty(&needed.policy)?;
    writeln!(
        text,
        "A service account needs this policy, the body of POST /v2/iam/policy. Replace the \
         placeholders in <angle brackets>.\n\n{policy}\n"
    )?;
    writeln!(
        text,
        "An application key needs these rules instead. The page creates the key, its secret and a \
         consumer key at once.\n\n{}\n",
        needed.create_token
    )?;
    Ok(text)
}

//! `check`: verifies the credential and every permission of each account.
//!
//! It makes one request per route, below one project, and one for each further project. It prints
//! no secret.

mod account;
mod projects;
mod rights;
mod table;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::api::error::chain;
use crate::api::{Client, Kind, Route};
use crate::collectors::Collect as _;
use crate::collectors::exporter_credential::{ExporterCredential, Reach};
use crate::config::Config;
use crate::config::account::Account;
use crate::config::credential::Credential;
use crate::daemon::system_clock;

use super::output::{Format, Output};
use super::survey::{Survey, TIME, client, survey};

use account::{AccountDiagnosis, StepState};

static WHO: Route = Route::new("/auth/details", &[]);

/// Above this difference, logs of both sides are hard to compare. It is no failure: calls are signed
/// by OVHcloud's time.
const CLOCKS_AGREE: SignedDuration = SignedDuration::from_secs(60);
/// A credential with less remaining time causes a warning.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The most write permissions in a warning.
const NAMED: usize = 5;

/// The result of all accounts.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// Whether every account is readable with this configuration.
    well: bool,
    /// The division of the accounts among several exporters, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<String>,
    accounts: Vec<AccountDiagnosis>,
}

impl Diagnosis {
    /// Whether every account is readable with this configuration.
    pub fn is_well(&self) -> bool {
        self.well
    }

    /// The diagnosis as text, in lines of at most this width.
    pub fn table(&self, width: usize) -> String {
        table::text(&self.accounts, self.shard.as_deref(), width)
    }
}

/// Diagnoses, prints, and fails on any problem.
pub(super) async fn run(config: &Config, output: &Output) -> anyhow::Result<()> {
    let mut diagnosis = diagnose(&config.accounts).await;
    diagnosis.shard = config.shard.words(config.accounts.len());
    let text = match output.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&diagnosis)?),
        Format::Text => diagnosis.table(output.destination.width()),
    };
    output.write(&text)?;
    if !diagnosis.well {
        anyhow::bail!("not every account is readable with this configuration");
    }
    Ok(())
}

/// Diagnoses all accounts concurrently.
pub async fn diagnose(accounts: &[Account]) -> Diagnosis {
    let accounts = join_all(accounts.iter().map(of_account)).await;
    Diagnosis { well: accounts.iter().all(AccountDiagnosis::is_well), shard: None, accounts }
}

async fn of_account(account: &Account) -> AccountDiagnosis {
    let mut diagnosis = AccountDiagnosis {
        account: account.name.clone(),
        endpoint: account.endpoint.name.clone(),
        url: account.endpoint.root.clone(),
        credential: kind(&account.credential),
        steps: Vec::new(),
        projects: 0,
        projects_asked: 0,
        collectors: Vec::new(),
        missing: BTreeSet::new(),
        unverified: BTreeSet::new(),
        optional: BTreeSet::new(),
        warnings: Vec::new(),
    };
    let client = match client(account) {
        Ok(client) => client,
        Err(error) => {
            diagnosis.step("configuration", StepState::Failed, chain(&error));
            return diagnosis;
        }
    };
    diagnosis.step("configuration", StepState::Ok, account.identity.to_string());
    if !reach(&mut diagnosis, &client).await {
        return diagnosis;
    }
    let session = client.session(TIME);
    let survey = survey(&session).await;
    let is_service_account = matches!(account.credential, Credential::ServiceAccount { .. });
    if let Some(refused) = &survey.refused {
        diagnosis.step("credential", StepState::Failed, refused.clone());
        return diagnosis;
    }
    check_expiration(&mut diagnosis, &survey, is_service_account, system_clock());
    let is_key = matches!(account.credential, Credential::ApplicationKey { .. });
    let rights = rights::of(&session, &account.collectors, &survey, is_key).await;
    projects::judge(&mut diagnosis, &survey, &rights);
    diagnosis.collect(rights.collectors);
    diagnosis.warnings.extend(can_write(&survey));
    diagnosis
}

fn kind(credential: &Credential) -> &'static str {
    match credential {
        Credential::ServiceAccount { .. } => "service account",
        Credential::ApplicationKey { .. } => "application key",
        Credential::AccessToken(_) => "access token",
    }
}

/// Whether the endpoint is reachable, and the difference of the clocks. A reachable endpoint without
/// a readable time is no failure.
async fn reach(diagnosis: &mut AccountDiagnosis, client: &Client) -> bool {
    match client.authenticator().clock_difference(system_clock).await {
        Ok(difference) => {
            diagnosis.step("endpoint", StepState::Ok, "reachable");
            let (seconds, ahead) = (difference.as_secs().abs(), difference.is_positive());
            let word = if ahead { "ahead of" } else { "behind" };
            let detail = format!("OVHcloud's is {seconds} s {word} this machine's");
            if difference.abs() > CLOCKS_AGREE {
                diagnosis
                    .warnings
                    .push(format!("the clocks differ: {detail}; correct the local clock"));
            }
            diagnosis.step("clock", StepState::Ok, detail);
            true
        }
        Err(error) if is_silence(&error) && !answers(client).await => {
            diagnosis.step("endpoint", StepState::Failed, chain(&error));
            false
        }
        Err(error) => {
            diagnosis.step("endpoint", StepState::Ok, "reachable");
            diagnosis.step("clock", StepState::Unknown, chain(&error));
            true
        }
    }
}

/// Whether the endpoint answers a request other than that for its time; a refusal is an answer.
async fn answers(client: &Client) -> bool {
    let asked = client.session(TIME).object::<Value>(&WHO.at(&[])).await;
    asked.map_or_else(|error| !is_silence(&error.kind), |_| true)
}

fn is_silence(kind: &Kind) -> bool {
    matches!(kind, Kind::Unreachable(_) | Kind::Timeout(_) | Kind::TooLate)
}

fn check_expiration(
    diagnosis: &mut AccountDiagnosis,
    survey: &Survey,
    is_service_account: bool,
    now: Timestamp,
) {
    let credential = &survey.credential;
    let unread = survey.unknown.iter().find(|(name, _)| *name == ExporterCredential::NAME);
    match (credential.expires, unread) {
        (Some(end), _) if end <= now => {
            diagnosis.step("credential", StepState::Failed, format!("expired on {end}"));
        }
        (Some(end), _) => {
            if end.duration_since(now) < ENDS_SOON {
                diagnosis
                    .warnings
                    .push(format!("the credential expires on {end}; create a new one"));
            }
            diagnosis.step("credential", StepState::Ok, format!("valid until {end}"));
        }
        (None, Some((_, error))) => {
            diagnosis.step("credential", StepState::Unknown, error.clone());
        }
        (None, None) if credential.is_end_known || is_service_account => {
            diagnosis.step("credential", StepState::Ok, "valid, does not expire");
        }
        (None, None) => {
            let detail = "OVHcloud does not report its expiration";
            diagnosis.step("credential", StepState::Unknown, detail);
        }
    }
}

/// A warning about write permissions, which the exporter never needs.
fn can_write(survey: &Survey) -> Option<String> {
    let reach = &survey.credential.reach;
    let writes = reach.writes();
    if writes.is_empty() {
        let is_known = !matches!(reach, Reach::Unknown | Reach::Actions { whole: false, .. });
        let unknown = "OVHcloud does not report whether the credential has write access";
        return (!is_known).then(|| unknown.to_owned());
    }
    let named: Vec<_> = writes.iter().take(NAMED).copied().collect();
    let more = writes.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    Some(format!(
        "the credential has write access: {}{rest}; the exporter needs read access only",
        named.join(", ")
    ))
}

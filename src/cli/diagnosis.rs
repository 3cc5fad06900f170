//! `check`: whether each account can be read as it is configured, and if not, what is missing.
//!
//! It asks as little as tells: each route once, below one project. No secret is printed.

mod rights;
mod table;

use anyhow::Context as _;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::api::error::chain;
use crate::api::{Client, Kind, Route};
use crate::config::Config;
use crate::config::account::Account;
use crate::config::credential::Credential;
use crate::daemon::system_clock;

use super::output::Output;
use super::print;
use super::survey::{Survey, TIME, client, survey};

use rights::CollectorRights;

static WHO: Route = Route::new("/auth/details", &[]);

/// Above this difference, logs of both sides are hard to compare. Nothing fails for it: calls are
/// signed by OVHcloud's time.
const CLOCKS_AGREE: SignedDuration = SignedDuration::from_secs(60);
/// So long before a credential ends it is time to make the next.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// So many rights beyond reading are named.
const NAMED: usize = 5;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// Whether every account can be read as it is configured.
    well: bool,
    accounts: Vec<AccountDiagnosis>,
}

#[derive(Debug, Serialize)]
struct AccountDiagnosis {
    account: String,
    endpoint: String,
    url: String,
    credential: &'static str,
    steps: Vec<Step>,
    collectors: Vec<CollectorRights>,
    /// What is no failure, and yet should not be so.
    warnings: Vec<String>,
}

/// One thing that must work before a right means anything.
#[derive(Debug, Serialize)]
struct Step {
    name: &'static str,
    state: StepState,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum StepState {
    Ok,
    Failed,
    Unknown,
}

impl AccountDiagnosis {
    fn is_well(&self) -> bool {
        self.steps.iter().all(|step| step.state != StepState::Failed)
            && self.collectors.iter().all(CollectorRights::is_well)
    }

    fn step(&mut self, name: &'static str, state: StepState, detail: impl Into<String>) {
        self.steps.push(Step { name, state, detail: detail.into() });
    }
}

impl Diagnosis {
    /// Whether every account can be read as it is configured.
    pub fn is_well(&self) -> bool {
        self.well
    }

    /// As a table that a person reads.
    pub fn table(&self) -> String {
        table::text(self)
    }
}

/// Diagnoses, prints, and fails unless all is well.
pub(super) async fn run(config: &Config, output: Output) -> anyhow::Result<()> {
    let diagnosis = diagnose(&config.accounts).await;
    let text = match output {
        Output::Json => format!("{}\n", serde_json::to_string_pretty(&diagnosis)?),
        Output::Text => diagnosis.table(),
    };
    print(&text).context("can't write to standard output")?;
    if !diagnosis.well {
        anyhow::bail!("not every account can be read as it is configured");
    }
    Ok(())
}

/// Tries everything, all accounts side by side.
pub async fn diagnose(accounts: &[Account]) -> Diagnosis {
    let accounts = join_all(accounts.iter().map(of_account)).await;
    Diagnosis { well: accounts.iter().all(AccountDiagnosis::is_well), accounts }
}

async fn of_account(account: &Account) -> AccountDiagnosis {
    let mut diagnosis = AccountDiagnosis {
        account: account.name.clone(),
        endpoint: account.endpoint.name.clone(),
        url: account.endpoint.root.clone(),
        credential: kind(&account.credential),
        steps: Vec::new(),
        collectors: Vec::new(),
        warnings: Vec::new(),
    };
    let client = match client(account) {
        Ok(client) => client,
        Err(error) => {
            diagnosis.step("configuration", StepState::Failed, chain(&error));
            return diagnosis;
        }
    };
    diagnosis.step("configuration", StepState::Ok, "it is complete");
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
    tell_end(&mut diagnosis, &survey, is_service_account, system_clock());
    diagnosis.collectors = rights::of(&session, &account.collectors, &survey).await;
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

/// Whether the endpoint answers at all, and what time it is there. One that answers and does not
/// tell its time is asked on.
async fn reach(diagnosis: &mut AccountDiagnosis, client: &Client) -> bool {
    match client.authenticator().clock_difference(system_clock).await {
        Ok(difference) => {
            diagnosis.step("endpoint", StepState::Ok, "it answers");
            let (seconds, ahead) = (difference.as_secs().abs(), difference.is_positive());
            let word = if ahead { "ahead of" } else { "behind" };
            let detail = format!("OVHcloud's is {seconds} s {word} this machine's");
            if difference.abs() > CLOCKS_AGREE {
                diagnosis.warnings.push(format!("the clocks differ: {detail}; set this one right"));
            }
            diagnosis.step("clock", StepState::Ok, detail);
            true
        }
        Err(error) if is_silence(&error) && !answers(client).await => {
            diagnosis.step("endpoint", StepState::Failed, chain(&error));
            false
        }
        Err(error) => {
            diagnosis.step("endpoint", StepState::Ok, "it answers");
            diagnosis.step("clock", StepState::Unknown, chain(&error));
            true
        }
    }
}

/// Whether the endpoint has any answer to another call than that for its time, be it a refusal.
async fn answers(client: &Client) -> bool {
    let asked = client.session(TIME).object::<Value>(&WHO.at(&[])).await;
    asked.map_or_else(|error| !is_silence(&error.kind), |_| true)
}

fn is_silence(kind: &Kind) -> bool {
    matches!(kind, Kind::Unreachable(_) | Kind::Timeout(_) | Kind::TooLate)
}

fn tell_end(
    diagnosis: &mut AccountDiagnosis,
    survey: &Survey,
    is_service_account: bool,
    now: Timestamp,
) {
    let credential = &survey.credential;
    match credential.expires {
        Some(end) if end <= now => {
            diagnosis.step("credential", StepState::Failed, format!("it ended on {end}"));
        }
        Some(end) => {
            if end.duration_since(now) < ENDS_SOON {
                diagnosis.warnings.push(format!("the credential ends on {end}; make the next one"));
            }
            diagnosis.step("credential", StepState::Ok, format!("valid until {end}"));
        }
        None if credential.is_end_known || is_service_account => {
            diagnosis.step("credential", StepState::Ok, "valid, without an end");
        }
        None => {
            let detail = "OVHcloud does not tell until when it is valid";
            diagnosis.step("credential", StepState::Unknown, detail);
        }
    }
}

/// What the credential may do beyond reading, which the exporter never needs.
fn can_write(survey: &Survey) -> Option<String> {
    let writes = survey.credential.reach.writes();
    if writes.is_empty() {
        return None;
    }
    let named: Vec<_> = writes.iter().take(NAMED).copied().collect();
    let more = writes.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    Some(format!(
        "the credential can do more than read: {}{rest}; the exporter needs none of it",
        named.join(", ")
    ))
}

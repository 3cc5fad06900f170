//! A diagnosis as text.

use std::collections::BTreeSet;

use crate::findings::layout::{paragraph, rows};
use crate::findings::printable::printable;

use super::account::{AccountDiagnosis, Step, StepState};
use super::rights::{RouteRights, State};

/// The columns before the details of a route.
const DETAIL: usize = 17;

/// All accounts, and the verdict.
pub(super) fn text(diagnoses: &[AccountDiagnosis], shard: Option<&str>, width: usize) -> String {
    let accounts: String = diagnoses.iter().map(|account| of_account(account, width)).collect();
    let shard = shard.map(|words| paragraph(&printable(words), 0, width)).unwrap_or_default();
    accounts + &shard + &paragraph(&verdict(diagnoses), 0, width)
}

/// The last line: the numbers of accounts, projects and problems.
fn verdict(diagnoses: &[AccountDiagnosis]) -> String {
    if diagnoses.is_empty() {
        return "No account checked.".to_owned();
    }
    let sum = |count: fn(&AccountDiagnosis) -> usize| diagnoses.iter().map(count).sum::<usize>();
    let accounts = counted(diagnoses.len(), "account", "accounts");
    let asked = sum(|account| account.projects_asked);
    let projects = match sum(|account| account.projects) {
        0 => String::new(),
        projects => format!(", {asked} of {projects} projects asked"),
    };
    let checked = format!("{accounts} checked{projects}");
    let problems = [
        (sum(AccountDiagnosis::failures), "failure", "failures"),
        (sum(|account| account.warnings.len()), "warning", "warnings"),
        (sum(|account| account.missing.len()), "permission missing", "permissions missing"),
        (sum(|account| account.unverified.len()), "not verified", "not verified"),
    ];
    let problems = problems.into_iter().filter(|(count, ..)| *count > 0);
    let problems: Vec<_> = problems.map(|(count, one, many)| counted(count, one, many)).collect();
    if problems.is_empty() {
        return format!("{checked}: no problems found.");
    }
    format!("{checked}: {}.", problems.join(", "))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn of_account(account: &AccountDiagnosis, width: usize) -> String {
    let AccountDiagnosis { endpoint, url, .. } = account;
    let place = if endpoint == url { url.clone() } else { format!("{endpoint} ({url})") };
    let head = format!("Account {}: {place}, {}", account.account, account.credential);
    let mut text = paragraph(&printable(&head), 0, width);
    let step = |step: &Step| {
        vec![step.name.to_owned(), step_word(step.state).to_owned(), printable(&step.detail)]
    };
    text += &rows(&[], &account.steps.iter().map(step).collect::<Vec<_>>(), 2, width);
    for collector in &account.collectors {
        text += &paragraph(collector.collector, 2, width);
        let routes = collector.routes.iter();
        text.extend(routes.map(|route| of_route(route, width)));
    }
    for warning in &account.warnings {
        text += &paragraph(&printable(&format!("Warning: {warning}")), 2, width);
    }
    text + &needs(account, width) + "\n"
}

/// A route, and below it the missing permissions and the reason.
fn of_route(route: &RouteRights, width: usize) -> String {
    let state = match route.state {
        State::NotNeeded if route.optional => "optional",
        state => state_word(state),
    };
    let mut text = format!("    {state:11}  {}\n", route.route);
    let words = [route.missing.join(", "), route.detail.clone()];
    let words: Vec<_> = words.into_iter().filter(|text| !text.is_empty()).collect();
    if !words.is_empty() {
        text += &paragraph(&printable(&words.join(": ")), DETAIL, width);
    }
    text
}

/// Every permission that is missing or could not be asked for, and the way to grant them.
fn needs(account: &AccountDiagnosis, width: usize) -> String {
    let AccountDiagnosis { missing, unverified, optional, .. } = account;
    if missing.is_empty() && unverified.is_empty() && optional.is_empty() {
        return String::new();
    }
    let list = |title: &str, list: &BTreeSet<String>| {
        let lines: Vec<_> = list.iter().map(|one| format!("    {}", printable(one))).collect();
        if lines.is_empty() {
            return String::new();
        }
        format!("  {title}: {}\n{}\n", lines.len(), lines.join("\n"))
    };
    let unverified = list("Needed, but not verified because a list could not be read", unverified);
    let hint =
        "`ovhcloud-exporter permissions` prints the policy or the key that grants all of them.";
    let optional = list("Optional, for details, and missing or not verified", optional);
    list("Missing permissions", missing) + &unverified + &optional + &paragraph(hint, 2, width)
}

fn step_word(state: StepState) -> &'static str {
    match state {
        StepState::Ok => "ok",
        StepState::Failed => "FAILED",
        StepState::Unknown => "unknown",
    }
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Granted => "granted",
        State::NotNeeded => "not needed",
        State::MissingAction => "MISSING",
        State::MissingResource => "MISSING URN",
        State::NotOffered => "not offered",
        State::NotAsked => "not asked",
        State::Failed => "FAILED",
    }
}

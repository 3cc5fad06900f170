//! A diagnosis as a table.

use super::account::{AccountDiagnosis, StepState};
use super::rights::{RouteRights, State};

/// A line: name, state, detail.
type Row = (String, &'static str, String);

/// The whole table.
pub(super) fn text(diagnoses: &[AccountDiagnosis]) -> String {
    let accounts: String = diagnoses.iter().map(of_account).collect();
    let count = diagnoses.len();
    match diagnoses.iter().filter(|account| !account.is_well()).count() {
        0 => format!("{accounts}No problems found.\n"),
        bad => format!("{accounts}{bad} of {count} accounts failed.\n"),
    }
}

fn of_account(account: &AccountDiagnosis) -> String {
    let AccountDiagnosis { endpoint, url, .. } = account;
    let place = if endpoint == url { url.clone() } else { format!("{endpoint} ({url})") };
    let mut lines = vec![format!("Account {}: {place}, {}", account.account, account.credential)];
    let rows = rows(account);
    let width = |column: fn(&Row) -> &str| {
        rows.iter().map(|row| column(row).chars().count()).max().unwrap_or_default()
    };
    let (what, state) = (width(|row| &row.0), width(|row| row.1));
    for row in &rows {
        let line = format!("  {:what$}  {:state$}  {}", row.0, row.1, row.2);
        lines.push(line.trim_end().to_owned());
    }
    lines.extend(account.warnings.iter().map(|warning| format!("  Warning: {warning}")));
    // Parts come from OVHcloud's answers, and the output may be a terminal.
    let printable = |line: String| line.replace(char::is_control, "");
    lines.into_iter().map(printable).collect::<Vec<_>>().join("\n") + "\n\n"
}

fn rows(account: &AccountDiagnosis) -> Vec<Row> {
    let steps = account.steps.iter();
    let mut rows: Vec<Row> = steps
        .map(|step| (step.name.to_owned(), step_word(step.state), step.detail.clone()))
        .collect();
    for collector in &account.collectors {
        rows.push((collector.collector.to_owned(), "", String::new()));
        rows.extend(collector.routes.iter().map(row));
    }
    rows
}

fn row(route: &RouteRights) -> Row {
    let words = [route.missing.join(", "), route.detail.clone()];
    let words: Vec<_> = words.into_iter().filter(|text| !text.is_empty()).collect();
    let state = match route.state {
        State::NotNeeded if route.optional => "optional",
        state => state_word(state),
    };
    (format!("  GET {}", route.route), state, words.join(": "))
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

//! A report as SARIF 2.1.0, for code scanning and for tools that collect findings.
//!
//! Each account is a run, each check a rule, each finding a result. Missing data is a notification
//! and never a result: readers take every result that is no failure for a good one.

mod invocation;
mod message;
mod outcome;
mod rule;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::Document;
use super::evidence::{Evidence, ExemptionState};
use super::printable::escaped;
use super::scope::Scope;
use super::selection::WITHOUT_PASSED;
use super::state::CollectorState;

use invocation::{Invocation, Topic, topics};
use outcome::{Outcome, Rules, count, outcomes, segment};
use rule::Rule;

/// The published schema.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// GitHub refuses a run with more results.
const MOST_RESULTS: usize = 25_000;

#[derive(Debug, Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: AutomationDetails,
    invocations: [Invocation<'a>; 1],
    results: Vec<Outcome<'a>>,
    properties: Properties<'a>,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    language: &'static str,
    rules: Vec<Rule<'a>>,
    notifications: Vec<Topic>,
}

#[derive(Debug, Serialize)]
struct AutomationDetails {
    id: String,
}

/// The origin and the scope of the results, in the words of the report as JSON.
#[derive(Debug, Serialize)]
struct Properties<'a> {
    account: &'a str,
    endpoint: &'a str,
    identity: &'a str,
    revision: &'static str,
    catalogue: &'a str,
    generated: Timestamp,
    filters: &'a [String],
    requests: u64,
    duration_seconds: f64,
    scope: &'a Scope<'a>,
    collectors: &'a [CollectorState],
    thresholds: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
    exemptions: BTreeMap<&'a str, &'a [ExemptionState<'a>]>,
}

/// The document as SARIF: one log with a run per account.
///
/// # Errors
///
/// The evidence can't be written as JSON.
pub fn text(document: &Document<'_>) -> serde_json::Result<String> {
    let rules: Vec<_> =
        document.accounts.iter().map(|account| indices(&account.evidence)).collect();
    let accounts = document.accounts.iter().zip(&rules);
    let runs = accounts.map(|(account, rules)| run(document, &account.evidence, rules));
    let runs = runs.collect::<Result<_, _>>()?;
    let log = Log { schema: SCHEMA, version: "2.1.0", runs };
    Ok(escaped(&serde_json::to_string_pretty(&log)?) + "\n")
}

/// The place of each check among the rules.
fn indices<'a>(evidence: &'a Evidence<'_>) -> Rules<'a> {
    evidence.checks.iter().enumerate().map(|(index, check)| (check.check, index)).collect()
}

fn run<'a>(
    document: &'a Document<'_>,
    evidence: &'a Evidence<'a>,
    rules: &'a Rules<'a>,
) -> serde_json::Result<Run<'a>> {
    let version = document.exporter.version;
    let left_out = count(evidence).saturating_sub(MOST_RESULTS);
    Ok(Run {
        tool: Tool {
            driver: Driver {
                name: "ovhcloud-exporter",
                version,
                semantic_version: version,
                language: "en",
                rules: evidence.checks.iter().map(Rule::of).collect(),
                notifications: topics(),
            },
        },
        automation_details: AutomationDetails { id: category(evidence, &document.filters) },
        invocations: [Invocation::of(evidence, rules, &document.filters, left_out)?],
        results: outcomes(evidence, rules).take(MOST_RESULTS).collect(),
        properties: Properties::of(document, evidence),
    })
}

/// The category of the run. A part of a report has a category of its own: GitHub closes the alerts
/// that a newer run of the same category lacks. Without the passed checks it is still the same.
fn category(evidence: &Evidence<'_>, filters: &[String]) -> String {
    let filters: Vec<_> = filters.iter().filter(|one| *one != WITHOUT_PASSED).collect();
    let filters = filters.into_iter().map(|one| format!("{}/", segment(one)));
    format!("ovhcloud/{}/{}", segment(evidence.account), filters.collect::<String>())
}

impl<'a> Properties<'a> {
    fn of(document: &'a Document<'_>, evidence: &'a Evidence<'a>) -> Self {
        let checks = evidence.checks.iter();
        let thresholds = checks.clone().filter(|check| !check.thresholds.is_empty()).map(|check| {
            let values = check.thresholds.iter().map(|one| (one.setting, one.value.as_str()));
            (check.check, values.collect())
        });
        let exemptions = checks.filter(|check| !check.exemptions.is_empty());
        Self {
            account: evidence.account,
            endpoint: evidence.endpoint,
            identity: evidence.identity,
            revision: document.exporter.revision,
            catalogue: &document.exporter.catalogue,
            generated: document.generated,
            filters: &document.filters,
            requests: evidence.requests,
            duration_seconds: evidence.duration_seconds,
            scope: &evidence.scope,
            collectors: &evidence.collectors,
            thresholds: thresholds.collect(),
            exemptions: exemptions
                .map(|check| (check.check, check.exemptions.as_slice()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::iter;

    use serde_json::{Map, Value, from_str};

    use crate::checks::{Severity, Status};
    use crate::family::Word;
    use crate::findings::evidence::{CheckState, Exempt, Found};
    use crate::findings::selection::Selection;
    use crate::findings::{AccountDocument, Exporter};

    use super::*;

    fn check(status: Status) -> CheckState<'static> {
        CheckState {
            check: "a",
            title: "b",
            severity: Severity::High,
            status,
            reason: None,
            is_intended: false,
            unclear: Vec::new(),
            why: "",
            repair: "",
            repair_api: None,
            needs: &[],
            thresholds: Vec::new(),
            controls: Vec::new(),
            exemptions: Vec::new(),
        }
    }

    fn found(severity: Severity, exemption: Option<Exempt<'static>>) -> Found<'static> {
        Found {
            severity,
            check: "a",
            title: "b",
            kind: "c",
            project_id: "",
            project_name: "",
            region: Word::default(),
            resource: "d",
            resource_name: "",
            evidence: "e",
            since: None,
            owner: "",
            exemption,
            exempt_at: "",
        }
    }

    /// The run of an account with these checks and findings.
    fn run_of(checks: Vec<CheckState<'_>>, findings: Vec<Found<'_>>) -> Value {
        let evidence = Evidence {
            account: "a/b",
            endpoint: "",
            identity: "",
            began: Timestamp::UNIX_EPOCH,
            duration_seconds: 1.5,
            requests: 0,
            scope: Scope::default(),
            collectors: Vec::new(),
            checks,
            findings,
            not_evaluated: Vec::new(),
            gaps: Vec::new(),
        };
        let account = AccountDocument { evidence, inventory: Map::new() };
        let document = Document {
            exporter: Exporter::this(),
            generated: Timestamp::UNIX_EPOCH,
            filters: Vec::new(),
            selection: Selection::default(),
            accounts: vec![account],
        };
        let mut log: Value = from_str(&text(&document).unwrap()).unwrap();
        log["runs"][0].take()
    }

    #[test]
    fn the_worst_results_stay_and_the_others_are_counted() {
        let exempt = Exempt { reason: "f", owner: "g", until: "2999-12-31".to_owned() };
        let mut findings = vec![found(Severity::Critical, Some(exempt))];
        findings.extend(iter::repeat_n(found(Severity::High, None), MOST_RESULTS - 1));
        findings.push(found(Severity::Low, None));
        let run = run_of(vec![check(Status::Fail), check(Status::Pass)], findings.clone());
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), MOST_RESULTS);
        assert_eq!(results.last().unwrap()["level"], "note");
        assert!(results.iter().all(|one| one["suppressions"].as_array().unwrap().is_empty()));
        let invocation = &run["invocations"][0];
        let notification = &invocation["toolExecutionNotifications"][0];
        assert_eq!(notification["level"], "warning");
        assert!(notification["message"]["text"].as_str().unwrap().starts_with("1 results"));
        assert_eq!(invocation["endTimeUtc"], "1970-01-01T00:00:01.5Z");

        findings.pop();
        let run = run_of(vec![check(Status::Fail)], findings);
        assert_eq!(run["results"].as_array().unwrap().len(), MOST_RESULTS);
        let suppression = &run["results"][MOST_RESULTS - 1]["suppressions"][0];
        assert_eq!(suppression["justification"], "f (owner g, until 2999-12-31)");
        assert_eq!(run["invocations"][0]["toolExecutionNotifications"], Value::Array(Vec::new()));
    }

    #[test]
    fn an_account_stays_in_its_category() {
        let run = run_of(Vec::new(), Vec::new());
        assert_eq!(run["automationDetails"]["id"], "ovhcloud/a%2Fb/");
        assert_eq!(run["results"], Value::Array(Vec::new()));
    }
}

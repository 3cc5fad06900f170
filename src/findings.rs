//! A report as one document: inventory, findings, and the state of each collector and check.
//!
//! The document is plain data; each form of it is a file below. It makes no requests and judges
//! nothing.

pub mod layout;
pub mod printable;
pub mod state;
pub mod table;

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::checks::{CheckResult, Finding, Resource, Severity};
use crate::collectors::State;
use crate::config::exemptions::Exemption;
use crate::inventory::Gap;
use crate::report::{AccountView, Report};

use state::CollectorState;

/// The document of all accounts.
#[derive(Debug, Serialize)]
pub struct Document {
    /// One part per account.
    pub accounts: Vec<AccountDocument>,
}

/// The part of one account.
#[derive(Debug, Serialize)]
pub struct AccountDocument {
    /// The account's name.
    pub account: String,
    /// The endpoint as it was given.
    pub endpoint: String,
    /// The start of the refresh.
    pub began: Timestamp,
    /// The duration of the refresh.
    pub duration_seconds: f64,
    /// The number of calls.
    pub requests: u64,
    /// The state of every collector, those that are off too.
    pub collectors: Vec<CollectorState>,
    /// The state of every check.
    pub checks: Vec<CheckState>,
    /// The known objects of each collector that is on, each with its `project_id`, empty for the
    /// account's own; `null` where nothing is known.
    pub inventory: Map<String, Value>,
    /// The resources that violate a check, exempt or not.
    pub findings: Vec<Found>,
    /// The checks without a verdict.
    pub not_evaluated: Vec<NotEvaluated>,
    /// The lists and objects that could not be read.
    pub gaps: Vec<CollectorGap>,
}

/// The state of a check.
#[derive(Debug, Serialize)]
pub struct CheckState {
    /// Its id.
    pub check: String,
    /// The violation in a few words.
    pub title: String,
    /// Its severity.
    pub severity: &'static str,
    /// `pass`, `fail` or `not_evaluated`.
    pub status: &'static str,
    /// The reason why it did not see or understand everything, beside a failure too.
    pub reason: Option<&'static str>,
    /// The resources that it could not judge.
    pub unclear: Vec<Unclear>,
}

/// A resource that a check could not judge.
#[derive(Debug, Serialize)]
pub struct Unclear {
    /// The name of its collector.
    pub kind: String,
    /// Its project, empty for the account.
    pub project_id: String,
    /// OVHcloud's id of it.
    pub resource: String,
    /// Its name.
    pub resource_name: String,
}

/// A resource that violates a check.
#[derive(Debug, Serialize)]
pub struct Found {
    /// The severity of the violation.
    pub severity: &'static str,
    /// The check's id.
    pub check: String,
    /// The violation in a few words.
    pub title: String,
    /// The name of the resource's collector.
    pub kind: String,
    /// The resource's project, empty for the account.
    pub project_id: String,
    /// OVHcloud's id of the resource.
    pub resource: String,
    /// The resource's name.
    pub resource_name: String,
    /// The fact that violates the check.
    pub evidence: String,
    /// The time since when it does: from the resource's own dates, or its first sight, which for a
    /// command that reads once is the time of that refresh.
    pub since: Option<Timestamp>,
    /// The exemption that covers it; `null` for a violation.
    pub exemption: Option<Exempt>,
}

/// The exemption of a finding.
#[derive(Debug, Serialize)]
pub struct Exempt {
    /// The reason why the finding is accepted.
    pub reason: String,
    /// The person or team who accepts it.
    pub owner: String,
    /// The last day on which it is, as `2027-01-31`.
    pub until: String,
}

impl Exempt {
    fn of(exemption: &Exemption) -> Self {
        let Exemption { reason, owner, until, .. } = exemption;
        Self { reason: reason.clone(), owner: owner.clone(), until: until.to_string() }
    }
}

/// A check without a verdict.
#[derive(Debug, Serialize)]
pub struct NotEvaluated {
    /// The check's id.
    pub check: String,
    /// The reason.
    pub reason: &'static str,
}

/// A list or objects that a collector could not read.
#[derive(Debug, Serialize)]
pub struct CollectorGap {
    /// The collector's name.
    pub collector: &'static str,
    /// The gap.
    #[serde(flatten)]
    pub gap: Gap,
}

/// The document of one account.
///
/// # Errors
///
/// The inventory can't be written as JSON.
pub fn document(view: &AccountView, report: &Report) -> serde_json::Result<AccountDocument> {
    let states = report.inventory.states();
    let gaps = states.iter().flat_map(|state| {
        let gaps = state.reading.into_iter().flat_map(|reading| &reading.gaps);
        gaps.map(|gap| CollectorGap { collector: state.name, gap: gap.clone() })
    });
    let missing = report.results.iter().filter(|result| result.violations().is_none());
    let not_evaluated = missing.map(|result| NotEvaluated {
        check: result.id.to_string(),
        reason: result.verdict.reason().unwrap_or_default(),
    });
    Ok(AccountDocument {
        account: view.name.clone(),
        endpoint: view.endpoint.clone(),
        began: report.began,
        duration_seconds: report.duration.as_secs_f64(),
        requests: report.requests,
        collectors: states.iter().map(CollectorState::of).collect(),
        checks: report.results.iter().map(check).collect(),
        inventory: inventory(report, &states)?,
        findings: findings(report),
        not_evaluated: not_evaluated.collect(),
        gaps: gaps.collect(),
    })
}

fn check(result: &CheckResult) -> CheckState {
    let unclear = |resource: &Resource| Unclear {
        kind: resource.kind.to_string(),
        project_id: resource.project_id.to_string(),
        resource: resource.id.clone(),
        resource_name: resource.name.clone(),
    };
    CheckState {
        check: result.id.to_string(),
        title: result.title.to_string(),
        severity: result.severity.label(),
        status: result.verdict.status().label(),
        reason: result.verdict.reason(),
        unclear: result.verdict.unclear.iter().map(unclear).collect(),
    }
}

/// The worst findings first.
fn findings(report: &Report) -> Vec<Found> {
    let ranked = |result| found(result).map(move |(severity, found)| (Reverse(severity), found));
    let mut findings: Vec<_> = report.results.iter().flat_map(ranked).collect();
    findings.sort_by(|(a, one), (b, other)| {
        let key = |found: &Found| {
            let Found { check, project_id, resource_name, resource, .. } = found;
            [check, project_id, resource_name, resource].map(String::clone)
        };
        a.cmp(b).then_with(|| key(one).cmp(&key(other)))
    });
    findings.into_iter().map(|(_, found)| found).collect()
}

fn found(result: &CheckResult) -> impl Iterator<Item = (Severity, Found)> {
    let found = |finding: &Finding| Found {
        severity: result.severity_of(finding).label(),
        check: result.id.to_string(),
        title: result.title.to_string(),
        kind: finding.resource.kind.to_string(),
        project_id: finding.resource.project_id.to_string(),
        resource: finding.resource.id.clone(),
        resource_name: finding.resource.name.clone(),
        evidence: finding.evidence.clone(),
        since: finding.since,
        exemption: finding.exemption.as_deref().map(Exempt::of),
    };
    let findings = result.verdict.findings.iter();
    findings.map(move |finding| (result.severity_of(finding), found(finding)))
}

/// The objects of each collector that is on, or `null` where nothing is known.
fn inventory(report: &Report, states: &[State<'_>]) -> serde_json::Result<Map<String, Value>> {
    let mut written = serde_json::to_value(&report.inventory)?;
    let on = states.iter().filter(|state| state.reading.is_some());
    let inventory = on.map(|state| {
        let sections = written.get_mut(state.name).map(Value::take).unwrap_or_default();
        let is_known = CollectorState::of(state).objects.is_some();
        (state.name.to_owned(), if is_known { objects(sections) } else { Value::Null })
    });
    Ok(inventory.collect())
}

/// The objects of all sections of a collector, each with its project in front.
fn objects(mut sections: Value) -> Value {
    let mut objects = Vec::new();
    let by_scope = sections.get_mut("by_scope").and_then(Value::as_object_mut);
    for (project_id, section) in by_scope.into_iter().flatten() {
        let items = section.get_mut("items").and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            let mut object = Map::from_iter([("project_id".to_owned(), project_id.clone().into())]);
            if let Value::Object(members) = item.take() {
                object.extend(members);
            }
            objects.push(Value::Object(object));
        }
    }
    Value::Array(objects)
}

//! The report as CSV: a row for each finding, each check that passes or has no verdict, each
//! resource without a verdict, and each collector that lacks something in service.
//!
//! The rows of an account are in the order of severity, check and resource, so that two reports
//! differ where the account does.

use std::cmp::Reverse;
use std::io;

use crate::checks::{Severity, Status};

use super::cells::lines;
use super::evidence::{CheckState, CollectorGap, Evidence, Exempt, Found};
use super::missing;
use super::phrases;
use super::state::{CollectorState, Completeness};
use super::unjudged;
use super::{AccountDocument, Document};

/// The columns. The last ones have the circumstances of the report.
pub const HEADER: [&str; 28] = [
    "time",
    "account",
    "check",
    "title",
    "severity",
    "status",
    "resource_kind",
    "resource_id",
    "resource_name",
    "project",
    "region",
    "message",
    "remediation",
    "controls",
    "exempt_until",
    "exempt_reason",
    "exempt_owner",
    "since",
    "owner",
    "project_id",
    "reason",
    "thresholds",
    "why",
    "endpoint",
    "identity",
    "filters",
    "exporter_version",
    "catalogue",
];

/// The kind of rows about an account or a collector.
const ACCOUNT: &str = "account";
const COLLECTOR: &str = "collector";
/// The status of the row of an account of which the filters leave nothing.
const NOTHING: &str = "nothing_selected";

/// The report of all accounts.
///
/// # Errors
///
/// As [`lines`].
pub fn text(document: &Document<'_>) -> io::Result<String> {
    let rows = document.accounts.iter().flat_map(|account| rows(document, account));
    lines(&HEADER, rows)
}

/// The cells of a row that differ from one row of an account to the next.
#[derive(Debug, Default)]
struct Row<'a> {
    severity: Option<Severity>,
    check: Option<&'a CheckState<'a>>,
    status: &'static str,
    kind: &'a str,
    id: &'a str,
    name: &'a str,
    project_id: &'a str,
    region: &'a str,
    message: String,
    reason: &'a str,
    found: Option<&'a Found<'a>>,
}

fn rows(document: &Document<'_>, account: &AccountDocument<'_>) -> Vec<Vec<String>> {
    let evidence = &account.evidence;
    let mut rows: Vec<_> =
        evidence.incomplete().map(|state| of_collector(evidence, state)).collect();
    rows.extend(evidence.gaps.iter().filter(|gap| !gap.gap.is_failure()).map(of_gap));
    for check in &evidence.checks {
        rows.extend(evidence.findings_of(check.check).map(|found| of_finding(check, found)));
        rows.extend(of_unclear(check));
        rows.extend(of_check(check));
    }
    if rows.iter().all(|row| row.check.is_none()) && !document.filters.is_empty() {
        let message = format!("no check or finding matches: {}", document.filters.join("; "));
        rows.push(Row {
            status: NOTHING,
            kind: ACCOUNT,
            id: evidence.account,
            message,
            ..Row::default()
        });
    }
    rows.sort_by_key(|row| {
        let Row { severity, check, status, project_id, kind, id, .. } = *row;
        let check = check.map_or("", |check| check.check);
        // A row without a severity says that others are missing: it comes first.
        (severity.map(Reverse), check, project_id, kind, id, status)
    });
    rows.into_iter().map(|row| cells(document, evidence, row).into()).collect()
}

fn of_collector<'a>(evidence: &Evidence<'_>, state: &CollectorState) -> Row<'a> {
    let gaps = missing::gaps(evidence, state.collector).into_iter();
    let mut reasons: Vec<_> = gaps
        .filter(|gap| gap.gap.is_failure())
        .map(|gap| {
            let actions: Vec<&str> = gap.gap.actions.iter().map(|action| &**action).collect();
            let lacks = if actions.is_empty() { "" } else { ", lacks " };
            format!("{}{lacks}{}", gap.gap.reason.label(), actions.join(" "))
        })
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    let is_partial = state.state == Completeness::Partial;
    Row {
        status: if is_partial { "partly_read" } else { "not_read" },
        kind: COLLECTOR,
        id: state.collector,
        message: format!("{}: {}", missing::state(state.state), reasons.join("; ")),
        ..Row::default()
    }
}

/// A gap beside those that make a collector incomplete: out of service, or details that a right
/// would add.
fn of_gap<'a>(CollectorGap { collector, gap }: &'a CollectorGap<'a>) -> Row<'a> {
    Row {
        status: if gap.reason.is_state() { "out_of_service" } else { "details_not_read" },
        kind: COLLECTOR,
        id: collector,
        project_id: &gap.project_id,
        message: format!("{}, lists or objects: {}", gap.reason.label(), gap.count),
        reason: gap.reason.label(),
        ..Row::default()
    }
}

fn of_finding<'a>(check: &'a CheckState<'a>, found: &'a Found<'a>) -> Row<'a> {
    Row {
        severity: Some(found.severity),
        check: Some(check),
        status: if found.exemption.is_some() { "exempt" } else { Status::Fail.label() },
        kind: found.kind,
        id: found.resource,
        name: found.resource_name,
        project_id: found.project_id,
        region: &found.region,
        message: found.evidence.to_owned(),
        reason: check.reason.unwrap_or_default(),
        found: Some(found),
    }
}

/// The resources that a check could not judge, beside its findings too.
fn of_unclear<'a>(check: &'a CheckState<'a>) -> impl Iterator<Item = Row<'a>> {
    check.unclear.iter().map(move |one| Row {
        severity: Some(check.severity),
        check: Some(check),
        status: Status::NotEvaluated.label(),
        kind: one.kind,
        id: one.resource,
        name: one.resource_name,
        project_id: one.project_id,
        message: "the resource could not be judged".to_owned(),
        reason: "unclear",
        ..Row::default()
    })
}

/// A check that passes or has no verdict. A failing one has the rows of its findings.
fn of_check<'a>(check: &'a CheckState<'a>) -> Option<Row<'a>> {
    let reason = check.reason.unwrap_or_default();
    let message = match check.status {
        Status::Fail => return None,
        Status::Pass => String::new(),
        Status::NotEvaluated => unjudged::meaning(reason).to_owned(),
    };
    Some(Row {
        severity: Some(check.severity),
        check: Some(check),
        status: check.status.label(),
        message,
        reason,
        ..Row::default()
    })
}

fn cells(document: &Document<'_>, evidence: &Evidence<'_>, row: Row<'_>) -> [String; HEADER.len()] {
    let Row { severity, check, status, kind, id, name, project_id, region, message, reason, found } =
        row;
    let text = str::to_owned;
    let of_check = |get: fn(&CheckState<'_>) -> String| check.map(get).unwrap_or_default();
    let exemption = found.and_then(|found| found.exemption.as_ref());
    let exempt = |get: fn(&Exempt<'_>) -> String| exemption.map(get).unwrap_or_default();
    [
        evidence.began.to_string(),
        text(evidence.account),
        of_check(|check| check.check.to_owned()),
        of_check(|check| check.title.to_owned()),
        severity.map_or(String::new(), |severity| text(severity.label())),
        text(status),
        text(kind),
        text(id),
        text(name),
        text(evidence.project_name(project_id)),
        text(region),
        message,
        of_check(remediation),
        of_check(controls),
        exempt(|one| one.until.clone()),
        exempt(|one| one.reason.to_owned()),
        exempt(|one| one.owner.to_owned()),
        found.and_then(|found| found.since).map_or(String::new(), |since| since.to_string()),
        text(found.map_or("", |found| found.owner)),
        text(project_id),
        text(reason),
        of_check(phrases::thresholds),
        of_check(|check| check.why.to_owned()),
        text(evidence.endpoint),
        text(evidence.identity),
        document.filters.join("; "),
        text(document.exporter.version),
        document.exporter.catalogue.clone(),
    ]
}

/// The repair in the Control Panel, and the call that does the same.
fn remediation(check: &CheckState<'_>) -> String {
    let call = check.repair_api.map(|call| format!("API: {call}"));
    let parts = [Some(check.repair.to_owned()).filter(|panel| !panel.is_empty()), call];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The controls as `FRAMEWORK:ID`, with spaces between.
fn controls(check: &CheckState<'_>) -> String {
    let words = check.controls.iter();
    let words = words.map(|one| format!("{}:{}", one.framework, phrases::control(one)));
    words.collect::<Vec<_>>().join(" ")
}

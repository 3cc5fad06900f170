//! The report as CSV.
//!
//! There is a row for the account, each collector and each gap, each finding, each check that passes
//! or has no verdict, each resource without a verdict, and each exemption without an exempt finding.
//!
//! First the rows that say what is missing, then those of checks in the order of severity, check and
//! resource, then the rest, so that two reports differ where the account does.

use std::cmp::Reverse;
use std::io;

use jiff::Timestamp;

use crate::checks::{Severity, Status};

use super::cells::lines;
use super::evidence::{CheckState, CollectorGap, Evidence, Exempt, ExemptionState, Found};
use super::missing;
use super::phrases;
use super::state::{CollectorState, Completeness};
use super::unjudged;
use super::{AccountDocument, Document};

/// The columns. The last ones have the circumstances of the report.
pub const HEADER: [&str; 32] = [
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
    "revision",
    "generated",
    "read_at",
    "exemption",
];

/// The kind of rows about an account, a collector, or the lists and objects that one lacks.
const ACCOUNT: &str = "account";
const COLLECTOR: &str = "collector";
const GAP: &str = "gap";
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
    exempt: Option<&'a Exempt<'a>>,
    /// The place of the exemption in the configuration.
    exempt_at: &'a str,
    read_at: Option<Timestamp>,
    order: Order,
}

/// The part of an account's rows to which a row belongs.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// Missing data comes first: a reader of a few rows must not take them for the whole.
    Missing,
    /// Findings, checks and exemptions.
    #[default]
    Judged,
    /// Data that is complete, disabled or out of service.
    Rest,
}

fn rows(document: &Document<'_>, account: &AccountDocument<'_>) -> Vec<Vec<String>> {
    let evidence = &account.evidence;
    let mut rows = vec![of_account(document, evidence)];
    rows.extend(evidence.collectors.iter().map(|state| of_collector(evidence, state)));
    rows.extend(evidence.gaps.iter().map(of_gap));
    for check in &evidence.checks {
        rows.extend(evidence.findings_of(check.check).map(|found| of_finding(check, found)));
        rows.extend(of_unclear(check));
        rows.extend(of_check(check, evidence));
    }
    rows.extend(phrases::idle_exemptions(evidence).map(of_exemption));
    if rows.iter().all(|row| row.check.is_none()) && !document.filters.is_empty() {
        let message = format!("no check or finding matches: {}", document.filters.join("; "));
        rows.push(Row {
            status: NOTHING,
            kind: ACCOUNT,
            id: evidence.account,
            message,
            order: Order::Missing,
            ..Row::default()
        });
    }
    rows.sort_by_key(|row| {
        let Row { severity, check, status, project_id, kind, id, order, .. } = *row;
        let check = check.map_or("", |check| check.check);
        (order, severity.map(Reverse), check, (kind == GAP, project_id, kind, id), status)
    });
    rows.into_iter().map(|row| cells(document, evidence, row).into()).collect()
}

/// The scope of the refresh, and how much of it is known.
fn of_account<'a>(document: &Document<'_>, evidence: &Evidence<'a>) -> Row<'a> {
    let names = ["Projects", "Regions", "Regions not read", "Older data"];
    let facts = phrases::head(evidence, document).into_iter();
    let facts = facts.filter(|(name, _)| names.contains(name));
    let facts = facts.map(|(name, value)| format!("{name}: {value}"));
    let is_whole = evidence.incomplete().next().is_none();
    let status = match (missing::is_anything_known(evidence), is_whole) {
        (false, _) => "not_read",
        (true, false) => "partly_read",
        (true, true) => "read",
    };
    Row {
        status,
        kind: ACCOUNT,
        id: evidence.account,
        message: facts.collect::<Vec<_>>().join("; "),
        order: Order::Missing,
        ..Row::default()
    }
}

fn of_collector<'a>(evidence: &Evidence<'_>, state: &CollectorState) -> Row<'a> {
    let CollectorState { collector, read_at, .. } = *state;
    let status = match state.state {
        Completeness::Complete => "read",
        Completeness::Partial => "partly_read",
        Completeness::NotRead => "not_read",
        Completeness::OutOfService => "out_of_service",
        Completeness::Off => "disabled",
    };
    let objects = missing::objects(state);
    let objects = if objects.is_empty() { "unknown" } else { &objects };
    let reasons = missing::reasons(evidence, state).join("; ");
    let start = if reasons.is_empty() { "" } else { "; " };
    Row {
        status,
        kind: COLLECTOR,
        id: collector,
        message: format!("objects: {objects}{start}{reasons}"),
        read_at,
        order: if state.state.is_missing() { Order::Missing } else { Order::Rest },
        ..Row::default()
    }
}

/// Lists or objects of a project or of the account: not read, out of service, or details that a
/// right would add.
fn of_gap<'a>(CollectorGap { collector, gap }: &'a CollectorGap<'a>) -> Row<'a> {
    let status = match (gap.reason.is_state(), gap.is_failure()) {
        (true, _) => "out_of_service",
        (false, true) => "not_read",
        (false, false) => "details_not_read",
    };
    Row {
        status,
        kind: GAP,
        id: collector,
        project_id: &gap.project_id,
        message: match gap.count {
            1 => gap.detail.clone(),
            count => format!("{count} lists or objects, the first: {}", gap.detail),
        },
        reason: gap.reason.label(),
        order: if gap.is_failure() { Order::Missing } else { Order::Rest },
        ..Row::default()
    }
}

/// An exemption without an exempt finding.
fn of_exemption<'a>((check, one): (&'a CheckState<'a>, &'a ExemptionState<'a>)) -> Row<'a> {
    let status = match one.state {
        "expired" => "exemption_expired",
        "unused" => "exemption_unused",
        _ => "exemption_active",
    };
    Row {
        severity: Some(check.severity),
        check: Some(check),
        status,
        message: format!("no exempt finding; resources: {}", one.resources),
        exempt: Some(&one.exempt),
        exempt_at: one.place,
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
        exempt: found.exemption.as_ref(),
        exempt_at: found.exempt_at,
        ..Row::default()
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

/// A check that passes or has no verdict. One that fails, or that passes by exemption only, has the
/// rows of its findings.
fn of_check<'a>(check: &'a CheckState<'a>, evidence: &Evidence<'_>) -> Option<Row<'a>> {
    let reason = check.reason.unwrap_or_default();
    let message = match check.status {
        Status::Fail => return None,
        Status::Pass if phrases::is_exempt(check, evidence) => return None,
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
    let Row { severity, check, status, kind, id, name, project_id, region, message, .. } = row;
    let Row { reason, found, exempt, exempt_at, read_at, .. } = row;
    let text = str::to_owned;
    let of_check = |get: fn(&CheckState<'_>) -> String| check.map(get).unwrap_or_default();
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
    let exempt = |get: fn(&Exempt<'_>) -> String| exempt.map(get).unwrap_or_default();
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
        of_check(phrases::repair),
        of_check(controls),
        exempt(|one| one.until.clone()),
        exempt(|one| one.reason.to_owned()),
        exempt(|one| one.owner.to_owned()),
        time(found.and_then(|found| found.since)),
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
        text(document.exporter.revision),
        document.generated.to_string(),
        time(read_at),
        text(exempt_at),
    ]
}

/// The controls as `FRAMEWORK:ID`, with spaces between.
fn controls(check: &CheckState<'_>) -> String {
    let words = check.controls.iter();
    let words = words.map(|one| format!("{}:{}", one.framework, phrases::control(one)));
    words.collect::<Vec<_>>().join(" ")
}

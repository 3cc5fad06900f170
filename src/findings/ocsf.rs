//! A report as OCSF 1.8.0 Compliance Findings, one JSON object per line, for a SIEM or a data lake.
//!
//! Each finding is an event, and so is each check that passes or did not judge everything. The
//! first event of an account is the reading itself: without it, nothing found and nothing read are
//! the same empty file.

mod event;

use jiff::Timestamp;
use serde::Serialize;

use crate::checks::{Severity, Status};

use super::Document;
use super::evidence::{CheckState, CollectorGap, Evidence, Exempt, ExemptionState, Found};
use super::evidence::{ControlState, Unclear};
use super::phrases::{self, NONE_VIOLATES};
use super::printable::{escaped, printable};
use super::scope::Scope;
use super::state::{CollectorState, Completeness};
use super::unjudged::{NAMED, explained};

use event::{
    Analytic, Cloud, Compliance, Event, FindingInfo, Group, Kind, Lifecycle, Metadata, Owner,
    Parameter, Remediation, Resource, severity,
};

/// The control and the event code of the reading of an account.
const READING: &str = "account_read";
/// The kind of an account among resources.
const ACCOUNT: &str = "account";

/// The result of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fail,
    Exempt,
    Pass,
    /// Data in service is missing.
    NoData,
    /// The configuration or OVHcloud leaves the question out.
    NotAsked,
}

/// The members without a place in OCSF, in the words of the report as JSON.
#[derive(Debug, Default, Serialize)]
struct Unmapped<'a> {
    identity: &'a str,
    endpoint: &'a str,
    revision: &'a str,
    filters: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    check_severity: Option<Severity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exemption: Option<&'a Exempt<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    exemptions: &'a [ExemptionState<'a>],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unclear: &'a [Unclear<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<Reading<'a>>,
}

/// The scope of the refresh, and the data that it lacks.
#[derive(Debug, Serialize)]
struct Reading<'a> {
    requests: u64,
    duration_seconds: f64,
    scope: &'a Scope<'a>,
    collectors: &'a [CollectorState],
    gaps: &'a [CollectorGap<'a>],
}

/// The subject of an event.
struct Subject<'a> {
    uid: String,
    code: &'a str,
    title: &'a str,
    severity: Severity,
    verdict: Verdict,
    detail: String,
    check: Option<&'a CheckState<'a>>,
    found: Option<&'a Found<'a>>,
    unmapped: Unmapped<'a>,
}

struct Page<'a> {
    document: &'a Document<'a>,
    evidence: &'a Evidence<'a>,
}

/// The document as OCSF: one event per line.
///
/// # Errors
///
/// The evidence can't be written as JSON.
pub fn text(document: &Document<'_>) -> serde_json::Result<String> {
    let mut text = String::new();
    for account in &document.accounts {
        let page = Page { document, evidence: &account.evidence };
        for subject in page.subjects() {
            text += &escaped(&serde_json::to_string(&page.event(subject))?);
            text.push('\n');
        }
    }
    Ok(text)
}

impl<'a> Page<'a> {
    /// The reading, the findings with the worst first, the checks without a verdict, and the checks
    /// that pass without an exemption: the others have suppressed findings.
    fn subjects(&self) -> impl Iterator<Item = Subject<'a>> {
        let evidence = self.evidence;
        let found = evidence.findings.iter().map(|found| self.found(found));
        let unjudged = evidence.checks.iter().filter_map(|check| {
            let reason = explained(check, evidence, NAMED)?;
            Some(self.unjudged(check, &reason))
        });
        let passed = phrases::passed(evidence).map(|check| self.passed(check));
        [self.reading()].into_iter().chain(found).chain(unjudged).chain(passed)
    }

    fn unmapped(&self) -> Unmapped<'a> {
        Unmapped {
            identity: self.evidence.identity,
            endpoint: self.evidence.endpoint,
            revision: self.document.exporter.revision,
            filters: &self.document.filters,
            ..Unmapped::default()
        }
    }

    fn found(&self, found: &'a Found<'a>) -> Subject<'a> {
        let Found { check, title, severity, exemption, .. } = found;
        let state = self.evidence.check(check);
        // Those of the check that cover nothing have no event of their own.
        let exemptions = state.map_or(&[][..], |state| &state.exemptions);
        Subject {
            uid: format!("{}/{}", self.evidence.account, found.fingerprint()),
            code: check,
            title,
            severity: *severity,
            verdict: if exemption.is_some() { Verdict::Exempt } else { Verdict::Fail },
            detail: printable(found.fact()),
            check: state,
            found: Some(found),
            unmapped: Unmapped { exemption: exemption.as_ref(), exemptions, ..self.unmapped() },
        }
    }

    /// A check that passes or did not judge everything, with the account as its resource.
    fn check(
        &self,
        check: &'a CheckState<'a>,
        (verdict, severity): (Verdict, Severity),
        detail: String,
    ) -> Subject<'a> {
        let CheckState { check: id, title, reason, exemptions, unclear, .. } = check;
        Subject {
            uid: format!("{}/{id}", self.evidence.account),
            code: id,
            title,
            severity,
            verdict,
            detail,
            check: Some(check),
            found: None,
            unmapped: Unmapped {
                check_severity: Some(check.severity),
                reason: *reason,
                exemptions,
                unclear,
                ..self.unmapped()
            },
        }
    }

    /// Nothing is wrong with a passed check, whatever its violation weighs.
    fn passed(&self, check: &'a CheckState<'a>) -> Subject<'a> {
        self.check(check, (Verdict::Pass, Severity::Info), NONE_VIOLATES.to_owned())
    }

    fn unjudged(&self, check: &'a CheckState<'a>, reason: &str) -> Subject<'a> {
        let verdict = if check.is_intended {
            (Verdict::NotAsked, Severity::Info)
        } else {
            (Verdict::NoData, check.severity)
        };
        let detail = match check.status {
            Status::Fail => format!("Not everything judged, there may be more: {reason}"),
            Status::Pass | Status::NotEvaluated => format!("No verdict: {reason}"),
        };
        self.check(check, verdict, detail)
    }

    /// The completeness of the data. Missing data weighs as much as the worst check without it.
    fn reading(&self) -> Subject<'a> {
        let evidence = self.evidence;
        let missing: Vec<_> = evidence.incomplete().map(|state| state.collector).collect();
        let on = evidence.collectors.iter().filter(|state| state.state != Completeness::Off);
        let lacking = evidence.checks.iter().filter(|one| one.reason.is_some() && !one.is_intended);
        let worst = lacking.map(|check| check.severity).max().unwrap_or(Severity::Low);
        let (severity, verdict, detail) = if missing.is_empty() {
            let detail = format!("{} collectors read everything in service", on.count());
            (Severity::Info, Verdict::Pass, detail)
        } else {
            let names = missing.join(", ");
            let detail =
                format!("{} of {} collectors lack data: {names}", missing.len(), on.count());
            (worst, Verdict::NoData, detail)
        };
        let reading = Reading {
            requests: evidence.requests,
            duration_seconds: evidence.duration_seconds,
            scope: &evidence.scope,
            collectors: &evidence.collectors,
            gaps: &evidence.gaps,
        };
        Subject {
            uid: format!("{}/{READING}", evidence.account),
            code: READING,
            title: "Completeness of the account's data",
            severity,
            verdict,
            detail,
            check: None,
            found: None,
            unmapped: Unmapped { reading: Some(reading), ..self.unmapped() },
        }
    }

    fn event(&self, subject: Subject<'a>) -> Event<'a, Unmapped<'a>> {
        let Subject { uid, code, title, verdict, detail, check, found, unmapped, .. } = subject;
        let account = self.evidence.account;
        let began = self.evidence.began.as_millisecond();
        let since = found.and_then(|found| found.since).map(Timestamp::as_millisecond);
        let region: &str = found.map_or("", |found| &found.region);
        let project = found.map_or("", |found| found.project_id);
        let exporter = &self.document.exporter;
        let logged = self.document.generated.as_millisecond();
        let (severity_id, severity) = severity(subject.severity);
        // A title names the violation: where there is none to see, the verdict comes first.
        let message = match found {
            Some(found) => format!("{title}: {}: {detail}", found.shown()),
            None => format!("{detail} ({title})"),
        };
        Event {
            kind: Kind::CREATE,
            severity_id,
            severity,
            status: lifecycle(verdict),
            status_detail: detail.clone(),
            time: began,
            message: printable(&message),
            metadata: Metadata::of(exporter.version, &exporter.catalogue, code, logged),
            finding_info: FindingInfo {
                uid,
                title,
                desc: check.map_or("", |check| check.why),
                types: ["Configuration check"],
                analytic: Analytic::of(code, title),
                data_sources: check.map_or(&[], |check| check.needs),
                created_time: since,
                first_seen_time: since,
                last_seen_time: began,
            },
            compliance: compliance((code, title), verdict, detail, check),
            resources: [resource(found, account)],
            remediation: check.filter(|_| found.is_some()).and_then(remediation),
            cloud: Cloud::of(account, region, project),
            unmapped,
        }
    }
}

/// A pass was never a task, and nobody knows what missing data hides: neither is new or resolved.
fn lifecycle(verdict: Verdict) -> Lifecycle {
    let (status_id, status, status_code) = match verdict {
        Verdict::Fail => (1, "New", "FAIL"),
        Verdict::Exempt => (3, "Suppressed", "FAIL"),
        Verdict::Pass => (99, "Pass", "PASS"),
        Verdict::NoData | Verdict::NotAsked => (0, "Unknown", "NOT_EVALUATED"),
    };
    Lifecycle { status_id, status, status_code }
}

fn compliance<'a>(
    (control, desc): (&'a str, &'a str),
    verdict: Verdict,
    detail: String,
    check: Option<&'a CheckState<'_>>,
) -> Compliance<'a> {
    // The schema's warning is a check "that did not yield a result due to missing information".
    let (status_id, status) = match verdict {
        Verdict::Fail | Verdict::Exempt => (3, "Fail"),
        Verdict::Pass => (1, "Pass"),
        Verdict::NoData => (2, "Warning"),
        Verdict::NotAsked => (0, "Unknown"),
    };
    let controls = check.map_or(&[][..], |check| &check.controls);
    let thresholds = check.map_or(&[][..], |check| &check.thresholds).iter();
    let mut standards: Vec<_> = controls.iter().map(|control| control.name).collect();
    standards.dedup();
    let requirement = |ControlState { name, id, is_analogy, .. }: &ControlState| {
        format!("{name} {id}{}", if *is_analogy { " (analogy)" } else { "" })
    };
    Compliance {
        control,
        desc,
        standards,
        requirements: controls.iter().map(requirement).collect(),
        control_parameters: thresholds
            .map(|one| Parameter { name: one.setting, value: &one.value })
            .collect(),
        status_id,
        status,
        status_details: [detail],
    }
}

/// The resource of a finding, or the account.
fn resource<'a>(found: Option<&'a Found<'_>>, account: &'a str) -> Resource<'a> {
    let Some(found) = found else {
        let (region, group, owner) = ("", None, None);
        return Resource { uid: account, name: account, r#type: ACCOUNT, region, group, owner };
    };
    let group = Group { uid: found.project_id, name: found.project_name, r#type: "project" };
    Resource {
        uid: found.resource,
        name: found.shown(),
        r#type: found.kind,
        region: &found.region,
        group: (!found.project_id.is_empty()).then_some(group),
        owner: (!found.owner.is_empty()).then_some(Owner { name: found.owner }),
    }
}

fn remediation(check: &CheckState<'_>) -> Option<Remediation> {
    let desc = phrases::repair(check);
    (!desc.is_empty()).then_some(Remediation { desc })
}

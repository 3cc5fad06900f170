//! The evidence of an account: the scope of the refresh, the state of each collector, the verdict of
//! each check, and the findings.
//!
//! Every form of a report is made from it. It borrows from the report and holds no object of the
//! inventory.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::checks::{self, CheckResult, Control, Finding, Resource, Severity, Status, Tagged};
use crate::config::exemptions::Exemption;
use crate::family::Word;
use crate::inventory::Gap;
use crate::report::{AccountView, Report};

use super::scope::{Regions, Scope};
use super::state::CollectorState;

/// The tag of IAM that names the owner of a resource.
const OWNER: &str = "owner";

/// The evidence of one account.
#[derive(Debug, Serialize)]
pub struct Evidence<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The endpoint as it was given; empty in the state file of an older exporter.
    pub endpoint: &'a str,
    /// The identity that read the account, with the sources of its credential; empty in the state
    /// file of an older exporter.
    pub identity: &'a str,
    /// The start of the refresh.
    pub began: Timestamp,
    /// The duration of the refresh.
    pub duration_seconds: f64,
    /// The number of calls.
    pub requests: u64,
    /// The projects and regions that the refresh met.
    pub scope: Scope<'a>,
    /// The state of every collector, those that are off too.
    pub collectors: Vec<CollectorState>,
    /// The state of every check, in the order of the registry.
    pub checks: Vec<CheckState<'a>>,
    /// The resources that violate a check, exempt or not, the worst first.
    pub findings: Vec<Found<'a>>,
    /// The checks without a verdict.
    pub not_evaluated: Vec<NotEvaluated<'a>>,
    /// The lists and objects that could not be read.
    pub gaps: Vec<CollectorGap<'a>>,
}

/// The state of a check, and everything that is known about it.
#[derive(Debug, Serialize)]
pub struct CheckState<'a> {
    /// Its id.
    pub check: &'a str,
    /// The violation in a few words.
    pub title: &'a str,
    /// Its severity.
    pub severity: Severity,
    /// `pass`, `fail` or `not_evaluated`.
    pub status: Status,
    /// The reason why it did not see or understand everything, beside a failure too.
    pub reason: Option<&'static str>,
    /// Whether the configuration or OVHcloud leaves the question out: no repair is missing.
    #[serde(skip)]
    pub is_intended: bool,
    /// The resources that it could not judge.
    pub unclear: Vec<Unclear<'a>>,
    /// The risk.
    pub why: &'static str,
    /// The repair in the Control Panel; empty without one.
    pub repair: &'static str,
    /// The API call of the repair, method and route.
    pub repair_api: Option<&'static str>,
    /// The collectors without which there is no verdict.
    pub needs: &'static [&'static str],
    /// The values of its thresholds.
    pub thresholds: Vec<ThresholdState<'a>>,
    /// The controls that it gives evidence for.
    pub controls: Vec<ControlState>,
    /// Its exemptions, those that are unused or expired too.
    pub exemptions: Vec<ExemptionState<'a>>,
}

/// The value of a threshold.
#[derive(Debug, Serialize)]
pub struct ThresholdState<'a> {
    /// The key of the configuration.
    pub setting: &'a str,
    /// The value as an operator writes it: `90d`.
    pub value: String,
}

/// A control that a check gives evidence for.
#[derive(Debug, Serialize)]
pub struct ControlState {
    /// The word of `--framework`.
    pub framework: &'static str,
    /// The name of the framework.
    pub name: &'static str,
    /// The id of the control there.
    pub id: &'static str,
    /// Whether the mapping is an analogy of this project.
    pub is_analogy: bool,
}

/// An exemption and its state.
#[derive(Debug, Serialize)]
pub struct ExemptionState<'a> {
    /// The exemption.
    #[serde(flatten)]
    pub exempt: Exempt<'a>,
    /// `active`, `unused` or `expired`.
    pub state: &'static str,
    /// The place in the configuration: `exempt.yaml:1:3: [0]`.
    pub place: &'a str,
    /// The pattern of the resources: `kind=cloud_ssh_key project=p1`.
    pub resources: String,
}

/// A resource that a check could not judge.
#[derive(Debug, Serialize)]
pub struct Unclear<'a> {
    /// The name of its collector.
    pub kind: &'a str,
    /// Its project, empty for the account.
    pub project_id: &'a str,
    /// OVHcloud's id of it.
    pub resource: &'a str,
    /// Its name.
    pub resource_name: &'a str,
}

/// A resource that violates a check.
#[derive(Debug, Clone, Serialize)]
pub struct Found<'a> {
    /// The severity of the violation.
    pub severity: Severity,
    /// The check's id.
    pub check: &'a str,
    /// The violation in a few words.
    pub title: &'a str,
    /// The name of the resource's collector.
    pub kind: &'a str,
    /// The resource's project, empty for the account.
    pub project_id: &'a str,
    /// The name of the project, empty if it has none or is unknown.
    pub project_name: &'a str,
    /// The resource's region, empty if it has none or is unknown.
    pub region: Word,
    /// OVHcloud's id of the resource.
    pub resource: &'a str,
    /// The resource's name.
    pub resource_name: &'a str,
    /// The fact that violates the check.
    pub evidence: &'a str,
    /// The time since when it does: from the resource's own dates, or its first sight, which
    /// without a state file is the time of the refresh.
    pub since: Option<Timestamp>,
    /// The value of the resource's tag `owner` in IAM, or of its project's; empty if it has none or
    /// the collector `iam_resource` is off.
    pub owner: &'a str,
    /// The exemption that covers it; `null` for a violation.
    pub exemption: Option<Exempt<'a>>,
    /// The place of that exemption in the configuration, since two may differ in nothing else;
    /// empty without one.
    #[serde(skip)]
    pub exempt_at: &'a str,
}

impl Found<'_> {
    /// The identity of the finding in every report: the same for the same check and resource,
    /// whatever their names, dates and words are. 64 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let Self { check, kind, project_id, resource, .. } = self;
        // A character that no id contains keeps the parts apart.
        let parts = [check, kind, project_id, resource].map(|part| *part).join("\n");
        format!("{:x}", Sha256::digest(parts))
    }

    /// The fact that violates the check, or the violation where the fact says no more.
    pub fn fact(&self) -> &str {
        if self.evidence.is_empty() { self.title } else { self.evidence }
    }

    /// The name, or the id of a resource without one.
    pub fn shown(&self) -> &str {
        if self.resource_name.is_empty() { self.resource } else { self.resource_name }
    }
}

/// The exemption of a finding.
#[derive(Debug, Clone, Serialize)]
pub struct Exempt<'a> {
    /// The reason why the finding is accepted.
    pub reason: &'a str,
    /// The person or team who accepts it.
    pub owner: &'a str,
    /// The last day on which it is, as `2027-01-31`.
    pub until: String,
}

impl<'a> Exempt<'a> {
    fn of(exemption: &'a Exemption) -> Self {
        let Exemption { reason, owner, until, .. } = exemption;
        Self { reason, owner, until: until.to_string() }
    }
}

/// A check without a verdict.
#[derive(Debug, Serialize)]
pub struct NotEvaluated<'a> {
    /// The check's id.
    pub check: &'a str,
    /// The reason.
    pub reason: &'static str,
}

/// A list or objects that a collector could not read.
#[derive(Debug, Serialize)]
pub struct CollectorGap<'a> {
    /// The collector's name.
    pub collector: &'static str,
    /// The gap.
    #[serde(flatten)]
    pub gap: &'a Gap,
}

impl<'a> Evidence<'a> {
    /// The evidence of a report.
    pub fn of(view: &'a AccountView, report: &'a Report) -> Self {
        let states = report.inventory.states();
        let gaps = states.iter().flat_map(|state| {
            let gaps = state.reading.into_iter().flat_map(|reading| &reading.gaps);
            gaps.map(|gap| CollectorGap { collector: state.name, gap })
        });
        let mut evidence = Self {
            account: &view.name,
            endpoint: &view.endpoint,
            identity: &view.identity,
            began: report.began,
            duration_seconds: report.duration.as_secs_f64(),
            requests: report.requests,
            scope: Scope::of(&report.inventory),
            collectors: states.iter().map(CollectorState::of).collect(),
            checks: report.results.iter().map(CheckState::of).collect(),
            findings: findings(report),
            not_evaluated: Vec::new(),
            gaps: gaps.collect(),
        };
        evidence.list_not_evaluated();
        evidence
    }

    /// Lists the checks without a verdict.
    pub(super) fn list_not_evaluated(&mut self) {
        let without = self.checks.iter().filter(|one| one.status == Status::NotEvaluated);
        self.not_evaluated = without
            .map(|one| NotEvaluated { check: one.check, reason: one.reason.unwrap_or_default() })
            .collect();
    }

    /// The findings that are not exempt.
    pub fn violations(&self) -> impl Iterator<Item = &Found<'a>> {
        self.findings.iter().filter(|found| found.exemption.is_none())
    }

    /// The number of violations of each severity, those without any too, the worst first.
    pub fn by_severity(&self) -> Vec<(Severity, usize)> {
        let count = |severity| self.violations().filter(|one| one.severity == severity).count();
        Severity::ALL.into_iter().rev().map(|severity| (severity, count(severity))).collect()
    }

    /// The findings of one check, exempt or not.
    pub fn findings_of(&self, check: &str) -> impl Iterator<Item = &Found<'a>> {
        self.findings.iter().filter(move |found| found.check == check)
    }

    /// The state of one check.
    pub fn check(&self, id: &str) -> Option<&CheckState<'a>> {
        self.checks.iter().find(|one| one.check == id)
    }

    /// The collectors that lack something in service.
    pub fn incomplete(&self) -> impl Iterator<Item = &CollectorState> {
        self.collectors.iter().filter(|state| state.state.is_missing())
    }

    /// The name of a project; empty if it has none or is unknown.
    pub fn project_name(&self, id: &str) -> &'a str {
        self.scope.projects.iter().find(|one| one.id == id).map_or("", |one| one.name)
    }
}

impl<'a> CheckState<'a> {
    fn of(result: &'a CheckResult) -> Self {
        let unclear = |resource: &'a Resource| Unclear {
            kind: &resource.kind,
            project_id: &resource.project_id,
            resource: &resource.id,
            resource_name: &resource.name,
        };
        let threshold = |(setting, value): &'a (Word, _)| ThresholdState {
            setting,
            value: checks::Threshold::shown(*value),
        };
        let check = checks::find(&result.id);
        let verdict = &result.verdict;
        Self {
            check: &result.id,
            title: &result.title,
            severity: result.severity,
            status: verdict.status(),
            reason: verdict.reason(),
            is_intended: verdict.missing.is_some_and(checks::Missing::is_intended),
            unclear: verdict.unclear.iter().map(unclear).collect(),
            why: check.map_or("", |check| check.why),
            repair: check.map_or("", |check| check.repair.panel),
            repair_api: check.and_then(|check| check.repair.api),
            needs: check.map_or(&[], |check| check.needs),
            thresholds: result.thresholds.iter().map(threshold).collect(),
            controls: check.map(|check| controls(&check.controls())).unwrap_or_default(),
            exemptions: exemptions(result),
        }
    }
}

fn controls(controls: &[Control]) -> Vec<ControlState> {
    let control = |control: &Control| ControlState {
        framework: control.framework.label(),
        name: control.framework.name(),
        id: control.id,
        is_analogy: control.is_analogy,
    };
    controls.iter().map(control).collect()
}

fn exemptions(result: &CheckResult) -> Vec<ExemptionState<'_>> {
    let exemptions = result.exemptions.iter();
    exemptions
        .map(|(one, state)| ExemptionState {
            exempt: Exempt::of(one),
            state: state.label(),
            place: &one.place,
            resources: one.resource.shown(),
        })
        .collect()
}

/// The worst findings first.
fn findings<'a>(report: &'a Report) -> Vec<Found<'a>> {
    let results = report.results.iter();
    let all =
        results.flat_map(|result| result.verdict.findings.iter().map(move |one| (result, one)));
    let all: Vec<_> = all.collect();
    let regions = Regions::of(&report.inventory, all.iter().map(|(_, one)| &one.resource));
    let tags = Tagged::of(&report.inventory);
    let projects = report.inventory.cloud_project.items();
    let names: BTreeMap<&str, &str> =
        projects.map(|(_, project)| (&*project.id, project.name.as_str())).collect();
    let found = |(result, finding): (&'a CheckResult, &'a Finding)| {
        let Finding { resource, evidence, since, exemption, .. } = finding;
        Found {
            severity: result.severity_of(finding),
            check: &result.id,
            title: &result.title,
            kind: &resource.kind,
            project_id: &resource.project_id,
            project_name: names.get(&*resource.project_id).copied().unwrap_or_default(),
            region: regions.get(resource),
            resource: &resource.id,
            resource_name: &resource.name,
            evidence,
            since: *since,
            owner: tags.get(resource).and_then(|tags| tags.get(OWNER)).map_or("", String::as_str),
            exemption: exemption.as_deref().map(Exempt::of),
            exempt_at: exemption.as_deref().map_or("", |one| &one.place),
        }
    };
    let mut findings: Vec<_> = all.into_iter().map(found).collect();
    findings.sort_by_key(|found| {
        let Found { severity, check, project_id, resource_name, resource, kind, .. } = *found;
        (Reverse(severity), [check, project_id, resource_name, resource, kind])
    });
    findings
}

//! The part of a document that a caller asks for.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::checks::{self, Check, Framework, Severity, Status};

use super::evidence::{CheckState, Evidence, Found};

/// Filters; an empty one lets everything through.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The ids of checks.
    pub checks: BTreeSet<&'static str>,
    /// The lowest severity of findings.
    pub severity: Option<Severity>,
    /// The ids of projects; the reports are [`Report::within`] them.
    ///
    /// [`Report::within`]: crate::report::Report::within
    pub projects: BTreeSet<String>,
    /// The frameworks whose controls a check must give evidence for.
    pub frameworks: BTreeSet<Framework>,
    /// The accounts that are left out, since they have none of the projects.
    pub accounts_without: BTreeSet<String>,
    /// The collectors of the inventory.
    pub kinds: BTreeSet<&'static str>,
    /// Whether checks without a violation and without missing data are left out.
    pub is_brief: bool,
}

/// The phrase of a report without its passed checks.
pub const WITHOUT_PASSED: &str = "without passed checks";
/// The collector of projects, whose objects belong to the account.
const PROJECT: &str = "cloud_project";
/// The names of collectors that read Public Cloud begin with this.
pub const PUBLIC_CLOUD: &str = "cloud_";

impl Selection {
    /// The filters as phrases, in the words of the flags.
    pub fn phrases(&self) -> Vec<String> {
        let listed = |name: &str, values: Vec<&str>| {
            (!values.is_empty()).then(|| format!("{name} {}", values.join(", ")))
        };
        let frameworks = self.frameworks.iter().map(|framework| framework.name());
        let phrases = [
            listed("check", self.checks.iter().copied().collect()),
            self.severity.map(|least| match least {
                Severity::Critical => "severity critical".to_owned(),
                least => format!("severity {} or above", least.label()),
            }),
            listed("project", self.projects.iter().map(String::as_str).collect()),
            listed("without account", self.accounts_without.iter().map(String::as_str).collect()),
            listed("framework", frameworks.collect()),
            listed("kind", self.kinds.iter().copied().collect()),
            self.is_brief.then(|| WITHOUT_PASSED.to_owned()),
        ];
        phrases.into_iter().flatten().collect()
    }

    /// Removes everything that no filter lets through.
    pub(super) fn apply(&self, evidence: &mut Evidence<'_>, inventory: &mut Map<String, Value>) {
        evidence.findings.retain(|found| self.has_finding(found));
        let Evidence { checks, findings, .. } = evidence;
        checks.retain_mut(|check| self.has_check(check, findings));
        let known: BTreeSet<_> = checks.iter().map(|check| check.check).collect();
        findings.retain(|found| known.contains(found.check));
        evidence.list_not_evaluated();
        if !self.projects.is_empty() {
            evidence.scope.projects.retain(|project| self.projects.contains(project.id));
        }
        if !self.kinds.is_empty() {
            inventory.retain(|kind, _| self.kinds.contains(kind.as_str()));
            evidence.collectors.retain(|state| self.kinds.contains(state.collector));
        }
        for (kind, objects) in inventory.iter_mut() {
            if let Some(objects) = objects.as_array_mut() {
                objects.retain(|object| self.has_object(kind, object));
            }
        }
    }

    fn has_finding(&self, found: &Found<'_>) -> bool {
        self.severity.is_none_or(|least| found.severity >= least)
            && (self.kinds.is_empty() || self.kinds.contains(found.kind))
            && self.has_place(found.kind, found.project_id, found.resource)
    }

    /// Whether a resource is in a project that was asked for, or is it.
    fn has_place(&self, kind: &str, project_id: &str, resource: &str) -> bool {
        let project_id = if kind == PROJECT { resource } else { project_id };
        self.projects.is_empty() || self.projects.contains(project_id)
    }

    /// Whether a check belongs to the selection. A failure whose findings are below the severity
    /// that was asked for does not, unless it may have missed others.
    fn has_check(&self, state: &mut CheckState<'_>, findings: &[Found<'_>]) -> bool {
        let check = checks::find(state.check);
        let is_named = self.checks.is_empty() || self.checks.contains(state.check);
        let in_framework = || {
            let controls = check.map(Check::controls).unwrap_or_default();
            controls.iter().any(|control| self.frameworks.contains(&control.framework))
        };
        let left = || findings.iter().filter(|found| found.check == state.check);
        let kind = state.needs.first().copied().unwrap_or_default();
        let is_of_kind = || state.needs.iter().any(|need| self.kinds.contains(need));
        let is_asked = is_named
            && (self.frameworks.is_empty() || in_framework())
            && (self.projects.is_empty() || kind.starts_with(PUBLIC_CLOUD))
            && (self.kinds.is_empty() || is_of_kind() || left().next().is_some());
        if !is_asked {
            return false;
        }
        let has_violation = left().any(|found| found.exemption.is_none());
        if self.severity.is_some_and(|least| state.severity < least) && left().next().is_none() {
            return false;
        }
        if state.status == Status::Fail && !has_violation {
            if state.reason.is_none() {
                return false;
            }
            state.status = Status::NotEvaluated;
        }
        !(self.is_brief && state.status == Status::Pass && left().next().is_none())
    }

    fn has_object(&self, kind: &str, object: &Value) -> bool {
        let text = |member| object.get(member).and_then(Value::as_str).unwrap_or_default();
        self.projects.is_empty() || self.has_place(kind, text("project_id"), text("id"))
    }
}

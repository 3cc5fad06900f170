//! The changes of a refresh in the log: a line for each resource and finding that came, went or
//! changed since the refresh before.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::{CheckResult, Finding, Resource, Status};
use crate::collectors::{State, Subject};
use crate::inventory::{Change, Difference};
use crate::report::Report;

/// The most lines of one refresh.
const LINES: usize = 100;

/// A line.
enum News<'a> {
    Resource { kind: &'static str, difference: &'a Difference },
    Finding { is_new: bool, check: &'a CheckResult, finding: &'a Finding },
}

/// Logs the differences from the report before, identities, keys and rights first, and the number of
/// those that are left out. Without a report before there are none.
pub(super) fn log(account: &str, report: &Report, before: Option<&Report>) {
    let Some(before) = before else { return };
    let (known, states) = (before.inventory.states(), report.inventory.states());
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (old, new) in known.iter().zip(&states) {
        counts.insert(new.name, new.changes.total().saturating_sub(old.changes.total()));
    }
    let findings = findings(report, before);
    counts.insert("finding", findings.len() as u64);
    let resources = |is_first| {
        let mut states: Vec<&State<'_>> = states.iter().collect();
        states.sort_by_key(|state| Subject::of(state.name));
        let asked =
            move |state: &&State<'_>| (Subject::of(state.name) < Subject::Resources) == is_first;
        states.into_iter().filter(asked).flat_map(|state| {
            let kind = state.name;
            state.latest.iter().map(move |difference| News::Resource { kind, difference })
        })
    };
    for line in resources(true).chain(findings).chain(resources(false)).take(LINES) {
        if let Some(count) = counts.get_mut(line.kind()) {
            *count = count.saturating_sub(1);
        }
        line.log(account);
    }
    counts.retain(|_, count| *count > 0);
    if !counts.is_empty() {
        let kinds: Vec<_> = counts.iter().map(|(kind, count)| format!("{kind}:{count}")).collect();
        tracing::info!(
            account,
            left_out = counts.values().sum::<u64>(),
            kinds = kinds.join(","),
            "more changes than a refresh logs"
        );
    }
}

impl News<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Resource { kind, .. } => kind,
            Self::Finding { .. } => "finding",
        }
    }

    fn log(&self, account: &str) {
        match self {
            Self::Resource { kind, difference } => {
                let Difference { change, project_id, id, name } = difference;
                let project_id = (!project_id.is_empty()).then_some(&**project_id);
                match change {
                    Change::Added => {
                        tracing::info!(account, kind, id, name, project_id, "resource added");
                    }
                    Change::Removed => {
                        tracing::info!(account, kind, id, name, project_id, "resource removed");
                    }
                    Change::Changed => {
                        tracing::info!(account, kind, id, name, project_id, "resource changed");
                    }
                }
            }
            Self::Finding { is_new, check: result, finding } => {
                let (check, severity) = (&*result.id, result.severity_of(finding).label());
                let (resource, evidence) = (&finding.resource, &finding.evidence);
                let (kind, id, name) = (&*resource.kind, &resource.id, &resource.name);
                let project_id = (!resource.project_id.is_empty()).then_some(&*resource.project_id);
                if *is_new {
                    tracing::info!(
                        account,
                        check,
                        severity,
                        kind,
                        id,
                        name,
                        project_id,
                        evidence,
                        "finding appeared"
                    );
                } else {
                    tracing::info!(
                        account,
                        check,
                        severity,
                        kind,
                        id,
                        name,
                        project_id,
                        "finding resolved"
                    );
                }
            }
        }
    }
}

/// The findings that are not in both reports.
fn findings<'a>(report: &'a Report, before: &'a Report) -> Vec<News<'a>> {
    let mut news = Vec::new();
    for now in &report.results {
        let Some(old) = before.results.iter().find(|old| old.id == now.id) else { continue };
        let appeared = only(now, old, old.verdict.violations());
        let appeared = appeared.map(|finding| News::Finding { is_new: true, check: now, finding });
        news.extend(appeared);
        // A finding that is exempt since is not resolved.
        let resolved = only(old, now, now.verdict.findings.iter());
        let resolved = resolved.map(|finding| News::Finding { is_new: false, check: old, finding });
        news.extend(resolved);
    }
    news
}

/// The violations of a check that are not `known` of its other verdict. A verdict that lacks data says
/// nothing about them, unless both lack the same.
fn only<'a>(
    of: &'a CheckResult,
    other: &'a CheckResult,
    known: impl Iterator<Item = &'a Finding>,
) -> impl Iterator<Item = &'a Finding> {
    let reason = other.verdict.reason();
    let says = other.verdict.status() != Status::NotEvaluated
        && (reason.is_none() || reason == of.verdict.reason());
    let known = known.map(|finding| key(&finding.resource));
    let known: BTreeSet<_> = known.chain(other.verdict.unclear.iter().map(key)).collect();
    let is_news = move |finding: &&Finding| says && !known.contains(&key(&finding.resource));
    of.verdict.violations().filter(is_news)
}

/// The identity of a resource, whatever its name is.
fn key(resource: &Resource) -> [&str; 3] {
    [&resource.kind, &resource.project_id, &resource.id]
}

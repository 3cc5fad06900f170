//! The findings that came, went or changed from one report to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::changes::{Judged, Key, Outcome, Side, Sides};
use crate::checks::{CheckResult, Finding, Resource, find};
use crate::config::checks::{CheckSettings, Checks};
use crate::report::Report;

/// A finding of one of two reports, or one that differs between them.
#[derive(Debug)]
pub(super) struct FindingNews<'a> {
    /// The difference.
    pub(super) outcome: Outcome,
    /// The reason of a doubt: see [`Sides`].
    pub(super) reason: Option<&'a str>,
    /// The members with another value: `exemption`, `severity`.
    pub(super) members: Vec<&'static str>,
    /// Its check, in the report that has it last.
    pub(super) check: &'a CheckResult,
    /// The finding.
    pub(super) finding: &'a Finding,
}

/// Whether two reports ask their checks with the same thresholds and lists. Severities and exemptions
/// say nothing about what violates a check.
pub(super) fn have_equal_settings(report: &Report, before: &Report) -> bool {
    let (one, other) = (&report.checks, &before.checks);
    Arc::ptr_eq(one, other)
        || (one.lists == other.lists
            && one.ends_of_life == other.ends_of_life
            && questions(one) == questions(other))
}

/// The settings that decide what violates a check.
fn questions(checks: &Checks) -> BTreeMap<&'static str, CheckSettings> {
    let own = |(id, settings): (&&'static str, &CheckSettings)| {
        (*id, CheckSettings { enabled: None, severity: None, ..settings.clone() })
    };
    let all = checks.each.iter().map(own);
    all.filter(|(_, settings)| *settings != CheckSettings::default()).collect()
}

/// The findings that differ, those without a doubt first.
pub(super) fn findings<'a>(report: &'a Report, before: &'a Report) -> Vec<FindingNews<'a>> {
    let (old, new) = (by_key(before), by_key(report));
    let mut all = Vec::new();
    for (key, (check, finding)) in &new {
        let Some((of_old, older)) = old.get(key) else { continue };
        let members = members((of_old, older), (check, finding));
        if !members.is_empty() {
            let (outcome, reason) = (Outcome::Changed, None);
            all.push(FindingNews { outcome, reason, members, check, finding });
        }
    }
    let came: Vec<_> = new.keys().filter(|key| !old.contains_key(*key)).copied().collect();
    let went: Vec<_> = old.keys().filter(|key| !new.contains_key(*key)).copied().collect();
    let alone = [came.as_slice(), &went].concat();
    if alone.is_empty() {
        return all;
    }
    let sides = Sides {
        old: Side::of(&before.inventory, judged(before), &alone),
        new: Side::of(&report.inventory, judged(report), &alone),
        other_settings: BTreeSet::new(),
    };
    let came = came.into_iter().filter_map(|key| Some((sides.came(key), new.get(&key)?)));
    let went = went.into_iter().filter_map(|key| Some((sides.went(key), old.get(&key)?)));
    all.extend(came.chain(went).map(|((outcome, reason), (check, finding))| FindingNews {
        outcome,
        reason,
        members: Vec::new(),
        check,
        finding,
    }));
    all.sort_by_key(|one| one.reason.is_some());
    all
}

type Place<'a> = (&'a CheckResult, &'a Finding);

/// The findings, exempt or not.
fn by_key(report: &Report) -> BTreeMap<Key<'_>, Place<'_>> {
    let findings = report.results.iter().flat_map(|check| {
        check.verdict.findings.iter().map(move |finding| {
            let [kind, project, id] = place(&finding.resource);
            ([&*check.id, kind, project, id], (check, finding))
        })
    });
    findings.collect()
}

fn judged(report: &Report) -> BTreeMap<&str, Judged<'_>> {
    report.results.iter().map(|check| (&*check.id, verdict(check))).collect()
}

fn verdict(check: &CheckResult) -> Judged<'_> {
    Judged {
        reason: check.verdict.reason(),
        unclear: check.verdict.unclear.iter().map(place).collect(),
        needs: find(&check.id).map(|check| check.needs.to_vec()).unwrap_or_default(),
    }
}

fn members((of_old, old): Place<'_>, (of_new, new): Place<'_>) -> Vec<&'static str> {
    let exemption = |of: &Finding| {
        of.exemption.as_deref().map(|one| (one.reason.clone(), one.owner.clone(), one.until))
    };
    let is_other = [
        ("exemption", exemption(old) != exemption(new)),
        ("severity", of_old.severity_of(old) != of_new.severity_of(new)),
    ];
    is_other.into_iter().filter(|(_, is_other)| *is_other).map(|(name, _)| name).collect()
}

/// The identity of a resource, whatever its name is.
fn place(resource: &Resource) -> [&str; 3] {
    [&resource.kind, &resource.project_id, &resource.id]
}

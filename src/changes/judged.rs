//! The findings that came, went or changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::inventory::Change;

use super::difference::{Blind, CheckBlind, FindingChange, Member, ObjectChange, Outcome};
use super::known::Known;
use super::written::{Account, Check, Finding};

/// The reason of a check that a document does not have.
const ABSENT: &str = "absent";
/// The reasons that the configuration or OVHcloud causes: no repair is missing. See
/// `checks::Missing::is_intended`.
const INTENDED: [&str; 5] =
    ["disabled", "not_configured", "not_evaluable", "not_collected", ABSENT];

/// The severities, the worst first.
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

type Key<'a> = [&'a str; 4];

/// The differences of the findings, the worst first, and the checks that can't be compared. The
/// differences of the objects show which resources were removed, and `blinds` the unknown ones.
pub(super) fn compare(
    old: &Known<'_>,
    new: &Known<'_>,
    objects: &[ObjectChange],
    blinds: &[Blind],
) -> (Vec<FindingChange>, Vec<CheckBlind>) {
    let (before, now) = (by_key(old.written), by_key(new.written));
    let (of_old, of_new) = (Verdicts::of(old.written), Verdicts::of(new.written));
    let gone = objects.iter().filter(|one| one.change == Change::Removed);
    let gone: BTreeSet<[&str; 3]> =
        gone.map(|one| [one.kind, one.project_id.as_str(), one.id.as_str()]).collect();
    let mut changes = Vec::new();
    for (key, finding) in &now {
        changes.extend(match before.get(key) {
            None if of_old.lacks(key) => Some(change(finding, Outcome::MayBeOlder, Vec::new())),
            None => Some(change(finding, Outcome::Appeared, Vec::new())),
            Some(older) => {
                let members = members(older, finding);
                (!members.is_empty()).then(|| change(finding, Outcome::Changed, members))
            }
        });
    }
    for (key @ [_, kind, project_id, id], finding) in &before {
        if now.contains_key(key) {
            continue;
        }
        let outcome = if gone.contains(&[*kind, *project_id, *id]) {
            Outcome::ResourceRemoved
        } else if of_new.lacks(key) {
            Outcome::Unknown
        } else {
            Outcome::Resolved
        };
        changes.push(change(finding, outcome, Vec::new()));
    }
    changes.sort_by(|one, other| order(one).cmp(&order(other)));
    let is_in_service = blinds.iter().any(|blind| !blind.is_out_of_service);
    (changes, unjudged(&of_old, &of_new, !is_in_service))
}

/// The order of a list: by severity, difference, check, project and resource.
fn order(one: &FindingChange) -> (usize, Outcome, [&str; 5]) {
    let rank = SEVERITIES.iter().position(|severity| *severity == one.severity);
    let FindingChange { check, project_name, project_id, resource_name, resource, .. } = one;
    let words = [check, project_name, project_id, resource_name, resource];
    (rank.unwrap_or(SEVERITIES.len()), one.outcome, words.map(String::as_str))
}

fn by_key(account: &Account) -> BTreeMap<Key<'_>, &Finding> {
    account.findings.iter().map(|one| (key(one), one)).collect()
}

fn key(one: &Finding) -> Key<'_> {
    [&one.check, &one.kind, &one.project_id, &one.resource]
}

fn change(finding: &Finding, outcome: Outcome, members: Vec<Member>) -> FindingChange {
    let one = finding;
    FindingChange {
        outcome,
        severity: one.severity.clone(),
        check: one.check.clone(),
        title: one.title.clone(),
        kind: one.kind.clone(),
        project_id: one.project_id.clone(),
        project_name: one.project_name.clone(),
        resource: one.resource.clone(),
        resource_name: one.resource_name.clone(),
        evidence: one.evidence.clone(),
        members,
    }
}

fn members(old: &Finding, new: &Finding) -> Vec<Member> {
    let severity = |of: &Finding| Value::from(of.severity.as_str());
    let exemption = |of: &Finding| of.exemption.clone().unwrap_or_default();
    let both =
        [("severity", severity(old), severity(new)), ("exemption", exemption(old), exemption(new))];
    let differ = both.into_iter().filter(|(_, old, new)| old != new);
    differ.map(|(name, old, new)| Member { member: name.to_owned(), old, new }).collect()
}

/// The checks of a document.
struct Verdicts<'a>(BTreeMap<&'a str, &'a Check>);

impl<'a> Verdicts<'a> {
    fn of(account: &'a Account) -> Self {
        Self(account.checks.iter().map(|check| (check.id.as_str(), check)).collect())
    }

    /// The reason why a check did not see everything.
    fn reason(&self, check: &str) -> Option<&'a str> {
        let Some(check) = self.0.get(check) else { return Some(ABSENT) };
        let is_evaluated = ["pass", "fail"].contains(&check.status.as_str());
        check.reason.as_deref().or((!is_evaluated).then_some("not_evaluated"))
    }

    /// Whether the check may not have seen a violation.
    fn lacks(&self, [check, kind, project_id, id]: &Key<'_>) -> bool {
        let unclear = self.0.get(check).map(|check| check.unclear.as_slice()).unwrap_or_default();
        let is_it = unclear
            .iter()
            .any(|one| one.kind == *kind && one.project_id == *project_id && one.id == *id);
        match self.reason(check) {
            None => false,
            // It names the resources that it could not judge.
            Some("unclear") if !unclear.is_empty() => is_it,
            Some(_) => true,
        }
    }
}

/// The checks that lack a verdict about everything in one document, unless both leave it out on
/// purpose or leave the same resources open. `is_complete` is whether both
/// documents have all objects in service.
fn unjudged(old: &Verdicts<'_>, new: &Verdicts<'_>, is_complete: bool) -> Vec<CheckBlind> {
    let ids: BTreeSet<&str> = old.0.keys().chain(new.0.keys()).copied().collect();
    let mut blinds = Vec::new();
    for id in ids {
        let (before, now) = (old.reason(id), new.reason(id));
        let is_intended =
            |reason: Option<&str>| reason.is_some_and(|reason| INTENDED.contains(&reason));
        let is_alike = (is_intended(before) && is_intended(now))
            || (before == now && before == Some("unclear"))
            || (before.is_none() && now.is_none());
        if !is_alike {
            let owned = |reason: Option<&str>| reason.map(str::to_owned);
            blinds.push(CheckBlind {
                check: id.to_owned(),
                old: owned(before),
                new: owned(now),
                is_out_of_service: is_complete && before == now,
            });
        }
    }
    blinds
}

//! The findings that came, went or changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::difference::{Blind, CheckBlind, FindingChange, Member, Outcome};
use super::known::Known;
use super::outcome::{ABSENT, Judged, Key, OTHER_SETTINGS, Side, Sides};
use super::written::{Account, Check, Finding, Threshold};

/// The reasons that the configuration or OVHcloud causes: no repair is missing. See
/// `checks::Missing::is_intended`.
const INTENDED: [&str; 5] =
    ["disabled", "not_configured", "not_evaluable", "not_collected", ABSENT];

/// The severities, the worst first.
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

/// The differences of the findings, the worst first, and the checks that can't be compared. `blinds`
/// are the objects that can't be.
pub(super) fn compare(
    old: &Known<'_>,
    new: &Known<'_>,
    blinds: &[Blind],
) -> (Vec<FindingChange>, Vec<CheckBlind>) {
    let (before, now) = (by_key(old.written), by_key(new.written));
    let (of_old, of_new) = (Verdicts::of(old.written), Verdicts::of(new.written));
    let settings = settings(&of_old, &of_new);
    let came = now.keys().filter(|key| !before.contains_key(*key)).copied();
    let went = before.keys().filter(|key| !now.contains_key(*key)).copied();
    let (came, went): (Vec<_>, Vec<_>) = (came.collect(), went.collect());
    let alone = [came.as_slice(), &went].concat();
    let sides = Sides {
        old: Side::of(&old.inventory, of_old.judged(), &alone),
        new: Side::of(&new.inventory, of_new.judged(), &alone),
        other_settings: settings.keys().copied().collect(),
    };
    let both = before.iter().filter_map(|(key, older)| {
        let newer = now.get(key)?;
        let members = members(older, newer);
        let differ = !members.is_empty();
        differ.then(|| FindingChange { members, ..change(newer, (Outcome::Changed, None)) })
    });
    let came = came.iter().filter_map(|key| Some(change(now.get(key)?, sides.came(*key))));
    let went = went.iter().filter_map(|key| Some(change(before.get(key)?, sides.went(*key))));
    let mut changes: Vec<_> = both.chain(came).chain(went).collect();
    changes.sort_by(|one, other| order(one).cmp(&order(other)));
    let is_in_service = blinds.iter().any(|blind| !blind.is_out_of_service);
    (changes, unjudged(&of_old, &of_new, settings, !is_in_service))
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

fn change(one: &Finding, (outcome, reason): (Outcome, Option<&str>)) -> FindingChange {
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
        reason: reason.map(str::to_owned),
        members: Vec::new(),
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

    fn judged(&self) -> BTreeMap<&'a str, Judged<'a>> {
        let judged = |(id, check): (&&'a str, &&'a Check)| {
            let unclear = check.unclear.iter();
            let unclear =
                unclear.map(|one| [one.kind.as_str(), one.project_id.as_str(), one.id.as_str()]);
            let (unclear, needs) = (unclear.collect(), check.needs.iter().map(String::as_str));
            (*id, Judged { reason: self.reason(id), unclear, needs: needs.collect() })
        };
        self.0.iter().map(judged).collect()
    }
}

/// The thresholds with another value, of each check that both documents asked.
fn settings<'a>(old: &Verdicts<'a>, new: &Verdicts<'a>) -> BTreeMap<&'a str, Vec<Member>> {
    let mut settings = BTreeMap::new();
    let is_on = |of: &Verdicts<'_>, id: &str| of.reason(id) != Some("disabled");
    for (id, before) in old.0.iter().filter(|(id, _)| is_on(old, id) && is_on(new, id)) {
        let thresholds = |check: &&'a Check| check.thresholds.as_deref();
        let now = new.0.get(id).and_then(thresholds);
        let (Some(before), Some(now)) = (thresholds(before), now) else { continue };
        let values = |of: &'a [Threshold]| -> BTreeMap<&str, &str> {
            of.iter().map(|one| (one.setting.as_str(), one.value.as_str())).collect()
        };
        let (before, now) = (values(before), values(now));
        let names: BTreeSet<&str> = before.keys().chain(now.keys()).copied().collect();
        let value = |value: Option<&&str>| value.copied().map(Value::from).unwrap_or_default();
        let member = |name: &str| Member {
            member: name.to_owned(),
            old: value(before.get(name)),
            new: value(now.get(name)),
        };
        let members = names.into_iter().map(member).filter(|one| one.old != one.new);
        let members: Vec<_> = members.collect();
        if !members.is_empty() {
            settings.insert(*id, members);
        }
    }
    settings
}

/// The checks that lack a verdict about everything in one document, unless both leave it out on
/// purpose or leave the same resources open, and those with other settings. `is_complete` is whether
/// both documents have all objects in service.
fn unjudged(
    old: &Verdicts<'_>,
    new: &Verdicts<'_>,
    mut settings: BTreeMap<&str, Vec<Member>>,
    is_complete: bool,
) -> Vec<CheckBlind> {
    let ids: BTreeSet<&str> = old.0.keys().chain(new.0.keys()).copied().collect();
    let mut blinds = Vec::new();
    let owned = |reason: Option<&str>| reason.map(str::to_owned);
    for id in ids {
        let (before, now) = (old.reason(id), new.reason(id));
        if let Some(settings) = settings.remove(id) {
            let (check, other) = (id.to_owned(), Some(OTHER_SETTINGS));
            let (old, new) = (owned(before.or(other)), owned(now.or(other)));
            blinds.push(CheckBlind { check, old, new, is_out_of_service: false, settings });
            continue;
        }
        let is_intended =
            |reason: Option<&str>| reason.is_some_and(|reason| INTENDED.contains(&reason));
        let is_alike = (is_intended(before) && is_intended(now))
            || (before == now && before == Some("unclear"))
            || (before.is_none() && now.is_none());
        if !is_alike {
            blinds.push(CheckBlind {
                check: id.to_owned(),
                old: owned(before),
                new: owned(now),
                is_out_of_service: is_complete && before == now,
                settings: Vec::new(),
            });
        }
    }
    blinds
}

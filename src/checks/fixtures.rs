//! Inventories, and the verdict of a single check, for the tests of the checks.

pub(super) mod cloud;
pub(super) mod policies;
pub(super) mod users;

use std::time::Duration;

use jiff::Timestamp;

use crate::access::Access;
use crate::collectors::api_credential::{Credential, Rules};
use crate::collectors::exporter_credential::ExporterCredential;
use crate::collectors::{Collect, Inventory, VisitMut};
use crate::config::checks::Checks;
use crate::config::fixtures::allowed;
use crate::config::lists::ListName;
use crate::config::setting::{Setting, Threshold};
use crate::inventory::{Account, Project, Reading, Sections};

use super::check::Check;
use super::context::{Context, Shared};
use super::verdict::{Status, Verdict};

/// The time of the refresh.
pub(super) const NOW: &str = "2026-11-21T00:00:00Z";

/// A date as checks compare it.
pub(super) fn at(date: &str) -> Timestamp {
    date.parse().unwrap()
}

pub(super) fn credential(status: &str, created: &str, last_used: Option<&str>) -> Credential {
    Credential {
        id: Some(7),
        application: Some(3),
        status: status.into(),
        created: created.parse().ok(),
        last_used: last_used.map(|text| text.parse().unwrap()).into(),
        ..Credential::default()
    }
}

pub(super) fn inventory(credentials: Vec<Credential>) -> Inventory {
    Inventory { api_credential: account(credentials), ..nothing() }
}

/// A valid credential with these rules, each a method and a path.
pub(super) fn ruled(rules: &[(&str, &str)]) -> Inventory {
    let paths = rules.iter().map(|&(method, path)| (method.into(), [path.to_owned()].into()));
    ruled_by(Some(Rules { count: rules.len(), paths: paths.collect() }))
}

/// A valid credential with these rules, if they are known.
pub(super) fn ruled_by(rules: Option<Rules>) -> Inventory {
    inventory(vec![Credential { rules, ..credential("validated", "", None) }])
}

/// Objects of the account, all of them known.
pub(super) fn account<C: Collect<Scope = Account>>(items: Vec<C>) -> Sections<Account, C> {
    Sections::known(Account, at(NOW), items)
}

/// Objects of the project `p1`, all of them known.
pub(super) fn project<C: Collect<Scope = Project>>(items: Vec<C>) -> Sections<Project, C> {
    Sections::known(Project("p1".into()), at(NOW), items)
}

/// The same objects, of lists that are not complete.
pub(super) fn in_part<C: Collect>(mut sections: Sections<C::Scope, C>) -> Sections<C::Scope, C> {
    for section in sections.by_scope.values_mut() {
        section.whole = false;
    }
    sections
}

/// The exporter's credential as the account's owner has it.
pub(super) fn owner() -> ExporterCredential {
    let identities = vec!["urn:v1:eu:identity:account:xx1-ovh".to_owned()];
    ExporterCredential { identities, ..ExporterCredential::default() }
}

/// An inventory that was read as a whole, of an account without anything.
pub(super) fn nothing() -> Inventory {
    struct Empty;
    impl VisitMut<'_> for Empty {
        fn visit<C: Collect>(&mut self, sections: &mut Sections<C::Scope, C>) {
            sections.reading = Some(Reading { duration: Duration::ZERO, gaps: Vec::new() });
        }
    }
    let mut inventory = Inventory::default();
    inventory.each_mut(&mut Empty);
    inventory
}

/// The verdict of one check in its default configuration.
pub(super) fn evaluated(check: &Check, inventory: &Inventory, now: &str) -> Verdict {
    evaluated_with(check, inventory, &Checks::default(), now)
}

/// The verdict of one check with this configuration.
pub(super) fn evaluated_with(
    check: &Check,
    inventory: &Inventory,
    checks: &Checks,
    now: &str,
) -> Verdict {
    let settings = &checks.each.get(check.id).cloned().unwrap_or_default();
    let (now, shared) = (now.parse().unwrap(), &Shared::default());
    let access = &Access::of(inventory, now);
    super::verdict(check, &Context { inventory, access, now, settings, lists: checks, shared })
}

/// The verdict of one check at [`NOW`], in a few words: `pass`, `fail: EVIDENCE; EVIDENCE`, or
/// `not evaluated: REASON`.
pub(super) fn outcome(check: &Check, inventory: &Inventory) -> String {
    said(&evaluated(check, inventory, NOW))
}

/// The verdict of one check at [`NOW`] with a threshold of its own.
pub(super) fn outcome_with<T>(
    check: &Check,
    inventory: &Inventory,
    (setting, value): (&Setting<T>, Threshold),
) -> String {
    let mut checks = Checks::default();
    let settings = checks.each.entry(check.id).or_default();
    settings.thresholds.insert(setting.name, value);
    said(&evaluated_with(check, inventory, &checks, NOW))
}

/// The verdict in a few words.
/// The verdict of one check at [`NOW`] with an allow list of one entry.
pub(super) fn outcome_listed(
    check: &Check,
    inventory: &Inventory,
    list: ListName,
    entry: &str,
) -> String {
    let mut checks = Checks::default();
    checks.allow(list, allowed(list, entry));
    said(&evaluated_with(check, inventory, &checks, NOW))
}

pub(super) fn said(verdict: &Verdict) -> String {
    match verdict.status() {
        Status::Pass => "pass".to_owned(),
        Status::Fail => {
            let findings = verdict.findings.iter().map(|one| one.evidence.as_str());
            format!("fail: {}", findings.collect::<Vec<_>>().join("; "))
        }
        Status::NotEvaluated => {
            format!("not evaluated: {}", verdict.reason().unwrap_or_default())
        }
    }
}

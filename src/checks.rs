//! The checks: rules over the inventory, one file each, and one line each in the registry below.
//!
//! A check is a pure function of its context to a verdict. It never passes without its data:
//! objects that it cannot see or judge make it *not evaluated*.

mod context;
mod credential_never_used;
mod credential_stale;
mod credentials;
mod exporter_credential_writes;
mod families;
mod memory;
mod policy_wildcard_action;
#[cfg(test)]
mod skeleton;
mod sshkey_unlisted;
mod verdict;

use std::time::Duration;

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::config::checks::{CheckSettings, Checks};
use crate::config::setting::{CheckSpec, Kind, Spec};
use crate::family::{Desc, Family, Word};

pub use crate::config::severity::Severity;
pub use context::{Context, Shared};
pub use families::{families, samples};
pub use memory::{Memory, remember};
pub use verdict::{Finding, Missing, Resource, Status, Verdict};

/// Every check there is.
pub static ALL: &[&Check] = &[
    &credential_stale::CHECK,
    &credential_never_used::CHECK,
    &sshkey_unlisted::CHECK,
    &policy_wildcard_action::CHECK,
    &exporter_credential_writes::CHECK,
];

/// A rule over the inventory, with everything that documents say about it.
#[derive(Debug)]
pub struct Check {
    /// Its id: snake case, the name of its file, never used again for another rule.
    pub id: &'static str,
    /// The violation in a few words, without a full stop.
    pub title: &'static str,
    /// The severity, unless a finding or the configuration sets another.
    pub severity: Severity,
    /// The risk: one or two sentences.
    pub why: &'static str,
    /// The repair of a violation.
    pub repair: Repair,
    /// The collectors without which there is no verdict; the first reads the judged objects.
    pub needs: &'static [&'static str],
    /// Controls of published frameworks, as `FRAMEWORK:CONTROL`.
    pub controls: &'static [&'static str],
    /// Its settings, beside `enabled` and `severity`.
    pub settings: &'static [Spec],
    /// The rule.
    pub evaluate: fn(&Context<'_>) -> Verdict,
    /// A count of its own, for dashboards that ask for just that.
    pub count: Option<Count>,
}

impl Check {
    /// The check as the configuration knows it.
    pub fn spec(&self) -> CheckSpec {
        CheckSpec { id: self.id, settings: self.settings }
    }
}

/// The repair of a violation, for people and for programs.
#[derive(Debug, Clone, Copy)]
pub struct Repair {
    /// The place in OVHcloud's Control Panel and the action there, or an instruction where the
    /// Control Panel has no such place.
    pub panel: &'static str,
    /// The API call, method and route.
    pub api: &'static str,
}

/// A family that counts a check's findings in its own way.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// The family.
    pub desc: &'static Desc,
    /// Its samples, given the findings of an evaluated check.
    pub samples: fn(&Inventory, &[Finding]) -> Family,
}

/// A check with its verdict. It owns its texts, so that rules from a configuration fit in too.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// The check's id.
    pub id: Word,
    /// The violation in a few words.
    pub title: Word,
    /// The severity of findings that set no other.
    pub severity: Severity,
    /// The verdict.
    pub verdict: Verdict,
    /// The values of its settings that are time spans, by their names.
    pub thresholds: Vec<(Word, Duration)>,
    /// The check's own count.
    pub count: Option<Count>,
}

impl CheckResult {
    /// The findings; `None` if the check was not evaluated.
    pub fn findings(&self) -> Option<&[Finding]> {
        (self.verdict.status() != Status::NotEvaluated).then_some(&*self.verdict.findings)
    }

    /// The severity of one of its findings.
    pub fn severity_of(&self, finding: &Finding) -> Severity {
        finding.severity.unwrap_or(self.severity)
    }
}

/// Evaluates every check, in the order of the registry. A check that is switched off is not
/// evaluated.
pub fn evaluate(inventory: &Inventory, checks: &Checks, now: Timestamp) -> Vec<CheckResult> {
    let shared = Shared::default();
    let result = |check: &&'static Check| {
        let settings = &checks.each.get(check.id).cloned().unwrap_or_default();
        let context = Context { inventory, now, settings, lists: checks, shared: &shared };
        let is_on = !settings.is_off;
        CheckResult {
            id: check.id.into(),
            title: check.title.into(),
            severity: settings.severity.unwrap_or(check.severity),
            verdict: if is_on {
                (check.evaluate)(&context)
            } else {
                Verdict::missing(Missing::Disabled)
            },
            thresholds: if is_on { thresholds(check, settings) } else { Vec::new() },
            count: check.count,
        }
    };
    ALL.iter().map(result).collect()
}

/// The values of a check's settings that are time spans.
fn thresholds(check: &Check, settings: &CheckSettings) -> Vec<(Word, Duration)> {
    let value = |setting: &Spec| match setting.kind {
        Kind::Duration { default, .. } => {
            let value = settings.durations.get(setting.name).copied().unwrap_or(default);
            Some((setting.name.into(), value))
        }
        Kind::SshKeyFiles | Kind::SshKeyFingerprints => None,
    };
    check.settings.iter().filter_map(value).collect()
}

/// The verdict of one check in its default configuration.
#[cfg(test)]
fn evaluated(check: &Check, inventory: &Inventory, now: &str) -> Verdict {
    evaluated_with(check, inventory, &Checks::default(), now)
}

/// The verdict of one check with this configuration.
#[cfg(test)]
fn evaluated_with(check: &Check, inventory: &Inventory, checks: &Checks, now: &str) -> Verdict {
    let settings = &checks.each.get(check.id).cloned().unwrap_or_default();
    let (now, shared) = (now.parse().unwrap_or_default(), &Shared::default());
    (check.evaluate)(&Context { inventory, now, settings, lists: checks, shared })
}

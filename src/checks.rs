//! The checks: rules over the inventory, one file each, and one line each in the registry below.
//!
//! A check is a pure function of its context to a verdict. It never passes without its data:
//! objects that it cannot see or judge make it *not evaluated*.

mod check;
mod context;
mod credential_never_used;
mod credential_stale;
mod credentials;
mod exporter_credential_writes;
mod families;
#[cfg(test)]
mod fixtures;
mod memory;
mod policy_wildcard_action;
mod result;
#[cfg(test)]
mod skeleton;
mod sshkey_unlisted;
mod verdict;

use std::time::Duration;

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::config::checks::{CheckSettings, Checks};
use crate::config::setting::{Kind, Spec};
use crate::family::Word;

pub use crate::config::severity::Severity;
pub use check::{Check, Count, Repair};
pub use context::{Context, Shared};
pub use families::{families, samples};
pub use memory::{Memory, remember};
pub use result::CheckResult;
pub use verdict::{Finding, Missing, Resource, Status, Verdict};

/// Every check.
pub static ALL: &[&Check] = &[
    &credential_stale::CHECK,
    &credential_never_used::CHECK,
    &sshkey_unlisted::CHECK,
    &policy_wildcard_action::CHECK,
    &exporter_credential_writes::CHECK,
];

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

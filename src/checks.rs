//! The checks: rules over the inventory, one file each in the catalogue.
//!
//! A check is a pure function of its context to a verdict. It never passes without its data:
//! objects that it cannot see or judge make it *not evaluated*.

mod age;
mod allowed;
mod backups;
mod catalogue;
mod check;
mod context;
mod controls;
mod exempt;
mod families;
#[cfg(test)]
mod fixtures;
mod memory;
mod not_evaluable;
mod own;
mod result;
#[cfg(test)]
mod skeleton;
mod tags;
mod verdict;

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::access::Access;
use crate::collectors::Inventory;
use crate::config::checks::{CheckSettings, Checks};
use crate::config::setting::Spec;
use crate::family::Word;

pub use crate::config::setting::Threshold;
pub use crate::config::severity::Severity;
pub use backups::restore_points;
pub use catalogue::ALL;
pub use check::{Check, Count, Repair};
pub use context::{Context, Shared};
pub use controls::{Bundle, Control, Framework, by_framework};
pub use exempt::exempt;
pub use families::{families, repairs, samples};
pub use memory::{Memory, remember};
pub use not_evaluable::{NOT_EVALUABLE, NotEvaluable};
pub use result::{CheckResult, ExemptionState};
pub use tags::{Tagged, Tags};
pub use verdict::{Finding, Missing, Resource, Status, Verdict};

/// Evaluates every check, in the order of the registry. A check that is switched off is not
/// evaluated.
pub fn evaluate(
    inventory: &Inventory,
    access: &Access,
    checks: &Checks,
    now: Timestamp,
) -> Vec<CheckResult> {
    let shared = Shared::default();
    let result = |check: &&'static Check| {
        let settings = &checks.each.get(check.id).cloned().unwrap_or_default();
        let context = Context { inventory, access, now, settings, lists: checks, shared: &shared };
        let is_on = settings.enabled.unwrap_or(check.is_on);
        CheckResult {
            id: check.id.into(),
            title: check.title.into(),
            severity: settings.severity.unwrap_or(check.severity),
            verdict: if is_on {
                guarded(check.id, || configured(check, &context))
            } else {
                Verdict::missing(Missing::Disabled)
            },
            thresholds: if is_on { thresholds(check, settings) } else { Vec::new() },
            count: check.count,
            exemptions: Vec::new(),
        }
    };
    ALL.iter().map(result).collect()
}

/// The verdict of a check. One that panics is not evaluated, and the other checks are.
fn guarded(id: &str, evaluate: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|_| {
        tracing::error!(check = id, "a check failed, a bug of the exporter: please report it");
        Verdict::missing(Missing::Bug)
    })
}

/// The check with this id.
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.id == id)
}

/// The version of the catalogue: eight hexadecimal digits that change with any text, severity,
/// setting or control of a check.
pub fn digest() -> String {
    let mut hasher = crc32fast::Hasher::new();
    for Check { id, title, severity, why, repair, needs, controls, is_on, settings, .. } in ALL {
        let check = (id, title, severity, why, repair, needs, controls, is_on, settings);
        hasher.update(format!("{check:?}").as_bytes());
    }
    format!("{:08x}", hasher.finalize())
}

/// The verdict of a check in this configuration. A configured severity stands above those of single
/// findings.
fn configured(check: &Check, context: &Context<'_>) -> Verdict {
    let mut verdict = verdict(check, context);
    if context.settings.severity.is_some() {
        verdict.findings.iter_mut().for_each(|finding| finding.severity = None);
    }
    verdict
}

/// The verdict of a check, which is complete only if each collector that it needs is.
fn verdict(check: &Check, context: &Context<'_>) -> Verdict {
    let verdict = (check.evaluate)(context);
    let unseen = || check.needs.iter().find_map(|need| context.unseen(need)).map(Missing::Data);
    Verdict { missing: verdict.missing.or_else(unseen), ..verdict }
}

/// The values of a check's settings that are thresholds.
fn thresholds(check: &Check, settings: &CheckSettings) -> Vec<(Word, Threshold)> {
    let value = |setting: &Spec| {
        let default = setting.kind.threshold()?;
        let value = settings.thresholds.get(setting.name).copied().unwrap_or(default);
        Some((setting.name.into(), value))
    };
    check.settings.iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::fixtures::{NOW, evaluated, nothing};
    use super::*;
    use crate::collectors::{Collect, VisitMut};
    use crate::inventory::Sections;

    /// Takes the sections of one collector away.
    struct Without(&'static str);

    impl VisitMut<'_> for Without {
        fn visit<C: Collect>(&mut self, sections: &mut Sections<C::Scope, C>) {
            if C::NAME == self.0 {
                *sections = Sections::default();
            }
        }
    }

    #[test]
    fn a_check_that_panics_is_not_evaluated() {
        let verdict = guarded("broken", || unreachable!("a check with a bug"));
        assert_eq!(verdict.status(), Status::NotEvaluated);
        assert_eq!(verdict.missing.map(Missing::label), Some("bug"));
        assert_eq!(guarded("well", Verdict::default).status(), Status::Pass);
    }

    #[test]
    fn no_check_passes_without_a_collector_that_it_needs() {
        for check in ALL {
            for need in check.needs {
                let mut inventory = nothing();
                inventory.each_mut(&mut Without(need));
                let verdict = evaluated(check, &inventory, NOW);
                assert_ne!(verdict.status(), Status::Pass, "{} without {need}", check.id);
            }
        }
    }
}

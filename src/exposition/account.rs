//! What is published of one account: its inventory, the verdicts on it, and how reading went.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::checks::Judged;
use crate::collectors::Inventory;
use crate::family::{Desc, Family, Word, number};
use crate::inventory::Changes;

/// One account that is watched.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The label `account`.
    pub name: String,
    /// The endpoint as it was given, for the landing page.
    pub endpoint: String,
    /// The labels that the operator adds to every series of the account.
    pub labels: BTreeMap<String, String>,
    /// From the start of a pass to the start of the next.
    pub interval: Duration,
    /// What the last pass left; `None` until the first is over.
    pub report: Option<Arc<Report>>,
}

/// One account after a pass.
#[derive(Debug)]
pub struct Report {
    /// When the pass began.
    pub began: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// How many calls it made.
    pub requests: u64,
    /// What is known.
    pub inventory: Inventory,
    /// What the checks say of it.
    pub judged: Vec<Judged>,
}

static LAST_PASS: Desc = Desc::gauge(
    "ovhcloud_account_last_pass_timestamp_seconds",
    "When the account's last pass began, however it ended, in Unix time",
    &[],
);
static PASS_DURATION: Desc = Desc::gauge(
    "ovhcloud_account_pass_duration_seconds",
    "How long the account's last pass took",
    &[],
);
static SUCCESS: Desc = Desc::gauge(
    "ovhcloud_collector_success",
    "1 if the last pass read everything the collector reads but for what is out of service or not \
     offered, 0 if something is missing (ovhcloud_collector_gaps says why)",
    &["collector"],
);
static DURATION: Desc = Desc::gauge(
    "ovhcloud_collector_duration_seconds",
    "How long the collector took in the last pass, waiting for the budget included",
    &["collector"],
);
static LAST_SUCCESS: Desc = Desc::gauge(
    "ovhcloud_collector_last_success_timestamp_seconds",
    "When the collector last read everything but for what is out of service or not offered, in Unix \
     time; no sample before the first time",
    &["collector"],
);
static GAPS: Desc = Desc::gauge(
    "ovhcloud_collector_gaps",
    "What the last pass could not read, in lists and single objects, by reason (expired, suspended \
     and not_offered fail no collector); no samples where nothing is missing",
    &["collector", "reason"],
);
static MISSING: Desc = Desc::gauge(
    "ovhcloud_permission_missing_info",
    "Always 1, for each IAM action, or route of a consumer key, that the credential lacked in the \
     last pass",
    &["collector", "action"],
);

static CHANGES: Desc = Desc::counter(
    "ovhcloud_inventory_changes",
    "Resources that were added, removed or changed from one reading of the collector to the next, \
     be it for one pass only; what could not be read has not gone",
    &["collector", "change"],
);

/// Every family that this file fills.
pub static FAMILIES: &[&Desc] =
    &[&LAST_PASS, &PASS_DURATION, &SUCCESS, &DURATION, &LAST_SUCCESS, &GAPS, &MISSING, &CHANGES];

impl Report {
    /// How reading went, as families.
    pub fn families(&self) -> Vec<Family> {
        let mut families: Vec<Family> = FAMILIES.iter().map(|desc| desc.family()).collect();
        let [last_pass, pass_duration, success, duration, last_success, gaps, missing, changes] =
            families.as_mut_slice()
        else {
            return families;
        };
        last_pass.set([], seconds(self.began));
        pass_duration.set([], self.duration.as_secs_f64());
        for state in self.inventory.states() {
            let Some(reading) = state.reading else { continue };
            let collector = Word::from(state.name);
            success.set([collector.clone()], f64::from(u8::from(reading.is_success())));
            duration.set([collector.clone()], reading.duration.as_secs_f64());
            if let Some(when) = state.last_success {
                last_success.set([collector.clone()], seconds(when));
            }
            let Changes { added, removed, changed } = state.changes;
            for (change, count) in [("added", added), ("removed", removed), ("changed", changed)] {
                changes.set([collector.clone(), change.into()], whole(count));
            }
            for gap in &reading.gaps {
                gaps.add([collector.clone(), gap.reason.label().into()], number(gap.count));
                for action in &gap.actions {
                    missing.set([collector.clone(), action.clone()], 1.0);
                }
            }
        }
        families
    }
}

#[expect(clippy::cast_precision_loss, reason = "no process sees 2^52 changes")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit 52 bits")]
fn seconds(when: Timestamp) -> f64 {
    when.as_second() as f64
}

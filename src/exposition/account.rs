//! The outcome of refreshing an account, as metric families.

use jiff::Timestamp;

use crate::family::{Desc, Family, Word, number};
use crate::inventory::Changes;
use crate::report::Report;

static LAST_REFRESH: Desc = Desc::gauge(
    "ovhcloud_account_last_refresh_timestamp_seconds",
    "The start of the account's last refresh, complete or not, in Unix time",
    &[],
);
static REFRESH_DURATION: Desc = Desc::gauge(
    "ovhcloud_account_refresh_duration_seconds",
    "The duration of the account's last refresh",
    &[],
);
static SUCCESS: Desc = Desc::gauge(
    "ovhcloud_collector_success",
    "Whether the last refresh of the collector was complete (1) or had errors (0), which \
     ovhcloud_collector_gaps counts; resources out of service or not offered are no error",
    &["collector"],
);
static DURATION: Desc = Desc::gauge(
    "ovhcloud_collector_duration_seconds",
    "The duration of the collector's last refresh, including its waits for the call budget",
    &["collector"],
);
static LAST_SUCCESS: Desc = Desc::gauge(
    "ovhcloud_collector_last_success_timestamp_seconds",
    "The start of the collector's last complete refresh, in Unix time; no sample before the first",
    &["collector"],
);
static GAPS: Desc = Desc::gauge(
    "ovhcloud_collector_gaps",
    "Lists and single objects that the last refresh could not read, by reason (expired, suspended \
     and not_offered fail no collector); no samples where nothing is missing",
    &["collector", "reason"],
);
static MISSING: Desc = Desc::gauge(
    "ovhcloud_permission_missing_info",
    "Always 1, for each IAM action, or route of a consumer key, that the credential lacked in the \
     last refresh",
    &["collector", "action"],
);

static CHANGES: Desc = Desc::counter(
    "ovhcloud_inventory_changes",
    "Resources added, removed or changed from one refresh of the collector to the next; resources \
     that could not be read count as neither removed nor changed",
    &["collector", "change"],
);

/// Every family of this file.
pub static FAMILIES: &[&Desc] = &[
    &LAST_REFRESH,
    &REFRESH_DURATION,
    &SUCCESS,
    &DURATION,
    &LAST_SUCCESS,
    &GAPS,
    &MISSING,
    &CHANGES,
];

/// The families of one report.
pub fn families(report: &Report) -> Vec<Family> {
    let mut families: Vec<Family> = FAMILIES.iter().map(|desc| desc.family()).collect();
    let [last_refresh, refresh_duration, success, duration, last_success, gaps, missing, changes] =
        families.as_mut_slice()
    else {
        return families;
    };
    last_refresh.set([], seconds(report.began));
    refresh_duration.set([], report.duration.as_secs_f64());
    for state in report.inventory.states() {
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

#[expect(clippy::cast_precision_loss, reason = "no process sees 2^52 changes")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit 52 bits")]
fn seconds(when: Timestamp) -> f64 {
    when.as_second() as f64
}

//! The outcome of refreshing an account, as metric families.

use jiff::Timestamp;

use crate::collectors::State;
use crate::family::{Desc, Family, Word, number};
use crate::inventory::{Changes, Gap};
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
     ovhcloud_collector_gaps counts; resources out of service or not offered and optional \
     permissions are no error",
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
static RESOURCES: Desc = Desc::gauge(
    "ovhcloud_collector_resources",
    "Resources that the collector knows, with those that the last refresh could not read again; no \
     sample while it knows no list",
    &["collector"],
);
static GAPS: Desc = Desc::gauge(
    "ovhcloud_collector_gaps",
    "Lists and single objects that the last refresh could not read, by reason (expired, suspended, \
     maintenance, not_offered and optional permissions fail no collector); no samples where \
     nothing is missing. Counts over objects that were never read have no sample",
    &["collector", "reason"],
);
static MISSING: Desc = Desc::gauge(
    "ovhcloud_permission_missing_info",
    "Always 1, for each IAM action, or route of a consumer key, that the credential lacked in the \
     last refresh; optional is true if the collector is complete without it, project_id names a \
     project where others have it and is empty otherwise",
    &["collector", "action", "optional", "project_id"],
);

static CHANGES: Desc = Desc::counter(
    "ovhcloud_inventory_changes",
    "Resources added, removed or changed from one refresh of the collector to the next; resources \
     that could not be read count as neither removed nor changed",
    &["collector", "change"],
);

static FILES: Desc = Desc::gauge(
    "ovhcloud_policy_file_success",
    "Whether the last refresh could read the file of allow lists, exemptions or ends of life (1), \
     or not (0): its last good content remains in use",
    &["file"],
);
static ENDS_OF_LIFE: Desc = Desc::gauge(
    "ovhcloud_policy_end_of_life_table_timestamp_seconds",
    "The time at which the known ends of life of each product were stated, in Unix time",
    &["product"],
);

/// Every family of this file.
pub static FAMILIES: &[&Desc] = &[
    &LAST_REFRESH,
    &REFRESH_DURATION,
    &SUCCESS,
    &DURATION,
    &LAST_SUCCESS,
    &RESOURCES,
    &GAPS,
    &MISSING,
    &CHANGES,
    &FILES,
    &ENDS_OF_LIFE,
];

/// The families of one report.
pub fn families(report: &Report) -> Vec<Family> {
    let mut families: Vec<Family> = FAMILIES.iter().map(|desc| desc.family()).collect();
    let [
        last_refresh,
        refresh_duration,
        success,
        duration,
        last_success,
        resources,
        gaps,
        missing,
        changes,
        files,
        ends_of_life,
    ] = families.as_mut_slice()
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
        if !state.scopes.is_empty() || reading.is_success() {
            resources.set([collector.clone()], number(state.objects));
        }
        let Changes { added, removed, changed } = state.changes;
        for (change, count) in [("added", added), ("removed", removed), ("changed", changed)] {
            changes.set([collector.clone(), change.into()], whole(count));
        }
        for gap in &reading.gaps {
            gaps.add([collector.clone(), gap.reason.label().into()], number(gap.count));
            for action in &gap.actions {
                let project = if is_everywhere(&state, gap.optional, action) {
                    Word::default()
                } else {
                    gap.project_id.clone()
                };
                let optional = if gap.optional { "true" } else { "false" }.into();
                missing.set([collector.clone(), action.clone(), optional, project], 1.0);
            }
        }
    }
    for file in report.checks.files() {
        let is_read = file.errors.is_empty();
        files.set([file.path.as_str().into()], f64::from(u8::from(is_read)));
    }
    for (product, stated) in report.checks.ends_of_life.stated() {
        ends_of_life.set([product.into()], seconds(stated));
    }
    families
}

/// Whether the action is missing for the account as a whole: no project is known to have it. An
/// optional action is not used in a project without resources.
fn is_everywhere(state: &State<'_>, optional: bool, action: &Word) -> bool {
    let gaps = || state.reading.iter().flat_map(|reading| &reading.gaps);
    let is_same = |gap: &Gap| gap.optional == optional && gap.actions.contains(action);
    let lacks = |project: &Word| {
        gaps().any(|gap| is_same(gap) && (gap.project_id == *project || gap.project_id.is_empty()))
    };
    let mut read = state.scopes.iter().filter(|(_, objects)| !optional || *objects > 0);
    let mut unread = gaps().filter(|gap| gap.is_failure());
    read.all(|(project, _)| lacks(project)) && unread.all(|gap| lacks(&gap.project_id))
}

#[expect(clippy::cast_precision_loss, reason = "no process sees 2^52 changes")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit 52 bits")]
fn seconds(when: Timestamp) -> f64 {
    when.as_second() as f64
}

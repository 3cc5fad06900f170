//! Snapshots of volumes and of instances that are kept for too long.

use std::time::Duration;

use jiff::Timestamp;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::leaving::is_leaving;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(90),
    limits: (days(1), days(3650)),
    help: "Report snapshots created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "snapshot_old",
    title: "Snapshot kept for too long",
    severity: Severity::Low,
    why: "An old snapshot holds data that may have been deleted elsewhere on purpose, and \
          costs money.",
    repair: Repair {
        panel: "Public Cloud > Project > Volume Snapshots, or Instance Backup: delete the \
                snapshot, or keep the data in an archive that is meant for it",
        api: Some("DELETE /cloud/project/{serviceName}/volume/snapshot/{snapshotId}"),
    },
    needs: &["cloud_volume_snapshot", "cloud_instance_snapshot"],
    controls: &[&[(Framework::Iso27001, "A.8.10~")]],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    let rule = |status: &str, created: Option<Timestamp>| match created {
        _ if is_leaving(status) => Opinion::Fine,
        None => Opinion::Unclear,
        Some(created) => context.overdue("created", created, limit),
    };
    let volumes = &context.inventory.cloud_volume_snapshot;
    let instances = &context.inventory.cloud_instance_snapshot;
    judge(volumes, |snapshot| rule(&snapshot.status, snapshot.created))
        .and(judge(instances, |snapshot| rule(&snapshot.status, snapshot.created)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::{instance_snapshot, volume_snapshot};
    use crate::checks::fixtures::{in_part, nothing, outcome, project};
    use crate::collectors::Inventory;

    fn inventory(volume: Value, instance: Value) -> Inventory {
        Inventory {
            cloud_volume_snapshot: project(vec![volume_snapshot(volume)]),
            cloud_instance_snapshot: project(vec![instance_snapshot(instance)]),
            ..nothing()
        }
    }

    fn said(volume: Value, instance: Value) -> String {
        outcome(&CHECK, &inventory(volume, instance))
    }

    #[test]
    fn snapshots_of_both_kinds_fail_a_second_after_the_limit() {
        let young = || json!({ "created": "2026-08-23T00:00:00Z" });
        let old = || json!({ "created": "2026-08-22T23:59:59Z" });
        assert_eq!(said(young(), young()), "pass");
        assert_eq!(said(old(), young()), "fail: created 2026-08-22");
        assert_eq!(said(old(), old()), "fail: created 2026-08-22; created 2026-08-22");
        let leaving = json!({ "created": "2020-01-01T00:00:00Z", "status": "deleting" });
        assert_eq!(said(leaving, young()), "pass");
    }

    #[test]
    fn a_snapshot_without_a_date_is_unclear() {
        assert_eq!(said(json!({}), json!({ "created": null })), "not evaluated: unclear");
        assert_eq!(said(json!({ "created": null }), json!({})), "not evaluated: unclear");
    }

    #[test]
    fn snapshots_of_one_kind_are_no_verdict_about_both() {
        let cloud_instance_snapshot = in_part(project(vec![]));
        let inventory = Inventory { cloud_instance_snapshot, ..inventory(json!({}), json!({})) };
        assert_eq!(outcome(&CHECK, &inventory), "not evaluated: incomplete");
    }
}

//! Volumes without a recent restore point.

use std::time::Duration;

use crate::checks::backups::OfVolumes;
use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::judge_each;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::leaving::is_leaving;

static WITHIN: Setting<Duration> = Setting {
    name: "within",
    default: days(7),
    limits: (days(1), days(3650)),
    help: "Report volumes whose newest snapshot or backup is older than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "volume_no_backup",
    title: "Volume without a recent snapshot or backup",
    severity: Severity::Medium,
    why: "After a loss of the volume, or a mistake on it, there is nothing to restore.",
    repair: Repair {
        panel: "Public Cloud > Project > Block Storage: create a backup or a snapshot of the \
                volume, and let a program of yours repeat it",
        api: Some("POST /cloud/project/{serviceName}/volume/{volumeId}/snapshot"),
    },
    needs: &["cloud_volume", "cloud_volume_snapshot", "cloud_volume_backup"],
    controls: &[controls::BACKUP],
    is_on: true,
    settings: &[WITHIN.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let within = context.get(&WITHIN);
    judge_each(&context.inventory.cloud_volume, |project| {
        let of_volumes = OfVolumes::of(context.inventory, project);
        move |volume| {
            if is_leaving(&volume.status) {
                return Opinion::Fine;
            }
            let is_new = |created| !context.is_older(created, within);
            let points = of_volumes.get(volume);
            match points.newest {
                Some(newest) if is_new(newest) => Opinion::Fine,
                _ if points.may_lack => Opinion::Unclear,
                Some(newest) => context.overdue("newest restore point", newest, within),
                // The first backup of a new volume is still to come.
                None if volume.created.is_some_and(is_new) => Opinion::Fine,
                None => Violation::because("no snapshot and no backup").into(),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::cloud::{volume, volume_snapshot};
    use crate::checks::fixtures::{NOW, at, evaluated, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_volume_backup::VolumeBackup;
    use crate::collectors::cloud_volume_snapshot::VolumeSnapshot;
    use crate::inventory::Sections;
    use serde_json::json;

    fn known(snapshots: Vec<VolumeSnapshot>, backups: Vec<VolumeBackup>) -> Inventory {
        let mut cloud_volume_backup = project(backups);
        for section in cloud_volume_backup.by_scope.values_mut() {
            section.parts = [("GRA11".into(), Some(at(NOW)))].into();
        }
        Inventory {
            cloud_volume: project(vec![volume(json!({}))]),
            cloud_volume_snapshot: project(snapshots),
            cloud_volume_backup,
            ..nothing()
        }
    }

    fn snapshot(created: &str) -> VolumeSnapshot {
        volume_snapshot(json!({"created": created}))
    }

    fn backup(created: &str, status: &str) -> VolumeBackup {
        VolumeBackup {
            volume_id: "v1".into(),
            region: "GRA11".into(),
            status: status.into(),
            created: created.parse().ok(),
            ..VolumeBackup::default()
        }
    }

    #[test]
    fn a_week_is_allowed_and_a_second_more_is_not() {
        let of = |date: &str| known(vec![snapshot(date)], vec![]);
        assert_eq!(outcome(&CHECK, &of("2026-11-14T00:00:00Z")), "pass");
        let old = outcome(&CHECK, &of("2026-11-13T23:59:59Z"));
        assert_eq!(old, "fail: newest restore point 2026-11-13");
        assert_eq!(outcome(&CHECK, &known(vec![], vec![])), "fail: no snapshot and no backup");
    }

    #[test]
    fn a_backup_counts_as_a_snapshot_does_if_it_is_usable() {
        let usable = known(vec![snapshot("2026-01-01T00:00:00Z")], vec![backup(NOW, "ok")]);
        assert_eq!(outcome(&CHECK, &usable), "pass");
        let broken = known(vec![], vec![backup(NOW, "error")]);
        assert_eq!(outcome(&CHECK, &broken), "fail: no snapshot and no backup");
    }

    #[test]
    fn restore_points_that_may_be_missing_are_unclear() {
        let undated = known(vec![], vec![backup("", "ok")]);
        assert_eq!(outcome(&CHECK, &undated), "not evaluated: unclear");
        let mut unread = known(vec![], vec![]);
        for section in unread.cloud_volume_backup.by_scope.values_mut() {
            section.parts = [("GRA11".into(), None)].into();
        }
        assert!(outcome(&CHECK, &unread).starts_with("not evaluated: "));
        let recent = Inventory {
            cloud_volume_backup: Sections::default(),
            ..known(vec![snapshot(NOW)], vec![])
        };
        assert_eq!(evaluated(&CHECK, &recent, NOW).unclear, []);
        assert_eq!(outcome(&CHECK, &recent), "not evaluated: not_collected");
    }
}

//! Snapshots of volumes that no longer exist.

use foldhash::HashSet;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge_each};
use crate::config::severity::Severity;

use super::leaving::is_leaving;

pub(super) static CHECK: Check = Check {
    id: "snapshot_orphan",
    title: "Snapshot of a volume that no longer exists",
    severity: Severity::Low,
    why: "The snapshot keeps data that were deleted with the volume, and nobody misses it if \
          it is copied.",
    repair: Repair {
        panel: "Public Cloud > Project > Volume Snapshots: ask the owner of the data, and delete \
                the snapshot",
        api: Some("DELETE /cloud/project/{serviceName}/volume/snapshot/{snapshotId}"),
    },
    needs: &["cloud_volume_snapshot", "cloud_volume"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_each(&context.inventory.cloud_volume_snapshot, |project| {
        // A list that is not whole may lack the volume.
        let volumes = context.inventory.cloud_volume.whole(project);
        let ids =
            volumes.map(|all| all.iter().map(|volume| volume.id.as_str()).collect::<HashSet<_>>());
        move |snapshot| match &ids {
            _ if is_leaving(&snapshot.status) => Opinion::Fine,
            _ if snapshot.volume_id.is_empty() => Opinion::Unclear,
            None => Opinion::Unclear,
            Some(ids) if ids.contains(snapshot.volume_id.as_str()) => Opinion::Fine,
            Some(_) => {
                let gone = format!("its volume {} does not exist", snapshot.volume_id);
                Violation::because(gone).into()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::{volume, volume_snapshot};
    use crate::checks::fixtures::{in_part, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_volume::CloudVolume;

    fn inventory(members: Value, volumes: Vec<CloudVolume>) -> Inventory {
        Inventory {
            cloud_volume_snapshot: project(vec![volume_snapshot(members)]),
            cloud_volume: project(volumes),
            ..nothing()
        }
    }

    #[test]
    fn a_snapshot_without_its_volume_fails() {
        let other = || vec![volume(json!({ "id": "v2" }))];
        let gone = "fail: its volume v1 does not exist";
        assert_eq!(outcome(&CHECK, &inventory(json!({}), vec![volume(json!({}))])), "pass");
        assert_eq!(outcome(&CHECK, &inventory(json!({}), other())), gone);
        assert_eq!(outcome(&CHECK, &inventory(json!({ "status": "deleting" }), other())), "pass");
    }

    #[test]
    fn no_volume_is_missing_from_a_list_that_is_not_whole() {
        let unnamed = inventory(json!({ "volume_id": "" }), vec![]);
        assert_eq!(outcome(&CHECK, &unnamed), "not evaluated: unclear");
        let unread =
            Inventory { cloud_volume: nothing().cloud_volume, ..inventory(json!({}), vec![]) };
        assert_eq!(outcome(&CHECK, &unread), "not evaluated: unclear");
        let part =
            Inventory { cloud_volume: in_part(project(vec![])), ..inventory(json!({}), vec![]) };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
    }
}

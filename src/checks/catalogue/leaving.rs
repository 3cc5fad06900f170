//! Objects in deletion: lists hold them for a while, and they violate nothing.

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::collectors::cloud_database::Database;
use crate::collectors::cloud_kube::Cluster;

/// Whether an object of this status may no longer exist, though a list contains it.
pub(in crate::checks) fn is_leaving(status: &str) -> bool {
    let words = ["deleting", "deleted", "soft_deleted"];
    words.iter().any(|word| word.eq_ignore_ascii_case(status))
}

/// Applies a rule to every managed Kubernetes cluster.
pub(super) fn judge_clusters(context: &Context<'_>, rule: impl Fn(&Cluster) -> Opinion) -> Verdict {
    judge(&context.inventory.cloud_kube, |cluster| {
        if is_leaving(&cluster.status) { Opinion::Fine } else { rule(cluster) }
    })
}

/// Applies a rule to every managed database.
pub(super) fn judge_databases(
    context: &Context<'_>,
    rule: impl Fn(&Database) -> Opinion,
) -> Verdict {
    judge(&context.inventory.cloud_database, |database| {
        if is_leaving(&database.status) { Opinion::Fine } else { rule(database) }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{database_open_to_world, kube_api_open_to_world};
    use super::*;
    use crate::checks::fixtures::cloud::{cluster, database};
    use crate::checks::fixtures::{NOW, evaluated, nothing, project};
    use crate::checks::verdict::Status;
    use crate::collectors::Inventory;

    #[test]
    fn a_status_of_deletion_is_known_in_both_spellings() {
        for status in ["DELETING", "deleted", "SOFT_DELETED"] {
            assert!(is_leaving(status), "{status}");
        }
        for status in ["", "READY", "error_deleting"] {
            assert!(!is_leaving(status), "{status}");
        }
    }

    #[test]
    fn no_cluster_or_database_in_deletion_fails() {
        let open = json!(["0.0.0.0/0"]);
        let status = |status| {
            let members = json!({ "status": status, "ip_restrictions": open, "network": "public" });
            let inventory = Inventory {
                cloud_kube: project(vec![cluster(
                    json!({ "status": status, "ip_restrictions": open }),
                )]),
                cloud_database: project(vec![database(members)]),
                ..nothing()
            };
            let checks = [&kube_api_open_to_world::CHECK, &database_open_to_world::CHECK];
            checks.map(|check| evaluated(check, &inventory, NOW).status())
        };
        assert_eq!(status("DELETING"), [Status::Pass; 2]);
        assert_eq!(status("READY"), [Status::Fail; 2]);
    }
}

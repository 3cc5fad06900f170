//! Kubernetes clusters that OVHcloud never updates.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::leaving::judge_clusters;

pub(super) static CHECK: Check = Check {
    id: "kube_update_never",
    title: "Kubernetes cluster that is never updated",
    severity: Severity::Medium,
    why: "With the policy NEVER_UPDATE, OVHcloud installs no security patch until somebody \
          asks for it.",
    repair: Repair {
        panel: "Public Cloud > Project > Managed Kubernetes Service > the cluster > Security \
                policy: choose Maximum security or Minimum unavailability",
        api: Some("PUT /cloud/project/{serviceName}/kube/{kubeId}/updatePolicy"),
    },
    needs: &["cloud_kube"],
    controls: &[controls::END_OF_LIFE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_clusters(context, |cluster| match &*cluster.update_policy {
        "NEVER_UPDATE" => Violation::because("update policy NEVER_UPDATE").into(),
        "ALWAYS_UPDATE" | "MINIMAL_DOWNTIME" => Opinion::Fine,
        _ => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::cluster;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let clusters = project(vec![cluster(members)]);
        outcome(&CHECK, &Inventory { cloud_kube: clusters, ..nothing() })
    }

    #[test]
    fn the_policy_never_update_fails() {
        let never = json!({ "update_policy": "NEVER_UPDATE" });
        assert_eq!(said(never), "fail: update policy NEVER_UPDATE");
        for policy in ["ALWAYS_UPDATE", "MINIMAL_DOWNTIME"] {
            assert_eq!(said(json!({ "update_policy": policy })), "pass");
        }
    }

    #[test]
    fn an_unknown_policy_is_unclear() {
        for policy in ["", "NEW"] {
            assert_eq!(said(json!({ "update_policy": policy })), "not evaluated: unclear");
        }
    }
}

//! Kubernetes clusters that do not run the newest patch of their version.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::leaving::judge_clusters;

pub(super) static CHECK: Check = Check {
    id: "kube_outdated",
    title: "Kubernetes cluster without the newest patch",
    severity: Severity::Low,
    why: "The patches of a version of Kubernetes are mostly repairs of security.",
    repair: Repair {
        panel: "Public Cloud > Project > Managed Kubernetes Service > the cluster > Update the \
                patch version, or let the security policy do it",
        api: Some("POST /cloud/project/{serviceName}/kube/{kubeId}/update"),
    },
    needs: &["cloud_kube"],
    controls: &[controls::END_OF_LIFE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_clusters(context, |cluster| match cluster.is_up_to_date {
        Some(true) => Opinion::Fine,
        Some(false) => {
            let evidence = format!("version {} has a newer patch", cluster.version);
            Violation::because(evidence).into()
        }
        None => Opinion::Unclear,
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
    fn a_cluster_without_the_newest_patch_fails() {
        let old = json!({ "is_up_to_date": false });
        assert_eq!(said(old), "fail: version 1.34.1-0 has a newer patch");
        assert_eq!(said(json!({ "is_up_to_date": true })), "pass");
    }

    #[test]
    fn a_cluster_that_does_not_report_it_is_unclear() {
        assert_eq!(said(json!({ "is_up_to_date": null })), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

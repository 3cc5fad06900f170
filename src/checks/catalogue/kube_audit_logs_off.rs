//! Kubernetes clusters whose audit logs are not forwarded.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::leaving::judge_clusters;

pub(super) static CHECK: Check = Check {
    id: "kube_audit_logs_off",
    title: "Kubernetes cluster without forwarded audit logs",
    severity: Severity::Medium,
    why: "Nobody can find out later who changed or read something in the cluster.",
    repair: Repair {
        panel: "Public Cloud > Project > Managed Kubernetes Service > the cluster > Logs: \
                subscribe a stream of Logs Data Platform to the audit logs",
        api: Some("POST /cloud/project/{serviceName}/kube/{kubeId}/log/subscription"),
    },
    needs: &["cloud_kube"],
    controls: &[controls::LOGS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_clusters(context, |cluster| match cluster.audit_logs {
        Some(true) => Opinion::Fine,
        Some(false) => Violation::because("its audit logs are not forwarded").into(),
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
    fn a_cluster_without_a_subscription_fails() {
        let off = json!({ "audit_logs": false });
        assert_eq!(said(off), "fail: its audit logs are not forwarded");
        assert_eq!(said(json!({ "audit_logs": true })), "pass");
    }

    #[test]
    fn a_cluster_that_does_not_report_it_is_unclear() {
        assert_eq!(said(json!({ "audit_logs": null })), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

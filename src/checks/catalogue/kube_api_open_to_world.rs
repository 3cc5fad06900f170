//! Kubernetes clusters whose API server is not limited to known addresses.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::collectors::is_everywhere;
use crate::config::severity::Severity;

use super::leaving::judge_clusters;

pub(super) static CHECK: Check = Check {
    id: "kube_api_open_to_world",
    title: "Kubernetes API server not limited to known addresses",
    severity: Severity::Medium,
    why: "A kubeconfig that leaks works from everywhere, and a weakness of the API server is \
          open to everybody.",
    repair: Repair {
        panel: "Public Cloud > Project > Managed Kubernetes Service > the cluster > APIServer \
                access: add the addresses of the people and systems that need the API server",
        api: Some("PUT /cloud/project/{serviceName}/kube/{kubeId}/ipRestrictions"),
    },
    needs: &["cloud_kube"],
    controls: &[controls::NETWORK],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_clusters(context, |cluster| {
        let Some(blocks) = &cluster.ip_restrictions else { return Opinion::Unclear };
        match blocks.iter().find(|block| is_everywhere(block)) {
            Some(block) => Violation::because(format!("{block} may reach it")).into(),
            None if blocks.is_empty() => Violation::because("its IP restrictions are empty").into(),
            None => Opinion::Fine,
        }
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
    fn no_restriction_fails_as_a_block_for_every_address_does() {
        let with = |blocks: &[&str]| said(json!({ "ip_restrictions": blocks }));
        assert_eq!(with(&[]), "fail: its IP restrictions are empty");
        assert_eq!(with(&["192.0.2.0/24", "0.0.0.0/0"]), "fail: 0.0.0.0/0 may reach it");
        assert_eq!(with(&["192.0.2.0/24"]), "pass");
    }

    #[test]
    fn unknown_restrictions_are_unclear() {
        assert_eq!(said(json!({ "ip_restrictions": null })), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

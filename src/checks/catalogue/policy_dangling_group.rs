//! Policies with permissions or resource groups that are gone.

use std::collections::BTreeSet;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::policies::{judge_own, some};

pub(super) static CHECK: Check = Check {
    id: "policy_dangling_group",
    title: "IAM policy names a permissions group or a resource group that does not exist",
    severity: Severity::Medium,
    why: "The policy grants less than it seems to, or more as soon as the group is created again.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: remove the group from the policy",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let inventory = context.inventory;
    let is_complete =
        [inventory.iam_permissions_group.unseen(), inventory.iam_resource_group.unseen()]
            == [None; 2];
    let permissions = inventory.iam_permissions_group.items().map(|(_, one)| one.urn.as_str());
    let resources = inventory.iam_resource_group.items().map(|(_, one)| one.urn.as_str());
    let known: BTreeSet<_> = permissions.chain(resources).collect();
    judge_own(context, |policy| {
        let (Some(groups), Some(resources)) = (&policy.groups, &policy.resources) else {
            return Opinion::Unclear;
        };
        let resource_groups = resources.iter().filter(|urn| urn.contains(":resourceGroup:"));
        let named = groups.iter().chain(resource_groups).map(String::as_str);
        let gone: Vec<_> = named.filter(|urn| !known.contains(urn)).collect();
        match gone.is_empty() {
            true => Opinion::Fine,
            // OVHcloud keeps deprecated groups of its own, which its list may lack.
            false if !is_complete || gone.iter().all(|urn| is_ovhclouds(urn)) => Opinion::Unclear,
            false => Violation::because(format!("names {}", some(&gone))).into(),
        }
    })
}

fn is_ovhclouds(urn: &str) -> bool {
    urn.contains(":permissionsGroup:ovh:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::policy;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_permissions_group::PermissionsGroup;
    use crate::collectors::iam_policy::Policy;
    use crate::collectors::iam_resource_group::ResourceGroup;

    const OWN: &str = "urn:v1:eu:permissionsGroup:xx1-ovh:deploy";
    const MACHINES: &str = "urn:v1:eu:resourceGroup:1234";

    fn inventory(group: &str, resource: &str) -> Inventory {
        let permissions = PermissionsGroup {
            urn: OWN.to_owned(),
            name: "deploy".to_owned(),
            owner: "xx1-ovh".into(),
            allowed: None,
            denied: None,
            excepted: None,
        };
        let resources = ResourceGroup {
            id: "1234".to_owned(),
            name: "machines".to_owned(),
            urn: MACHINES.to_owned(),
            is_ovhclouds: Some(false),
            owner: "xx1-ovh".into(),
            resources: None,
        };
        let policy = Policy {
            groups: Some(vec![group.to_owned()]),
            resources: Some(vec![resource.to_owned()]),
            ..policy(&[])
        };
        Inventory {
            iam_policy: account(vec![policy]),
            iam_permissions_group: account(vec![permissions]),
            iam_resource_group: account(vec![resources]),
            ..nothing()
        }
    }

    #[test]
    fn each_group_of_a_policy_is_to_exist() {
        assert_eq!(outcome(&CHECK, &inventory(OWN, MACHINES)), "pass");
        assert_eq!(outcome(&CHECK, &inventory(OWN, "urn:v1:eu:resource:vps:a")), "pass");
        let gone = "urn:v1:eu:resourceGroup:9";
        assert_eq!(outcome(&CHECK, &inventory(OWN, gone)), format!("fail: names {gone}"));
        let gone = "urn:v1:eu:permissionsGroup:xx1-ovh:gone";
        assert_eq!(outcome(&CHECK, &inventory(gone, MACHINES)), format!("fail: names {gone}"));
    }

    #[test]
    fn a_group_of_ovhclouds_or_an_incomplete_list_is_unclear() {
        let deprecated = inventory("urn:v1:eu:permissionsGroup:ovh:old", MACHINES);
        assert_eq!(outcome(&CHECK, &deprecated), "not evaluated: unclear");
        let mut partial = inventory(OWN, "urn:v1:eu:resourceGroup:9");
        for section in partial.iam_resource_group.by_scope.values_mut() {
            section.whole = false;
        }
        assert_eq!(outcome(&CHECK, &partial), "not evaluated: incomplete");
    }
}

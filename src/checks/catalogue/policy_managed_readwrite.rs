//! Policies with OVHcloud's group of all writing rights on the account.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::truth::Truth;

use super::policies::judge_evaluated;

pub(super) static CHECK: Check = Check {
    id: "policy_managed_readwrite",
    title: "IAM policy grants OVHcloud's global write group on the account",
    severity: Severity::High,
    why: "The group leaves out the calls on users, and allows those on policies, tokens and \
          service accounts: its holder becomes administrator in one step.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: replace the group by \
                globalTechnicalAccount, or by the actions that the identities need",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[controls::PRIVILEGE, controls::ESCALATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The groups, by the end of their URNs.
const GROUPS: [&str; 2] = [":ovh:globalReadWrite", ":ovh:globalWriteAccess"];

fn evaluate(context: &Context<'_>) -> Verdict {
    let account = context.access.engine.account();
    judge_evaluated(context, |policy, evaluated| {
        let Some(groups) = &policy.groups else { return Opinion::Unclear };
        let mut named = groups.iter().filter(|urn| GROUPS.iter().any(|group| urn.ends_with(group)));
        let Some(group) = named.next() else { return Opinion::Fine };
        match account.map(|account| evaluated.names(account)) {
            Some(Truth::Holds) => {
                let name = group.rsplit(':').next().unwrap_or_default();
                Violation::because(format!("grants {name} on the account")).into()
            }
            Some(Truth::Fails) => Opinion::Fine,
            Some(Truth::Unknown) | None => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::policies::{
        ACCOUNT, GLOBAL_READ_ONLY, GLOBAL_READ_WRITE, VPS, inventory, policy,
    };
    use crate::collectors::iam_policy::Policy;

    fn with(group: &str, resource: &str) -> String {
        let groups = Some(vec![group.to_owned()]);
        let resources = Some(vec![resource.to_owned()]);
        outcome(&CHECK, &inventory(vec![Policy { resources, groups, ..policy(&[]) }]))
    }

    #[test]
    fn the_group_fails_on_the_account_and_not_on_a_product() {
        assert_eq!(with(GLOBAL_READ_WRITE, ACCOUNT), "fail: grants globalReadWrite on the account");
        let everything = "urn:v1:eu:resource:*";
        assert!(with(GLOBAL_READ_WRITE, everything).starts_with("fail: "));
        assert_eq!(with(GLOBAL_READ_WRITE, VPS), "pass");
        assert_eq!(with(GLOBAL_READ_ONLY, ACCOUNT), "pass");
    }

    #[test]
    fn unknown_groups_and_resources_are_unclear() {
        let unknown = Policy { groups: None, ..policy(&[]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![unknown])), "not evaluated: unclear");
        let resource_group = "urn:v1:eu:resourceGroup:gone";
        assert_eq!(with(GLOBAL_READ_WRITE, resource_group), "not evaluated: unclear");
    }
}

//! Policies that make administrators of OpenStack.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::part::Part;
use crate::iam::pattern::{breadth, covers};

use super::policies::judge_evaluated;

pub(super) static CHECK: Check = Check {
    id: "policy_openstack_admin",
    title: "IAM policy allows the OpenStack role of an administrator",
    severity: Severity::High,
    why: "Its identities reach the data of the project: machines, disks and buckets.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: replace it by the narrowest role, \
                such as publicCloudProject:openstack:computeOperator",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

const ADMINISTRATOR: &str = "publicCloudProject:openstack:administrator";

/// Patterns that allow every action of a type are `policy_wildcard_action`.
fn evaluate(context: &Context<'_>) -> Verdict {
    judge_evaluated(context, |_, evaluated| {
        let allowed = evaluated.parts.iter().find_map(|part| {
            let is_taken_back =
                part.except().iter().chain(part.deny()).any(|one| covers(one, ADMINISTRATOR));
            let is_narrow = |pattern: &&String| {
                covers(pattern, ADMINISTRATOR) && breadth(pattern).is_none() && !is_taken_back
            };
            part.allow().iter().find(is_narrow).map(|pattern| (pattern, &part.group))
        });
        match allowed {
            Some((action, None)) => Violation::because(format!("allows {action}")).into(),
            Some((action, Some(group))) => {
                let name =
                    group.split_once(":permissionsGroup:").map_or(&**group, |(_, name)| name);
                Violation::because(format!("allows {action} by the permissions group {name}"))
                    .into()
            }
            None if evaluated.parts.iter().all(Part::is_resolved)
                && evaluated.unresolved.is_empty() =>
            {
                Opinion::Fine
            }
            None => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::policies::{inventory, policy};
    use crate::collectors::iam_policy::Policy;

    fn with(action: &str) -> String {
        outcome(&CHECK, &inventory(vec![policy(&[action])]))
    }

    #[test]
    fn the_role_of_an_administrator_is_too_much() {
        for action in ["publicCloudProject:openstack:*", ADMINISTRATOR] {
            assert_eq!(with(action), format!("fail: allows {action}"));
        }
        assert_eq!(with("publicCloudProject:openstack:computeOperator"), "pass");
        assert_eq!(with("publicCloudProject:*"), "pass");
        let excepted = Some(vec![ADMINISTRATOR.to_owned()]);
        let limited = Policy { excepted, ..policy(&["publicCloudProject:openstack:*"]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![limited])), "pass");
    }

    #[test]
    fn an_unknown_group_is_unclear() {
        let groups = Some(vec!["urn:v1:eu:permissionsGroup:ovh:gone".to_owned()]);
        let unresolved = Policy { groups, ..policy(&[]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![unresolved])), "not evaluated: unclear");
    }
}

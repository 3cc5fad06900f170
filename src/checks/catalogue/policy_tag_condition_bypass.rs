//! Conditions on tags that their own identities may set.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::answer::Decision;
use crate::iam::urn::identity_name;

use super::policies::{judge_evaluated, mentions};

pub(super) static CHECK: Check = Check {
    id: "policy_tag_condition_bypass",
    title: "IAM policy is limited by tags that its identities may change",
    severity: Severity::High,
    why: "Who may tag a resource brings it under the policy, or takes it out of a denial.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: deny \
                account:apiovh:iam/resource/tag/* and \
                account:apiovh:iam/resource/edit to the identities",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &[
        "iam_policy",
        "iam_permissions_group",
        "iam_resource_group",
        "account",
        "iam_user",
        "iam_group",
        "oauth2_client",
    ],
    controls: &[controls::ESCALATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The actions that change tags.
const TAGGING: [&str; 3] = [
    "account:apiovh:iam/resource/tag/add",
    "account:apiovh:iam/resource/tag/remove",
    "account:apiovh:iam/resource/edit",
];

fn evaluate(context: &Context<'_>) -> Verdict {
    let engine = &context.access.engine;
    judge_evaluated(context, |policy, _| {
        if !policy.has_conditions {
            return Opinion::Fine;
        }
        let (Some(document), Some(identities), Some(account)) =
            (&policy.conditions, &policy.identities, engine.account())
        else {
            return Opinion::Unclear;
        };
        if !mentions(document, "resource.tag(") {
            return Opinion::Fine;
        }
        let mut is_known = true;
        for urn in identities {
            let Some(identity) = engine.identity(urn) else {
                is_known = false;
                continue;
            };
            for action in TAGGING {
                match engine.decide(identity, action, account).decision {
                    Decision::Allow | Decision::Conditional => {
                        let name = identity_name(urn).unwrap_or(urn);
                        return Violation::because(format!("{name} may {action}")).into();
                    }
                    Decision::Unknown => is_known = false,
                    Decision::Deny | Decision::None => {}
                }
            }
        }
        if is_known { Opinion::Fine } else { Opinion::Unclear }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::policies::{ACCOUNT, inventory, policy};
    use crate::collectors::iam_policy::Policy;
    use serde_json::{Value, json};

    fn with(conditions: Option<Value>, tagging: bool) -> String {
        let guarded = Policy {
            id: "p1".to_owned(),
            has_conditions: true,
            conditions,
            ..policy(&["vps:apiovh:reinstall"])
        };
        let resources = Some(vec![ACCOUNT.to_owned()]);
        let allowed = if tagging { TAGGING[0] } else { "account:apiovh:me/get" };
        let other = Policy { id: "p2".to_owned(), resources, ..policy(&[allowed]) };
        outcome(&CHECK, &inventory(vec![guarded, other]))
    }

    #[test]
    fn an_identity_under_a_tag_is_not_to_set_tags() {
        let tag = || {
            let values = json!({"resource.Tag(env)": "test"});
            let leaf = json!({"operator": "MATCH", "values": values});
            Some(json!({"operator": "AND", "conditions": [leaf]}))
        };
        let bypass = with(tag(), true);
        assert!(bypass.ends_with("may account:apiovh:iam/resource/tag/add"), "{bypass}");
        assert_eq!(with(tag(), false), "pass");
        let hours = json!({"operator": "MATCH", "values": {"date(UTC).Hour.LT": "18"}});
        assert_eq!(with(Some(hours), true), "pass");
        assert_eq!(with(None, true), "not evaluated: unclear");
    }
}

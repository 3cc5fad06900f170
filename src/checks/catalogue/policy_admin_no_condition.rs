//! Policies that make administrators, without any limit.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::collectors::Nullable;
use crate::config::severity::Severity;
use crate::iam::level::Level;

use super::policies::judge_evaluated;

pub(super) static CHECK: Check = Check {
    id: "policy_admin_no_condition",
    title: "IAM policy makes administrators without a condition or an end",
    severity: Severity::Medium,
    why: "The rights apply from anywhere, at any time, forever.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: add a condition, or an end",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[controls::PRIVILEGE],
    is_on: false,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_evaluated(context, |policy, evaluated| {
        let reach = evaluated.reach;
        match (reach.level, &policy.expires) {
            _ if policy.has_conditions => Opinion::Fine,
            (_, Nullable::Value(_)) => Opinion::Fine,
            (Level::Admin, Nullable::Null) => Violation::because("no condition and no end").into(),
            (Level::Admin, Nullable::Unknown) => Opinion::Unclear,
            _ if reach.is_complete => Opinion::Fine,
            _ => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::{ACCOUNT, inventory, policy};
    use crate::checks::fixtures::{at, outcome};
    use crate::collectors::iam_policy::Policy;

    fn with(change: impl FnOnce(Policy) -> Policy) -> String {
        let resources = Some(vec![ACCOUNT.to_owned()]);
        let admin = Policy { resources, expires: Nullable::Null, ..policy(&["*"]) };
        outcome(&CHECK, &inventory(vec![change(admin)]))
    }

    #[test]
    fn a_condition_or_an_end_is_a_limit() {
        assert_eq!(with(|policy| policy), "fail: no condition and no end");
        assert_eq!(with(|policy| Policy { has_conditions: true, ..policy }), "pass");
        let end = Nullable::Value(at("2027-01-01T00:00:00Z"));
        assert_eq!(with(|policy| Policy { expires: end, ..policy }), "pass");
        let narrow = Some(vec!["vps:apiovh:get".to_owned()]);
        assert_eq!(with(|policy| Policy { allowed: narrow, ..policy }), "pass");
    }

    #[test]
    fn unknown_permissions_and_ends_are_unclear() {
        let unclear = "not evaluated: unclear";
        assert_eq!(with(|policy| Policy { expires: Nullable::Unknown, ..policy }), unclear);
        assert_eq!(with(|policy| Policy { allowed: None, ..policy }), unclear);
    }
}

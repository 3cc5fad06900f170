//! Policies past their end.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::collectors::Nullable;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "policy_expired",
    title: "Expired IAM policy is still there",
    severity: Severity::Low,
    why: "It grants nothing, and takes effect again with a new end.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: delete the policy",
        api: Some("DELETE /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.iam_policy, |policy| match policy.expires {
        _ if policy.is_ovhclouds == Some(true) => Opinion::Fine,
        Nullable::Value(end) if end <= context.now => {
            let evidence = format!("expired {}", end.strftime("%F"));
            Violation::because(evidence).since(Some(end)).into()
        }
        Nullable::Value(_) | Nullable::Null => Opinion::Fine,
        Nullable::Unknown => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::policy;
    use crate::checks::fixtures::{NOW, account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_policy::Policy;

    fn with(policy: Policy) -> String {
        outcome(&CHECK, &Inventory { iam_policy: account(vec![policy]), ..nothing() })
    }

    #[test]
    fn a_policy_ends_at_its_expiry() {
        let expiring = |date| Policy { expires: Nullable::Value(at(date)), ..policy(&[]) };
        assert_eq!(with(expiring("2026-11-21T00:00:01Z")), "pass");
        assert_eq!(with(expiring(NOW)), "fail: expired 2026-11-21");
        assert_eq!(with(Policy { is_ovhclouds: Some(true), ..expiring(NOW) }), "pass");
        assert_eq!(with(Policy { expires: Nullable::Null, ..policy(&[]) }), "pass");
        let unknown = Policy { expires: Nullable::Unknown, ..policy(&[]) };
        assert_eq!(with(unknown), "not evaluated: unclear");
    }
}

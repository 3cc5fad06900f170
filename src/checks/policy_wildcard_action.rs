//! IAM policies that allow every action.

use crate::collectors::iam_policy::Policy;
use crate::config::severity::Severity;

use super::check::{Check, Repair};
use super::context::Context;
use super::verdict::{Opinion, Verdict, Violation, judge};

pub(super) static CHECK: Check = Check {
    id: "policy_wildcard_action",
    title: "IAM policy that allows every action, or every action on a type",
    severity: Severity::High,
    why: "Each identity of the policy may do everything with its resources, including actions \
          that OVHcloud adds later.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: edit the policy and replace the wildcard by the actions or the \
                permissions group that the identities need",
        api: "PUT /v2/iam/policy/{policyId}",
    },
    needs: &["iam_policy"],
    controls: &[],
    settings: &[],
    evaluate,
    count: None,
};

/// OVHcloud's own policies can't be changed, and an expired one no longer applies.
fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.iam_policy, |policy: &Policy| {
        if policy.is_ovhclouds == Some(true)
            || policy.expires.is_some_and(|expires| expires <= context.now)
        {
            return Opinion::Fine;
        }
        let Some(allowed) = &policy.allowed else { return Opinion::Unclear };
        match allowed.iter().find(|action| is_wildcard(action)) {
            Some(action) => Violation::because(format!("allows {action}")).into(),
            None => Opinion::Fine,
        }
    })
}

/// `*`, or `<type>:*`: every action of all resources or of one type.
fn is_wildcard(action: &str) -> bool {
    match action.split_once(':') {
        None => action == "*",
        Some((_, rest)) => rest == "*",
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::evaluated;
    use super::super::verdict::Status;
    use super::*;
    use crate::collectors::Inventory;
    use crate::inventory::{Account, Sections};

    const NOW: &str = "2026-11-21T00:00:00Z";

    fn policy(action: &str) -> Policy {
        Policy {
            id: "id".to_owned(),
            name: "name".to_owned(),
            is_ovhclouds: Some(false),
            identities: None,
            resources: None,
            allowed: Some(vec!["vps:apiovh:get".to_owned(), action.to_owned()]),
            denied: None,
            excepted: None,
            groups: None,
            has_conditions: false,
            created: None,
            expires: None,
        }
    }

    fn verdict(policy: Policy) -> Verdict {
        let inventory = Inventory {
            iam_policy: Sections::known(Account, NOW.parse().unwrap(), vec![policy]),
            ..Inventory::default()
        };
        evaluated(&CHECK, &inventory, NOW)
    }

    fn fails(policy: Policy) -> bool {
        match verdict(policy).status() {
            Status::Pass => false,
            Status::Fail => true,
            Status::NotEvaluated => panic!("not evaluated"),
        }
    }

    #[test]
    fn every_action_of_anything_or_of_a_type_is_too_much() {
        assert!(fails(policy("*")) && fails(policy("publicCloudProject:*")));
        for narrow in ["publicCloudProject:apiovh:*", "*:vrack:*", "account:apiovh:me/get"] {
            assert!(!fails(policy(narrow)), "{narrow}");
        }
        let finding = &verdict(policy("vps:*")).findings[0];
        assert_eq!((finding.resource.name.as_str(), &*finding.evidence), ("name", "allows vps:*"));
    }

    #[test]
    fn ovhclouds_own_policies_and_expired_ones_are_left_alone() {
        assert!(!fails(Policy { is_ovhclouds: Some(true), ..policy("*") }));
        let expiring = |date: &str| Policy { expires: date.parse().ok(), ..policy("*") };
        assert!(!fails(expiring("2026-11-21T00:00:00Z")));
        assert!(fails(expiring("2026-11-21T00:00:01Z")));
    }

    #[test]
    fn a_policy_without_its_permissions_is_unclear() {
        let unclear = verdict(Policy { allowed: None, ..policy("*") });
        assert_eq!((unclear.status(), unclear.unclear.len()), (Status::NotEvaluated, 1));
    }
}

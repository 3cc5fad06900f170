//! IAM policies that grant more than anybody can mean.

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::collectors::iam_policy::Policy;
use crate::config::checks::Checks;

use super::{Check, Opinion, Severity, Verdict, judge};

pub(crate) static WILDCARD_ACTION: Check = Check {
    id: "policy_wildcard_action",
    title: "IAM policy that allows every action, or every action on a type",
    severity: Severity::High,
    evaluate: wildcard_action,
    count: None,
};

/// OVHcloud's own policies can't be changed, and an expired one no longer applies.
fn wildcard_action(inventory: &Inventory, _: &Checks, now: Timestamp) -> Verdict {
    judge(&inventory.iam_policy, |policy: &Policy| {
        if policy.is_ovhclouds || policy.expires.is_some_and(|expires| expires <= now) {
            return Opinion::Fine;
        }
        match &policy.allowed {
            None => Opinion::Unclear(policy.id.clone()),
            Some(allowed) if allowed.iter().any(|action| is_wildcard(action)) => {
                Opinion::Violates(policy.id.clone(), policy.name.clone())
            }
            Some(_) => Opinion::Fine,
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
    use std::time::Duration;

    use super::*;
    use crate::inventory::{Account, Reading, Section};

    const NOW: &str = "2026-11-21T00:00:00Z";

    fn policy(action: &str) -> Policy {
        Policy {
            id: "id".to_owned(),
            name: "name".to_owned(),
            is_ovhclouds: false,
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

    fn fails(policy: Policy) -> bool {
        let section =
            Section { read_at: NOW.parse().unwrap(), whole: true, items: vec![policy].into() };
        let mut inventory = Inventory::default();
        inventory.iam_policy.by_scope.insert(Account, section);
        inventory.iam_policy.reading = Some(Reading { duration: Duration::ZERO, gaps: Vec::new() });
        match wildcard_action(&inventory, &Checks::default(), NOW.parse().unwrap()) {
            Verdict::Pass => false,
            Verdict::Fail(_) => true,
            other @ Verdict::NotEvaluated(..) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_action_of_anything_or_of_a_type_is_too_much() {
        assert!(fails(policy("*")) && fails(policy("publicCloudProject:*")));
        for narrow in ["publicCloudProject:apiovh:*", "*:vrack:*", "account:apiovh:me/get"] {
            assert!(!fails(policy(narrow)), "{narrow}");
        }
    }

    #[test]
    fn ovhclouds_own_policies_and_expired_ones_are_left_alone() {
        assert!(!fails(Policy { is_ovhclouds: true, ..policy("*") }));
        let expiring = |date: &str| Policy { expires: date.parse().ok(), ..policy("*") };
        assert!(!fails(expiring("2026-11-21T00:00:00Z")));
        assert!(fails(expiring("2026-11-21T00:00:01Z")));
    }
}

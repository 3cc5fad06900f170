//! IAM policies that allow every action.

use std::collections::HashMap;

use crate::collectors::iam_permissions_group::PermissionsGroup;
use crate::collectors::iam_policy::Policy;
use crate::config::severity::Severity;
use crate::iam::pattern::{self, breadth};

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};

pub(super) static CHECK: Check = Check {
    id: "policy_wildcard_action",
    title: "IAM policy that allows every action, or every action of a type",
    severity: Severity::High,
    why: "Each identity of the policy may do everything with its resources, including actions \
          that OVHcloud adds later.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: edit the policy and replace the wildcard by the actions or the \
                permissions group that the identities need",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// OVHcloud's own policies can't be changed, and an expired one no longer applies.
fn evaluate(context: &Context<'_>) -> Verdict {
    let known = context.inventory.iam_permissions_group.items();
    let groups: Groups<'_> = known.map(|(_, group)| (group.urn.as_str(), group)).collect();
    judge(&context.inventory.iam_policy, |policy: &Policy| {
        if policy.is_ovhclouds == Some(true)
            || policy.expires.value().is_some_and(|expires| *expires <= context.now)
        {
            return Opinion::Fine;
        }
        match wide(policy, &groups) {
            Ok(Some(evidence)) => Violation::because(evidence).into(),
            Ok(None) => Opinion::Fine,
            Err(Unresolved) => Opinion::Unclear,
        }
    })
}

/// The permissions groups of the account, by URN.
type Groups<'a> = HashMap<&'a str, &'a PermissionsGroup>;

/// OVHcloud's answer lacks the permissions of the policy, or of a group that it includes.
struct Unresolved;

/// The evidence that the policy allows too much, by itself or by a permissions group: one part is
/// enough, whatever the others are.
fn wide(policy: &Policy, groups: &Groups<'_>) -> Result<Option<String>, Unresolved> {
    let own = Part {
        allowed: policy.allowed.as_deref(),
        excepted: policy.excepted.as_deref(),
        denied: policy.denied.as_deref(),
    };
    let mut is_resolved = own.allowed.is_some() && policy.groups.is_some();
    if let Some(action) = own.wide() {
        return Ok(Some(format!("allows {action}")));
    }
    for urn in policy.groups.iter().flatten() {
        let part = groups.get(urn.as_str()).map(|group| Part {
            allowed: group.allowed.as_deref(),
            excepted: group.excepted.as_deref(),
            denied: group.denied.as_deref(),
        });
        is_resolved &= part.as_ref().is_some_and(|part| part.allowed.is_some());
        if let Some(action) = part.and_then(Part::wide) {
            let name = urn.split_once(":permissionsGroup:").map_or(urn.as_str(), |(_, name)| name);
            return Ok(Some(format!("allows {action} by the permissions group {name}")));
        }
    }
    if is_resolved { Ok(None) } else { Err(Unresolved) }
}

/// The permissions of a policy, or of a permissions group: OVHcloud evaluates each by itself.
struct Part<'a> {
    allowed: Option<&'a [String]>,
    excepted: Option<&'a [String]>,
    denied: Option<&'a [String]>,
}

impl<'a> Part<'a> {
    /// An allowed pattern that is broad, and that no exception and no denial takes back as a whole.
    fn wide(self) -> Option<&'a str> {
        let without = [self.excepted, self.denied];
        let is_taken_back = |action: &str| {
            let mut patterns = without.iter().copied().flatten().flatten();
            patterns.any(|pattern| pattern::covers(pattern, action))
        };
        let allowed = self.allowed.into_iter().flatten().map(String::as_str);
        let mut wide = allowed.filter(|action| breadth(action).is_some());
        wide.find(|action| !is_taken_back(action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::evaluated;
    use crate::checks::verdict::Status;
    use crate::collectors::Inventory;
    use crate::inventory::{Account, Sections};

    const NOW: &str = "2026-11-21T00:00:00Z";

    fn policy(action: &str) -> Policy {
        Policy {
            id: "id".to_owned(),
            name: "name".to_owned(),
            is_ovhclouds: Some(false),
            allowed: Some(vec!["vps:apiovh:get".to_owned(), action.to_owned()]),
            groups: Some(Vec::new()),
            ..Policy::default()
        }
    }

    fn verdict(policy: Policy) -> Verdict {
        let group = |urn: &str, allowed: Option<&str>| PermissionsGroup {
            urn: urn.to_owned(),
            name: String::new(),
            owner: "ovh".into(),
            allowed: allowed.map(|action| vec![action.to_owned()]),
            denied: None,
            excepted: None,
        };
        let groups =
            vec![group(ADMIN, Some("*")), group(READ, Some("*get")), group(UNREADABLE, None)];
        let now = NOW.parse().unwrap();
        let inventory = Inventory {
            iam_policy: Sections::known(Account, now, vec![policy]),
            iam_permissions_group: Sections::known(Account, now, groups),
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
        for broad in ["*", "*:apiovh:*", "vps:*", "account:apiovh:*", "*delete"] {
            assert!(fails(policy(broad)), "{broad}");
        }
        for narrow in ["*get", "*:vrack:*", "account:apiovh:me/get"] {
            assert!(!fails(policy(narrow)), "{narrow}");
        }
        let finding = &verdict(policy("vps:*")).findings[0];
        assert_eq!((finding.resource.name.as_str(), &*finding.evidence), ("name", "allows vps:*"));
    }

    #[test]
    fn an_exception_takes_back_only_a_pattern_that_it_covers() {
        let except = |pattern: &str| Policy {
            excepted: Some(vec![pattern.to_owned()]),
            ..policy("vps:apiovh:*")
        };
        assert!(fails(except("vps:apiovh:terminate")) && !fails(except("vps:*")));
        let denied = Some(vec!["*".to_owned()]);
        assert!(!fails(Policy { denied, ..policy("*") }));
    }

    const ADMIN: &str = "urn:v1:eu:permissionsGroup:ovh:globalAdmin";
    const READ: &str = "urn:v1:eu:permissionsGroup:ovh:globalReadOnly";
    const UNREADABLE: &str = "urn:v1:eu:permissionsGroup:xx1-ovh:own";

    fn with_groups(urns: &[&str]) -> Policy {
        let groups = Some(urns.iter().map(|&urn| urn.to_owned()).collect());
        Policy { groups, allowed: Some(Vec::new()), ..policy("") }
    }

    #[test]
    fn a_permissions_group_counts_as_the_policys_own_permissions() {
        let finding = &verdict(with_groups(&[READ, ADMIN])).findings[0];
        assert_eq!(finding.evidence, "allows * by the permissions group ovh:globalAdmin");
        assert!(!fails(with_groups(&[READ])));
        // The policy's own exceptions do not touch a group.
        let excepted = Some(vec!["*".to_owned()]);
        assert!(fails(Policy { excepted, ..with_groups(&[ADMIN]) }));
    }

    #[test]
    fn a_group_that_can_not_be_resolved_makes_the_policy_unclear() {
        for urns in [&[READ, "urn:v1:eu:permissionsGroup:other:gone"], &[READ, UNREADABLE]] {
            let verdict = verdict(with_groups(urns));
            assert_eq!((verdict.status(), verdict.unclear.len()), (Status::NotEvaluated, 1));
        }
        assert!(fails(with_groups(&[UNREADABLE, ADMIN])));
    }

    #[test]
    fn ovhclouds_own_policies_and_expired_ones_are_left_alone() {
        assert!(!fails(Policy { is_ovhclouds: Some(true), ..policy("*") }));
        let expiring = |date: &str| Policy { expires: date.parse().ok().into(), ..policy("*") };
        assert!(!fails(expiring("2026-11-21T00:00:00Z")));
        assert!(fails(expiring("2026-11-21T00:00:01Z")));
    }

    #[test]
    fn a_policy_without_its_permissions_is_unclear() {
        for unknown in [
            Policy { allowed: None, ..policy("*") },
            Policy { groups: None, ..policy("account:apiovh:me/get") },
        ] {
            let unclear = verdict(unknown);
            assert_eq!((unclear.status(), unclear.unclear.len()), (Status::NotEvaluated, 1));
        }
    }
}

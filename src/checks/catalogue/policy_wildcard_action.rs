//! IAM policies that allow every action.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::level::Level;

use super::policies::judge_evaluated;

pub(super) static CHECK: Check = Check {
    id: "policy_wildcard_action",
    title: "IAM policy that allows every action, or every action of a type",
    severity: Severity::Critical,
    why: "Each identity of the policy may do everything with its resources, including actions \
          that OVHcloud adds later.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: replace the wildcard \
                by the actions or the permissions group that the identities need",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// One part is enough, whatever the others are. The severity is lower where the policy does not make
/// administrators.
fn evaluate(context: &Context<'_>) -> Verdict {
    judge_evaluated(context, |_, evaluated| {
        let Some((action, part)) = evaluated.broad() else {
            return if evaluated.unresolved.is_empty() { Opinion::Fine } else { Opinion::Unclear };
        };
        let evidence = match &part.group {
            None => format!("allows {action}"),
            Some(urn) => {
                let name = urn.split_once(":permissionsGroup:").map_or(&**urn, |(_, name)| name);
                format!("allows {action} by the permissions group {name}")
            }
        };
        let violation = Violation::because(evidence);
        if evaluated.reach.level == Level::Admin {
            violation.into()
        } else {
            violation.severity(Severity::High).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::{
        ACCOUNT, GLOBAL_READ_ONLY, GLOBAL_READ_WRITE, inventory, policy,
    };
    use crate::checks::fixtures::{NOW, evaluated, outcome};
    use crate::collectors::Nullable;
    use crate::collectors::iam_policy::Policy;

    fn said(policy: Policy) -> String {
        outcome(&CHECK, &inventory(vec![policy]))
    }

    fn fails(policy: Policy) -> bool {
        let said = said(policy);
        assert!(!said.starts_with("not evaluated"), "{said}");
        said != "pass"
    }

    #[test]
    fn every_action_of_anything_or_of_a_type_is_too_much() {
        for broad in ["*", "*:apiovh:*", "vps:*", "account:apiovh:*", "*delete"] {
            assert_eq!(said(policy(&["vps:apiovh:get", broad])), format!("fail: allows {broad}"));
        }
        for narrow in ["*get", "*:vrack:*", "account:apiovh:me/get"] {
            assert!(!fails(policy(&[narrow])), "{narrow}");
        }
    }

    #[test]
    fn it_is_critical_where_the_policy_makes_administrators() {
        let severity = |resource: &str| {
            let resources = Some(vec![resource.to_owned()]);
            let known = inventory(vec![Policy { resources, ..policy(&["*"]) }]);
            evaluated(&CHECK, &known, NOW).findings[0].severity
        };
        assert_eq!(severity(ACCOUNT), None);
        assert_eq!(severity("urn:v1:eu:resource:vps:a"), Some(Severity::High));
    }

    #[test]
    fn an_exception_takes_back_only_a_pattern_that_it_covers() {
        let except = |pattern: &str| Policy {
            excepted: Some(vec![pattern.to_owned()]),
            ..policy(&["vps:apiovh:*"])
        };
        assert!(fails(except("vps:apiovh:terminate")) && !fails(except("vps:*")));
        let denied = Some(vec!["*".to_owned()]);
        assert!(!fails(Policy { denied, ..policy(&["*"]) }));
    }

    fn with_groups(urns: &[&str]) -> Policy {
        let groups = Some(urns.iter().map(|&urn| urn.to_owned()).collect());
        Policy { groups, ..policy(&[]) }
    }

    #[test]
    fn a_permissions_group_counts_as_the_policys_own_permissions() {
        let both = said(with_groups(&[GLOBAL_READ_ONLY, GLOBAL_READ_WRITE]));
        assert_eq!(both, "fail: allows * by the permissions group ovh:globalReadWrite");
        assert!(!fails(with_groups(&[GLOBAL_READ_ONLY])));
        // The policy's own exceptions do not touch a group.
        let excepted = Some(vec!["*".to_owned()]);
        assert!(fails(Policy { excepted, ..with_groups(&[GLOBAL_READ_WRITE]) }));
    }

    #[test]
    fn a_group_that_can_not_be_resolved_makes_the_policy_unclear() {
        let gone = "urn:v1:eu:permissionsGroup:other:gone";
        assert_eq!(said(with_groups(&[GLOBAL_READ_ONLY, gone])), "not evaluated: unclear");
        assert!(fails(with_groups(&[gone, GLOBAL_READ_WRITE])));
    }

    #[test]
    fn ovhclouds_own_policies_and_expired_ones_are_left_alone() {
        assert!(!fails(Policy { is_ovhclouds: Some(true), ..policy(&["*"]) }));
        let expiring = |date: &str| Policy {
            expires: Nullable::Value(date.parse().unwrap()),
            ..policy(&["*"])
        };
        assert!(!fails(expiring(NOW)));
        assert!(fails(expiring("2026-11-21T00:00:01Z")));
    }

    #[test]
    fn a_policy_without_its_permissions_is_unclear() {
        for unknown in [
            Policy { allowed: None, ..policy(&[]) },
            Policy { groups: None, ..policy(&["account:apiovh:me/get"]) },
        ] {
            assert_eq!(said(unknown), "not evaluated: unclear");
        }
    }
}

//! Policies that name single users.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::policies::{identity, judge_own, some};

pub(super) static CHECK: Check = Check {
    id: "policy_direct_identity",
    title: "IAM policy names a single user in place of a group",
    severity: Severity::Low,
    why: "Rights of single users stay with them when they change teams.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: grant the policy to a group, and put \
                the user into the group",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy"],
    controls: &[controls::GROUPS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// Service accounts have no groups.
fn evaluate(context: &Context<'_>) -> Verdict {
    judge_own(context, |policy| {
        let Some(identities) = &policy.identities else { return Opinion::Unclear };
        let users = identities.iter().filter_map(|urn| identity(urn));
        let users = users.filter(|(kind, ..)| *kind == "user").map(|(.., name)| name);
        let users: Vec<_> = users.collect();
        if users.is_empty() {
            return Opinion::Fine;
        }
        Violation::because(format!("names {}", some(&users))).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::policy;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_policy::Policy;

    fn with(identities: Option<&[&str]>) -> String {
        let identities = identities.map(|all| all.iter().map(|&one| one.to_owned()).collect());
        let policy = Policy { identities, ..policy(&[]) };
        outcome(&CHECK, &Inventory { iam_policy: account(vec![policy]), ..nothing() })
    }

    #[test]
    fn a_user_is_to_be_in_a_group() {
        let (user, group) =
            ("urn:v1:eu:identity:user:xx1-ovh/ann", "urn:v1:eu:identity:group:xx1-ovh/ops");
        assert_eq!(with(Some(&[group, user])), "fail: names ann");
        assert_eq!(with(Some(&[group, "urn:v1:eu:identity:credential:xx1-ovh/oauth2-1"])), "pass");
        assert_eq!(with(None), "not evaluated: unclear");
    }
}

//! Policies for identities of other accounts.

use std::collections::BTreeSet;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::policies::{identity, judge_own, some};

pub(super) static CHECK: Check = Check {
    id: "policy_cross_account",
    title: "IAM policy grants rights to another account",
    severity: Severity::High,
    why: "The other account hands its rights on to its own users, whom nobody here sees.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: remove the identity of the other \
                account, or exempt it with a reason",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "account"],
    controls: &[&[(Framework::Iso27001, "A.5.19~"), (Framework::SecNumCloud, "9.1~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_own(context, |policy| {
        let (Some(identities), Some(own)) = (&policy.identities, context.nichandle()) else {
            return Opinion::Unclear;
        };
        let accounts = identities.iter().map(|urn| identity(urn).map(|(_, account, _)| account));
        let Some(accounts) = accounts.collect::<Option<BTreeSet<_>>>() else {
            return Opinion::Unclear;
        };
        let foreign: Vec<_> = accounts.into_iter().filter(|account| *account != own).collect();
        if foreign.is_empty() {
            return Opinion::Fine;
        }
        Violation::because(format!("names identities of {}", some(&foreign))).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::policy;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;
    use crate::collectors::iam_policy::Policy;

    fn with(identities: Option<&[&str]>, nichandle: &str) -> String {
        let identities = identities.map(|all| all.iter().map(|&one| one.to_owned()).collect());
        let policy = Policy { identities, ..policy(&[]) };
        let profile = Profile { nichandle: nichandle.to_owned(), ..Profile::default() };
        let profile = account(vec![profile]);
        outcome(
            &CHECK,
            &Inventory { iam_policy: account(vec![policy]), account: profile, ..nothing() },
        )
    }

    #[test]
    fn an_identity_of_another_account_fails() {
        let own = "urn:v1:eu:identity:group:xx1-ovh/ops";
        let foreign = "urn:v1:eu:identity:account:zz9-ovh";
        assert_eq!(with(Some(&[own]), "xx1-ovh"), "pass");
        assert_eq!(with(Some(&[own, foreign]), "xx1-ovh"), "fail: names identities of zz9-ovh");
    }

    #[test]
    fn an_unknown_account_or_identity_is_unclear() {
        let own = "urn:v1:eu:identity:group:xx1-ovh/ops";
        assert_eq!(with(Some(&[own]), ""), "not evaluated: unclear");
        assert_eq!(with(None, "xx1-ovh"), "not evaluated: unclear");
        assert_eq!(with(Some(&["someone"]), "xx1-ovh"), "not evaluated: unclear");
    }
}

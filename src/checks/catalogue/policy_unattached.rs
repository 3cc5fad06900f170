//! Policies for nobody or nothing.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::policies::judge_own;

pub(super) static CHECK: Check = Check {
    id: "policy_unattached",
    title: "IAM policy without identities or resources",
    severity: Severity::Low,
    why: "It grants nothing until somebody is added to it, with rights that nobody reviewed for \
          them.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: delete the policy",
        api: Some("DELETE /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_own(context, |policy| match (&policy.identities, &policy.resources) {
        (Some(identities), _) if identities.is_empty() => {
            Violation::because("no identities").into()
        }
        (_, Some(resources)) if resources.is_empty() => Violation::because("no resources").into(),
        (Some(_), Some(_)) => Opinion::Fine,
        _ => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::policy;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_policy::Policy;

    fn with(policy: Policy) -> String {
        outcome(&CHECK, &Inventory { iam_policy: account(vec![policy]), ..nothing() })
    }

    #[test]
    fn a_policy_is_for_somebody_and_something() {
        assert_eq!(with(policy(&[])), "pass");
        let nobody = Policy { identities: Some(vec![]), resources: None, ..policy(&[]) };
        assert_eq!(with(nobody), "fail: no identities");
        let nothing = Policy { resources: Some(vec![]), ..policy(&[]) };
        assert_eq!(with(nothing), "fail: no resources");
        for unknown in
            [Policy { identities: None, ..policy(&[]) }, Policy { resources: None, ..policy(&[]) }]
        {
            assert_eq!(with(unknown), "not evaluated: unclear");
        }
    }
}

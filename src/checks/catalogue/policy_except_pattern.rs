//! Policies that allow by exception.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::part::Part;
use crate::iam::pattern::is_read;

use super::policies::{judge_evaluated, some};

pub(super) static CHECK: Check = Check {
    id: "policy_except_pattern",
    title: "IAM policy allows all but some actions, and what remains writes",
    severity: Severity::Medium,
    why: "Each action that OVHcloud adds is allowed unless somebody adds an exception.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: list the allowed actions in place of \
                the exceptions",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// Exceptions of OVHcloud's own groups are OVHcloud's choice.
fn evaluate(context: &Context<'_>) -> Verdict {
    let engine = &context.access.engine;
    judge_evaluated(context, |_, evaluated| {
        let is_own = |part: &&Part| part.group.as_ref().is_none_or(|urn| !urn.contains(":ovh:"));
        let own = || evaluated.parts.iter().filter(is_own);
        let excepting = || own().filter(|part| !part.except().is_empty());
        let writes = |part: &Part| {
            let remaining = engine.remaining(part);
            remaining.iter().filter(|action| !is_read(action)).count()
        };
        match excepting().map(writes).sum::<usize>() {
            0 if own().any(|part| !part.is_resolved()) => Opinion::Unclear,
            0 => Opinion::Fine,
            count => {
                let excepted: Vec<_> =
                    excepting().flat_map(Part::except).map(String::as_str).collect();
                let excepted = some(&excepted);
                Violation::because(format!(
                    "{count} known actions that write remain, all but {excepted}"
                ))
                .into()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::policies::{inventory, policy};
    use crate::collectors::iam_policy::Policy;

    fn with(allowed: &str, excepted: &str) -> String {
        let excepted = Some(vec![excepted.to_owned()]);
        outcome(&CHECK, &inventory(vec![Policy { excepted, ..policy(&[allowed]) }]))
    }

    #[test]
    fn exceptions_that_leave_writing_actions_fail() {
        let left = with("vps:apiovh:*", "vps:apiovh:terminate");
        assert!(left.ends_with("remain, all but vps:apiovh:terminate"), "{left}");
        assert_eq!(with("*get", "vps:apiovh:get"), "pass");
        assert_eq!(outcome(&CHECK, &inventory(vec![policy(&["vps:apiovh:*"])])), "pass");
    }

    #[test]
    fn unknown_permissions_are_unclear() {
        let unknown = Policy { allowed: None, ..policy(&[]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![unknown])), "not evaluated: unclear");
    }
}

//! Policies on all keys.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::pattern::covers;
use crate::iam::urn::{is_resource_group, resource_type};

use super::policies::judge_evaluated;

pub(super) static CHECK: Check = Check {
    id: "policy_kms_full",
    title: "IAM policy allows everything in more than one key management service",
    severity: Severity::Medium,
    why: "Who may use all keys reads all data that they protect.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: grant the actions that the identities \
                need, on one key management service",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[&[(Framework::Nis2, "11.2.2.a"), (Framework::Dora, "30")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// Everything of an interface.
const WHOLE: [&str; 4] = ["okms:*", "okms:apiovh:*", "okms:apikms:*", "okms:kmip:*"];

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_evaluated(context, |policy, evaluated| {
        let Some(resources) = &policy.resources else { return Opinion::Unclear };
        let is_limited = resources.iter().all(|urn| !is_resource_group(urn) && !is_any_kms(urn))
            && resources.iter().filter(|urn| resource_type(urn) == Some("okms")).count() <= 1;
        let allowed = evaluated.parts.iter().find_map(|part| {
            let is_taken_back =
                |whole: &str| part.except().iter().chain(part.deny()).any(|one| covers(one, whole));
            let is_whole = |pattern: &&String| {
                WHOLE.iter().any(|whole| covers(pattern, whole) && !is_taken_back(whole))
            };
            part.allow().iter().find(is_whole)
        });
        match allowed {
            _ if is_limited => Opinion::Fine,
            Some(action) => Violation::because(format!("allows {action}")).into(),
            None if evaluated.unresolved.is_empty() => Opinion::Fine,
            None => Opinion::Unclear,
        }
    })
}

/// Whether the URN is a pattern that stands for key management services.
fn is_any_kms(urn: &str) -> bool {
    let names = |name: &str| urn.split_once(":resource:").is_some_and(|(_, one)| covers(one, name));
    urn.contains('*') && names("okms:x")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::policies::{VPS, inventory, policy};
    use crate::collectors::iam_policy::Policy;

    fn with(resources: &[&str], action: &str) -> String {
        let resources = Some(resources.iter().map(|&urn| urn.to_owned()).collect());
        outcome(&CHECK, &inventory(vec![Policy { resources, ..policy(&[action]) }]))
    }

    const ONE: &str = "urn:v1:eu:resource:okms:one";

    #[test]
    fn everything_is_too_much_for_more_than_one_service() {
        for action in ["okms:*", "okms:kmip:*", "*"] {
            let said = with(&["urn:v1:eu:resource:okms:*"], action);
            assert_eq!(said, format!("fail: allows {action}"));
            assert_eq!(with(&[ONE], action), "pass");
        }
        let two = [ONE, "urn:v1:eu:resource:okms:two"];
        assert_eq!(with(&two, "okms:apiovh:*"), "fail: allows okms:apiovh:*");
        assert_eq!(with(&two, "okms:apiovh:resource/get"), "pass");
        assert_eq!(with(&[VPS], "*"), "pass");
    }

    #[test]
    fn unknown_resources_are_unclear() {
        let unknown = Policy { resources: None, ..policy(&["okms:*"]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![unknown])), "not evaluated: unclear");
    }
}

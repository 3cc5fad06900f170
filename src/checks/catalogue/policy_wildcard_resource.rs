//! Policies on every resource, or on every resource of a type.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::level::Level;

use super::policies::judge_evaluated;

pub(super) static CHECK: Check = Check {
    id: "policy_wildcard_resource",
    title: "IAM policy applies to every resource, or to every resource of a type",
    severity: Severity::High,
    why: "Resources of tomorrow are under the policy as soon as they exist.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: name the resources, or a resource \
                group",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_evaluated(context, |policy, evaluated| {
        let Some(resources) = &policy.resources else { return Opinion::Unclear };
        let Some(urn) = resources.iter().find(|urn| is_wildcard(urn)) else {
            return Opinion::Fine;
        };
        let violation = Violation::because(format!("applies to {urn}"));
        match (evaluated.reach.level, evaluated.reach.is_complete) {
            (Level::Write | Level::Admin, _) => violation.into(),
            (_, false) => Opinion::Unclear,
            (Level::Read, true) => violation.severity(Severity::Low).into(),
            (Level::None, true) => Opinion::Fine,
        }
    })
}

/// Whether the URN stands for every name of a type, or for every type.
fn is_wildcard(urn: &str) -> bool {
    urn.split_once(":resource:").is_some_and(|(_, name)| name == "*" || name.ends_with(":*"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::{VPS, inventory, policy};
    use crate::checks::fixtures::{NOW, evaluated, outcome};
    use crate::collectors::iam_policy::Policy;

    fn with(resource: &str, action: &str) -> (String, Option<Severity>) {
        let resources = Some(vec![resource.to_owned()]);
        let known = inventory(vec![Policy { resources, ..policy(&[action]) }]);
        let findings = evaluated(&CHECK, &known, NOW).findings;
        (outcome(&CHECK, &known), findings.first().and_then(|finding| finding.severity))
    }

    #[test]
    fn every_resource_is_too_much_for_writing() {
        for urn in ["urn:v1:eu:resource:*", "urn:v1:eu:resource:*:*", "urn:v1:eu:resource:vps:*"] {
            let (said, severity) = with(urn, "vps:apiovh:reinstall");
            assert_eq!((said, severity), (format!("fail: applies to {urn}"), None));
        }
        assert_eq!(with(VPS, "vps:apiovh:reinstall").0, "pass");
    }

    #[test]
    fn reading_everything_is_of_low_severity() {
        let urn = "urn:v1:eu:resource:vps:*";
        assert_eq!(with(urn, "vps:apiovh:get").1, Some(Severity::Low));
    }

    #[test]
    fn unknown_resources_and_permissions_are_unclear() {
        let lost = Policy { resources: None, ..policy(&["*"]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![lost])), "not evaluated: unclear");
        let groups = Some(vec!["urn:v1:eu:permissionsGroup:xx1-ovh:gone".to_owned()]);
        let resources = Some(vec!["urn:v1:eu:resource:*".to_owned()]);
        let unresolved = Policy { resources, groups, ..policy(&[]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![unresolved])), "not evaluated: unclear");
    }
}

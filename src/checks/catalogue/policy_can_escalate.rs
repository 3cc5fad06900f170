//! Policies whose identities may give themselves more rights.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::account::Kind;
use crate::iam::role::Role;
use crate::iam::truth::Truth;

use super::policies::{judge_evaluated, some};

pub(super) static CHECK: Check = Check {
    id: "policy_can_escalate",
    title: "IAM policy lets its identities give themselves more rights",
    severity: Severity::Critical,
    why: "Who may write policies, users, groups or credentials of the account is its \
          administrator in a few steps.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: remove the actions that create \
                rights, or grant them to administrators only",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "iam_permissions_group", "iam_resource_group", "account"],
    controls: &[controls::ESCALATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// Identities that are administrators by a role gain nothing.
fn evaluate(context: &Context<'_>) -> Verdict {
    let engine = &context.access.engine;
    judge_evaluated(context, |policy, evaluated| {
        let actions = engine.escalations(evaluated);
        let is_named = engine.account().map(|account| evaluated.names(account));
        if !actions.is_empty() && is_named != Some(Truth::Holds) {
            return Opinion::Unclear;
        }
        if actions.is_empty() {
            return if evaluated.unresolved.is_empty() && engine.account().is_some() {
                Opinion::Fine
            } else {
                Opinion::Unclear
            };
        }
        let names: Vec<_> = actions.iter().map(|action| short(action)).collect();
        let violation = Violation::because(format!("allows {}", some(&names)));
        let mut identities = policy.identities.iter().flatten();
        if policy.identities.is_some() && identities.all(|urn| is_administrator(context, urn)) {
            violation.severity(Severity::High).into()
        } else {
            violation.into()
        }
    })
}

/// Whether the identity is an administrator by a role or as the owner.
fn is_administrator(context: &Context<'_>, urn: &str) -> bool {
    let identity = context.access.engine.identity(urn);
    identity.is_some_and(|one| {
        one.kind == Kind::Account
            || one.memberships.iter().any(|membership| membership.role == Some(Role::Admin))
    })
}

/// An action of the account without its type and interface.
fn short(action: &str) -> &str {
    action.strip_prefix("account:apiovh:").unwrap_or(action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::policies::{ACCOUNT, VPS, inventory, policy};
    use crate::collectors::iam_policy::Policy;

    const CREATE: &str = "account:apiovh:iam/policy/create";

    fn on(resource: &str, actions: &[&str]) -> String {
        let resources = Some(vec![resource.to_owned()]);
        outcome(&CHECK, &inventory(vec![Policy { resources, ..policy(actions) }]))
    }

    #[test]
    fn an_action_that_gives_rights_fails_on_the_account() {
        assert_eq!(on(ACCOUNT, &[CREATE]), "fail: allows iam/policy/create");
        assert!(on("urn:v1:eu:resource:*", &["*"]).starts_with("fail: allows "));
        assert_eq!(on(VPS, &[CREATE]), "pass");
        assert_eq!(on(ACCOUNT, &["account:apiovh:me/get"]), "pass");
    }

    #[test]
    fn a_denial_takes_the_rights_back() {
        let denied = Some(vec![CREATE.to_owned()]);
        let resources = Some(vec![ACCOUNT.to_owned()]);
        let policy = Policy { resources, denied, ..policy(&[CREATE]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![policy])), "pass");
    }

    #[test]
    fn an_unknown_resource_group_accuses_nobody() {
        assert_eq!(on("urn:v1:eu:resourceGroup:unread", &[CREATE]), "not evaluated: unclear");
    }

    #[test]
    fn unresolved_permissions_are_unclear() {
        let groups = Some(vec!["urn:v1:eu:permissionsGroup:xx1-ovh:gone".to_owned()]);
        let policy = Policy { groups, ..policy(&[]) };
        assert_eq!(outcome(&CHECK, &inventory(vec![policy])), "not evaluated: unclear");
    }
}

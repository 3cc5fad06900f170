//! Legacy API credentials that may create rights.

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::credentials::{ROTATION, judge_valid};

pub(super) static CHECK: Check = Check {
    id: "credential_can_escalate",
    title: "API credential may give itself or others more rights",
    severity: Severity::High,
    why: "Its rules reach the calls that create users or keys, or that change policies: who \
          holds it takes over the account, step by step.",
    repair: ROTATION,
    needs: &["api_credential", "exporter_credential"],
    controls: &[controls::ESCALATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The whole API with a method that writes is `credential_full_write`.
fn evaluate(context: &Context<'_>) -> Verdict {
    judge_valid(context, |credential| {
        let Some(rules) = &credential.rules else { return Opinion::Unclear };
        if rules.permitting_all(&["POST", "PUT", "DELETE"]).is_some() {
            return Opinion::Fine;
        }
        match rules.escalating() {
            Some((rule, route)) => {
                Violation::because(format!("may {rule}, which reaches {route}")).into()
            }
            None => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{outcome, ruled, ruled_by};

    fn with(rules: &[(&str, &str)]) -> String {
        outcome(&CHECK, &ruled(rules))
    }

    #[test]
    fn a_rule_that_reaches_a_route_of_rights_fails() {
        let reached = with(&[("POST", "/me/identity/*")]);
        assert_eq!(reached, "fail: may POST /me/identity/*, which reaches /me/identity/group");
        let below = with(&[("PUT", "/v2/iam/policy/5")]);
        assert_eq!(below, "fail: may PUT /v2/iam/policy/5, which reaches /v2/iam/policy");
        let denials = with(&[("DELETE", "/v2/iam/policy/*")]);
        assert_eq!(denials, "fail: may DELETE /v2/iam/policy/*, which reaches /v2/iam/policy");
        let keys = with(&[("POST", "/auth/*")]);
        assert_eq!(keys, "fail: may POST /auth/*, which reaches /auth/credential");
        for fine in [("GET", "/me/*"), ("DELETE", "/me/*"), ("POST", "/v2/iam/authorization/check")]
        {
            assert_eq!(with(&[fine]), "pass", "{fine:?}");
        }
    }

    #[test]
    fn the_whole_api_is_another_check_and_unknown_rules_are_unclear() {
        assert_eq!(with(&[("POST", "/*")]), "pass");
        assert_eq!(outcome(&CHECK, &ruled_by(None)), "not evaluated: unclear");
    }
}

//! Service accounts that write from any address.

use std::collections::HashMap;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::level::Level;

use super::clients::judge_service_accounts;
use super::policies::requires;

pub(super) static CHECK: Check = Check {
    id: "service_account_no_ip_condition",
    title: "Service account may write from any address",
    severity: Severity::Medium,
    why: "A stolen secret works from anywhere.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: add a condition on request.IP to the \
                policies of the service account",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &[
        "oauth2_client",
        "iam_policy",
        "iam_permissions_group",
        "iam_resource_group",
        "account",
        "exporter_credential",
    ],
    controls: &[&[(Framework::Iso27001, "A.8.20~")]],
    is_on: false,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let engine = &context.access.engine;
    let policies: HashMap<_, _> = context
        .inventory
        .iam_policy
        .items()
        .map(|(_, policy)| (policy.id.as_str(), policy))
        .collect();
    let is_limited = |id: &str| {
        let document = policies.get(id).and_then(|policy| policy.conditions.as_ref());
        document.is_some_and(|document| requires(document, "request.ip"))
    };
    judge_service_accounts(context, |client| {
        let identity = client.identity.as_ref().and_then(|urn| engine.identity(urn));
        let Some(identity) = identity else { return Opinion::Unclear };
        let mut writing =
            engine.policies_of(identity).filter(|(policy, _)| policy.reach.level >= Level::Write);
        match writing.find(|(policy, _)| !is_limited(&policy.id)) {
            Some((policy, _)) => {
                Violation::because(format!("writes by policy {}", policy.name)).into()
            }
            None if identity.reach.is_complete => Opinion::Fine,
            None => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::policies::{VPS, service_account};
    use serde_json::json;

    #[test]
    fn writing_is_to_be_limited_to_addresses() {
        let write = "vps:apiovh:reinstall";
        assert_eq!(
            outcome(&CHECK, &service_account(VPS, write, None)),
            "fail: writes by policy ops"
        );
        assert_eq!(outcome(&CHECK, &service_account(VPS, "vps:apiovh:get", None)), "pass");
        let ip = || json!({"operator": "MATCH", "values": {"request.IP.IN": "192.0.2.1"}});
        assert_eq!(outcome(&CHECK, &service_account(VPS, write, Some(ip()))), "pass");
        let hour = json!({"operator": "MATCH", "values": {"date(UTC).Hour": "9"}});
        for (operator, expected) in [("AND", "pass"), ("OR", "fail: writes by policy ops")] {
            let both = json!({"operator": operator, "conditions": [ip(), hour]});
            assert_eq!(
                outcome(&CHECK, &service_account(VPS, write, Some(both))),
                expected,
                "{operator}"
            );
        }
    }
}

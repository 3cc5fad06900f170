//! Service accounts with the rights of an administrator.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::answer::Way;
use crate::iam::level::Level;

use super::clients::judge_service_accounts;
use super::policies::some;

pub(super) static CHECK: Check = Check {
    id: "service_account_admin",
    title: "Service account may give itself every right",
    severity: Severity::High,
    why: "Its secret has no end and opens the whole account.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: grant the service account the actions \
                that its program needs",
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
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let engine = &context.access.engine;
    judge_service_accounts(context, |client| {
        let identity = client.identity.as_ref().and_then(|urn| engine.identity(urn));
        let Some(identity) = identity else { return Opinion::Unclear };
        match (identity.reach.level, identity.reach.is_complete) {
            (Level::Admin, _) => {
                let ways = engine.ways(identity, Level::Admin);
                let ways: Vec<_> = ways.iter().map(Way::label).collect();
                let ways: Vec<_> = ways.iter().map(String::as_str).collect();
                Violation::because(format!("administrator by {}", some(&ways))).into()
            }
            (_, true) => Opinion::Fine,
            (_, false) => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::{ACCOUNT, SERVICE, VPS, policy, service_account};
    use crate::checks::fixtures::{account, outcome};
    use crate::collectors::iam_policy::Policy;
    use serde_json::json;

    #[test]
    fn an_administrator_is_reported_with_the_policy() {
        let admin = outcome(&CHECK, &service_account(ACCOUNT, "*", None));
        assert!(admin.starts_with("fail: administrator by "), "{admin}");
        assert_eq!(outcome(&CHECK, &service_account(ACCOUNT, "*get", None)), "pass");
        assert_eq!(outcome(&CHECK, &service_account(VPS, "*", None)), "pass");
    }

    #[test]
    fn rights_under_a_condition_count_and_unknown_ones_are_unclear() {
        let condition = json!({"operator": "MATCH", "values": {"request.IP": "192.0.2.1"}});
        let limited = outcome(&CHECK, &service_account(ACCOUNT, "*", Some(condition)));
        assert!(limited.starts_with("fail: "), "{limited}");
        let mut unresolved = service_account(ACCOUNT, "*get", None);
        unresolved.iam_policy = account(vec![Policy {
            identities: Some(vec![SERVICE.to_owned()]),
            groups: Some(vec!["urn:v1:eu:permissionsGroup:ovh:gone".to_owned()]),
            ..policy(&[])
        }]);
        assert_eq!(outcome(&CHECK, &unresolved), "not evaluated: unclear");
    }
}

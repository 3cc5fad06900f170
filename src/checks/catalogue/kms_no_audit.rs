//! Key management services whose logs are not forwarded.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "kms_no_audit",
    title: "Key management service without forwarded logs",
    severity: Severity::Medium,
    why: "Nobody can find out later who used or changed a key.",
    repair: Repair {
        panel: "Identity, Security & Operations > Key Management Service > the service > Logs: \
                subscribe a stream of Logs Data Platform",
        api: Some("POST /v2/okms/resource/{okmsId}/log/subscription"),
    },
    needs: &["okms"],
    controls: &[controls::LOGS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.okms, |kms| match kms.log_subscriptions {
        None => Opinion::Unclear,
        Some(0) => Violation::because("its logs are not forwarded").into(),
        Some(_) => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::kms;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;

    fn said(subscriptions: Option<u64>) -> String {
        let services = account(vec![kms(json!({ "log_subscriptions": subscriptions }))]);
        outcome(&CHECK, &Inventory { okms: services, ..nothing() })
    }

    #[test]
    fn a_service_without_a_subscription_fails() {
        assert_eq!(said(Some(0)), "fail: its logs are not forwarded");
        assert_eq!(said(Some(1)), "pass");
    }

    #[test]
    fn unknown_subscriptions_are_unclear() {
        assert_eq!(said(None), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

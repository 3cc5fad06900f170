//! Keys of a key management service that are out of use but still there.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::kms::judge_keys;

pub(super) static CHECK: Check = Check {
    id: "kms_key_deactivated",
    title: "Key of a KMS deactivated or compromised",
    severity: Severity::Critical,
    why: "Nothing can be encrypted with a deactivated key, and the data that it protects are \
          lost when it is destroyed. A compromised key protects nothing; a deactivated one is \
          reported with severity high.",
    repair: Repair {
        panel: "Identity, Security & Operations > Key Management Service > the service > \
                Encryption keys: encrypt the data with a new key, then delete this one; or \
                reactivate a key that was deactivated by mistake",
        api: Some("PUT /v2/okms/resource/{okmsId}/serviceKey/{keyId}"),
    },
    needs: &["okms"],
    controls: &[controls::KEYS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_keys(context, |key| match &*key.state {
        "ACTIVE" | "PRE_ACTIVE" | "DESTROYED" | "DESTROYED_COMPROMISED" => Opinion::Fine,
        "DEACTIVATED" => Violation::because("state DEACTIVATED").severity(Severity::High).into(),
        "COMPROMISED" => Violation::because("state COMPROMISED").into(),
        _ => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::kms;
    use crate::checks::fixtures::{NOW, account, evaluated, nothing, outcome};
    use crate::collectors::Inventory;

    fn inventory(members: Value) -> Inventory {
        Inventory { okms: account(vec![kms(members)]), ..nothing() }
    }

    fn key(kind: &str, state: &str, created: &str) -> Value {
        let created = Some(created).filter(|date| !date.is_empty());
        json!({ "id": "y1", "name": "disks", "kind": kind, "bits": 2048, "state": state, "created": created })
    }

    fn said(state: &str) -> String {
        outcome(&CHECK, &inventory(json!({ "keys": [key("oct", state, "")] })))
    }

    #[test]
    fn a_key_that_is_out_of_use_fails() {
        for state in ["ACTIVE", "PRE_ACTIVE", "DESTROYED"] {
            assert_eq!(said(state), "pass", "{state}");
        }
        assert_eq!(said("DEACTIVATED"), "fail: state DEACTIVATED");
        assert_eq!(said("COMPROMISED"), "fail: state COMPROMISED");
        assert_eq!(said(""), "not evaluated: unclear");
    }

    #[test]
    fn a_finding_names_the_key_and_its_service() {
        let keys = json!({ "keys": [key("oct", "DEACTIVATED", "")] });
        let finding = evaluated(&CHECK, &inventory(keys), NOW).findings.remove(0);
        let resource = &finding.resource;
        assert_eq!((&*resource.kind, &*resource.id, &*resource.name), ("okms", "o1/y1", "disks"));
        assert_eq!(finding.severity, Some(Severity::High));
    }

    #[test]
    fn a_service_whose_keys_are_unreadable_is_unclear() {
        assert_eq!(outcome(&CHECK, &inventory(json!({ "keys": null }))), "not evaluated: unclear");
    }
}

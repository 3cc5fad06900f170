//! RSA keys of a key management service that are too short.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::setting::Setting;
use crate::config::severity::Severity;

use super::kms::judge_keys;

static MIN_RSA_BITS: Setting<u64> = Setting {
    name: "min_rsa_bits",
    default: 3072,
    limits: (2048, 16384),
    help: "Report RSA keys of fewer bits than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "kms_key_weak",
    title: "RSA key of a KMS that is too short",
    severity: Severity::Medium,
    why: "RSA keys of less than 3072 bits are not recommended for use after 2030: signatures \
          and data that must last longer need a longer key.",
    repair: Repair {
        panel: "Identity, Security & Operations > Key Management Service > the service > \
                Encryption keys: create a longer key, use it in place of this one, and \
                deactivate this one",
        api: Some("POST /v2/okms/resource/{okmsId}/serviceKey"),
    },
    needs: &["okms"],
    controls: &[controls::KEYS],
    is_on: true,
    settings: &[MIN_RSA_BITS.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let least = context.get(&MIN_RSA_BITS);
    judge_keys(context, |key| {
        match (&*key.kind, key.bits.and_then(|bits| u64::try_from(bits).ok())) {
            _ if matches!(&*key.state, "DESTROYED" | "DESTROYED_COMPROMISED") => Opinion::Fine,
            ("RSA", Some(bits)) if bits < least => {
                Violation::because(format!("RSA of {bits} bits")).into()
            }
            ("RSA", None) | ("", _) => Opinion::Unclear,
            _ => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::kms;
    use crate::checks::fixtures::{account, nothing, outcome, outcome_with};
    use crate::collectors::Inventory;
    use crate::config::setting::Threshold;

    fn inventory(members: Value) -> Inventory {
        Inventory { okms: account(vec![kms(members)]), ..nothing() }
    }

    fn key(kind: &str, state: &str, created: &str) -> Value {
        let created = Some(created).filter(|date| !date.is_empty());
        json!({ "id": "y1", "name": "disks", "kind": kind, "bits": 2048, "state": state, "created": created })
    }

    fn said(kind: &str, bits: Option<i64>) -> String {
        let mut key = key(kind, "ACTIVE", "");
        key["bits"] = json!(bits);
        outcome(&CHECK, &inventory(json!({ "keys": [key] })))
    }

    #[test]
    fn an_rsa_key_below_the_length_fails() {
        assert_eq!(said("RSA", Some(3072)), "pass");
        assert_eq!(said("RSA", Some(3071)), "fail: RSA of 3071 bits");
        assert_eq!((said("EC", None).as_str(), said("oct", Some(256)).as_str()), ("pass", "pass"));
        let keys = json!({ "keys": [key("RSA", "ACTIVE", "")] });
        let setting = (&MIN_RSA_BITS, Threshold::Count(2048));
        assert_eq!(outcome_with(&CHECK, &inventory(keys), setting), "pass");
        let destroyed = json!({ "keys": [key("RSA", "DESTROYED", "")] });
        assert_eq!(outcome(&CHECK, &inventory(destroyed)), "pass");
    }

    #[test]
    fn a_key_of_unknown_length_or_type_is_unclear() {
        assert_eq!(said("RSA", None), "not evaluated: unclear");
        assert_eq!(said("", Some(256)), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &inventory(json!({ "keys": null }))), "not evaluated: unclear");
    }
}

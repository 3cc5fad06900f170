//! Keys of a key management service that are older than the rotation allows.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::kms::judge_keys;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report active keys created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "kms_key_old",
    title: "Key of a KMS not rotated",
    severity: Severity::Medium,
    why: "The longer a key is in use, the more data one leak of it opens.",
    repair: Repair {
        panel: "Identity, Security & Operations > Key Management Service > the service > \
                Encryption keys: create a new key, use it in place of this one, and deactivate \
                this one; delete it when no data need it",
        api: Some("POST /v2/okms/resource/{okmsId}/serviceKey"),
    },
    needs: &["okms"],
    controls: &[controls::KEYS],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge_keys(context, |key| match (&*key.state, key.created) {
        ("ACTIVE", Some(created)) => context.overdue("created", created, limit),
        ("" | "ACTIVE", _) => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::kms;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;

    fn inventory(members: Value) -> Inventory {
        Inventory { okms: account(vec![kms(members)]), ..nothing() }
    }

    fn key(kind: &str, state: &str, created: &str) -> Value {
        let created = Some(created).filter(|date| !date.is_empty());
        json!({ "id": "y1", "name": "disks", "kind": kind, "bits": 2048, "state": state, "created": created })
    }

    fn said(state: &str, created: &str) -> String {
        outcome(&CHECK, &inventory(json!({ "keys": [key("oct", state, created)] })))
    }

    #[test]
    fn an_active_key_fails_a_second_after_the_limit() {
        assert_eq!(said("ACTIVE", "2025-11-21T00:00:00Z"), "pass");
        assert_eq!(said("ACTIVE", "2025-11-20T23:59:59Z"), "fail: created 2025-11-20");
        assert_eq!(said("DEACTIVATED", "2020-01-01T00:00:00Z"), "pass");
    }

    #[test]
    fn a_key_without_a_date_or_a_state_is_unclear() {
        assert_eq!(said("ACTIVE", ""), "not evaluated: unclear");
        assert_eq!(said("", "2020-01-01T00:00:00Z"), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &inventory(json!({ "keys": null }))), "not evaluated: unclear");
    }
}

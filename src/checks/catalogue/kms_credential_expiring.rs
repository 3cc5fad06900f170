//! Client certificates of a key management service that expire soon.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::kms::judge_certificates;

static WITHIN: Setting<Duration> = Setting {
    name: "within",
    default: days(30),
    limits: (days(1), days(3650)),
    help: "Report certificates that expire within less than this",
    flag: None,
};

static URGENT: Setting<Duration> = Setting {
    name: "urgent",
    default: days(14),
    limits: (days(1), days(3650)),
    help: "Report with the check's severity, not medium, what expires within less than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "kms_credential_expiring",
    title: "Client certificate of a KMS that expires soon or has expired",
    severity: Severity::High,
    why: "Programs with an expired certificate can no longer reach their keys: they stop, and \
          so may the storage that they encrypt.",
    repair: Repair {
        panel: "Identity, Security & Operations > Key Management Service > the service > Access \
                certificates: create a new certificate, install it in place of this one, and \
                delete this one",
        api: Some("POST /v2/okms/resource/{okmsId}/credential"),
    },
    needs: &["okms"],
    controls: &[controls::CERTIFICATES],
    is_on: true,
    settings: &[WITHIN.spec(), URGENT.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limits = [context.get(&WITHIN), context.get(&URGENT)];
    judge_certificates(context, |certificate| match (&*certificate.status, certificate.expires) {
        ("CREATING" | "DELETING", _) => Opinion::Fine,
        (_, Some(end)) => context.expiring(end, limits),
        (_, None) => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::kms;
    use crate::checks::fixtures::{NOW, account, at, evaluated, nothing, outcome};
    use crate::collectors::Inventory;

    fn inventory(members: Value) -> Inventory {
        Inventory { okms: account(vec![kms(members)]), ..nothing() }
    }

    fn with(status: &str, expires: Option<&str>) -> Inventory {
        let certificate = json!({
            "id": "e1", "name": "backup", "status": status, "identities": [], "expires": expires,
        });
        inventory(json!({ "credentials": [certificate] }))
    }

    fn said(expires: &str) -> String {
        outcome(&CHECK, &with("READY", Some(expires)))
    }

    #[test]
    fn a_certificate_fails_below_the_limit_and_becomes_urgent() {
        assert_eq!(said("2026-12-21T00:00:00Z"), "pass");
        assert_eq!(said("2026-12-20T23:59:59Z"), "fail: expires 2026-12-20");
        assert_eq!(said("2026-11-20T00:00:00Z"), "fail: expired 2026-11-20");
        let finding = |end| evaluated(&CHECK, &with("READY", Some(end)), NOW).findings.remove(0);
        assert_eq!(finding("2026-12-05T00:00:00Z").severity, Some(Severity::Medium));
        let urgent = finding("2026-12-04T23:59:59Z");
        assert_eq!((urgent.severity, urgent.since), (None, Some(at("2026-11-04T23:59:59Z"))));
        assert_eq!((&*urgent.resource.id, &*urgent.resource.name), ("o1/e1", "backup"));
    }

    #[test]
    fn a_certificate_without_an_end_is_unclear() {
        assert_eq!(outcome(&CHECK, &with("READY", None)), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &with("CREATING", None)), "pass");
        let unreadable = inventory(json!({ "credentials": null }));
        assert_eq!(outcome(&CHECK, &unreadable), "not evaluated: unclear");
    }
}

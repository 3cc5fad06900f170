//! Volumes that are not encrypted.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

use super::leaving::is_leaving;

pub(super) static CHECK: Check = Check {
    id: "volume_unencrypted",
    title: "Volume not encrypted",
    severity: Severity::Medium,
    why: "Those who get hold of a disk, or of a copy of it, read the data of a volume that is \
          not encrypted.",
    repair: Repair {
        panel: "Public Cloud > Project > Block Storage: create a volume of an encrypted (LUKS) \
                type, copy the data, and delete this one: a volume cannot be encrypted later",
        api: Some("POST /cloud/project/{serviceName}/volume"),
    },
    needs: &["cloud_volume"],
    controls: &[controls::ENCRYPTION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_volume, |volume| match volume.is_encrypted {
        _ if is_leaving(&volume.status) => Opinion::Fine,
        Some(true) => Opinion::Fine,
        Some(false) => {
            Violation::because(format!("not encrypted, of type {}", volume.volume_type)).into()
        }
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::volume;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let volumes = project(vec![volume(members)]);
        outcome(&CHECK, &Inventory { cloud_volume: volumes, ..nothing() })
    }

    #[test]
    fn a_volume_without_encryption_fails() {
        let plain = json!({ "is_encrypted": false, "volume_type": "classic" });
        assert_eq!(said(plain), "fail: not encrypted, of type classic");
        assert_eq!(said(json!({})), "pass");
        assert_eq!(said(json!({ "is_encrypted": false, "status": "deleting" })), "pass");
    }

    #[test]
    fn a_volume_whose_encryption_is_not_known_is_unclear() {
        assert_eq!(said(json!({ "is_encrypted": null })), "not evaluated: unclear");
    }
}

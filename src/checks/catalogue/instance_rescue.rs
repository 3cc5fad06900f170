//! Instances in rescue mode.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "instance_rescue",
    title: "Instance in rescue mode",
    severity: Severity::Medium,
    why: "An instance in rescue mode runs OVHcloud's rescue system in place of its own: it \
          serves nothing, and its disks are open to those who have the password of that \
          system.",
    repair: Repair {
        panel: "Public Cloud > Project > Instances: finish the repair, and choose Exit rescue \
                mode",
        api: Some("POST /cloud/project/{serviceName}/instance/{instanceId}/rescueMode"),
    },
    needs: &["cloud_instance"],
    controls: &[&[(Framework::Iso27001, "A.8.9~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_instance, |instance| match &*instance.status {
        "RESCUE" | "RESCUED" | "RESCUING" => {
            Violation::because(format!("status {}", instance.status)).into()
        }
        "" | "UNKNOWN" => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::instance;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(status: &str) -> String {
        let instances = project(vec![instance(json!({ "status": status }))]);
        outcome(&CHECK, &Inventory { cloud_instance: instances, ..nothing() })
    }

    #[test]
    fn an_instance_fails_from_its_way_into_rescue_mode_on() {
        for status in ["RESCUING", "RESCUED", "RESCUE"] {
            assert_eq!(said(status), format!("fail: status {status}"));
        }
        for status in ["ACTIVE", "SHUTOFF", "UNRESCUING"] {
            assert_eq!(said(status), "pass", "{status}");
        }
    }

    #[test]
    fn an_instance_without_a_status_is_unclear() {
        assert_eq!(
            (said("").as_str(), said("UNKNOWN").as_str()),
            ("not evaluated: unclear", "not evaluated: unclear")
        );
    }
}

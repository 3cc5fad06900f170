//! Volumes that no instance has.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::leaving::is_leaving;

static GRACE: Setting<Duration> = Setting {
    name: "grace",
    default: days(30),
    limits: (days(1), days(3650)),
    help: "Report volumes without an instance that were created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "volume_unattached",
    title: "Volume attached to no instance",
    severity: Severity::Low,
    why: "A volume without an instance costs money, and holds data that nobody looks after.",
    repair: Repair {
        panel: "Public Cloud > Project > Block Storage: ask its owner, keep a snapshot if the \
                data matter, and delete the volume",
        api: Some("DELETE /cloud/project/{serviceName}/volume/{volumeId}"),
    },
    needs: &["cloud_volume"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[GRACE.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let grace = context.get(&GRACE);
    judge(&context.inventory.cloud_volume, |volume| match (&volume.attached_to, volume.created) {
        _ if is_leaving(&volume.status) || &*volume.status == "attaching" => Opinion::Fine,
        (Some(instances), _) if !instances.is_empty() => Opinion::Fine,
        (Some(_), Some(created)) if !context.is_older(created, grace) => Opinion::Fine,
        (Some(_), Some(created)) => {
            let day = created.strftime("%F");
            Violation::because(format!("attached to no instance, created {day}")).into()
        }
        (None, _) | (_, None) => Opinion::Unclear,
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
    fn a_volume_without_an_instance_fails_after_the_grace() {
        let free = |created: &str| said(json!({ "attached_to": [], "created": created }));
        assert_eq!(free("2026-10-22T00:00:00Z"), "pass");
        let expected = "fail: attached to no instance, created 2026-10-21";
        assert_eq!(free("2026-10-21T23:59:59Z"), expected);
        assert_eq!(said(json!({ "created": "2020-01-01T00:00:00Z" })), "pass");
        let attaching =
            json!({ "attached_to": [], "created": "2020-01-01T00:00:00Z", "status": "attaching" });
        assert_eq!(said(attaching), "pass");
        let leaving = json!({ "attached_to": [], "created": null, "status": "deleting" });
        assert_eq!(said(leaving), "pass");
    }

    #[test]
    fn a_volume_without_its_attachments_or_date_is_unclear() {
        assert_eq!(said(json!({ "attached_to": null })), "not evaluated: unclear");
        assert_eq!(said(json!({ "attached_to": [], "created": null })), "not evaluated: unclear");
    }
}

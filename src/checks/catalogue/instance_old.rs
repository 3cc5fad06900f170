//! Instances that are older than an operator wants to have them.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::leaving::is_leaving;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report instances created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "instance_old",
    title: "Instance not rebuilt for a long time",
    severity: Severity::Low,
    why: "An instance that is never rebuilt collects changes that nobody can repeat, and often \
          an old operating system.",
    repair: Repair {
        panel: "Public Cloud > Project > Instances: create a new instance from a current image, \
                move the service, and delete this one",
        api: Some("POST /cloud/project/{serviceName}/instance"),
    },
    needs: &["cloud_instance"],
    controls: &[&[
        (Framework::Iso27001, "A.8.8~"),
        (Framework::Nis2, "6.6~"),
        (Framework::SecNumCloud, "12.11~"),
    ]],
    is_on: false,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge(&context.inventory.cloud_instance, |instance| match instance.created {
        _ if is_leaving(&instance.status) => Opinion::Fine,
        None => Opinion::Unclear,
        Some(created) => context.overdue("created", created, limit),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::instance;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let instances = project(vec![instance(members)]);
        outcome(&CHECK, &Inventory { cloud_instance: instances, ..nothing() })
    }

    #[test]
    fn an_instance_fails_a_second_after_the_limit() {
        assert_eq!(said(json!({ "created": "2025-11-21T00:00:00Z" })), "pass");
        let old = json!({ "created": "2025-11-20T23:59:59Z" });
        assert_eq!(said(old), "fail: created 2025-11-20");
        assert_eq!(said(json!({ "created": "2020-01-01T00:00:00Z", "status": "DELETED" })), "pass");
    }

    #[test]
    fn an_instance_without_a_date_is_unclear() {
        assert_eq!(said(json!({ "created": null })), "not evaluated: unclear");
    }
}

//! OpenStack users that are older than the rotation of their passwords allows.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report OpenStack users created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "cloud_user_old",
    title: "OpenStack user not replaced for a long time",
    severity: Severity::Medium,
    why: "The password of an OpenStack user has no end, and it works outside of the policies \
          of IAM. OVHcloud reports no date of the password, so that only a new user shows that \
          it was changed.",
    repair: Repair {
        panel: "Public Cloud > Project > Settings > Users & Roles: create a new user, use it in \
                place of this one, and delete this one",
        api: Some("POST /cloud/project/{serviceName}/user"),
    },
    needs: &["cloud_user"],
    controls: &[controls::ROTATION],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge(&context.inventory.cloud_user, |user| match user.created {
        _ if user.is_leaving() => Opinion::Fine,
        None => Opinion::Unclear,
        Some(created) => context.overdue("created", created, limit),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::cloud_user;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let users = project(vec![cloud_user(members)]);
        outcome(&CHECK, &Inventory { cloud_user: users, ..nothing() })
    }

    #[test]
    fn a_user_fails_a_second_after_the_limit() {
        assert_eq!(said(json!({ "created": "2025-11-21T00:00:00Z" })), "pass");
        let old = json!({ "created": "2025-11-20T23:59:59Z" });
        assert_eq!(said(old), "fail: created 2025-11-20");
        assert_eq!(said(json!({ "created": "2020-01-01T00:00:00Z", "status": "deleted" })), "pass");
    }

    #[test]
    fn a_user_without_a_date_is_unclear() {
        assert_eq!(said(json!({ "created": null })), "not evaluated: unclear");
    }
}

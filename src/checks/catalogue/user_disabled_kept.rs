//! Disabled local users.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(90),
    limits: (days(1), days(3650)),
    help: "Report disabled users who were last changed longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "user_disabled_kept",
    title: "Disabled user is still there",
    severity: Severity::Low,
    why: "One click makes the login work again, with all its groups.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users: delete the user",
        api: Some("DELETE /me/identity/user/{user}"),
    },
    needs: &["iam_user"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

/// The last change of a disabled user is at the latest when it was disabled.
fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge(&context.inventory.iam_user, |user| match (&*user.status, user.updated) {
        ("DISABLED", Some(updated)) => context.overdue("disabled and last changed", updated, limit),
        ("DISABLED", None) | ("", _) => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_user::User;

    fn with(status: &str, updated: &str) -> String {
        let user = User {
            login: "ann".to_owned(),
            status: status.into(),
            updated: updated.parse().ok(),
            ..User::default()
        };
        outcome(&CHECK, &Inventory { iam_user: account(vec![user]), ..nothing() })
    }

    #[test]
    fn ninety_days_are_allowed_and_a_second_more_is_not() {
        assert_eq!(with("DISABLED", "2026-08-23T00:00:00Z"), "pass");
        let kept = with("DISABLED", "2026-08-22T23:59:59Z");
        assert_eq!(kept, "fail: disabled and last changed 2026-08-22");
        assert_eq!(with("OK", "2020-01-01T00:00:00Z"), "pass");
    }

    #[test]
    fn an_unknown_status_or_date_is_unclear() {
        for (status, updated) in [("", "2020-01-01T00:00:00Z"), ("DISABLED", "")] {
            assert_eq!(with(status, updated), "not evaluated: unclear");
        }
    }
}

//! Local users who never set their password.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(7),
    limits: (days(1), days(3650)),
    help: "Report users who wait for their first password longer than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "user_never_onboarded",
    title: "User never set a password of their own",
    severity: Severity::Medium,
    why: "The first password was sent to somebody, and works as long as nobody replaces it.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users: delete the user, or \
                send the invitation again",
        api: Some("DELETE /me/identity/user/{user}"),
    },
    needs: &["iam_user"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge(&context.inventory.iam_user, |user| match (&*user.status, user.created) {
        ("PASSWORD_CHANGE_REQUIRED", Some(created)) => {
            context.overdue("waits for a first password since", created, limit)
        }
        ("PASSWORD_CHANGE_REQUIRED", None) | ("", _) => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_user::User;

    fn with(status: &str, created: &str) -> String {
        let user = User {
            login: "ann".to_owned(),
            status: status.into(),
            created: created.parse().ok(),
            ..User::default()
        };
        outcome(&CHECK, &Inventory { iam_user: account(vec![user]), ..nothing() })
    }

    #[test]
    fn a_week_is_allowed_and_a_second_more_is_not() {
        let waiting = "PASSWORD_CHANGE_REQUIRED";
        assert_eq!(with(waiting, "2026-11-14T00:00:00Z"), "pass");
        let late = with(waiting, "2026-11-13T23:59:59Z");
        assert_eq!(late, "fail: waits for a first password since 2026-11-13");
        assert_eq!(with("OK", "2020-01-01T00:00:00Z"), "pass");
    }

    #[test]
    fn an_unknown_status_or_date_is_unclear() {
        for (status, created) in [("", "2020-01-01T00:00:00Z"), ("PASSWORD_CHANGE_REQUIRED", "")] {
            assert_eq!(with(status, created), "not evaluated: unclear");
        }
    }
}

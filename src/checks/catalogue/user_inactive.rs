//! Local users who no longer log in.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::users::judge_active;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(90),
    limits: (days(1), days(3650)),
    help: "Report users whose last login is longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "user_inactive",
    title: "User has not logged in for a long time",
    severity: Severity::Medium,
    why: "Nobody misses the login of a person who left, and nobody notices its theft.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users: disable or delete the \
                user",
        api: Some("POST /me/identity/user/{user}/disable"),
    },
    needs: &["iam_user", "audit_log"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

/// The log proves the absence of a login only as far back as its oldest event.
fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    let audit_log = &context.inventory.audit_log;
    let log = audit_log.items().next().map(|(_, log)| log);
    let whole = log.filter(|log| log.unclear == 0 && audit_log.unseen().is_none());
    let oldest = whole.and_then(|log| log.oldest);
    let reaches_back = oldest.filter(|oldest| context.is_older(*oldest, limit));
    let logins: BTreeMap<_, _> = log
        .into_iter()
        .flat_map(|log| &log.logins)
        .filter(|logins| &*logins.kind == "USER")
        .map(|logins| (logins.login.as_str(), logins.last))
        .collect();
    judge_active(context, |user| {
        let last = logins.get(user.login.as_str());
        match (last, user.created, reaches_back) {
            (Some(Some(last)), ..) => context.overdue("last login", *last, limit),
            (None, Some(created), _) if !context.is_older(created, limit) => Opinion::Fine,
            (None, _, Some(oldest)) => {
                let evidence = format!("no login in the audit log since {}", oldest.strftime("%F"));
                Violation::because(evidence).into()
            }
            (Some(None), ..) | (None, _, None) => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::audit_log::{AuditLog, Logins};
    use crate::collectors::iam_user::User;

    fn with(oldest: &str, last: Option<&str>, created: &str) -> String {
        let user = User {
            login: "ann".to_owned(),
            status: "OK".into(),
            created: created.parse().ok(),
            ..User::default()
        };
        let logins = last.map(|last| Logins {
            kind: "USER".into(),
            login: "ann".to_owned(),
            last: Some(at(last)),
            ..Logins::default()
        });
        let logins = logins.into_iter().collect();
        let log = AuditLog { oldest: oldest.parse().ok(), logins, ..AuditLog::default() };
        let (iam_user, audit_log) = (account(vec![user]), account(vec![log]));
        outcome(&CHECK, &Inventory { audit_log, iam_user, ..nothing() })
    }

    const LONG_AGO: &str = "2025-01-01T00:00:00Z";

    #[test]
    fn ninety_days_are_allowed_and_a_second_more_is_not() {
        assert_eq!(with(LONG_AGO, Some("2026-08-23T00:00:00Z"), LONG_AGO), "pass");
        let late = with(LONG_AGO, Some("2026-08-22T23:59:59Z"), LONG_AGO);
        assert_eq!(late, "fail: last login 2026-08-22");
    }

    #[test]
    fn absence_from_the_log_counts_if_the_log_reaches_back() {
        let absent = with("2026-08-22T23:59:59Z", None, LONG_AGO);
        assert_eq!(absent, "fail: no login in the audit log since 2026-08-22");
        assert_eq!(with("2026-08-23T00:00:00Z", None, LONG_AGO), "not evaluated: unclear");
        assert_eq!(with("", None, LONG_AGO), "not evaluated: unclear");
        assert_eq!(with(LONG_AGO, None, "2026-11-01T00:00:00Z"), "pass");
    }
}

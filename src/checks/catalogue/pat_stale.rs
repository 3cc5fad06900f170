//! Personal access tokens out of use.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::collectors::Nullable;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::tokens::judge_valid;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(90),
    limits: (days(1), days(3650)),
    help: "Report tokens unused for longer than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "pat_stale",
    title: "Access token of a user not used for a long time",
    severity: Severity::Medium,
    why: "Nobody misses an unused token, and nobody notices its leak.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users > Tokens: ask the \
                user, then delete the token",
        api: Some("DELETE /me/identity/user/{user}/token/{name}"),
    },
    needs: &["iam_user_token"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

/// A token that was never used is as old as its creation.
fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge_valid(context, |token| match (token.last_used, token.created) {
        (Nullable::Value(used), _) => context.overdue("last used", used, limit),
        (Nullable::Null, Some(created)) => {
            context.overdue("never used since its creation on", created, limit)
        }
        (Nullable::Null, None) | (Nullable::Unknown, _) => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_user_token::Token;
    use jiff::Timestamp;

    fn with(created: &str, expires: Nullable<Timestamp>, last_used: Nullable<Timestamp>) -> String {
        let (login, name) = ("ci".to_owned(), "deploy".to_owned());
        let created = created.parse().ok();
        let token = Token { login, name, created, expires, last_used };
        outcome(&CHECK, &Inventory { iam_user_token: account(vec![token]), ..nothing() })
    }

    #[test]
    fn ninety_days_are_allowed_and_a_second_more_is_not() {
        let used = |date| with("2020-01-01T00:00:00Z", Nullable::Null, Nullable::Value(at(date)));
        assert_eq!(used("2026-08-23T00:00:00Z"), "pass");
        assert_eq!(used("2026-08-22T23:59:59Z"), "fail: last used 2026-08-22");
        let never = |created| with(created, Nullable::Null, Nullable::Null);
        assert_eq!(never("2026-08-23T00:00:00Z"), "pass");
        let stale = never("2026-08-22T23:59:59Z");
        assert_eq!(stale, "fail: never used since its creation on 2026-08-22");
    }

    #[test]
    fn an_expired_token_is_fine_and_unknown_dates_are_unclear() {
        let end = Nullable::Value(at(NOW));
        assert_eq!(with("2020-01-01T00:00:00Z", end, Nullable::Null), "pass");
        for last_used in [Nullable::Null, Nullable::Unknown] {
            assert_eq!(with("", Nullable::Null, last_used), "not evaluated: unclear");
        }
    }
}

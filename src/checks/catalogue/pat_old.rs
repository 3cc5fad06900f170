//! Old personal access tokens.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::tokens::judge_valid;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report tokens created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "pat_old",
    title: "Access token of a user not rotated",
    severity: Severity::Medium,
    why: "A token that is never replaced stays valid for everybody who ever held a copy.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users > Tokens: create a new \
                token, use it in place of the old one, and delete the old one",
        api: Some("DELETE /me/identity/user/{user}/token/{name}"),
    },
    needs: &["iam_user_token"],
    controls: &[controls::ROTATION],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge_valid(context, |token| match token.created {
        Some(created) => context.overdue("created", created, limit),
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::Nullable;
    use crate::collectors::iam_user_token::Token;
    use jiff::Timestamp;

    fn with(created: &str, expires: Nullable<Timestamp>, last_used: Nullable<Timestamp>) -> String {
        let (login, name) = ("ci".to_owned(), "deploy".to_owned());
        let created = created.parse().ok();
        let token = Token { login, name, created, expires, last_used };
        outcome(&CHECK, &Inventory { iam_user_token: account(vec![token]), ..nothing() })
    }

    #[test]
    fn a_year_is_allowed_and_a_second_more_is_not() {
        let created = |date| with(date, Nullable::Null, Nullable::Null);
        assert_eq!(created("2025-11-21T00:00:00Z"), "pass");
        assert_eq!(created("2025-11-20T23:59:59Z"), "fail: created 2025-11-20");
        assert_eq!(created(""), "not evaluated: unclear");
        let expired = with("2020-01-01T00:00:00Z", Nullable::Value(at(NOW)), Nullable::Null);
        assert_eq!(expired, "pass");
    }
}

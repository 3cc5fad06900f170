//! Personal access tokens of IAM users that are older than the rotation allows.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report access tokens created longer ago than this",
    flag: Some("check.iam-user-token-old.after"),
};

pub(super) static CHECK: Check = Check {
    id: "iam_user_token_old",
    title: "Access token of an IAM user not rotated",
    severity: Severity::Low,
    why: "A token that is never replaced stays valid for everybody who ever held a copy.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities: create a new token, use it in place \
                of the old one, and delete the old one",
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
    judge(&context.inventory.iam_user_token, |token| {
        let is_expired = token.expires.value().is_some_and(|end| *end <= context.now);
        let Some(created) = token.created else {
            return Opinion::Unclear;
        };
        match created.checked_add(limit) {
            Ok(due) if due < context.now && !is_expired => {
                let evidence = format!("created {}", created.strftime("%F"));
                Violation::because(evidence).since(Some(due)).into()
            }
            _ => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::iam_user_token::Token;
    use crate::collectors::{Inventory, Nullable};

    fn created(date: &str) -> String {
        let token = Token {
            login: "ci".to_owned(),
            name: "deploy".to_owned(),
            created: date.parse().ok(),
            expires: Nullable::Null,
            last_used: Nullable::Null,
        };
        outcome(&CHECK, &Inventory { iam_user_token: account(vec![token]), ..nothing() })
    }

    #[test]
    fn a_token_fails_a_second_after_the_limit() {
        assert_eq!(created("2025-11-21T00:00:00Z"), "pass");
        assert_eq!(created("2025-11-20T23:59:59Z"), "fail: created 2025-11-20");
    }

    #[test]
    fn nothing_is_evaluated_without_data() {
        assert_eq!(created("no date"), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

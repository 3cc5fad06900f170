//! Personal access tokens of IAM users that are older than the rotation allows.

use std::time::Duration;

use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::check::{Check, Repair};
use super::context::Context;
use super::verdict::{Opinion, Verdict, Violation, judge};

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
        api: "DELETE /me/identity/user/{user}/token/{name}",
    },
    needs: &["iam_user_token"],
    controls: &[],
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
    use super::super::fixtures::evaluated;
    use super::super::verdict::{Missing, Status};
    use super::*;
    use crate::collectors::iam_user_token::Token;
    use crate::collectors::{Inventory, Nullable};
    use crate::inventory::{Account, Sections, Unseen};

    const NOW: &str = "2026-11-21T00:00:00Z";

    fn verdict(created: &str) -> Verdict {
        let token = Token {
            login: "ci".to_owned(),
            name: "deploy".to_owned(),
            created: created.parse().ok(),
            expires: Nullable::Null,
            last_used: Nullable::Null,
        };
        let tokens = Sections::known(Account, NOW.parse().unwrap(), vec![token]);
        evaluated(&CHECK, &Inventory { iam_user_token: tokens, ..Inventory::default() }, NOW)
    }

    #[test]
    fn a_recent_token_passes() {
        assert_eq!(verdict("2026-11-01T00:00:00Z").status(), Status::Pass);
    }

    #[test]
    fn an_old_token_fails() {
        let verdict = verdict("2025-01-01T00:00:00Z");
        assert_eq!(verdict.status(), Status::Fail);
        assert_eq!(verdict.findings[0].evidence, "created 2025-01-01");
    }

    #[test]
    fn a_token_fails_a_second_after_the_limit() {
        assert_eq!(verdict("2025-11-21T00:00:00Z").status(), Status::Pass);
        assert_eq!(verdict("2025-11-20T23:59:59Z").status(), Status::Fail);
    }

    #[test]
    fn nothing_is_evaluated_without_data() {
        let missing = evaluated(&CHECK, &Inventory::default(), NOW).missing;
        assert_eq!(missing, Some(Missing::Data(Unseen::NotCollected)));
        let unclear = verdict("");
        assert_eq!((unclear.status(), unclear.unclear.len()), (Status::NotEvaluated, 1));
    }
}

//! Personal access tokens without an end.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::collectors::Nullable;
use crate::config::severity::Severity;

use super::tokens::judge_valid;

pub(super) static CHECK: Check = Check {
    id: "pat_no_expiry",
    title: "Access token of a user never expires",
    severity: Severity::High,
    why: "The token is a bearer secret: its finder acts as its user forever.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users > Tokens: create a \
                token with an end, use it in place of the old one, and delete the \
                old one",
        api: Some("DELETE /me/identity/user/{user}/token/{name}"),
    },
    needs: &["iam_user_token"],
    controls: &[controls::ROTATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_valid(context, |token| match token.expires {
        Nullable::Null => Violation::because("it has no expiry").into(),
        Nullable::Value(_) => Opinion::Fine,
        Nullable::Unknown => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, at, nothing, outcome};
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
    fn a_token_is_to_have_an_end() {
        let date = "2027-01-01T00:00:00Z";
        let with = |expires| with("", expires, Nullable::Null);
        assert_eq!(with(Nullable::Null), "fail: it has no expiry");
        assert_eq!(with(Nullable::Value(at(date))), "pass");
        assert_eq!(with(Nullable::Unknown), "not evaluated: unclear");
    }
}

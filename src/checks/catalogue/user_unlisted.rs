//! Local users of the account on no allow list.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, judge};
use crate::collectors::Nullable;
use crate::config::lists::ListName;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "user_unlisted",
    title: "Local user that is on no allow list",
    severity: Severity::High,
    why: "A user that nobody listed may be an attacker's way back into the account.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Users: find the person, and add \
                the login to lists.users, or delete the user if nobody needs it",
        api: Some("DELETE /me/identity/user/{user}"),
    },
    needs: &["iam_user"],
    controls: &[controls::INVENTORY, controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// A user is listed by the login, or by the domain of the e-mail address as `@example.com`.
fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::Users) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    judge(&context.inventory.iam_user, |user| {
        let login = user.login.as_str();
        match &user.email_domain {
            _ if login.is_empty() => Opinion::Unclear,
            Nullable::Value(domain) => {
                allowed.opinion(&[login, &format!("@{domain}")], &format!("user {login}"))
            }
            Nullable::Unknown if !allowed.has(&[login]) => Opinion::Unclear,
            Nullable::Unknown | Nullable::Null => {
                allowed.opinion(&[login], &format!("user {login}"))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome, outcome_listed};
    use crate::collectors::Inventory;
    use crate::collectors::iam_user::User;

    fn users(domain: Nullable<&str>) -> Inventory {
        let email_domain = match domain {
            Nullable::Value(domain) => Nullable::Value(domain.into()),
            Nullable::Null => Nullable::Null,
            Nullable::Unknown => Nullable::Unknown,
        };
        let user = User { login: "alice".to_owned(), email_domain, ..Default::default() };
        Inventory { iam_user: account(vec![user]), ..nothing() }
    }

    #[test]
    fn a_user_is_listed_by_the_login_or_by_the_domain_of_the_address() {
        let users = users(Nullable::Value("example.com"));
        let said = |entry: &str| outcome_listed(&CHECK, &users, ListName::Users, entry);
        for entry in ["alice", "al*", "'@example.com'", "'*@example.com'"] {
            assert_eq!(said(entry), "pass", "{entry}");
        }
        for entry in ["bob", "'@example.org'", "Alice"] {
            assert_eq!(said(entry), "fail: user alice is on no allow list", "{entry}");
        }
        let ended = "{name: alice, owner: team-a, until: 2026-01-31}";
        assert_eq!(said(ended), "fail: user alice: listed until 2026-01-31, owner team-a");
    }

    #[test]
    fn an_unknown_address_may_be_of_a_listed_domain() {
        let said = |domain, entry| outcome_listed(&CHECK, &users(domain), ListName::Users, entry);
        assert_eq!(said(Nullable::Unknown, "'@example.com'"), "not evaluated: unclear");
        assert_eq!(said(Nullable::Unknown, "alice"), "pass");
        let unlisted = "fail: user alice is on no allow list";
        assert_eq!(said(Nullable::Null, "'@example.com'"), unlisted);
        assert_eq!(outcome(&CHECK, &users(Nullable::Null)), "not evaluated: not_configured");
    }
}

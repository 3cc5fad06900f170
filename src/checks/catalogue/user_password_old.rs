//! Old passwords of local users.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::collectors::identity_provider::Provider;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::users::judge_active;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report passwords that were last changed longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "user_password_old",
    title: "Password of a user not changed for a long time",
    severity: Severity::Medium,
    why: "A password that leaked once works until it is changed.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users: ask the user to \
                change the password",
        api: Some("PUT /me/identity/user/{user}"),
    },
    needs: &["iam_user", "identity_provider"],
    controls: &[controls::ROTATION],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

/// Where the identity provider alone lets people in, passwords of local users open nothing.
fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    let providers = &context.inventory.identity_provider;
    let disabled = |(_, provider): (_, &Provider)| provider.local_users_disabled;
    let is_federated = providers.items().any(|one| disabled(one) == Some(true));
    let may_be =
        providers.unseen().is_some() || providers.items().any(|one| disabled(one).is_none());
    judge_active(context, |user| match user.password_updated {
        _ if is_federated => Opinion::Fine,
        Some(changed) if may_be && context.is_older(changed, limit) => Opinion::Unclear,
        Some(changed) => context.overdue("password last changed", changed, limit),
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_user::User;
    use crate::collectors::identity_provider::Provider;

    fn with(changed: &str, local_users_disabled: Option<bool>) -> String {
        let user = User {
            login: "ann".to_owned(),
            status: "OK".into(),
            password_updated: changed.parse().ok(),
            ..User::default()
        };
        let provider = Provider { url: String::new(), local_users_disabled, certificates: vec![] };
        let identity_provider = account(vec![provider]);
        outcome(
            &CHECK,
            &Inventory { iam_user: account(vec![user]), identity_provider, ..nothing() },
        )
    }

    #[test]
    fn a_year_is_allowed_and_a_second_more_is_not() {
        assert_eq!(with("2025-11-21T00:00:00Z", Some(false)), "pass");
        let old = with("2025-11-20T23:59:59Z", Some(false));
        assert_eq!(old, "fail: password last changed 2025-11-20");
    }

    #[test]
    fn passwords_that_open_nothing_are_fine_and_an_unknown_date_is_unclear() {
        assert_eq!(with("2015-11-20T23:59:59Z", Some(true)), "pass");
        assert_eq!(with("no date", Some(false)), "not evaluated: unclear");
        assert_eq!(with("2015-11-20T23:59:59Z", None), "not evaluated: unclear");
    }
}

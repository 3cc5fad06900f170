//! The developer mode of the account.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "account_developer_mode",
    title: "The account is in developer mode",
    severity: Severity::Low,
    why: "Developer mode is meant for tests of the API and not for an account in production.",
    repair: Repair {
        panel: "Account name > Security: switch developer mode off",
        api: Some("PUT /me/accessRestriction/developerMode"),
    },
    needs: &["account"],
    controls: &[&[(Framework::Iso27001, "A.8.9~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.account, |profile| match profile.developer_mode {
        Some(true) => Violation::because("developer mode is on").into(),
        Some(false) => Opinion::Fine,
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;

    fn with(developer_mode: Option<bool>) -> String {
        let profile = Profile { developer_mode, ..Profile::default() };
        outcome(&CHECK, &Inventory { account: account(vec![profile]), ..nothing() })
    }

    #[test]
    fn the_mode_is_to_be_off() {
        assert_eq!(with(Some(false)), "pass");
        assert_eq!(with(Some(true)), "fail: developer mode is on");
        assert_eq!(with(None), "not evaluated: unclear");
    }
}

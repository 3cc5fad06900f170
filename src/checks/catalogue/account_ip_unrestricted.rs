//! Logins of the owner from any address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "account_ip_unrestricted",
    title: "The account's own login is open to any address",
    severity: Severity::Medium,
    why: "A stolen password works from anywhere.",
    repair: Repair {
        panel: "Account name > Security: allow the addresses of the operators first, then set the \
                default rule to deny; the wrong order locks everybody out",
        api: Some("PUT /me/accessRestriction/ipDefaultRule"),
    },
    needs: &["account"],
    controls: &[&[(Framework::Iso27001, "A.8.20~"), (Framework::Nis2, "11.6~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.account, |profile| match profile.login_default_rule.as_deref() {
        Some("accept") => {
            Violation::because("the default rule for addresses accepts logins").into()
        }
        Some("deny") => Opinion::Fine,
        Some(_) | None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;

    fn with(rule: Option<&str>) -> String {
        let profile = Profile { login_default_rule: rule.map(Into::into), ..Profile::default() };
        outcome(&CHECK, &Inventory { account: account(vec![profile]), ..nothing() })
    }

    #[test]
    fn the_default_rule_decides() {
        assert_eq!(with(Some("deny")), "pass");
        assert_eq!(with(Some("accept")), "fail: the default rule for addresses accepts logins");
        for unknown in [None, Some("maybe")] {
            assert_eq!(with(unknown), "not evaluated: unclear");
        }
    }
}

//! The account's own login with SMS as its only second factor.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::{self, Framework};
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::family::Word;

use super::owner::judge_owner;

pub(super) static CHECK: Check = Check {
    id: "account_mfa_sms_only",
    title: "The account's own login has no second factor but SMS",
    severity: Severity::Medium,
    why: "A text message reaches the thief who takes over the phone number.",
    repair: Repair {
        panel: "Account name > Security: add a security key or an authenticator application, and \
                remove SMS",
        api: None,
    },
    needs: &["account", "exporter_credential"],
    controls: &[controls::MFA, &[(Framework::CisAws3, "1.6")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_owner(context, |profile| {
        let count = |method: &str| profile.second_factors.get(&Word::from(method)).copied();
        match (count("totp"), count("u2f"), count("sms")) {
            (Some(1..), ..) | (_, Some(1..), _) | (.., Some(0)) => Opinion::Fine,
            (Some(_), Some(_), Some(_)) => Violation::because("only SMS is enabled").into(),
            _ => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome, owner};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;

    fn with(factors: &[(&str, usize)]) -> String {
        let second_factors = factors.iter().map(|&(method, count)| (method.into(), count));
        let profile = Profile { second_factors: second_factors.collect(), ..Profile::default() };
        let exporter_credential = account(vec![owner()]);
        let known = Inventory { account: account(vec![profile]), exporter_credential, ..nothing() };
        outcome(&CHECK, &known)
    }

    #[test]
    fn sms_alone_fails_and_no_factor_at_all_is_another_check() {
        assert_eq!(with(&[("totp", 0), ("u2f", 0), ("sms", 2)]), "fail: only SMS is enabled");
        assert_eq!(with(&[("totp", 1), ("u2f", 0), ("sms", 2)]), "pass");
        assert_eq!(with(&[("totp", 0), ("u2f", 0), ("sms", 0)]), "pass");
    }

    #[test]
    fn an_unreported_method_is_unclear_unless_another_decides() {
        assert_eq!(with(&[("u2f", 0), ("sms", 1)]), "not evaluated: unclear");
        assert_eq!(with(&[("u2f", 1), ("sms", 1)]), "pass");
    }
}

//! The account's own login without a second factor.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::owner::{factors, judge_owner};

pub(super) static CHECK: Check = Check {
    id: "account_mfa_missing",
    title: "The account's own login has no second factor",
    severity: Severity::Critical,
    why: "The owner's login stands above every policy: its password opens the whole account.",
    repair: Repair {
        panel: "Account name > Security: enable a second factor, best a security key",
        api: None,
    },
    needs: &["account", "exporter_credential"],
    controls: &[controls::MFA],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_owner(context, |profile| match factors(profile) {
        _ if profile.second_factors.values().any(|count| *count > 0) => Opinion::Fine,
        Some(_) => Violation::because("no TOTP, security key or SMS is enabled").into(),
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;
    use crate::collectors::exporter_credential::ExporterCredential;

    fn with(factors: &[(&str, usize)], identity: &str) -> String {
        let second_factors = factors.iter().map(|&(method, count)| (method.into(), count));
        let profile = Profile { second_factors: second_factors.collect(), ..Profile::default() };
        let own = ExporterCredential { identities: vec![identity.to_owned()], ..<_>::default() };
        let exporter_credential = account(vec![own]);
        let known = Inventory { account: account(vec![profile]), exporter_credential, ..nothing() };
        outcome(&CHECK, &known)
    }

    const OWNER: &str = "urn:v1:eu:identity:account:xx1-ovh";

    #[test]
    fn one_enabled_factor_is_enough_and_none_fails() {
        assert_eq!(with(&[("totp", 0), ("u2f", 1), ("sms", 0)], OWNER), "pass");
        let none = with(&[("totp", 0), ("u2f", 0), ("sms", 0)], OWNER);
        assert_eq!(none, "fail: no TOTP, security key or SMS is enabled");
    }

    #[test]
    fn an_unreported_method_is_unclear_and_another_identity_has_no_answer() {
        let unclear = "not evaluated: unclear";
        assert_eq!(with(&[("totp", 0), ("u2f", 0)], OWNER), unclear);
        assert_eq!(with(&[("totp", 1)], OWNER), "pass");
        let client = "urn:v1:eu:identity:credential:xx1-ovh/oauth2-1";
        let unanswered = "not evaluated: not_evaluable";
        assert_eq!(with(&[("totp", 1), ("u2f", 0), ("sms", 0)], client), unanswered);
    }
}

//! Few backup codes of the account's own login.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::setting::Setting;
use crate::config::severity::Severity;

use super::owner::{factors, judge_owner};

static LEAST: Setting<u64> = Setting {
    name: "least",
    default: 3,
    limits: (1, 10),
    help: "Report fewer backup codes than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "account_backup_codes_low",
    title: "The account's own login has few backup codes left",
    severity: Severity::Low,
    why: "Without the second factor and without a backup code, the owner has no way in.",
    repair: Repair {
        panel: "Account name > Security: renew the backup codes and store them in a safe place",
        api: None,
    },
    needs: &["account", "exporter_credential"],
    controls: &[controls::MFA],
    is_on: true,
    settings: &[LEAST.spec()],
    evaluate,
    count: None,
};

/// Backup codes serve a login with a second factor only. `account_mfa_missing` judges the others.
fn evaluate(context: &Context<'_>) -> Verdict {
    let least = context.get(&LEAST);
    judge_owner(context, |profile| match profile.backup_codes.map(u64::try_from) {
        _ if factors(profile) == Some(0) => Opinion::Fine,
        Some(Ok(left)) if left >= least => Opinion::Fine,
        Some(Ok(left)) => Violation::because(format!("{left} codes are left")).into(),
        Some(Err(_)) | None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome, owner};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;

    fn with(factors: usize, codes: Option<i64>) -> String {
        let others = ["u2f", "sms"].map(|method| (method.into(), 0));
        let second_factors = others.into_iter().chain([("totp".into(), factors)]).collect();
        let profile = Profile { second_factors, backup_codes: codes, ..Profile::default() };
        let exporter_credential = account(vec![owner()]);
        let known = Inventory { account: account(vec![profile]), exporter_credential, ..nothing() };
        outcome(&CHECK, &known)
    }

    #[test]
    fn three_codes_are_enough_and_two_are_not() {
        assert_eq!(with(1, Some(3)), "pass");
        assert_eq!(with(1, Some(2)), "fail: 2 codes are left");
    }

    #[test]
    fn a_login_without_a_factor_has_no_codes_and_an_unknown_number_is_unclear() {
        assert_eq!(with(0, Some(0)), "pass");
        let unknown = Profile { backup_codes: Some(0), ..Profile::default() };
        let exporter_credential = account(vec![owner()]);
        let known = Inventory { account: account(vec![unknown]), exporter_credential, ..nothing() };
        assert_eq!(outcome(&CHECK, &known), "fail: 0 codes are left");
        assert_eq!(with(1, None), "not evaluated: unclear");
        assert_eq!(with(1, Some(-1)), "not evaluated: unclear");
    }
}

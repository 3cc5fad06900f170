//! API applications with many valid credentials.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::setting::Setting;
use crate::config::severity::Severity;

use super::credentials::ValidKeys;

static MOST: Setting<u64> = Setting {
    name: "most",
    default: 2,
    limits: (1, 100),
    help: "Report applications with more valid credentials than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "application_many_credentials",
    title: "API application with more valid credentials than a rotation needs",
    severity: Severity::Medium,
    why: "Each credential is a key to the account, and nobody knows who holds the old ones.",
    repair: Repair {
        panel: "API keys: delete the credentials that nobody uses",
        api: Some("DELETE /me/api/credential/{credentialId}"),
    },
    needs: &["api_application", "api_credential"],
    controls: &[&[(Framework::CisAws3, "1.13"), (Framework::SecNumCloud, "9.3")]],
    is_on: true,
    settings: &[MOST.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let (keys, most) = (ValidKeys::of(context), context.get(&MOST));
    judge(&context.inventory.api_application, |application| {
        match application.id.map(|id| keys.count(id)) {
            Some(count) if count > most => {
                Violation::because(format!("{count} valid credentials")).into()
            }
            Some(_) if keys.are_known => Opinion::Fine,
            Some(_) | None => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, credential, inventory, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::api_application::Application;
    use crate::collectors::api_credential::Credential;

    fn with(keys: Vec<Credential>) -> String {
        let application =
            Application { id: Some(3), name: "backup".to_owned(), status: "active".into() };
        let api_application = account(vec![application]);
        outcome(&CHECK, &Inventory { api_application, ..inventory(keys) })
    }

    fn keys(count: i64) -> Vec<Credential> {
        (0..count)
            .map(|id| Credential { id: Some(id), ..credential("validated", "", None) })
            .collect()
    }

    #[test]
    fn two_credentials_are_enough_and_three_are_not() {
        assert_eq!(with(keys(2)), "pass");
        assert_eq!(with(keys(3)), "fail: 3 valid credentials");
    }

    #[test]
    fn a_credential_without_a_status_leaves_it_open() {
        assert_eq!(with(vec![credential("", "", None)]), "not evaluated: unclear");
        let beside = [keys(3), vec![credential("", "", None)]].concat();
        assert_eq!(with(beside), "fail: 3 valid credentials");
    }
}

//! API applications without a credential that works.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

use super::credentials::ValidKeys;

pub(super) static CHECK: Check = Check {
    id: "application_orphan",
    title: "API application without a valid credential",
    severity: Severity::Low,
    why: "Nobody uses it, and its secret still asks people for new credentials. Credentials that \
          other accounts granted to it are not visible.",
    repair: Repair {
        panel: "API keys: delete the application; its credentials end with it",
        api: Some("DELETE /me/api/application/{applicationId}"),
    },
    needs: &["api_application", "api_credential"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let keys = ValidKeys::of(context);
    judge(&context.inventory.api_application, |application| {
        match application.id.map(|id| keys.count(id)) {
            Some(1..) => Opinion::Fine,
            Some(0) if keys.are_known => {
                Violation::because("no credential of this account is valid").into()
            }
            Some(0) | None => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, credential, inventory, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::api_application::Application;
    use crate::collectors::api_credential::Credential;
    use crate::inventory::Sections;

    fn with(keys: Vec<Credential>) -> String {
        let application =
            Application { id: Some(3), name: "backup".to_owned(), status: "active".into() };
        let api_application = account(vec![application]);
        outcome(&CHECK, &Inventory { api_application, ..inventory(keys) })
    }

    #[test]
    fn an_application_is_to_have_a_valid_credential() {
        assert_eq!(with(vec![credential("validated", "", None)]), "pass");
        let orphan = "fail: no credential of this account is valid";
        assert_eq!(with(vec![credential("expired", "", None)]), orphan);
        assert_eq!(with(vec![]), orphan);
    }

    #[test]
    fn a_credential_of_an_unknown_application_leaves_it_open() {
        let lost = Credential { application: None, ..credential("validated", "", None) };
        assert_eq!(with(vec![lost]), "not evaluated: unclear");
        let unread = Inventory { api_credential: Sections::default(), ..nothing() };
        assert_eq!(outcome(&CHECK, &unread), "not evaluated: not_collected");
    }
}

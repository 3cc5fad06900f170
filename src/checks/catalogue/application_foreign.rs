//! Legacy API credentials of applications that another account owns.

use std::collections::BTreeSet;

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::credentials::{REPAIR, judge_valid};

pub(super) static CHECK: Check = Check {
    id: "application_foreign",
    title: "API credential belongs to the application of another account",
    severity: Severity::Medium,
    why: "Another account holds the secret of the application, and acts on this one.",
    repair: REPAIR,
    needs: &["api_credential", "api_application", "exporter_credential"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let applications = &context.inventory.api_application;
    let own: BTreeSet<_> = applications.items().filter_map(|(_, one)| one.id).collect();
    let is_known =
        applications.unseen().is_none() && applications.items().all(|(_, one)| one.id.is_some());
    judge_valid(context, |credential| match credential.application {
        Some(id) if own.contains(&id) => Opinion::Fine,
        Some(id) if is_known => {
            Violation::because(format!("application {id} is not of this account")).into()
        }
        Some(_) | None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, credential, inventory, outcome};
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
    fn an_application_that_is_not_listed_is_foreign() {
        assert_eq!(with(vec![credential("validated", "", None)]), "pass");
        let foreign = Credential { application: Some(4), ..credential("validated", "", None) };
        assert_eq!(with(vec![foreign.clone()]), "fail: application 4 is not of this account");
        let lost = Credential { application: None, ..foreign.clone() };
        assert_eq!(with(vec![lost]), "not evaluated: unclear");

        let unread = Inventory { api_application: Sections::default(), ..inventory(vec![foreign]) };
        assert_eq!(outcome(&CHECK, &unread), "not evaluated: not_collected");
    }
}

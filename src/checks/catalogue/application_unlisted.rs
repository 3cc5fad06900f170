//! Legacy API applications on no allow list.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, judge};
use crate::config::lists::ListName;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "application_unlisted",
    title: "API application that is on no allow list",
    severity: Severity::Medium,
    why: "The holder of an application asks users of the account for credentials that act outside \
          of its policies.",
    repair: Repair {
        panel: "API keys: delete the application, or add its id to lists.applications",
        api: Some("DELETE /me/api/application/{applicationId}"),
    },
    needs: &["api_application"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::Applications) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    judge(&context.inventory.api_application, |application| match application.id {
        None => Opinion::Unclear,
        Some(id) => allowed.opinion(&[&id.to_string()], &format!("application {id}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome, outcome_listed};
    use crate::collectors::Inventory;
    use crate::collectors::api_application::Application;

    fn applications(id: Option<i64>) -> Inventory {
        let application = Application { id, name: "backup".to_owned(), status: "active".into() };
        Inventory { api_application: account(vec![application]), ..nothing() }
    }

    #[test]
    fn an_application_is_listed_by_its_id() {
        let said =
            |id, entry| outcome_listed(&CHECK, &applications(id), ListName::Applications, entry);
        assert_eq!(said(Some(42), "42"), "pass");
        assert_eq!(said(Some(42), "backup"), "fail: application 42 is on no allow list");
        assert_eq!(said(None, "42"), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &applications(Some(42))), "not evaluated: not_configured");
    }
}

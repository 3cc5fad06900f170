//! Public Cloud projects on no allow list.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, judge};
use crate::config::lists::ListName;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "project_unlisted",
    title: "Public Cloud project that is on no allow list",
    severity: Severity::High,
    why: "A project that nobody listed costs money, and nobody watches its resources. An attacker \
          creates one to use the account.",
    repair: Repair {
        panel: "Public Cloud > Project > Settings: find the owner of the project, and add its id \
                to lists.projects, or delete it if nobody owns it",
        api: None,
    },
    needs: &["cloud_project"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::Projects) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    judge(&context.inventory.cloud_project, |project| match &*project.id {
        "" => Opinion::Unclear,
        id => allowed.opinion(&[id], &format!("project {id}")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::cloud_project;
    use crate::checks::fixtures::{account, nothing, outcome, outcome_listed};
    use crate::collectors::Inventory;

    #[test]
    fn a_project_is_listed_by_its_id_alone() {
        let projects = account(vec![cloud_project(json!({}))]);
        let projects = Inventory { cloud_project: projects, ..nothing() };
        let said = |entry: &str| outcome_listed(&CHECK, &projects, ListName::Projects, entry);
        assert_eq!(said("p1"), "pass");
        assert_eq!(said("shop"), "fail: project p1 is on no allow list");
        assert_eq!(outcome(&CHECK, &projects), "not evaluated: not_configured");
    }

    #[test]
    fn a_project_without_an_id_is_unclear() {
        let projects = account(vec![cloud_project(json!({ "id": "" }))]);
        let projects = Inventory { cloud_project: projects, ..nothing() };
        let said = outcome_listed(&CHECK, &projects, ListName::Projects, "p1");
        assert_eq!(said, "not evaluated: unclear");
    }
}

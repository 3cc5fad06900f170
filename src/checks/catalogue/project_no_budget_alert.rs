//! Public Cloud projects whose costs nobody watches.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;
use crate::inventory::Project;

pub(super) static CHECK: Check = Check {
    id: "project_no_budget_alert",
    title: "Public Cloud project without an alert on its costs",
    severity: Severity::Medium,
    why: "An alert on the costs is often the first sign of stolen keys: thieves create instances. \
          Without one, the first sign is the bill.",
    repair: Repair {
        panel: "Public Cloud > Project > Settings > Billing Control: create an alert, \
                with an address that people read",
        api: Some("POST /cloud/project/{serviceName}/alerting"),
    },
    needs: &["cloud_project", "cloud_budget_alert"],
    controls: &[&[(Framework::Iso27001, "A.5.9~"), (Framework::Nis2, "12~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let alerts = &context.inventory.cloud_budget_alert;
    judge(&context.inventory.cloud_project, |project| {
        if !project.is_readable() || project.is_suspended() {
            return Opinion::Fine;
        }
        let scope = Project(project.id.clone());
        let known = alerts.by_scope.get(&scope).map_or(&[][..], |section| &section.items);
        if known.iter().any(|alert| alert.is_active() == Some(true)) {
            return Opinion::Fine;
        }
        match alerts.whole(&scope) {
            Some([]) => Violation::because("it has no alert").into(),
            Some(all) if all.iter().all(|alert| alert.is_active() == Some(false)) => {
                Violation::because("all its alerts are disabled").into()
            }
            None | Some(_) => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::cloud_project;
    use crate::checks::fixtures::{account, in_part, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_budget_alert::BudgetAlert;

    fn alert(status: &str) -> BudgetAlert {
        BudgetAlert { id: "b1".to_owned(), status: status.into(), ..BudgetAlert::default() }
    }

    fn inventory(alerts: Vec<BudgetAlert>) -> Inventory {
        let projects = account(vec![cloud_project(json!({}))]);
        Inventory { cloud_project: projects, cloud_budget_alert: project(alerts), ..nothing() }
    }

    fn said(alerts: Vec<BudgetAlert>) -> String {
        outcome(&CHECK, &inventory(alerts))
    }

    #[test]
    fn one_alert_that_works_is_enough() {
        assert_eq!(said(vec![]), "fail: it has no alert");
        assert_eq!(said(vec![alert("disabled")]), "fail: all its alerts are disabled");
        assert_eq!(said(vec![alert("disabled"), alert("ok"), alert("")]), "pass");
    }

    #[test]
    fn a_project_out_of_service_needs_none() {
        let suspended = account(vec![cloud_project(json!({ "status": "suspended" }))]);
        let inventory = Inventory { cloud_project: suspended, ..inventory(vec![]) };
        assert_eq!(outcome(&CHECK, &inventory), "pass");
    }

    #[test]
    fn alerts_that_are_not_all_known_are_no_violation() {
        assert_eq!(said(vec![alert("disabled"), alert("")]), "not evaluated: unclear");
        let unread =
            Inventory { cloud_budget_alert: nothing().cloud_budget_alert, ..inventory(vec![]) };
        assert_eq!(outcome(&CHECK, &unread), "not evaluated: unclear");
        let part = |alerts| {
            let alerts = in_part(project(alerts));
            outcome(&CHECK, &Inventory { cloud_budget_alert: alerts, ..inventory(vec![]) })
        };
        assert_eq!(part(vec![]), "not evaluated: incomplete");
        assert_eq!(part(vec![alert("ok")]), "not evaluated: incomplete");
    }
}

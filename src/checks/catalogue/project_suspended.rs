//! Public Cloud projects out of service.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "project_suspended",
    title: "Public Cloud project suspended or in error",
    severity: Severity::High,
    why: "A suspended project serves nothing, and OVHcloud deletes its data after a while. The \
          usual cause is an unpaid bill.",
    repair: Repair {
        panel: "Public Cloud > Project > Project settings, and Billing > My bills: pay the open \
                bills, or ask the support",
        api: None,
    },
    needs: &["cloud_project"],
    controls: &[&[(Framework::Iso27001, "A.5.30~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_project, |project| match &*project.status {
        "suspended" | "error" => Violation::because(format!("status {}", project.status)).into(),
        "ok" | "updating" | "out_of_sync" | "creating" | "creation_planned" | "deleting"
        | "deleted" => Opinion::Fine,
        _ => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::cloud_project;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;

    fn said(status: &str) -> String {
        let projects = account(vec![cloud_project(json!({ "status": status }))]);
        outcome(&CHECK, &Inventory { cloud_project: projects, ..nothing() })
    }

    #[test]
    fn a_project_out_of_service_fails() {
        for status in ["ok", "updating", "creating", "deleting"] {
            assert_eq!(said(status), "pass", "{status}");
        }
        assert_eq!(said("suspended"), "fail: status suspended");
        assert_eq!(said("error"), "fail: status error");
    }

    #[test]
    fn an_unknown_status_is_unclear() {
        for status in ["", "unknown", "new"] {
            assert_eq!(said(status), "not evaluated: unclear", "{status}");
        }
    }
}

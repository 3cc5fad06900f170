//! Managed databases with an endpoint without TLS.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::leaving::judge_databases;

pub(super) static CHECK: Check = Check {
    id: "database_no_tls",
    title: "Managed database with an endpoint without TLS",
    severity: Severity::High,
    why: "Those who can listen on the way to the database read its passwords and its data.",
    repair: Repair {
        panel: "No place in the Control Panel: copy the data to a new service of a version whose \
                endpoints have TLS, or ask the support",
        api: None,
    },
    needs: &["cloud_database"],
    controls: &[controls::TLS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_databases(context, |database| match &database.without_tls {
        None => Opinion::Unclear,
        Some(components) if components.is_empty() => Opinion::Fine,
        Some(components) => {
            let names: Vec<_> = components.iter().map(|name| &**name).collect();
            Violation::because(format!("no TLS at {}", names.join(", "))).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::database;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let databases = project(vec![database(members)]);
        outcome(&CHECK, &Inventory { cloud_database: databases, ..nothing() })
    }

    #[test]
    fn an_endpoint_without_tls_fails_with_its_component() {
        let two = json!({ "without_tls": ["kafka", "mysql"] });
        assert_eq!(said(two), "fail: no TLS at kafka, mysql");
        assert_eq!(said(json!({ "without_tls": [] })), "pass");
    }

    #[test]
    fn unknown_endpoints_are_unclear() {
        assert_eq!(said(json!({ "without_tls": null })), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

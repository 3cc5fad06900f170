//! Managed databases on a single node.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::leaving::judge_databases;

pub(super) static CHECK: Check = Check {
    id: "database_single_node",
    title: "Managed database on a single node",
    severity: Severity::Medium,
    why: "The failure or the maintenance of the one node stops the database.",
    repair: Repair {
        panel: "Public Cloud > Project > Databases > the service > change to a plan with several \
                nodes: some plans have one node only",
        api: None,
    },
    needs: &["cloud_database"],
    controls: &[controls::AVAILABILITY],
    is_on: false,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_databases(context, |database| match database.nodes {
        Some(1) => Violation::because(format!("1 node, plan {}", database.plan)).into(),
        Some(2..) => Opinion::Fine,
        _ => Opinion::Unclear,
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
    fn one_node_fails_and_two_pass() {
        let essential = json!({ "nodes": 1, "plan": "essential" });
        assert_eq!(said(essential), "fail: 1 node, plan essential");
        assert_eq!(said(json!({ "nodes": 2 })), "pass");
    }

    #[test]
    fn an_unknown_number_of_nodes_is_unclear() {
        for nodes in [json!(null), json!(0)] {
            assert_eq!(said(json!({ "nodes": nodes })), "not evaluated: unclear");
        }
    }
}

//! Managed databases in the public network.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::leaving::judge_databases;

pub(super) static CHECK: Check = Check {
    id: "database_public_network",
    title: "Managed database in the public network",
    severity: Severity::Medium,
    why: "Its IP restrictions are all that keeps the world from the database. In a private \
          network, only the machines of that network reach it.",
    repair: Repair {
        panel: "Public Cloud > Project > Databases > the service > copy the data to a new \
                service in a private network (Fork, or a backup), and delete this one",
        api: None,
    },
    needs: &["cloud_database"],
    controls: &[controls::NETWORK],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_databases(context, |database| match &*database.network {
        "public" => Violation::because("its network is public").into(),
        "private" => Opinion::Fine,
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
    fn a_database_in_the_public_network_fails() {
        assert_eq!(said(json!({ "network": "public" })), "fail: its network is public");
        assert_eq!(said(json!({ "network": "private" })), "pass");
    }

    #[test]
    fn an_unknown_network_is_unclear() {
        assert_eq!(said(json!({ "network": "" })), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

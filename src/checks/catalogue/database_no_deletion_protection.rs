//! Managed databases that can be deleted without being unlocked.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::leaving::judge_databases;

pub(super) static CHECK: Check = Check {
    id: "database_no_deletion_protection",
    title: "Managed database without deletion protection",
    severity: Severity::Medium,
    why: "One wrong call, or one stolen key with write rights, deletes the database and its \
          backups.",
    repair: Repair {
        panel: "Public Cloud > Project > Databases > the service > Settings: switch the deletion \
                protection on",
        api: None,
    },
    needs: &["cloud_database"],
    controls: &[controls::DELETION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_databases(context, |database| match database.deletion_protection {
        Some(true) => Opinion::Fine,
        Some(false) => Violation::because("deletion protection is off").into(),
        None => Opinion::Unclear,
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
    fn a_database_that_is_not_locked_fails() {
        assert_eq!(
            said(json!({ "deletion_protection": false })),
            "fail: deletion protection is off"
        );
        assert_eq!(said(json!({ "deletion_protection": true })), "pass");
    }

    #[test]
    fn an_unknown_protection_is_unclear() {
        assert_eq!(said(json!({ "deletion_protection": null })), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

//! Managed databases without a recent backup.

use std::time::Duration;

use crate::checks::backups::of_database;
use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::judge_in;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::leaving::is_leaving;

static WITHIN: Setting<Duration> = Setting {
    name: "within",
    default: days(2),
    limits: (days(1), days(3650)),
    help: "Report databases whose newest backup is older than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "database_no_backup",
    title: "Managed database without a recent backup",
    severity: Severity::Medium,
    why: "After a loss of the database, or a mistake in it, there is nothing to restore.",
    repair: Repair {
        panel: "Public Cloud > Project > Databases: look at the backups of the database, and ask \
                OVHcloud's support why there is no recent one",
        api: None,
    },
    needs: &["cloud_database", "cloud_database_backup"],
    controls: &[controls::BACKUP],
    is_on: true,
    settings: &[WITHIN.spec()],
    evaluate,
    count: None,
};

/// Databases of engines without backups, such as Kafka, are not judged.
fn evaluate(context: &Context<'_>) -> Verdict {
    let within = context.get(&WITHIN);
    judge_in(&context.inventory.cloud_database, |project, database| {
        if is_leaving(&database.status) {
            return Opinion::Fine;
        }
        let Some(points) = of_database(context.inventory, project, database) else {
            return Opinion::Fine;
        };
        match (points.newest, database.created) {
            (Some(newest), _) if !context.is_older(newest, within) => Opinion::Fine,
            _ if points.may_lack => Opinion::Unclear,
            // The first backup of a new database is still to come.
            (None, Some(created)) if !context.is_older(created, within) => Opinion::Fine,
            (Some(newest), _) => context.overdue("newest backup", newest, within),
            (None, _) => Violation::because("no backup").into(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::cloud::database;
    use crate::checks::fixtures::in_part;
    use crate::checks::fixtures::{NOW, evaluated, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_database_backup::DatabaseBackups;
    use serde_json::json;

    fn known(backups: Vec<DatabaseBackups>) -> Inventory {
        let one = database(json!({"id": "d1", "created": "2026-01-01T00:00:00Z"}));
        Inventory {
            cloud_database: project(vec![one]),
            cloud_database_backup: project(backups),
            ..nothing()
        }
    }

    fn backups(newest: &str) -> DatabaseBackups {
        DatabaseBackups {
            database_id: "d1".to_owned(),
            newest: newest.parse().ok(),
            ..DatabaseBackups::default()
        }
    }

    #[test]
    fn two_days_are_allowed_and_a_second_more_is_not() {
        let of = |date: &str| outcome(&CHECK, &known(vec![backups(date)]));
        assert_eq!(of("2026-11-19T00:00:00Z"), "pass");
        assert_eq!(of("2026-11-18T23:59:59Z"), "fail: newest backup 2026-11-18");
        assert_eq!(of(""), "fail: no backup");
    }

    #[test]
    fn an_engine_without_backups_and_a_new_database_are_not_judged() {
        let kafka = database(json!({"id": "d1", "engine": "kafka"}));
        let kafka = Inventory { cloud_database: project(vec![kafka]), ..known(vec![]) };
        assert_eq!(outcome(&CHECK, &kafka), "pass");
        assert_eq!(outcome(&CHECK, &known(vec![])), "not evaluated: unclear");
        let young = database(json!({"id": "d1", "created": "2026-11-20T00:00:00Z"}));
        let young = Inventory { cloud_database: project(vec![young]), ..known(vec![backups("")]) };
        assert_eq!(outcome(&CHECK, &young), "pass");
    }

    #[test]
    fn backups_without_a_date_and_unread_ones_are_unclear() {
        let undated = DatabaseBackups { has_undated: true, ..backups("") };
        assert_eq!(outcome(&CHECK, &known(vec![undated])), "not evaluated: unclear");
        let cloud_database_backup = in_part(project(vec![]));
        let unread = Inventory { cloud_database_backup, ..known(vec![]) };
        assert_eq!(evaluated(&CHECK, &unread, NOW).unclear.len(), 1);
    }
}

//! The backups of managed databases, below the route of each engine. Databases of `postgresql` have
//! one of each type and state.

use serde_json::{Value, json};

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route, Source};

/// The databases of all engines, and their member with the identifier.
const DATABASES: Source =
    Source { list: "/cloud/project/{serviceName}/database/service", key: "id" };

/// The routes of each engine with backups: its databases, their backups, and one backup.
macro_rules! engines {
    ($($name:literal: $enums:expr),+ $(,)?) => {
        const ROUTES: &[Route] = &[$(
            Route {
                template: concat!("/cloud/project/{serviceName}/database/", $name),
                action: Some(concat!("publicCloudProject:apiovh:database/", $name, "/get")),
                kind: Kind::Ids,
                source: Some(DATABASES),
                keep: |database, _| Ok(database.get("engine") == Some(&json!($name))),
                ..Route::GET
            },
            Route {
                template: concat!(
                    "/cloud/project/{serviceName}/database/", $name, "/{clusterId}/backup"
                ),
                action: Some(concat!("publicCloudProject:apiovh:database/", $name, "/backup/get")),
                enums: $enums,
                kind: Kind::Ids,
                ..Route::GET
            },
            Route {
                template: concat!(
                    "/cloud/project/{serviceName}/database/",
                    $name,
                    "/{clusterId}/backup/{backupId}"
                ),
                action: Some(concat!("publicCloudProject:apiovh:database/", $name, "/backup/get")),
                enums: $enums,
                kind: Kind::One(Batch::IfToldSo),
                ..Route::GET
            },
        )+];

        const ENGINES: &[&str] = &[$($name),+];
    };
}

engines! {
    "cassandra": &[],
    "clickhouse": &[],
    "grafana": &[],
    "m3db": &[],
    "mongodb": &[],
    "mysql": &[],
    "opensearch": &[],
    "postgresql": &["status", "type"],
    "redis": &[],
    "valkey": &[],
}

pub(super) const RESOURCE: Resource = Resource {
    name: "database_backup",
    routes: ROUTES,
    generate: |account, _: &Size, draw| {
        fill(account, |_| &[("READY", "automatic", 0), ("READY", "automatic", 1)], draw);
    },
    reference: |account, draw| {
        let backups = |engine: &str| match engine {
            "postgresql" => ALL,
            // Its newest one is too old.
            "mysql" => &[("READY", "automatic", 9), ("ERROR", "automatic", 1)][..],
            // It has none.
            "redis" => &[],
            _ => &[("READY", "automatic", 0), ("READY", "automatic", 1)],
        };
        fill(account, backups, draw);
    },
};

/// Status, type, age in days.
type Backup = (&'static str, &'static str, i64);

const ALL: &[Backup] = &[
    ("READY", "automatic", 0),
    ("READY", "pitr", 1),
    ("READY", "manual", 40),
    ("READY", "snapshot", 3),
    ("READY", "none", 4),
    ("CREATING", "automatic", 0),
    ("DELETING", "automatic", 14),
    ("DRAINED", "automatic", 5),
    ("ERROR", "automatic", 2),
    ("LOCKED", "automatic", 6),
    ("LOCKED_PENDING", "automatic", 7),
    ("LOCKED_UPDATING", "automatic", 8),
    ("PENDING", "automatic", 0),
    ("SHELVED", "automatic", 9),
    ("TO_DRAIN", "automatic", 10),
    ("UPDATING", "automatic", 11),
];

fn fill(account: &mut Account, of: impl Fn(&str) -> &'static [Backup], draw: &mut Draw) {
    for_each_project(account, "database/service", |account, project, databases| {
        for database in account.list(databases).to_vec() {
            let member = |name: &str| database.get(name).and_then(Value::as_str);
            let (Some(id), Some(engine)) = (member("id"), member("engine")) else { continue };
            if !ENGINES.contains(&engine) {
                continue;
            }
            let path = format!("/cloud/project/{project}/database/{engine}/{id}/backup");
            for (status, kind, days) in of(engine) {
                let created = draw.days_ago(*days) - 7200;
                let backup = json!({
                    "id": draw.uuid(), "description": "", "status": status, "type": kind,
                    "region": "GRA", "regions": [{ "name": "GRA" }],
                    "size": { "unit": "MB", "value": 100 }, "createdAt": draw.v1(created),
                });
                account.list_mut(&path).push(backup);
            }
        }
    });
}

//! The managed databases on offer: engines, their versions and plans, and until when.
//!
//! The engines and versions are OVHcloud's or nearly; their states and dates are made up.

use serde_json::{Value, json};

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "database_availability",
    // The queries are left out: what `action` and `target` make of the offers for a `clusterId` is
    // unverified.
    routes: &[Route {
        template: "/cloud/project/{serviceName}/database/availability",
        action: Some("publicCloudProject:apiovh:database/availability/get"),
        key: "engine",
        enums: &["lifecycle.status", "status", "category", "backup", "network"],
        kind: Kind::Objects,
        ..Route::GET
    }],
    generate: |account, _: &Size, draw| fill(account, |engine| USUAL.contains(&engine), draw),
    reference: |account, draw| fill(account, |engine| engine != NOT_ON_OFFER, draw),
};

/// An engine, and its versions from old to new.
pub(super) struct Engine {
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) backup: &'static str,
    pub(super) versions: &'static [Version],
}

/// A version, its state, and the days until the end of its life, negative after it.
type Version = (&'static str, &'static str, Option<i64>);

const fn engine(
    name: &'static str,
    category: &'static str,
    backup: &'static str,
    versions: &'static [Version],
) -> Engine {
    Engine { name, category, backup, versions }
}

/// The engine that is run but not on offer.
const NOT_ON_OFFER: &str = "m3aggregator";

pub(super) const ENGINES: &[Engine] = &[
    engine(
        "cassandra",
        "operational",
        "snapshot",
        &[("4.0", "END_OF_LIFE", Some(-200)), ("4.1", "END_OF_SALE", Some(120))],
    ),
    engine(
        "clickhouse",
        "analysis",
        "automatic",
        &[("24.8", "STABLE", Some(200)), ("25.3", "BETA", None)],
    ),
    engine("grafana", "analysis", "none", &[("11.6", "STABLE", None)]),
    engine(
        "kafka",
        "streaming",
        "none",
        &[("3.7", "DEPRECATED", Some(25)), ("3.9", "STABLE", Some(500))],
    ),
    engine("kafkaConnect", "streaming", "none", &[("3.9", "STABLE", Some(500))]),
    engine("kafkaMirrorMaker", "streaming", "none", &[("3.9", "STABLE", Some(500))]),
    engine(NOT_ON_OFFER, "operational", "none", &[("1.5", "", None)]),
    engine("m3db", "operational", "snapshot", &[("1.5", "UNAVAILABLE", Some(-30))]),
    engine(
        "mongodb",
        "operational",
        "manual",
        &[("6.0", "DEPRECATED", Some(60)), ("8.0", "STABLE", None)],
    ),
    engine("mysql", "operational", "pitr", &[("8", "STABLE", Some(160))]),
    engine(
        "opensearch",
        "analysis",
        "automatic",
        &[("1", "END_OF_LIFE", Some(-90)), ("2", "STABLE", None)],
    ),
    engine(
        "postgresql",
        "operational",
        "pitr",
        &[
            ("13", "END_OF_LIFE", Some(-8)),
            ("14", "DEPRECATED", Some(12)),
            ("17", "STABLE", Some(1080)),
        ],
    ),
    engine("redis", "operational", "automatic", &[("7.2", "DEPRECATED", Some(85))]),
    engine("valkey", "operational", "automatic", &[("8.0", "STABLE", None)]),
];

/// The plans of every engine, with their numbers of nodes.
pub(super) const PLANS: &[(&str, u64)] = &[("essential", 1), ("business", 2)];

/// The engines of generated accounts: what is on offer of all would make each project heavy.
pub(super) const USUAL: &[&str] =
    &["postgresql", "mysql", "kafka", "valkey", "mongodb", "opensearch"];

/// Whether a database of the engine has backups.
pub(super) fn has_backups(engine: &Engine) -> bool {
    engine.backup != "none"
}

fn fill(account: &mut Account, is_offered: impl Fn(&str) -> bool, draw: &mut Draw) {
    // The same for all projects.
    let mut offers = Vec::new();
    for engine in ENGINES.iter().filter(|engine| is_offered(engine.name)) {
        for version in engine.versions {
            for plan in PLANS {
                offers.push(object(engine, version, plan, ("GRA", "public"), draw));
            }
        }
        // The truth has a row for each flavor, region and network, too: here one engine has.
        if let ("postgresql", Some(newest)) = (engine.name, engine.versions.last()) {
            for place in [("GRA", "private"), ("EU-WEST-PAR", "public")] {
                for plan in PLANS {
                    offers.push(object(engine, newest, plan, place, draw));
                }
            }
        }
    }
    for_each_project(account, "database/availability", |account, _, path| {
        account.list_mut(path).clone_from(&offers);
    });
}

fn object(
    engine: &Engine,
    (version, status, ends): &Version,
    (plan, nodes): &(&str, u64),
    (region, network): (&str, &str),
    draw: &mut Draw,
) -> Value {
    let name = engine.name;
    let end = ends.map(|days| Draw::day(draw.days_ago(-days)));
    let sale = ends.map(|days| Draw::day(draw.days_ago(90 - days)));
    let start = Draw::day(draw.days_ago(1500));
    let retention = if has_backups(engine) { 14 } else { 0 };
    let gigabytes = |value: u64| json!({ "unit": "GB", "value": value });
    let storage =
        json!({ "minimum": gigabytes(80), "maximum": gigabytes(320), "step": gigabytes(10) });
    let is_newest = engine.versions.last().is_some_and(|(newest, ..)| newest == version);
    let offer = json!({
        "engine": name, "version": version, "plan": plan, "region": region, "flavor": "db1-7",
        "planCode": format!("databases.{name}-{plan}-db1-7.hour.consumption"),
        "planCodeStorage": "", "category": engine.category, "network": network,
        "default": is_newest && *plan == "essential", "status": status, "startDate": start,
        "endOfLife": end, "upstreamEndOfLife": end,
        "lifecycle":
            { "status": status, "startDate": start, "endOfSale": sale, "endOfLife": end },
        "backup": engine.backup, "backupRetentionDays": retention,
        "backups": {
            "available": has_backups(engine),
            "retentionDays": if has_backups(engine) { json!(retention) } else { Value::Null },
        },
        "minNodeNumber": nodes, "maxNodeNumber": nodes, "minDiskSize": 80, "maxDiskSize": 320,
        "stepDiskSize": 10,
        "specifications": {
            "flavor": "db1-7", "network": network,
            "nodes": { "minimum": nodes, "maximum": nodes },
            "storage": if has_backups(engine) { storage } else { Value::Null },
        },
    });
    draw.vary_nulls(offer)
}

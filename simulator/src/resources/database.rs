//! Managed databases of all engines, as the route that needs no engine shows them.
//!
//! There is no region at the top: the nodes have one.

use serde_json::{Value, json};

use super::database_availability::{ENGINES, Engine, PLANS, USUAL, has_backups};
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:database/service/get"),
    enums: &[
        "status",
        "engine",
        "category",
        "networkType",
        "nodes.status",
        "nodes.role",
        "endpoints.component",
    ],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "database",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/database/service",
            query: &["category"],
            kind: Kind::Ids,
            keep,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/database/service/{clusterId}",
            kind: Kind::One(Batch::IfToldSo),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// Who may connect; what an empty list means is unverified.
#[derive(Clone, Copy, Default)]
enum Open {
    Nobody,
    #[default]
    Office,
    Everybody,
}

struct Database<'a> {
    name: &'a str,
    engine: &'a str,
    version: &'a str,
    plan: &'a str,
    status: &'a str,
    network: &'a str,
    open: Open,
    region: &'a str,
}

fn reference(account: &mut Account, draw: &mut Draw) {
    use Open::{Everybody, Nobody, Office};
    for (project, name, (engine, version, plan), status, (network, open)) in [
        ("prod", "orders", ("postgresql", "17", "business"), "READY", ("private", Office)),
        ("prod", "billing", ("postgresql", "13", "business"), "READY", ("public", Everybody)),
        ("prod", "sessions", ("redis", "7.2", "essential"), "READY", ("public", Nobody)),
        ("prod", "events", ("kafka", "3.7", "business"), "UPDATING", ("private", Nobody)),
        ("prod", "metrics", ("m3db", "1.5", "business"), "LOCKED", ("public", Office)),
        ("prod", "sums", ("m3aggregator", "1.5", "business"), "READY", ("private", Nobody)),
        ("prod", "boards", ("grafana", "11.6", "essential"), "READY", ("public", Everybody)),
        ("staging", "new", ("postgresql", "17", "essential"), "CREATING", ("public", Nobody)),
        ("staging", "shop", ("mysql", "8", "essential"), "ERROR", ("public", Office)),
        ("staging", "carts", ("mongodb", "6.0", "business"), "CREATING", ("public", Everybody)),
        ("staging", "cache", ("valkey", "8.0", "essential"), "PENDING", ("private", Nobody)),
        ("staging", "search", ("opensearch", "1", "business"), "DRAINED", ("public", Office)),
        ("staging", "columns", ("clickhouse", "25.3", "business"), "DELETING", ("public", Office)),
        ("staging", "rows", ("cassandra", "4.0", "business"), "SHELVED", ("private", Nobody)),
        ("staging", "pipes", ("kafkaConnect", "3.9", "essential"), "TO_DRAIN", ("public", Nobody)),
        (
            "staging",
            "copies",
            ("kafkaMirrorMaker", "3.9", "essential"),
            "LOCKED_PENDING",
            ("public", Nobody),
        ),
        (
            "staging",
            "logs",
            ("opensearch", "2", "essential"),
            "LOCKED_UPDATING",
            ("public", Office),
        ),
        ("legacy", "cms", ("mysql", "8", "essential"), "READY", ("public", Everybody)),
    ] {
        let Some(id) = account.project(project) else { continue };
        let region = if engine == "kafka" { "EU-WEST-PAR" } else { "GRA" };
        let database = Database { name, engine, version, plan, status, network, open, region };
        push(account, &id, &database, draw);
    }
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    const OPEN: &[Open] = &[Open::Office, Open::Office, Open::Nobody, Open::Everybody];
    for_each_project(account, "database/service", |account, project, _| {
        for number in 0..size.databases {
            let engine = USUAL.get(number % USUAL.len()).copied().unwrap_or_default();
            let Some(known) = ENGINES.iter().find(|known| known.name == engine) else { break };
            let version = known.versions.get(draw.below(known.versions.len()));
            let version = version.map_or("", |(version, ..)| version);
            let database = Database {
                name: &format!("{engine}-{number}"),
                engine,
                version,
                plan: draw.choose(PLANS).0,
                status: if draw.one_in(20) { "UPDATING" } else { "READY" },
                network: draw.choose(&["private", "public"]),
                open: draw.choose(OPEN),
                region: draw.choose(&["GRA", "GRA", "EU-WEST-PAR"]),
            };
            push(account, project, &database, draw);
        }
    });
}

fn push(account: &mut Account, project: &str, database: &Database<'_>, draw: &mut Draw) {
    let Some(engine) = ENGINES.iter().find(|engine| engine.name == database.engine) else { return };
    let Database { name, version, plan, status, network, region, .. } = database;
    let id = draw.uuid();
    let created = draw.ago(1, 700);
    let newest_backup = draw.days_ago(0) - 2700;
    let private = |draw: &mut Draw| {
        if *network == "private" { json!(draw.uuid()) } else { Value::Null }
    };
    let backups = json!({
        "time": "02:00:00", "regions": [region], "retentionDays": 14,
        "pitr": if engine.backup == "pitr" { draw.v1(newest_backup) } else { Value::Null },
    });
    let count = PLANS.iter().find(|(known, _)| known == plan).map_or(1, |(_, count)| *count);
    let storage = json!({ "size": { "unit": "GB", "value": 160 }, "type": "high-speed" });
    let database = json!({
        "id": id, "description": name, "engine": engine.name, "category": engine.category,
        "version": version, "plan": plan, "flavor": "db1-7", "status": status,
        "createdAt": draw.v1(created), "networkType": network, "networkId": private(draw),
        "subnetId": private(draw), "nodes": nodes(database, count, created, draw),
        "nodeNumber": count, "endpoints": endpoints(engine, &id),
        "ipRestrictions": restrictions(database.open),
        "deletionProtection": if draw.one_in(3) { Value::Null } else { json!(draw.one_in(2)) },
        "enablePrometheus": if draw.one_in(3) { Value::Null } else { json!(draw.one_in(2)) },
        "backups": if has_backups(engine) { backups } else { Value::Null },
        "backupTime": "02:00:00", "maintenanceTime": "03:00:00",
        "disk": { "size": 160, "type": "high-speed" },
        "storage": if has_backups(engine) { storage } else { Value::Null },
        "capabilities": {
            "service": { "create": null, "read": "enabled", "update": "enabled", "delete": "enabled" },
            "backups": { "read": if has_backups(engine) { "enabled" } else { "disabled" } },
        },
    });
    let database = draw.vary_nulls(database);
    account.list_mut(&format!("/cloud/project/{project}/database/service")).push(database);
}

/// A database that is ordered just now has none yet.
fn nodes(database: &Database<'_>, count: u64, created: i64, draw: &mut Draw) -> Vec<Value> {
    let Database { name, engine, region, status, .. } = database;
    let count = if *name == "new" { 0 } else { count };
    let node = |number| {
        let role = match (*engine, number) {
            ("mongodb", 1) => json!("ANALYTICS"),
            ("mongodb", _) => json!("STANDARD"),
            _ => Value::Null,
        };
        let node = json!({
            "id": draw.uuid(), "name": format!("node-{number}"), "region": region,
            "flavor": "db1-7", "port": 20184, "role": role, "status": status,
            "createdAt": draw.v1(created),
        });
        draw.vary_nulls(node)
    };
    (1..=count).map(node).collect()
}

fn endpoints(engine: &Engine, id: &str) -> Vec<Value> {
    let name = engine.name;
    let components: &[&str] = match name {
        "clickhouse" => &["clickhouse", "clickhouseHttps", "clickhouseMysql"],
        "kafka" => &["kafka", "kafkaRestApi", "kafkaSASL", "kafkaSchemaRegistry"],
        "m3aggregator" => &["m3coordinator", "graphite", "influxdb"],
        "m3db" => &["m3coordinator", "prometheusRead", "prometheusWrite"],
        "mongodb" => &["mongodb", "mongodbAnalytics", "mongodbSrv", "mongodbSrvAnalytics"],
        "mysql" => &["mysql", "mysqlRead", "mysqlx"],
        "opensearch" => &["opensearch", "kibana"],
        "postgresql" => &["postgresql", "postgresqlRead", "postgresqlReadReplica"],
        // The service has none that clients connect to.
        "kafkaMirrorMaker" => &[],
        _ => &[name],
    };
    let head = id.get(..8).unwrap_or_default();
    let domain = format!("{}-{head}.database.cloud.ovh.net", name.to_lowercase());
    let endpoint = |component: &&str| {
        json!({
            "component": component, "domain": domain, "port": 20184, "path": null,
            "scheme": name.to_lowercase(), "ssl": true, "sslMode": "require",
            "uri": format!("{}://<username>:<password>@{domain}:20184", name.to_lowercase()),
        })
    };
    components.iter().map(endpoint).collect()
}

fn restrictions(open: Open) -> Value {
    let rule = |ip: &str, name: &str| json!({ "ip": ip, "description": name, "status": "READY" });
    match open {
        Open::Nobody => json!([]),
        Open::Office => json!([rule("192.0.2.0/24", "office")]),
        Open::Everybody => json!([rule("192.0.2.0/24", "office"), rule("0.0.0.0/0", "")]),
    }
}

fn keep(database: &Value, query: &Query) -> Result<bool, Refusal> {
    let Some(category) = query.get("category") else { return Ok(true) };
    if !["analysis", "operational", "streaming"].contains(&category) {
        return Err(Refusal::bad_parameter());
    }
    Ok(database.get("category").and_then(Value::as_str) == Some(category))
}

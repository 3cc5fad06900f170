//! The flavors of a project: each in each region that can hold instances.

use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "flavor",
    routes: &[Route {
        template: "/cloud/project/{serviceName}/flavor",
        action: Some("publicCloudProject:apiovh:flavor/get"),
        query: &["region"],
        kind: Kind::Objects,
        keep: in_region,
        ..Route::GET
    }],
    generate: |account, _: &Size, draw| fill(account, draw),
    reference: fill,
};

/// Name, cores, memory in Gio, disk in Gio.
const FLAVORS: &[(&str, u64, u64, u64)] = &[
    ("b3-8", 2, 8, 50),
    ("b3-16", 4, 16, 100),
    ("c3-8", 4, 8, 100),
    ("d2-2", 1, 2, 25),
    ("r3-32", 4, 32, 100),
    ("t1-45", 8, 45, 400),
];

fn fill(account: &mut Account, draw: &mut Draw) {
    for_each_project(account, "flavor", |account, project, path| {
        for region in region::with_instances(account, project) {
            for flavor in FLAVORS {
                let flavor = object(*flavor, &region, draw);
                account.list_mut(path).push(flavor);
            }
        }
    });
}

fn object((name, cores, ram, disk): (&str, u64, u64, u64), region: &str, draw: &mut Draw) -> Value {
    let bandwidth = json!(cores * 250);
    let flavor = json!({
        "id": draw.uuid(), "name": name, "region": region, "ram": ram, "vcpus": cores,
        "disk": disk, "type": "ovh.ssd.eg", "osType": "linux", "inboundBandwidth": bandwidth,
        "outboundBandwidth": bandwidth, "available": true, "quota": 10,
        "planCodes": { "hourly": format!("{name}.consumption"), "monthly": null, "license": null },
        "capabilities": [
            { "name": "resize", "enabled": true }, { "name": "snapshot", "enabled": true },
        ],
    });
    draw.vary_nulls(flavor)
}

/// The query `region` of the lists whose objects are in one.
#[expect(clippy::unnecessary_wraps, reason = "other routes refuse some queries")]
pub(super) fn in_region(object: &Value, query: &Query) -> Result<bool, Refusal> {
    let region = object.get("region").and_then(Value::as_str);
    Ok(query.get("region").is_none_or(|wanted| region == Some(wanted)))
}

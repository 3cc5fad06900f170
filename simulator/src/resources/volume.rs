//! The volumes of a project: attached, forgotten, encrypted or not, and in every state.

use serde_json::{Value, json};

use super::flavor::in_region;
use super::instance::zone;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:volume/get"),
    enums: &["status", "type"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "volume",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/volume",
            query: &["region"],
            kind: Kind::Objects,
            keep: in_region,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/volume/{volumeId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// The states that the named volumes of the reference account do not have.
const OTHER_STATUSES: &[&str] = &[
    "attaching",
    "awaiting-transfer",
    "backing-up",
    "creating",
    "deleted",
    "deleting",
    "detaching",
    "downloading",
    "error",
    "error_backing-up",
    "error_deleting",
    "error_extending",
    "error_restoring",
    "extending",
    "maintenance",
    "reserved",
    "restoring-backup",
    "retyping",
    "snapshotting",
    "uploading",
];
const TYPES: &[&str] = &[
    "classic",
    "high-speed",
    "high-speed-gen2",
    "classic-luks",
    "high-speed-luks",
    "high-speed-gen2-luks",
    "classic-multiattach",
];

struct Volume<'a> {
    name: &'a str,
    status: &'a str,
    kind: &'a str,
    region: &'a str,
    attached: Vec<String>,
}

fn reference(account: &mut Account, draw: &mut Draw) {
    for (project, name, kind, region, instances) in [
        ("prod", "data-1", "high-speed-luks", "GRA11", &["web-1"][..]),
        ("prod", "data-2", "classic", "SBG5", &["web-2"]),
        ("prod", "db-data", "high-speed-gen2-luks", "EU-WEST-PAR", &["db-1"]),
        ("prod", "shared", "classic-multiattach", "GRA11", &["web-1", "batch-1"]),
        ("prod", "forgotten", "classic", "GRA11", &[]),
        ("prod", "spare", "classic-luks", "SBG5", &[]),
        ("staging", "data-1", "high-speed", "GRA11", &["web-1"]),
        ("staging", "try", "high-speed-gen2", "SBG5", &[]),
        ("legacy", "cms-data", "classic", "GRA11", &["cms-1"]),
    ] {
        let Some(id) = account.project(project) else { continue };
        let attached = instances.iter().filter_map(|name| instance(account, &id, name)).collect();
        let status = if instances.is_empty() { "available" } else { "in-use" };
        push(account, &id, &Volume { name, status, kind, region, attached }, draw);
    }
    let Some(staging) = account.project("staging") else { return };
    for (number, status) in OTHER_STATUSES.iter().enumerate() {
        let kind = TYPES.get(number % TYPES.len()).copied().unwrap_or_default();
        // Attached still.
        let attached = instance(account, &staging, "web-1").filter(|_| *status == "detaching");
        let attached = attached.into_iter().collect();
        let region = if number % 2 == 0 { "GRA11" } else { "SBG5" };
        push(account, &staging, &Volume { name: status, status, kind, region, attached }, draw);
    }
}

fn instance(account: &Account, project: &str, name: &str) -> Option<String> {
    let instances = account.list(&format!("/cloud/project/{project}/instance"));
    let named = instances.iter().find(|instance| instance.get("name") == Some(&json!(name)));
    Some(named?.get("id")?.as_str()?.to_owned())
}

/// One for every second instance, and for every sixth one that nothing is attached to.
fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    for_each_project(account, "instance", |account, project, instances| {
        let place = |instance: &Value| {
            let member = |name: &str| instance.get(name)?.as_str().map(str::to_owned);
            Some((member("id")?, member("region")?))
        };
        let places: Vec<_> = account.list(instances).iter().filter_map(place).collect();
        for (number, (instance, region)) in places.into_iter().enumerate() {
            let (attached, status) = match number % 6 {
                0 | 2 | 4 => (vec![instance], "in-use"),
                1 if draw.one_in(8) => (Vec::new(), "error"),
                1 => (Vec::new(), "available"),
                _ => continue,
            };
            let kind = draw.choose(TYPES);
            let name = format!("volume-{number}");
            let volume = Volume { name: &name, status, kind, region: &region, attached };
            push(account, project, &volume, draw);
        }
    });
}

fn push(account: &mut Account, project: &str, volume: &Volume<'_>, draw: &mut Draw) {
    let Volume { name, status, kind, region, attached } = volume;
    let creation = draw.ago(1, 800);
    let plan = format!("volume.{kind}.consumption");
    let volume = json!({
        "id": draw.uuid(), "name": name, "description": "", "region": region,
        "availabilityZone": zone(region), "status": status, "type": kind,
        "size": draw.choose(&[10, 50, 100, 250, 500, 1000]), "bootable": draw.one_in(5),
        "attachedTo": attached, "creationDate": draw.v1(creation),
        "planCode": if draw.one_in(4) { Value::Null } else { json!(plan) },
    });
    let volume = draw.vary_nulls(volume);
    account.list_mut(&format!("/cloud/project/{project}/volume")).push(volume);
}

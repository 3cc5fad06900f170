//! The snapshots of a project's volumes; those of instances are another resource.

use serde_json::{Value, json};

use super::flavor::in_region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:volume/snapshot/get"),
    enums: &["status"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "volume_snapshot",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/volume/snapshot",
            query: &["region"],
            kind: Kind::Objects,
            keep: in_region,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/volume/snapshot/{snapshotId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    const STATUSES: &[&str] =
        &["available", "creating", "available", "deleting", "error", "error_deleting"];
    let mut statuses = STATUSES.iter().cycle();
    for_each_project(account, "volume", |account, project, volumes| {
        for volume in account.list(volumes).to_vec().iter().take(STATUSES.len()) {
            let status = statuses.next().copied().unwrap_or_default();
            push(account, project, volume, status, draw);
        }
        // One outlives its volume.
        if let Some(volume) = account.list(volumes).first() {
            let mut gone = volume.clone();
            if let Some(members) = gone.as_object_mut() {
                members.insert("id".to_owned(), json!(draw.uuid()));
                members.insert("name".to_owned(), json!("gone"));
            }
            push(account, project, &gone, "available", draw);
        }
    });
}

/// One for every second volume.
fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    for_each_project(account, "volume", |account, project, volumes| {
        let volumes: Vec<_> = account.list(volumes).iter().step_by(2).cloned().collect();
        for volume in volumes {
            let status = if draw.one_in(20) { "error" } else { "available" };
            push(account, project, &volume, status, draw);
        }
    });
}

fn push(account: &mut Account, project: &str, volume: &Value, status: &str, draw: &mut Draw) {
    let member = |name: &str| volume.get(name).cloned().unwrap_or_default();
    let creation = draw.ago(0, 400);
    let name = member("name");
    let name = format!("{}-{}", name.as_str().unwrap_or_default(), draw.hex(4));
    let plan = json!("volume.snapshot.consumption");
    let snapshot = json!({
        "id": draw.uuid(), "name": name, "description": "", "region": member("region"),
        "status": status, "size": member("size"), "volumeId": member("id"),
        "planCode": if draw.one_in(3) { Value::Null } else { plan },
        "creationDate": draw.v1(creation),
    });
    let snapshot = draw.vary_nulls(snapshot);
    account.list_mut(&format!("/cloud/project/{project}/volume/snapshot")).push(snapshot);
}

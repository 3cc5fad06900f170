//! The snapshots of a project's instances, which are private images; those of volumes are another
//! resource.

use serde_json::{Value, json};

use super::flavor::in_region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route { action: Some("publicCloudProject:apiovh:snapshot/get"), ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "snapshot",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/snapshot",
            query: &["flavorType", "region"],
            kind: Kind::Objects,
            keep,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/snapshot/{imageId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// The status is a free string: these are some that images have in OpenStack.
const STATUSES: &[&str] = &["active", "active", "queued", "saving", "deactivated"];

fn reference(account: &mut Account, draw: &mut Draw) {
    for_each_project(account, "instance", |account, project, instances| {
        let instances: Vec<_> =
            account.list(instances).iter().take(STATUSES.len()).cloned().collect();
        for (instance, status) in instances.iter().zip(STATUSES) {
            push(account, project, instance, status, draw);
        }
    });
}

/// One for every fourth instance.
fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    for_each_project(account, "instance", |account, project, instances| {
        let instances: Vec<_> = account.list(instances).iter().step_by(4).cloned().collect();
        for instance in instances {
            push(account, project, &instance, "active", draw);
        }
    });
}

fn push(account: &mut Account, project: &str, instance: &Value, status: &str, draw: &mut Draw) {
    let creation = draw.ago(0, 500);
    let name = instance.get("name").and_then(Value::as_str).unwrap_or_default();
    let day = Draw::day(creation);
    let name = format!("{name}-{}", day.as_str().unwrap_or_default());
    let windows = draw.one_in(6);
    let flavor_type = if draw.one_in(3) { json!("ovh.ssd.eg") } else { Value::Null };
    let tags = if draw.one_in(2) { json!([]) } else { Value::Null };
    let plan = json!("snapshot.consumption");
    let snapshot = json!({
        "id": draw.uuid(), "name": name, "region": instance.get("region"), "status": status,
        "visibility": "private", "type": if windows { "windows" } else { "linux" },
        "user": if windows { "Administrator" } else { "debian" },
        // GiB.
        "size": draw.choose(&[1.75, 2.0, 10.5, 38.12, 120.25]),
        "minDisk": draw.choose(&[0, 25, 50, 100]), "minRam": 0, "flavorType": flavor_type,
        "planCode": if draw.one_in(3) { Value::Null } else { plan },
        "tags": tags, "creationDate": draw.v1(creation),
    });
    let snapshot = draw.vary_nulls(snapshot);
    account.list_mut(&format!("/cloud/project/{project}/snapshot")).push(snapshot);
}

/// A snapshot that names no type of flavors is taken to fit all.
fn keep(snapshot: &Value, query: &Query) -> Result<bool, Refusal> {
    let fitting = snapshot.get("flavorType").and_then(Value::as_str);
    let wanted = query.get("flavorType");
    let fits = wanted.is_none_or(|wanted| fitting.is_none_or(|fitting| fitting == wanted));
    Ok(fits && in_region(snapshot, query)?)
}

//! The instances of a project.
//!
//! The list leaves `flavor`, `image` and `sshKey` null or out; the single object has them filled.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::flavor::in_region;
use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Context, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:instance/get"),
    enums: &["status"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "instance",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/instance",
            query: &["region"],
            kind: Kind::Objects,
            keep: in_region,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/instance/{instanceId}",
            kind: Kind::One(Batch::Never),
            view: filled,
            ..ROUTE
        },
    ],
    generate,
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    for (project, name, status, region, flavor) in [
        ("prod", "web-1", "ACTIVE", "GRA11", "b3-8"),
        ("prod", "web-2", "ACTIVE", "SBG5", "b3-8"),
        ("prod", "db-1", "ACTIVE", "EU-WEST-PAR", "r3-32"),
        ("prod", "batch-1", "SHUTOFF", "GRA11", "c3-8"),
        ("prod", "broken-1", "ERROR", "GRA11", "d2-2"),
        ("staging", "web-1", "ACTIVE", "GRA11", "d2-2"),
        ("staging", "repair-1", "RESCUE", "SBG5", "b3-16"),
        ("staging", "new-1", "BUILD", "GRA11", "t1-45"),
        ("legacy", "cms-1", "SUSPENDED", "GRA11", "b3-8"),
    ] {
        let Some(id) = account.project(project) else { continue };
        push(account, &id, (name, status, region, flavor), draw);
    }
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    const NAMES: &[&str] = &["web", "db", "worker", "cache", "proxy", "build"];
    const FLAVORS: &[&str] = &["b3-8", "b3-8", "b3-16", "c3-8", "d2-2", "r3-32", "t1-45"];
    for_each_project(account, "instance", |account, project, _| {
        let regions = region::with_instances(account, project);
        for number in 0..size.instances {
            let Some(region) = regions.get(draw.below(regions.len())) else { break };
            let name = format!("{}-{number}", draw.choose(NAMES));
            let status = match draw.below(24) {
                0 | 1 => "SHUTOFF",
                2 => "ERROR",
                3 => "SHELVED_OFFLOADED",
                4 => "RESCUE",
                5 => "BUILD",
                _ => "ACTIVE",
            };
            let flavor = draw.choose(FLAVORS);
            push(account, project, (&name, status, region, flavor), draw);
        }
    });
}

fn push(
    account: &mut Account,
    project: &str,
    (name, status, region, flavor): (&str, &str, &str, &str),
    draw: &mut Draw,
) {
    let flavors = account.list(&format!("/cloud/project/{project}/flavor"));
    let is_it = |object: &&Value| {
        object.get("name") == Some(&json!(flavor)) && object.get("region") == Some(&json!(region))
    };
    let flavor_id = flavors.iter().find(is_it).and_then(|flavor| flavor.get("id")).cloned();
    let keys = account.list(&format!("/cloud/project/{project}/sshkey"));
    let key = keys.get(draw.below(keys.len())).and_then(|key| key.get("id")).cloned();
    let created = draw.ago(2, 800);
    let since = draw.ago(1, 2);
    let rescued = status == "RESCUE";
    let monthly = json!({ "since": draw.v1(since), "status": "ok" });
    let instance = json!({
        "id": draw.uuid(), "name": name, "region": region,
        "availabilityZone": zone(region), "status": status, "created": draw.v1(created),
        "flavorId": flavor_id.unwrap_or_else(|| json!(draw.uuid())), "flavor": null,
        "imageId": draw.uuid(), "image": null, "sshKeyId": key, "sshKey": null,
        "ipAddresses": addresses(draw),
        "monthlyBilling": if draw.one_in(6) { monthly } else { Value::Null },
        "planCode": format!("{flavor}.consumption"), "operationIds": [],
        "currentMonthOutgoingTraffic": null,
        "rescuePassword": if rescued { json!("simulated-rescue-password") } else { Value::Null },
    });
    let instance = draw.vary_nulls(instance);
    account.list_mut(&format!("/cloud/project/{project}/instance")).push(instance);
}

/// Only regions of three zones name one.
pub(super) fn zone(region: &str) -> Value {
    if region.starts_with("EU-") {
        json!(format!("{}-a", region.to_lowercase()))
    } else {
        Value::Null
    }
}

fn addresses(draw: &mut Draw) -> Value {
    let host = draw.below(250) + 2;
    json!([
        {
            "ip": format!("203.0.113.{host}"), "type": "public", "version": 4,
            "networkId": draw.uuid(), "gatewayIp": "203.0.113.1",
        },
        {
            "ip": format!("10.0.0.{host}"), "type": "private", "version": 4,
            "networkId": draw.uuid(), "gatewayIp": null,
        },
    ])
}

fn filled<'a>(instance: &'a Value, context: &Context<'a>) -> Cow<'a, Value> {
    let mut filled = instance.clone();
    let project = context.path.rsplitn(3, '/').last().unwrap_or_default();
    let other = |list: &str, member: &str| {
        let id = instance.get(member)?.as_str()?;
        context.account.find(&format!("{project}/{list}"), "id", id).cloned()
    };
    let Some(members) = filled.as_object_mut() else { return Cow::Owned(filled) };
    members.insert("flavor".to_owned(), other("flavor", "flavorId").unwrap_or_default());
    members.insert("sshKey".to_owned(), other("sshkey", "sshKeyId").unwrap_or_default());
    let listed = other("image", "imageId");
    members.insert("image".to_owned(), listed.unwrap_or_else(|| withdrawn(instance)));
    Cow::Owned(filled)
}

/// An image that the list of images no longer has.
fn withdrawn(instance: &Value) -> Value {
    let member = |name: &str| instance.get(name).cloned().unwrap_or_default();
    json!({
        "id": member("imageId"), "name": "Debian 12", "region": member("region"),
        "status": "active", "visibility": "public", "type": "linux", "user": "debian",
        "size": 2.0, "minDisk": 0, "minRam": 0, "flavorType": null, "planCode": null, "tags": [],
        "creationDate": member("created"),
    })
}

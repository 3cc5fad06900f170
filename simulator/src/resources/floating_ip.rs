//! The floating IP addresses of a project, listed region by region: attached to each kind of entity,
//! and to none.

use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:region/floatingip/get"),
    enums: &["status", "associatedEntity.type"],
    // The answer of a region that cannot have addresses is unverified.
    needs_list: true,
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "floating_ip",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/region/{regionName}/floatingip",
            kind: Kind::Objects,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/region/{regionName}/floatingip/{floatingIpId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate: |account, size: &Size, draw| {
        for_each_project(account, "region", |account, project, _| {
            for region in add_lists(account, project) {
                if size.instances > 0 && draw.one_in(2) {
                    let entity = draw.choose(&["instance", "loadbalancer", ""]);
                    push(account, (project, &region), ("active", entity), draw);
                }
            }
        });
    },
    reference: |account, draw| {
        for_each_project(account, "region", |account, project, _| {
            add_lists(account, project);
        });
        for (project, region, status, entity) in [
            ("prod", "GRA11", "active", "instance"),
            ("prod", "GRA11", "active", "loadbalancer"),
            ("prod", "GRA11", "down", ""),
            ("prod", "SBG5", "error", "routerInterface"),
            ("prod", "SBG5", "active", "dhcp"),
            ("staging", "GRA11", "active", "unknown"),
            ("staging", "GRA11", "down", ""),
        ] {
            let Some(id) = account.project(project) else { continue };
            push(account, (&id, region), (status, entity), draw);
        }
    },
};

fn path(project: &str, region: &str) -> String {
    format!("/cloud/project/{project}/region/{region}/floatingip")
}

/// A region with instances has a list, which may be empty.
fn add_lists(account: &mut Account, project: &str) -> Vec<String> {
    let regions = region::with_instances(account, project);
    for region in &regions {
        account.list_mut(&path(project, region));
    }
    regions
}

/// An address that is attached to no entity has an empty one here.
fn push(
    account: &mut Account,
    (project, region): (&str, &str),
    (status, entity): (&str, &str),
    draw: &mut Draw,
) {
    let host = draw.below(250) + 2;
    let attached = json!({
        "id": draw.uuid(), "gatewayId": draw.uuid(), "ip": format!("10.0.0.{host}"), "type": entity,
    });
    let address = json!({
        "id": draw.uuid(), "ip": format!("198.51.100.{host}"), "networkId": draw.uuid(),
        "region": if draw.one_in(3) { Value::Null } else { json!(region) }, "status": status,
        "associatedEntity": if entity.is_empty() { Value::Null } else { attached },
    });
    let address = draw.vary_nulls(address);
    account.list_mut(&path(project, region)).push(address);
}

//! The OpenStack users of a project; IAM's users are another resource.

use serde_json::{Value, json};

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route =
    Route { action: Some("publicCloudProject:apiovh:user/get"), enums: &["status"], ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "cloud_user",
    routes: &[
        Route { template: "/cloud/project/{serviceName}/user", kind: Kind::Objects, ..ROUTE },
        Route {
            template: "/cloud/project/{serviceName}/user/{userId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate: |account, _: &Size, draw| fill(account, &["ok", "ok", "ok", "disabled"], draw),
    reference: |account, draw| {
        fill(
            account,
            &["ok", "ok", "creating", "updating", "disabled", "deleting", "deleted"],
            draw,
        );
    },
};

fn fill(account: &mut Account, statuses: &[&str], draw: &mut Draw) {
    let mut id = 800_000_u64;
    for_each_project(account, "user", |account, _, path| {
        for status in statuses {
            id += 1;
            let user = object(id, status, draw);
            account.list_mut(path).push(user);
        }
    });
}

fn object(id: u64, status: &str, draw: &mut Draw) -> Value {
    const DESCRIPTIONS: &[&str] = &["terraform", "backup", "monitoring", "ci"];
    let creation = draw.ago(1, 700);
    let openstack_id = if status == "creating" { Value::Null } else { json!(draw.hex(32)) };
    let user = json!({
        "id": id, "username": format!("user-{}", draw.hex(12)),
        "description": draw.choose(DESCRIPTIONS), "openstackId": openstack_id, "status": status,
        "creationDate": draw.v1(creation),
        "roles": [{
            "id": "9fe2ff9ee4384b1894a90878d3e92bab", "name": "administrator",
            "description": "Administrator", "permissions": ["administrator"],
        }],
    });
    draw.vary_nulls(user)
}

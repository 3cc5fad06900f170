//! IAM groups: OVHcloud's three own ones and the customer's.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, NICHANDLE};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/me/identity/group";

const ROUTE: Route = Route {
    action: Some("account:apiovh:me/identity/group/get"),
    key: "name",
    enums: &["role"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "group",
    routes: &[
        Route { template: LIST, kind: Kind::Ids, ..ROUTE },
        Route { template: "/me/identity/group/{group}", kind: Kind::One(Batch::Usual), ..ROUTE },
    ],
    generate: |account, _, draw| reference(account, draw),
    reference,
};

/// The customer's groups; the default ones are not among them.
pub(super) const CUSTOM: &[&str] = &["platform", "auditors", "developers"];

fn reference(account: &mut Account, draw: &mut Draw) {
    let built_in = [("ADMIN", "ADMIN"), ("DEFAULT", "REGULAR"), ("UNPRIVILEGED", "UNPRIVILEGED")];
    for (name, role) in built_in {
        let group = group(name, role, true, draw);
        account.list_mut(LIST).push(group);
    }
    for name in CUSTOM {
        let group = group(name, "NONE", false, draw);
        account.list_mut(LIST).push(group);
    }
}

fn group(name: &str, role: &str, is_default: bool, draw: &mut Draw) -> Value {
    let creation = draw.ago(600, 900);
    let update = draw.ago(30, 590);
    let description = if is_default { Value::Null } else { json!(format!("{name} team")) };
    let group = json!({
        "name": name, "urn": format!("urn:v1:eu:identity:group:{NICHANDLE}/{name}"),
        "description": description, "role": role, "defaultGroup": is_default,
        "creation": draw.v1(creation), "lastUpdate": draw.v1(update),
    });
    draw.vary_nulls(group)
}

//! Groups of permissions: OVHcloud's own, which policies name, and the customer's.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, NICHANDLE};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/v2/iam/permissionsGroup";

const ROUTE: Route =
    Route { action: Some("account:apiovh:iam/permissionsGroup/get"), key: "urn", ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "permissions_group",
    routes: &[
        Route { template: LIST, kind: Kind::Pages, ..ROUTE },
        Route {
            template: "/v2/iam/permissionsGroup/{permissionsGroupURN}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate: |account, _, draw| reference(account, draw),
    reference,
};

/// The actions of OVHcloud's own groups, in short.
fn reference(account: &mut Account, draw: &mut Draw) {
    let actions =
        |names: &[&str]| -> Value { names.iter().map(|name| json!({ "action": name })).collect() };
    let read = ["publicCloudProject:apiovh:get", "publicCloudProject:apiovh:instance/get"];
    for (name, owner, permissions) in [
        ("globalAdmin", "ovh", json!({ "allow": actions(&["*"]) })),
        ("vrackManagement", "ovh", json!({ "allow": actions(&["*:vrack:*"]) })),
        ("inventoryRead", NICHANDLE, json!({ "allow": actions(&read), "deny": null })),
        (
            "cloudOperator",
            NICHANDLE,
            json!({
                "allow": actions(&["publicCloudProject:*"]),
                "except": actions(&["publicCloudProject:apiovh:instance/create"]),
                "deny": actions(&["publicCloudProject:apiovh:delete"]),
            }),
        ),
    ] {
        let group = object(name, owner, &permissions, draw);
        account.list_mut(LIST).push(group);
    }
}

fn object(name: &str, owner: &str, permissions: &Value, draw: &mut Draw) -> Value {
    let created = draw.ago(100, 900);
    let updated = draw.one_in(2).then(|| Draw::v2(created + 86_400));
    let group = json!({
        "id": draw.uuid(), "urn": format!("urn:v1:eu:permissionsGroup:{owner}:{name}"),
        "name": name, "description": format!("{name} of the example"), "owner": owner,
        "permissions": permissions, "createdAt": Draw::v2(created), "updatedAt": updated,
    });
    draw.vary_nulls(group)
}

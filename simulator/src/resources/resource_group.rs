//! Groups of resources, which policies can be about.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::resource::Resource;
use super::{kms, project};
use crate::account::{Account, NICHANDLE};
use crate::draw::Draw;
use crate::route::{Batch, Context, Kind, Route};

const LIST: &str = "/v2/iam/resourceGroup";

const ROUTE: Route = Route {
    action: Some("account:apiovh:iam/resourceGroup/get"),
    query: &["details"],
    view,
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "resource_group",
    routes: &[
        Route { template: LIST, kind: Kind::Pages, ..ROUTE },
        Route {
            template: "/v2/iam/resourceGroup/{groupId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate: |account, _, draw| {
        let all = [resources(account, project::LIST), resources(account, kms::LIST)].concat();
        push(account, "production", false, &all, draw);
    },
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    let (projects, services) = (resources(account, project::LIST), resources(account, kms::LIST));
    let first = |list: &[Value]| list.iter().take(1).cloned().collect::<Vec<_>>();
    push(account, "production", false, &[first(&projects), first(&services)].concat(), draw);
    push(account, "managed", true, &projects, draw);
    push(account, "empty", false, &[], draw);
}

fn push(account: &mut Account, name: &str, read_only: bool, resources: &[Value], draw: &mut Draw) {
    let id = draw.uuid();
    let created = draw.ago(100, 900);
    let updated = draw.one_in(2).then(|| Draw::v2(created + 86_400));
    let group = json!({
        "id": id, "urn": format!("urn:v1:eu:resourceGroup:{id}"), "name": name,
        "owner": NICHANDLE, "readOnly": read_only, "resources": resources,
        "createdAt": Draw::v2(created), "updatedAt": updated,
    });
    let group = draw.vary_nulls(group);
    account.list_mut(LIST).push(group);
}

/// The objects of a list as groups show them in full; those that IAM knows of.
fn resources(account: &Account, list: &str) -> Vec<Value> {
    let resource = |object: &Value| {
        let iam = object.get("iam").filter(|iam| !iam.is_null())?;
        let urn = iam.get("urn")?.as_str()?;
        let (kind, name) = urn.strip_prefix("urn:v1:eu:resource:")?.split_once(':')?;
        Some(json!({
            "id": iam.get("id"), "urn": urn, "name": name, "type": kind, "owner": NICHANDLE,
            "displayName": iam.get("displayName"), "tags": iam.get("tags"),
        }))
    };
    account.list(list).iter().filter_map(resource).collect()
}

/// Without `details=true` of each resource there is but the identifier, as in OVHcloud's example.
fn view<'a>(group: &'a Value, context: &Context<'a>) -> Cow<'a, Value> {
    if context.query.get("details") == Some("true") {
        return Cow::Borrowed(group);
    }
    let mut group = group.clone();
    let resources = group.get_mut("resources").and_then(Value::as_array_mut);
    for resource in resources.into_iter().flatten().filter_map(Value::as_object_mut) {
        resource.retain(|name, _| name == "id");
    }
    Cow::Owned(group)
}

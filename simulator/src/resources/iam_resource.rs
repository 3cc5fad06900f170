//! All resources that policies can name: projects and key management services, and some of products
//! that are not simulated.

use serde_json::{Value, json};

use super::resource::Resource;
use super::{kms, project};
use crate::account::{Account, NICHANDLE, Size};
use crate::draw::Draw;
use crate::route::{Kind, Route};
use crate::urn::urn;

const LIST: &str = "/v2/iam/resource";

// Its queries are left out: how `tags` is encoded is unverified.
pub(super) const RESOURCE: Resource = Resource {
    name: "iam_resource",
    routes: &[Route { template: LIST, key: "urn", kind: Kind::Pages, ..Route::GET }],
    generate: |account, _: &Size, draw| from_lists(account, draw),
    reference: |account, draw| {
        from_lists(account, draw);
        for (kind, name, display, tags) in [
            ("account", NICHANDLE, NICHANDLE, Value::Null),
            ("vps", "vps-1.example.com", "web \"blue\"", json!({ "env": "prod", "team": "web" })),
            ("vps", "vps-2.example.com", "vps-2.example.com", json!({})),
            ("dnsZone", "example.com", "example.com", Value::Null),
            ("domain", "example.com", "example.com", json!({ "ovh:managed": "true" })),
        ] {
            push(account, (kind, name, display), &tags, draw);
        }
    },
};

/// The objects that have a name in IAM.
fn from_lists(account: &mut Account, draw: &mut Draw) {
    for (kind, list, id) in
        [("publicCloudProject", project::LIST, "project_id"), ("okms", kms::LIST, "id")]
    {
        for object in account.list(list).to_vec() {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            let Some(name) = text(object.get(id)) else { continue };
            let display = text(object.pointer("/iam/displayName")).unwrap_or_else(|| name.clone());
            let tags = object.pointer("/iam/tags").cloned().unwrap_or_default();
            push(account, (kind, &name, &display), &tags, draw);
        }
    }
}

fn push(
    account: &mut Account,
    (kind, name, display): (&str, &str, &str),
    tags: &Value,
    draw: &mut Draw,
) {
    let resource = json!({
        "id": draw.uuid(), "urn": urn(kind, name), "name": name, "displayName": display,
        "type": kind, "owner": NICHANDLE, "tags": tags,
    });
    let resource = draw.vary_nulls(resource);
    account.list_mut(LIST).push(resource);
}

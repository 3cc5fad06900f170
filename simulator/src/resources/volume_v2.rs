//! Volumes, as v2 shows them: the same objects in another form.

use std::borrow::Cow;

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::resource::Resource;
use crate::draw::Draw;
use crate::hex::hex;
use crate::route::{Batch, Context, Kind, Route, Source};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:volume/get"),
    enums: &["resourceStatus"],
    source: Some(Source { list: "/cloud/project/{serviceName}/volume", key: "id" }),
    missing: "Client::NotFound::VolumeDoesNotExist",
    view,
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "volume_v2",
    routes: &[
        Route {
            template: "/v2/publicCloud/project/{projectId}/storage/block/volume",
            kind: Kind::Pages,
            ..ROUTE
        },
        Route {
            template: "/v2/publicCloud/project/{projectId}/storage/block/volume/{id}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    ..Resource::VIEW
};

/// How v2 names the states of v1; no source shows it.
fn status(v1: &str) -> &'static str {
    match v1 {
        "available" | "in-use" | "reserved" | "awaiting-transfer" => "READY",
        "creating" | "downloading" => "CREATING",
        "deleting" | "deleted" => "DELETING",
        "maintenance" => "SUSPENDED",
        error if error.starts_with("error") => "ERROR",
        _ => "UPDATING",
    }
}

fn view<'a>(volume: &'a Value, _: &Context<'a>) -> Cow<'a, Value> {
    let member = |name: &str| volume.get(name).cloned().unwrap_or_default();
    let word = |name: &str| volume.get(name).and_then(Value::as_str).unwrap_or_default();
    let upper = |text: &str| text.to_uppercase().replace('-', "_");
    let kind = word("type");
    let encrypted = kind.ends_with("-luks");
    let created = Draw::v2_of(&member("creationDate"));
    let mut location = json!({ "region": member("region") });
    if let (Some(members), zone @ Value::String(_)) =
        (location.as_object_mut(), member("availabilityZone"))
    {
        members.insert("availabilityZone".to_owned(), zone);
    }
    let attached = volume.get("attachedTo").and_then(Value::as_array).into_iter().flatten();
    let attached: Vec<_> = attached.map(|id| json!({ "id": id })).collect();
    let target = json!({
        "name": member("name"), "location": location, "size": member("size"),
        "volumeType": upper(kind.trim_end_matches("-luks")), "encryption": { "enabled": encrypted },
    });
    let mut current = target.clone();
    if let Some(members) = current.as_object_mut() {
        members.insert("description".to_owned(), member("description"));
        members.insert("bootable".to_owned(), member("bootable"));
        members.insert("locked".to_owned(), json!(false));
        members.insert("status".to_owned(), json!(upper(word("status"))));
        members.insert("attachedInstances".to_owned(), json!(attached));
    }
    let mut object = json!({
        "id": member("id"), "checksum": hex(&Md5::digest(volume.to_string())),
        "createdAt": created, "updatedAt": created,
        "resourceStatus": status(word("status")), "targetSpec": target,
        // OVHcloud's examples have null; an empty list says the same.
        "currentTasks": if attached.is_empty() { json!([]) } else { Value::Null },
    });
    // Planned objects have no state yet.
    if let Some(members) = object.as_object_mut()
        && word("status") != "creating"
    {
        members.insert("currentState".to_owned(), current);
    }
    Cow::Owned(object)
}

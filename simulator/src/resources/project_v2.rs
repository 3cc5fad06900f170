//! Public Cloud projects, as v2 shows them: the same objects in another form.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::project;
use super::resource::Resource;
use crate::draw::Draw;
use crate::route::{Batch, Context, Kind, Route, Source};

// The list's `iamTags` is left out: how it is encoded is unverified.
const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:get"),
    enums: &["resourceStatus"],
    source: Some(Source { list: project::LIST, key: "project_id" }),
    view,
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "project_v2",
    routes: &[
        Route { template: "/v2/publicCloud/project", kind: Kind::Pages, ..ROUTE },
        Route {
            template: "/v2/publicCloud/project/{projectId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    ..Resource::VIEW
};

/// How v2 names the states of v1; that `deleted` projects are still shown, and as what, is
/// unverified.
fn status(v1: Option<&str>) -> &'static str {
    match v1 {
        Some("ok") => "READY",
        Some("suspended") => "SUSPENDED",
        Some("creating") => "CREATING",
        Some("deleting" | "deleted") => "DELETING",
        _ => "UNKNOWN",
    }
}

fn view<'a>(project: &'a Value, _: &Context<'a>) -> Cow<'a, Value> {
    let member = |name: &str| project.get(name).cloned().unwrap_or_default();
    let name = member("projectName");
    let created = Draw::v2_of(&member("creationDate"));
    let discovery = member("planCode") == "project.discovery";
    let mode = if discovery { "DISCOVERY" } else { "CLASSIC" };
    let state = json!({ "name": name.as_str().unwrap_or_default(), "mode": mode });
    let mut object = json!({
        "id": member("project_id"), "name": name,
        "resourceStatus": status(project.get("status").and_then(Value::as_str)),
        "createdAt": created, "updatedAt": created,
        "currentState": state, "targetSpec": state, "currentTasks": [],
    });
    // A null member is left out, as in OVHcloud's own examples.
    if let (Some(members), Some(iam)) = (object.as_object_mut(), project.get("iam"))
        && !iam.is_null()
    {
        members.insert("iam".to_owned(), iam.clone());
    }
    Cow::Owned(object)
}

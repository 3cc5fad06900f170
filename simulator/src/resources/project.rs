//! Public Cloud projects, as v1 shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};
use crate::urn::urn;

pub(super) const LIST: &str = "/cloud/project";

// The list's `iamTags` is left out: how it is encoded is unverified.
const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:get"),
    key: "project_id",
    enums: &["status", "access"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "project",
    routes: &[
        Route { template: LIST, kind: Kind::Ids, ..ROUTE },
        Route {
            template: "/cloud/project/{serviceName}",
            kind: Kind::One(Batch::IfToldSo),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    for (name, status) in [("prod", "ok"), ("staging", "ok"), ("legacy", "suspended")] {
        push(account, name, status, draw);
    }
}

pub(crate) fn add_in_other_states(account: &mut Account, now: Timestamp) {
    let mut draw = Draw::new(0, "projects in other states", now);
    for (name, status) in [("next", "creating"), ("leaving", "deleting"), ("gone", "deleted")] {
        push(account, name, status, &mut draw);
    }
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    const STEMS: &[&str] = &["prod", "staging", "dev", "data"];
    for number in 0..size.projects {
        let stem = STEMS.get(number % STEMS.len()).copied().unwrap_or_default();
        let name = if number < STEMS.len() { stem.to_owned() } else { format!("{stem}-{number}") };
        let status = if number % 10 == 3 { "suspended" } else { "ok" };
        push(account, &name, status, draw);
    }
}

fn push(account: &mut Account, name: &str, status: &str, draw: &mut Draw) {
    let id = draw.hex(32);
    let creation = draw.ago(300, 1200);
    let (state, access) = match status {
        "suspended" => ("SUSPENDED", "restricted"),
        "creating" => ("IN_CREATION", "full"),
        "deleted" => ("EXPIRED", "restricted"),
        _ => ("OK", "full"),
    };
    let expiration = draw.days_ago(-12);
    let suspended = status == "suspended";
    let iam = json!({
        "id": draw.uuid(), "urn": urn("publicCloudProject", &id), "displayName": name,
        "state": state, "tags": { "env": name },
    });
    let project = json!({
        "project_id": id, "projectName": name, "description": name, "status": status,
        "access": access, "unleash": true, "manualQuota": draw.one_in(4),
        "planCode": "project.2018", "orderId": null, "creationDate": draw.v1(creation),
        "expiration": if suspended { draw.v1(expiration) } else { Value::Null },
        "iam": if name.starts_with("staging") { Value::Null } else { iam },
    });
    let project = draw.vary_nulls(project);
    account.list_mut(LIST).push(project);
}

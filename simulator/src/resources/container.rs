//! Swift containers; S3 buckets are another resource.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Context, Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "container",
    routes: &[Route {
        template: "/cloud/project/{serviceName}/storage",
        action: Some("publicCloudProject:apiovh:storage/get"),
        enums: &["containerType"],
        query: &["includeType"],
        kind: Kind::Objects,
        view: typed_if_asked,
        ..Route::GET
    }],
    generate,
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    for (project, name, kind, archive) in [
        ("prod", "assets", "public", false),
        ("prod", "dumps", "private", false),
        ("prod", "cold", "private", true),
        ("staging", "site", "static", false),
        ("legacy", "uploads", "public", false),
    ] {
        let Some(id) = account.project(project) else { continue };
        push(account, &id, (name, "GRA", kind, archive), draw);
    }
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    const KINDS: &[&str] = &["private", "private", "private", "public", "static"];
    for_each_project(account, "region", |account, project, _| {
        let regions = region::names(account, project);
        for number in 0..size.containers {
            let Some(region) = regions.get(draw.below(regions.len())) else { break };
            let name = format!("container-{number}");
            let container = (name.as_str(), region.as_str(), draw.choose(KINDS), draw.one_in(8));
            push(account, project, container, draw);
        }
    });
}

fn push(
    account: &mut Account,
    project: &str,
    (name, region, kind, archive): (&str, &str, &str, bool),
    draw: &mut Draw,
) {
    let count = draw.below(9000);
    let container = json!({
        "id": draw.hex(24), "name": name, "region": region, "storedObjects": count,
        "storedBytes": count * (draw.below(500_000) + 1), "containerType": kind,
        "archive": archive,
    });
    account.list_mut(&format!("/cloud/project/{project}/storage")).push(container);
}

/// Type and archive are shown to those only who ask for them.
fn typed_if_asked<'a>(container: &'a Value, context: &Context<'a>) -> Cow<'a, Value> {
    if context.query.get("includeType") == Some("true") {
        return Cow::Borrowed(container);
    }
    let mut plain = container.clone();
    for name in ["containerType", "archive"] {
        if let Some(value) = plain.get_mut(name) {
            *value = Value::Null;
        }
    }
    Cow::Owned(plain)
}

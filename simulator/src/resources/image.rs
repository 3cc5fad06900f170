//! The images of a project: OVHcloud's public ones, those of its instances among them, and some of
//! its own. Snapshots of instances are another resource.

use serde_json::{Value, json};

use super::flavor::in_region;
use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "image",
    routes: &[Route {
        template: "/cloud/project/{serviceName}/image",
        action: Some("publicCloudProject:apiovh:image/get"),
        query: &["flavorType", "osType", "region"],
        kind: Kind::Objects,
        keep,
        ..Route::GET
    }],
    generate: |account, _: &Size, draw| fill(account, 0, draw),
    reference: |account, draw| {
        fill(account, 1, draw);
        for (project, name, visibility, status) in [
            ("prod", "golden", "private", "active"),
            ("prod", "given \"away\"", "shared", "active"),
            ("staging", "open to all", "public", "active"),
            ("staging", "withdrawn", "private", "deactivated"),
        ] {
            let Some(id) = account.project(project) else { continue };
            let path = format!("/cloud/project/{id}/image");
            let id = draw.uuid();
            push(account, &path, (&id, name, "GRA11"), (visibility, status), draw);
        }
    },
};

/// The names of OVHcloud's images, some of which the vendor no longer maintains.
const NAMES: &[&str] = &[
    "Debian 12",
    "Ubuntu 24.04",
    "Debian 11",
    "Ubuntu 20.04",
    "Rocky Linux 9",
    "CentOS 7",
    "Windows Server 2022 Standard (Desktop)",
    "AlmaLinux 9",
];

/// The image of each instance but the last `withdrawn` ones, and a few that nobody uses.
fn fill(account: &mut Account, withdrawn: usize, draw: &mut Draw) {
    for_each_project(account, "instance", |account, project, instances| {
        let path = format!("/cloud/project/{project}/image");
        let instances = account.list(instances).to_vec();
        let listed = instances.len().saturating_sub(withdrawn);
        for (instance, name) in instances.iter().take(listed).zip(NAMES.iter().cycle()) {
            let member = |name: &str| instance.get(name).and_then(Value::as_str);
            let (Some(id), Some(region)) = (member("imageId"), member("region")) else { continue };
            push(account, &path, (id, name, region), ("public", "active"), draw);
        }
        if instances.is_empty() {
            return;
        }
        for region in region::with_instances(account, project) {
            for name in NAMES.iter().take(3) {
                let id = draw.uuid();
                push(account, &path, (&id, name, &region), ("public", "active"), draw);
            }
        }
    });
}

fn push(
    account: &mut Account,
    path: &str,
    (id, name, region): (&str, &str, &str),
    (visibility, status): (&str, &str),
    draw: &mut Draw,
) {
    let creation = draw.ago(30, 1500);
    let is_windows = name.starts_with("Windows");
    let image = json!({
        "id": id, "name": name, "region": region, "status": status, "visibility": visibility,
        "type": if is_windows { "windows" } else { "linux" },
        "user": if is_windows { "Administrator" } else { "debian" },
        "size": 2.0, "minDisk": 0, "minRam": 0, "flavorType": null, "planCode": null,
        "tags": if is_windows { json!(["license"]) } else { json!([]) },
        "creationDate": draw.v1(creation),
    });
    let image = draw.vary_nulls(image);
    account.list_mut(path).push(image);
}

/// An image that names no type of flavors is taken to fit all.
fn keep(image: &Value, query: &Query) -> Result<bool, Refusal> {
    let member = |name: &str| image.get(name).and_then(Value::as_str);
    let wanted = query.get("flavorType");
    let fits =
        wanted.is_none_or(|wanted| member("flavorType").is_none_or(|fitting| fitting == wanted));
    let system = query.get("osType").is_none_or(|wanted| member("type") == Some(wanted));
    Ok(fits && system && in_region(image, query)?)
}

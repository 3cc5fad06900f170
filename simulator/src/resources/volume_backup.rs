//! The backups of a project's volumes, listed region by region, in all states.

use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "volume_backup",
    routes: &[Route {
        template: "/cloud/project/{serviceName}/region/{regionName}/volumeBackup",
        action: Some("publicCloudProject:apiovh:region/volumeBackup/get"),
        enums: &["status"],
        kind: Kind::Objects,
        // The answer of a region that cannot have backups is unverified.
        needs_list: true,
        ..Route::GET
    }],
    generate: |account, _: &Size, draw| fill(account, 3, &["ok"], draw),
    reference: |account, draw| {
        let statuses = ["ok", "ok", "creating", "deleting", "error", "restoring"];
        fill(account, 2, &statuses, draw);
    },
};

/// A list in each region with instances, and a backup of each volume at every so many places.
fn fill(account: &mut Account, every: usize, statuses: &[&str], draw: &mut Draw) {
    for_each_project(account, "volume", |account, project, volumes| {
        let path = |region: &str| format!("/cloud/project/{project}/region/{region}/volumeBackup");
        let regions = region::with_instances(account, project);
        for region in &regions {
            account.list_mut(&path(region));
        }
        let volumes: Vec<_> = account.list(volumes).iter().step_by(every).cloned().collect();
        for (volume, status) in volumes.iter().zip(statuses.iter().cycle()) {
            let member = |name: &str| volume.get(name).cloned().unwrap_or_default();
            let Some(region) = volume.get("region").and_then(Value::as_str) else { continue };
            if !regions.iter().any(|known| known == region) {
                continue;
            }
            let creation = draw.ago(0, 30);
            let backup = json!({
                "id": draw.uuid(), "name": format!("backup-{}", draw.hex(4)), "region": region,
                "status": status, "size": member("size"), "volumeId": member("id"),
                "creationDate": draw.v1(creation),
            });
            account.list_mut(&path(region)).push(backup);
        }
    });
}

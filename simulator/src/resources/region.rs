//! The regions of a project, macro-regions among them.

use serde_json::{Value, json};

use super::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "region",
    routes: &[Route {
        template: "/cloud/project/{serviceName}/region",
        action: Some("publicCloudProject:apiovh:region/get"),
        key: "name",
        kind: Kind::Names,
        ..Route::GET
    }],
    generate: |account, size: &Size, _| fill(account, size.regions),
    reference: |account, _: &mut Draw| fill(account, 4),
};

/// The first ones hold instances; `GRA` is a macro-region, which holds none.
const NAMES: &[&str] = &[
    "GRA11",
    "SBG5",
    "EU-WEST-PAR",
    "GRA",
    "BHS5",
    "DE1",
    "UK1",
    "WAW1",
    "RBX-A",
    "GRA9",
    "SBG7",
    "SGP1",
    "SYD1",
    "EU-SOUTH-MIL",
    "GRA7",
    "SBG",
    "BHS",
    "DE",
    "UK",
    "WAW",
];
const MACRO: &[&str] = &["GRA", "SBG", "BHS", "DE", "UK", "WAW"];

fn fill(account: &mut Account, count: usize) {
    for_each_project(account, "region", |account, _, path| {
        let region = |name: &&str| json!({ "name": name });
        *account.list_mut(path) = NAMES.iter().take(count).map(region).collect();
    });
}

/// The regions of a project in which instances can be.
pub(super) fn with_instances(account: &Account, project: &str) -> Vec<String> {
    let name = |region: &Value| region.get("name")?.as_str().map(str::to_owned);
    let regions = account.list(&format!("/cloud/project/{project}/region")).iter();
    regions.filter_map(name).filter(|name| !MACRO.contains(&name.as_str())).collect()
}

//! The quotas of a project: one object for each region, with what its instances, volumes and
//! snapshots use of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Context, Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "quota",
    routes: &[Route {
        template: "/cloud/project/{serviceName}/quota",
        action: Some("publicCloudProject:apiovh:quota/get"),
        key: "region",
        query: &["categories"],
        kind: Kind::Objects,
        view: of_categories,
        ..Route::GET
    }],
    generate: |account, _: &Size, draw| fill(account, draw),
    reference: fill,
};

/// The usage of the objects of a region.
#[derive(Default, Clone, Copy)]
struct Used {
    instances: u64,
    cores: u64,
    /// As flavors have it, in Gio.
    ram: u64,
    volumes: u64,
    gigabytes: u64,
}

fn fill(account: &mut Account, draw: &mut Draw) {
    for_each_project(account, "quota", |account, project, path| {
        let used = used(account, project);
        for region in region::names(account, project) {
            let used = used.get(&region).copied().unwrap_or_default();
            let quota = object(&region, used, draw);
            account.list_mut(path).push(quota);
        }
    });
}

fn used(account: &Account, project: &str) -> BTreeMap<String, Used> {
    let mut regions: BTreeMap<String, Used> = BTreeMap::new();
    let word = |object: &Value, name: &str| object.get(name)?.as_str().map(str::to_owned);
    let number = |object: &Value, name: &str| object.get(name).and_then(Value::as_u64);
    let flavors = format!("/cloud/project/{project}/flavor");
    for instance in account.list(&format!("/cloud/project/{project}/instance")) {
        let used = regions.entry(word(instance, "region").unwrap_or_default()).or_default();
        used.instances += 1;
        let id = word(instance, "flavorId").unwrap_or_default();
        if let Some(flavor) = account.find(&flavors, "id", &id) {
            used.cores += number(flavor, "vcpus").unwrap_or_default();
            used.ram += number(flavor, "ram").unwrap_or_default();
        }
    }
    for volume in account.list(&format!("/cloud/project/{project}/volume")) {
        let used = regions.entry(word(volume, "region").unwrap_or_default()).or_default();
        used.volumes += 1;
        used.gigabytes += number(volume, "size").unwrap_or_default();
    }
    regions
}

fn object(region: &str, used: Used, draw: &mut Draw) -> Value {
    // Regions differ in the services that they have quotas for. Which ones a macro-region has is
    // unverified: here it is the SSH keys alone.
    let some = |quota: Value, is_there: bool| if is_there { quota } else { Value::Null };
    let holds_machines = !region::is_macro(region);
    // The unit of both is unverified; OVHcloud's flavors have thousands for a Gio.
    let instance = json!({
        "maxCores": 20_u64.max(used.cores * 2), "usedCores": used.cores,
        "maxInstances": 10_u64.max(used.instances * 2), "usedInstances": used.instances,
        "maxRam": 40_960_u64.max(used.ram * 2000), "usedRAM": used.ram * 1000,
    });
    // A quota that is nearly used up occurs, too.
    let most = if draw.one_in(5) { used.volumes.max(1) } else { 20_u64.max(used.volumes * 2) };
    let volume = json!({
        "maxGigabytes": 10_000_u64.max(used.gigabytes * 2), "usedGigabytes": used.gigabytes,
        "maxVolumeCount": most, "volumeCount": used.volumes,
        "maxBackupGigabytes": 10_000, "usedBackupGigabytes": 0,
        "maxVolumeBackupCount": 100, "volumeBackupCount": 0,
    });
    let network = json!({
        "maxFloatingIPs": 8, "usedFloatingIPs": draw.below(3), "maxGateways": 3, "usedGateways": 0,
        "maxNetworks": 50, "usedNetworks": 1, "maxSubnets": 50, "usedSubnets": 1,
    });
    let share = json!({
        "maxShareBackupGigabytes": 1000, "maxShareBackups": 10, "maxShareSizePerShare": 500,
        "maxShareSizeTotal": 1000, "maxShareSnapshots": 50, "maxSharesNumber": 10,
        "usedShareBackupGigabytes": 0, "usedShareBackups": 0, "usedShareSizeTotal": 0,
        "usedShareSnapshots": 0, "usedSharesNumber": 0,
    });
    let quota = json!({
        "region": region, "instance": some(instance, holds_machines),
        "volume": some(volume, holds_machines), "network": some(network, holds_machines),
        "keypair": { "maxCount": 200 },
        "loadbalancer": some(
            json!({ "maxLoadbalancers": 10, "usedLoadbalancers": draw.below(3) }),
            holds_machines,
        ),
        "keymanager": some(json!({ "maxSecrets": 100, "usedSecrets": 0 }), draw.one_in(2)),
        "share": some(share, draw.one_in(3)),
    });
    draw.vary_nulls(quota)
}

/// The asked for categories alone. How OVHcloud separates several in the query is unverified:
/// repeated parameters and commas both work.
fn of_categories<'a>(quota: &'a Value, context: &Context<'a>) -> Cow<'a, Value> {
    let asked: Vec<_> =
        context.query.all("categories").flat_map(|categories| categories.split(',')).collect();
    if asked.is_empty() {
        return Cow::Borrowed(quota);
    }
    let mut shown = quota.clone();
    if let Some(members) = shown.as_object_mut() {
        for (name, value) in members.iter_mut() {
            if name != "region" && !asked.contains(&name.as_str()) {
                *value = Value::Null;
            }
        }
    }
    Cow::Owned(shown)
}

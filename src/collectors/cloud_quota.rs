//! Quotas of Public Cloud projects: limit and use in each region.
//!
//! The numbers are OVHcloud's own: the units of memory and of sizes are undocumented.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word, amount};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::amounts::Count;

static LIST: Route =
    Route::new("/cloud/project/{serviceName}/quota", &["publicCloudProject:apiovh:quota/get"]);

static USED: Desc = Desc::gauge(
    "ovhcloud_cloud_quota_used",
    "Used part of a quota, in OVHcloud's own unit, which is not documented for memory and sizes \
     (GET /cloud/project/{serviceName}/quota)",
    &["project_id", "ovh_region", "resource"],
);
static LIMIT: Desc = Desc::gauge(
    "ovhcloud_cloud_quota_limit",
    "Limit of a quota, in OVHcloud's own unit, which is not documented for memory and sizes (GET \
     /cloud/project/{serviceName}/quota)",
    &["project_id", "ovh_region", "resource"],
);

/// The quotas of a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// The region.
    pub region: Word,
    /// Use and limit of each resource, by its name: `cores`, `volumes`, …
    pub resources: BTreeMap<Word, Use>,
}

/// Use and limit of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Use {
    /// The used amount; `None` if missing.
    pub used: Option<i64>,
    /// The limit; `None` if missing.
    pub limit: Option<i64>,
}

impl Collect for Quota {
    type Scope = Project;
    const NAME: &'static str = "cloud_quota";
    const RESOURCES: &'static str = "quotas of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&USED, &LIMIT];

    fn id(&self) -> Cow<'_, str> {
        (&*self.region).into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    /// The use changes with the resources themselves and is no change. A resource with a limit that
    /// appears or disappears is a change.
    fn same_as(&self, before: &Self) -> bool {
        let limits = |quota: &Self| -> BTreeMap<Word, i64> {
            let limit = |(name, usage): (&Word, &Use)| Some((name.clone(), usage.limit?));
            quota.resources.iter().filter_map(limit).collect()
        };
        self.region == before.region && limits(self) == limits(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        pass.list(&LIST.at(&[&scope.project_id()]), |wire: Wire| wire.into()).await
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let (mut used, mut limit) = (USED.family(), LIMIT.family());
        for (project, quota) in sections.items() {
            for (resource, usage) in &quota.resources {
                let labels = [project.project_id(), quota.region.clone(), resource.clone()];
                if let Some(value) = usage.used {
                    used.set(labels.clone(), amount(value));
                }
                if let Some(value) = usage.limit {
                    limit.set(labels, amount(value));
                }
            }
        }
        vec![used, limit]
    }
}

/// `cloud.quota.Quotas`; a region has quotas for its own services.
#[derive(Deserialize)]
struct Wire {
    region: Option<String>,
    instance: Option<InstanceQuotas>,
    volume: Option<VolumeQuotas>,
    network: Option<NetworkQuotas>,
    keypair: Option<KeypairQuotas>,
    loadbalancer: Option<LoadbalancerQuotas>,
    keymanager: Option<SecretQuotas>,
    share: Option<ShareQuotas>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("region");
}

/// `cloud.quota.InstanceUsageQuotas`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceQuotas {
    used_instances: Option<Count>,
    max_instances: Option<Count>,
    used_cores: Option<Count>,
    max_cores: Option<Count>,
    #[serde(rename = "usedRAM")]
    used_ram: Option<Count>,
    max_ram: Option<Count>,
}

/// `cloud.quota.VolumeUsageQuotas`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeQuotas {
    volume_count: Option<Count>,
    max_volume_count: Option<Count>,
    used_gigabytes: Option<Count>,
    max_gigabytes: Option<Count>,
    volume_backup_count: Option<Count>,
    max_volume_backup_count: Option<Count>,
    used_backup_gigabytes: Option<Count>,
    max_backup_gigabytes: Option<Count>,
}

/// `cloud.quota.NetworkQuotas`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NetworkQuotas {
    used_networks: Option<Count>,
    max_networks: Option<Count>,
    used_subnets: Option<Count>,
    max_subnets: Option<Count>,
    #[serde(rename = "usedFloatingIPs")]
    used_floating_ips: Option<Count>,
    #[serde(rename = "maxFloatingIPs")]
    max_floating_ips: Option<Count>,
    used_gateways: Option<Count>,
    max_gateways: Option<Count>,
}

/// `cloud.quota.KeypairQuotas`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeypairQuotas {
    max_count: Option<Count>,
}

/// `cloud.quota.LoadbalancerQuotas`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoadbalancerQuotas {
    used_loadbalancers: Option<Count>,
    max_loadbalancers: Option<Count>,
}

/// `cloud.quota.KeymanagerQuotas`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecretQuotas {
    used_secrets: Option<Count>,
    max_secrets: Option<Count>,
}

/// `cloud.quota.share.Quota`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShareQuotas {
    used_shares_number: Option<Count>,
    max_shares_number: Option<Count>,
    used_share_size_total: Option<Count>,
    max_share_size_total: Option<Count>,
    max_share_size_per_share: Option<Count>,
    used_share_snapshots: Option<Count>,
    max_share_snapshots: Option<Count>,
    used_share_backups: Option<Count>,
    max_share_backups: Option<Count>,
    used_share_backup_gigabytes: Option<Count>,
    max_share_backup_gigabytes: Option<Count>,
}

/// A resource's name, its use, and its limit.
type Told = (&'static str, Option<Count>, Option<Count>);

impl InstanceQuotas {
    fn told(self) -> [Told; 3] {
        [
            ("instances", self.used_instances, self.max_instances),
            ("cores", self.used_cores, self.max_cores),
            ("ram", self.used_ram, self.max_ram),
        ]
    }
}

impl VolumeQuotas {
    fn told(self) -> [Told; 4] {
        [
            ("volumes", self.volume_count, self.max_volume_count),
            ("volume_gigabytes", self.used_gigabytes, self.max_gigabytes),
            ("volume_backups", self.volume_backup_count, self.max_volume_backup_count),
            ("volume_backup_gigabytes", self.used_backup_gigabytes, self.max_backup_gigabytes),
        ]
    }
}

impl NetworkQuotas {
    fn told(self) -> [Told; 4] {
        [
            ("networks", self.used_networks, self.max_networks),
            ("subnets", self.used_subnets, self.max_subnets),
            ("floating_ips", self.used_floating_ips, self.max_floating_ips),
            ("gateways", self.used_gateways, self.max_gateways),
        ]
    }
}

impl ShareQuotas {
    fn told(self) -> [Told; 6] {
        let (used_backup, max_backup) =
            (self.used_share_backup_gigabytes, self.max_share_backup_gigabytes);
        [
            ("shares", self.used_shares_number, self.max_shares_number),
            ("share_size_total", self.used_share_size_total, self.max_share_size_total),
            ("share_size_per_share", None, self.max_share_size_per_share),
            ("share_snapshots", self.used_share_snapshots, self.max_share_snapshots),
            ("share_backups", self.used_share_backups, self.max_share_backups),
            ("share_backup_gigabytes", used_backup, max_backup),
        ]
    }
}

impl From<Wire> for Quota {
    fn from(wire: Wire) -> Self {
        let keypairs = wire.keypair.unwrap_or_default();
        let loadbalancers = wire.loadbalancer.unwrap_or_default();
        let secrets = wire.keymanager.unwrap_or_default();
        let others = [
            ("keypairs", None, keypairs.max_count),
            ("loadbalancers", loadbalancers.used_loadbalancers, loadbalancers.max_loadbalancers),
            ("secrets", secrets.used_secrets, secrets.max_secrets),
        ];
        let told = wire.instance.unwrap_or_default().told().into_iter();
        let told = told.chain(wire.volume.unwrap_or_default().told());
        let told = told.chain(wire.network.unwrap_or_default().told());
        let told = told.chain(others).chain(wire.share.unwrap_or_default().told());
        let resources = told.filter_map(|(name, used, limit)| {
            // The meaning of a number below zero is undocumented.
            let [used, limit] = [used, limit].map(|number| number.and_then(Count::known));
            (used.is_some() || limit.is_some()).then(|| (name.into(), Use { used, limit }))
        });
        Self { region: wire.region.unwrap_or_default().into(), resources: resources.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(json: &str) -> Quota {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn members_have_the_names_that_ovhcloud_gives_them() {
        let read = quota(
            r#"{"region":"GRA11",
            "instance":{"maxCores":20,"maxInstances":10,"maxRam":40960,"usedCores":2,
                "usedInstances":1,"usedRAM":8000},
            "volume":{"maxGigabytes":10000,"usedGigabytes":100,"maxVolumeCount":20,
                "volumeCount":3,"maxBackupGigabytes":500,"usedBackupGigabytes":6,
                "maxVolumeBackupCount":7,"volumeBackupCount":4},
            "network":{"maxFloatingIPs":8,"usedFloatingIPs":5,"maxGateways":3,"usedGateways":0,
                "maxNetworks":50,"usedNetworks":9,"maxSubnets":51,"usedSubnets":11},
            "keypair":{"maxCount":200},
            "loadbalancer":{"maxLoadbalancers":12,"usedLoadbalancers":13},
            "keymanager":{"maxSecrets":14,"usedSecrets":15},
            "share":{"maxSharesNumber":16,"usedSharesNumber":17,"maxShareSizeTotal":18,
                "usedShareSizeTotal":19,"maxShareSizePerShare":21,"maxShareSnapshots":22,
                "usedShareSnapshots":23,"maxShareBackups":24,"usedShareBackups":25,
                "maxShareBackupGigabytes":26,"usedShareBackupGigabytes":27}}"#,
        );
        let all: Vec<_> = read
            .resources
            .iter()
            .map(|(name, usage)| (&**name, usage.used.unwrap_or(-1), usage.limit.unwrap_or(-1)))
            .collect();
        let expected = [
            ("cores", 2, 20),
            ("floating_ips", 5, 8),
            ("gateways", 0, 3),
            ("instances", 1, 10),
            ("keypairs", -1, 200),
            ("loadbalancers", 13, 12),
            ("networks", 9, 50),
            ("ram", 8000, 40960),
            ("secrets", 15, 14),
            ("share_backup_gigabytes", 27, 26),
            ("share_backups", 25, 24),
            ("share_size_per_share", -1, 21),
            ("share_size_total", 19, 18),
            ("share_snapshots", 23, 22),
            ("shares", 17, 16),
            ("subnets", 11, 51),
            ("volume_backup_gigabytes", 6, 500),
            ("volume_backups", 4, 7),
            ("volume_gigabytes", 100, 10_000),
            ("volumes", 3, 20),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_missing_value_has_no_entry() {
        let macro_region = quota(r#"{"region":"GRA","instance":null,"keypair":{"maxCount":null}}"#);
        assert_eq!((&*macro_region.region, macro_region.resources.len()), ("GRA", 0));
        let half = quota(r#"{"instance":{"usedCores":0,"new":"x"}}"#);
        assert_eq!(half.resources[&Word::from("cores")], Use { used: Some(0), limit: None });
    }

    #[test]
    fn only_the_limits_make_a_change() {
        let with = |used: u8, limit: u8| {
            quota(&format!(r#"{{"instance":{{"usedCores":{used},"maxCores":{limit}}}}}"#))
        };
        assert!(with(1, 5).same_as(&with(2, 5)));
        assert!(!with(1, 5).same_as(&with(1, 6)));
        assert!(!with(1, 5).same_as(&quota("{}")));
    }
}

//! The accounts of this exporter, and its place among several.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::family::Desc;

use super::exporters;

pub(super) static ACCOUNTS: Desc = exporters(
    "ovhcloud_exporter_accounts",
    "Accounts that this exporter watches; 0 of a shard without accounts",
);
pub(super) static SHARD_INDEX: Desc = exporters(
    "ovhcloud_exporter_shard_index",
    "Index of this exporter among those that divide the accounts, from 0",
);
pub(super) static SHARDS: Desc = exporters(
    "ovhcloud_exporter_shards",
    "Exporters that divide the accounts among them; 1 without a division",
);

/// The gauges.
#[derive(Debug, Default)]
pub(super) struct Division {
    accounts: Gauge,
    index: Gauge,
    total: Gauge,
}

impl Division {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(ACCOUNTS.name, ACCOUNTS.help, self.accounts.clone());
        registry.register(SHARD_INDEX.name, SHARD_INDEX.help, self.index.clone());
        registry.register(SHARDS.name, SHARDS.help, self.total.clone());
    }

    pub(super) fn set(&self, index: u32, total: u32, accounts: usize) {
        self.accounts.set(i64::try_from(accounts).unwrap_or(i64::MAX));
        self.index.set(i64::from(index));
        self.total.set(i64::from(total));
    }
}

//! Gauges of the exporter as a whole: its configuration, its accounts and its state file.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::family::{Desc, Kind, Names};

pub(super) static RELOAD_SUCCESS: Desc = of_exporter(
    "ovhcloud_exporter_config_last_reload_successful",
    "Whether the last configuration reload attempt was successful",
);
pub(super) static RELOAD_TIME: Desc = of_exporter(
    "ovhcloud_exporter_config_last_reload_success_timestamp_seconds",
    "Unix timestamp of the last successful configuration load",
);
pub(super) static ACCOUNTS: Desc = of_exporter(
    "ovhcloud_exporter_accounts",
    "Accounts that this exporter watches; 0 of a shard without accounts",
);
pub(super) static SHARD_INDEX: Desc = of_exporter(
    "ovhcloud_exporter_shard_index",
    "Index of this exporter among those that divide the accounts, from 0",
);
pub(super) static SHARDS: Desc = of_exporter(
    "ovhcloud_exporter_shards",
    "Exporters that divide the accounts among them; 1 without a division",
);
pub(super) static STATE_WRITTEN: Desc = of_exporter(
    "ovhcloud_exporter_state_last_write_successful",
    "Whether the last write of the state file was successful; absent without --state.file",
);

const fn of_exporter(name: &'static str, help: &'static str) -> Desc {
    Desc {
        name,
        help,
        labels: &[],
        kind: Kind::Gauge,
        per_account: false,
        names: Names::Nothing,
        is_count: false,
    }
}

/// The gauges.
#[derive(Debug, Default)]
pub(super) struct Exporter {
    pub(super) reload_success: Gauge,
    pub(super) reload_time: Gauge,
    pub(super) accounts: Gauge,
    pub(super) shard_index: Gauge,
    pub(super) shards: Gauge,
    /// It has no sample until it is set.
    state_written: Family<[(&'static str, &'static str); 0], Gauge>,
}

impl Exporter {
    /// The gauges of an exporter whose configuration is a good one.
    pub(super) fn new(registry: &mut Registry) -> Self {
        let all = Self::default();
        all.reload_success.set(1);
        for (desc, gauge) in [
            (&RELOAD_SUCCESS, &all.reload_success),
            (&RELOAD_TIME, &all.reload_time),
            (&ACCOUNTS, &all.accounts),
            (&SHARD_INDEX, &all.shard_index),
            (&SHARDS, &all.shards),
        ] {
            registry.register(desc.name, desc.help, gauge.clone());
        }
        let written = all.state_written.clone();
        registry.register(STATE_WRITTEN.name, STATE_WRITTEN.help, written);
        all
    }

    pub(super) fn written(&self, is_good: bool) {
        self.state_written.get_or_create(&[]).set(i64::from(is_good));
    }
}

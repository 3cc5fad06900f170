//! The exporter's own counters and histograms, updated as things happen.
//!
//! OVHcloud's data is in families of `exposition`, which are new after each refresh. Each account has
//! a [`Share`] of its own, which counts its changes: `exposition` encodes a share again only when it
//! has changed. Series without an account are encoded again after a moment, changed or not.

mod connections;
mod exporter;
mod extent;
mod labels;
mod per_account;
mod process;
mod share;

use std::collections::BTreeMap;
use std::fmt::Error as FmtError;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::family::{Desc, Kind, Names};

pub use connections::{Connections, Limit};
pub use extent::Extent;
pub use per_account::Calls;
pub use share::Share;

use exporter::Exporter;
use labels::{Of, OfCollector};
use per_account::{Announced, PerAccount, Recorder};
use share::Changes;

static BUILD_INFO: Desc = Desc {
    name: "ovhcloud_exporter_build_info",
    help: "Always 1; the labels have the version, revision and branch of the exporter",
    labels: &["version", "revision", "branch"],
    kind: Kind::Gauge,
    per_account: false,
    names: Names::Nothing,
    is_count: false,
};
/// Every family of this module, except the `process_*` ones.
pub static FAMILIES: &[&Desc] = &[
    &BUILD_INFO,
    &per_account::REQUESTS,
    &per_account::LATENCY,
    &per_account::RETRIES,
    &per_account::THROTTLED,
    &per_account::LIMIT,
    &per_account::CLOSED,
    &per_account::INTERVAL,
    &per_account::COLLECTOR_INTERVAL,
    &exporter::RELOAD_SUCCESS,
    &exporter::RELOAD_TIME,
    &exporter::ACCOUNTS,
    &exporter::SHARD_INDEX,
    &exporter::SHARDS,
    &exporter::STATE_WRITTEN,
    &connections::OPEN,
    &connections::LIMITED,
];

/// Which build this is.
#[derive(Debug, Clone, Copy)]
pub struct Build {
    /// The version in the manifest.
    pub version: &'static str,
    /// The commit it was built from, or `unknown`.
    pub revision: &'static str,
    /// The branch it was built from, or `unknown`.
    pub branch: &'static str,
}

impl Build {
    /// This build. Its revision and branch come from the variables `OVHCLOUD_EXPORTER_REVISION` and
    /// `OVHCLOUD_EXPORTER_BRANCH` of the build, or else from git (build.rs).
    pub const THIS: Self = Self {
        version: env!("CARGO_PKG_VERSION"),
        revision: match option_env!("OVHCLOUD_EXPORTER_REVISION") {
            Some(revision) => revision,
            None => "unknown",
        },
        branch: match option_env!("OVHCLOUD_EXPORTER_BRANCH") {
            Some(branch) => branch,
            None => "unknown",
        },
    };
}

/// The exporter's own metrics.
#[derive(Debug)]
pub struct Telemetry {
    extent: Extent,
    build: Arc<Share>,
    /// The accounts of the present configuration.
    accounts: Announced,
    changes: Changes,
    /// The series without an account.
    registry: Registry,
    connections: Connections,
    exporter: Exporter,
}

impl Telemetry {
    /// An empty registry for this build. The configuration it started with was a good one.
    pub fn new(build: Build) -> Self {
        Self::of(build, Extent::Whole)
    }

    /// The same with these metrics.
    pub fn of(build: Build, extent: Extent) -> Self {
        let changes = Changes::default();
        let labels =
            [("version", build.version), ("revision", build.revision), ("branch", build.branch)];
        let info: Family<[(&'static str, &'static str); 3], Gauge> = Family::default();
        info.get_or_create(&labels).set(1);
        let mut build = Share::new(&changes);
        build.register(&BUILD_INFO, info);
        let mut registry = Registry::default();
        let exporter = Exporter::new(&mut registry);
        let connections = Connections::default();
        connections.register(&mut registry);
        registry.register_collector(Box::new(process::Process(extent)));
        let (build, accounts) = (Arc::new(build), Announced::default());
        Self { extent, build, accounts, changes, registry, connections, exporter }
    }

    /// The recorder of one account's calls, which are published once they are announced. Those of an
    /// announced account of the same name and labels go on.
    pub fn account(&self, name: &str, labels: &BTreeMap<String, String>) -> Calls {
        let of = Of::new(name, labels);
        let known = self.announced().iter().find(|recorder| recorder.of == of).cloned();
        let recorder = known.unwrap_or_else(|| self.recorder(of));
        Calls { recorder, announced: Arc::clone(&self.accounts) }
    }

    /// The recorder of an account that is not known yet.
    fn recorder(&self, of: Of) -> Recorder {
        let per_account = PerAccount::new();
        let mut share = Share::new(&self.changes);
        per_account.register(&mut share, self.extent);
        Recorder { of, per_account, share: Arc::new(share) }
    }

    /// The recorder of the connections to the web server.
    pub fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// Sets the refresh interval of an announced account and the interval of each of its collectors.
    /// They are published from the start, so that an account whose first refresh does not end is
    /// noticed.
    pub fn refreshes(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
        interval: Duration,
        collectors: &[(&'static str, Duration)],
    ) {
        let of = Of::new(name, labels);
        let known = self.announced().iter().find(|recorder| recorder.of == of).cloned();
        let Some(recorder) = known else { return };
        recorder.update(|metrics, of| {
            metrics.collector_interval.clear();
            for (collector, interval) in collectors {
                let of = OfCollector { of: of.clone(), collector };
                metrics.collector_interval.get_or_create(&of).set(interval.as_secs_f64());
            }
            metrics.interval.get_or_create(of).set(interval.as_secs_f64());
        });
    }

    /// Records the result of a configuration load.
    pub fn reloaded(&self, is_good: bool, unix_seconds: i64) {
        self.exporter.reload_success.set(i64::from(is_good));
        if is_good {
            self.exporter.reload_time.set(unix_seconds);
        }
        self.changes.add();
    }

    /// Sets the number of accounts of this exporter, and its place among several.
    pub fn sharded(&self, index: u32, total: u32, accounts: usize) {
        self.exporter.accounts.set(i64::try_from(accounts).unwrap_or(i64::MAX));
        self.exporter.shard_index.set(i64::from(index));
        self.exporter.shards.set(i64::from(total));
        self.changes.add();
    }

    /// Records a write of the state file.
    pub fn written(&self, is_good: bool) {
        self.exporter.written(is_good);
        self.changes.add();
    }

    /// Drops these accounts, by their names and labels. The counters of the others go on.
    pub fn forget(&self, gone: &[(String, BTreeMap<String, String>)]) {
        let gone: Vec<Of> = gone.iter().map(|(name, labels)| Of::new(name, labels)).collect();
        self.announced().retain(|recorder| !gone.contains(&recorder.of));
        self.changes.add();
    }

    /// The number of changes so far, but for those of series without an account that change all
    /// the time.
    pub fn changes(&self) -> u64 {
        self.changes.count()
    }

    /// The shares in the order of the page: the build's, and one for each account.
    pub fn shares(&self) -> Vec<Arc<Share>> {
        let accounts = self.announced();
        let of_accounts = accounts.iter().map(|recorder| &recorder.share);
        [&self.build].into_iter().chain(of_accounts).map(Arc::clone).collect()
    }

    /// Writes the series that follow the shares as OpenMetrics text, without the end mark.
    pub fn encode(&self, text: &mut String) -> Result<(), FmtError> {
        encode_registry(text, &self.registry)
    }

    fn announced(&self) -> MutexGuard<'_, Vec<Recorder>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

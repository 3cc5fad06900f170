//! The exporter's own counters and histograms, updated as things happen.
//!
//! OVHcloud's data is in families of `exposition`, which are new after each refresh.

mod connections;
mod process;

use std::collections::BTreeMap;
use std::fmt::Error as FmtError;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::encoding::{EncodeLabel as _, EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::family::{Desc, Kind, Names};

pub use connections::{Connections, Limit};

/// Calls answered by OVHcloud in 50 ms to half a minute; the buckets follow.
const LATENCY_BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

static BUILD_INFO: Desc = Desc {
    name: "ovhcloud_exporter_build_info",
    help: "Always 1; the labels have the version, revision and branch of the exporter",
    labels: &["version", "revision", "branch"],
    kind: Kind::Gauge,
    per_account: false,
    names: Names::Nothing,
    is_count: false,
};
static REQUESTS: Desc = own(
    "ovhcloud_exporter_api_requests",
    "Requests to OVHcloud's API by route template and HTTP status, or the reason without a response",
    &["route", "code"],
    Kind::Counter,
);
static LATENCY: Desc = own(
    "ovhcloud_exporter_api_request_duration_seconds",
    "Time from sending a request to OVHcloud's API to the end of its response",
    &[],
    Kind::Histogram,
);
static RETRIES: Desc = own(
    "ovhcloud_exporter_api_retries",
    "Requests to OVHcloud's API that were repeated after a transient error",
    &[],
    Kind::Counter,
);
static THROTTLED: Desc = own(
    "ovhcloud_exporter_api_throttled",
    "Responses 408, 429 and 503, which lower the request rate limit",
    &[],
    Kind::Counter,
);
static LIMIT: Desc = own(
    "ovhcloud_exporter_api_requests_per_second_limit",
    "Current adaptive request rate limit, in requests per second",
    &[],
    Kind::Gauge,
);

static CLOSED: Desc = own(
    "ovhcloud_exporter_api_route_closed_until_timestamp_seconds",
    "Unix timestamp until which the exporter does not request a route that OVHcloud throttles or that does not answer; with an empty route, until which it requests nothing of the account; no sample for an open route",
    &["route"],
    Kind::Gauge,
);

static INTERVAL: Desc = own(
    "ovhcloud_account_refresh_interval_seconds",
    "Time from the start of a refresh of the account to the start of the next",
    &[],
    Kind::Gauge,
);

static COLLECTOR_INTERVAL: Desc = own(
    "ovhcloud_collector_interval_seconds",
    "Time from one reading of the collector to the next: its own interval, or the refresh interval",
    &["collector"],
    Kind::Gauge,
);

static RELOAD_SUCCESS: Desc = exporters(
    "ovhcloud_exporter_config_last_reload_successful",
    "Whether the last configuration reload attempt was successful",
);
static RELOAD_TIME: Desc = exporters(
    "ovhcloud_exporter_config_last_reload_success_timestamp_seconds",
    "Unix timestamp of the last successful configuration load",
);

const fn exporters(name: &'static str, help: &'static str) -> Desc {
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

const fn own(
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    kind: Kind,
) -> Desc {
    Desc { name, help, labels, kind, per_account: true, names: Names::Nothing, is_count: false }
}

/// Every family of this module, except the `process_*` ones.
pub static FAMILIES: &[&Desc] = &[
    &BUILD_INFO,
    &REQUESTS,
    &LATENCY,
    &RETRIES,
    &THROTTLED,
    &LIMIT,
    &CLOSED,
    &INTERVAL,
    &COLLECTOR_INTERVAL,
    &RELOAD_SUCCESS,
    &RELOAD_TIME,
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

/// The account of the calls: its name, and the operator's labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Of(Arc<(String, BTreeMap<String, String>)>);

impl Of {
    fn new(account: &str, labels: &BTreeMap<String, String>) -> Self {
        Self(Arc::new((account.to_owned(), labels.clone())))
    }

    fn encode_added(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        for (name, value) in &self.0.1 {
            (name.as_str(), value.as_str()).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

impl EncodeLabelSet for Of {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.0.0.as_str()).encode(encoder.encode_label())?;
        self.encode_added(encoder)
    }
}

/// One kind of call and its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Call {
    of: Of,
    route: &'static str,
    code: String,
}

impl EncodeLabelSet for Call {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.of.0.0.as_str()).encode(encoder.encode_label())?;
        ("route", self.route).encode(encoder.encode_label())?;
        ("code", self.code.as_str()).encode(encoder.encode_label())?;
        self.of.encode_added(encoder)
    }
}

/// One route of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct OfRoute {
    of: Of,
    route: &'static str,
}

impl EncodeLabelSet for OfRoute {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.of.0.0.as_str()).encode(encoder.encode_label())?;
        ("route", self.route).encode(encoder.encode_label())?;
        self.of.encode_added(encoder)
    }
}

/// One collector of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct OfCollector {
    of: Of,
    collector: &'static str,
}

impl EncodeLabelSet for OfCollector {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.of.0.0.as_str()).encode(encoder.encode_label())?;
        ("collector", self.collector).encode(encoder.encode_label())?;
        self.of.encode_added(encoder)
    }
}

/// The families with series per account.
#[derive(Debug, Clone)]
struct PerAccount {
    requests: Family<Call, Counter>,
    latency: Family<Of, Histogram, fn() -> Histogram>,
    retries: Family<Of, Counter>,
    throttled: Family<Of, Counter>,
    limit: Family<Of, Gauge<f64, AtomicU64>>,
    closed: Family<OfRoute, Gauge>,
    interval: Family<Of, Gauge<f64, AtomicU64>>,
    collector_interval: Family<OfCollector, Gauge<f64, AtomicU64>>,
}

impl PerAccount {
    fn new() -> Self {
        Self {
            requests: Family::default(),
            latency: Family::new_with_constructor(|| Histogram::new(LATENCY_BUCKETS)),
            retries: Family::default(),
            throttled: Family::default(),
            limit: Family::default(),
            closed: Family::default(),
            interval: Family::default(),
            collector_interval: Family::default(),
        }
    }

    fn register(&self, registry: &mut Registry, extent: Extent) {
        registry.register(INTERVAL.name, INTERVAL.help, self.interval.clone());
        let of_collectors = self.collector_interval.clone();
        registry.register(COLLECTOR_INTERVAL.name, COLLECTOR_INTERVAL.help, of_collectors);
        if extent == Extent::Needed {
            return;
        }
        registry.register(REQUESTS.name, REQUESTS.help, self.requests.clone());
        registry.register(LATENCY.name, LATENCY.help, self.latency.clone());
        registry.register(RETRIES.name, RETRIES.help, self.retries.clone());
        registry.register(THROTTLED.name, THROTTLED.help, self.throttled.clone());
        registry.register(LIMIT.name, LIMIT.help, self.limit.clone());
        registry.register(CLOSED.name, CLOSED.help, self.closed.clone());
    }
}

/// How many of the exporter's own metrics are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    Whole,
    /// Those that alerts need: neither the calls to the API nor the process, but for its start.
    Needed,
}

/// The registry of the exporter's own metrics.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    per_account: PerAccount,
    connections: Connections,
    reload_success: Gauge,
    reload_time: Gauge,
}

impl Telemetry {
    /// An empty registry for this build. The configuration it started with was a good one.
    pub fn new(build: Build) -> Self {
        Self::of(build, Extent::Whole)
    }

    /// The same with these metrics.
    pub fn of(build: Build, extent: Extent) -> Self {
        let mut registry = Registry::default();
        let labels =
            [("version", build.version), ("revision", build.revision), ("branch", build.branch)];
        let info: Family<[(&'static str, &'static str); 3], Gauge> = Family::default();
        info.get_or_create(&labels).set(1);
        registry.register(BUILD_INFO.name, BUILD_INFO.help, info);
        let per_account = PerAccount::new();
        per_account.register(&mut registry, extent);
        let connections = Connections::default();
        connections.register(&mut registry);
        let (reload_success, reload_time) = (Gauge::default(), Gauge::default());
        reload_success.set(1);
        registry.register(RELOAD_SUCCESS.name, RELOAD_SUCCESS.help, reload_success.clone());
        registry.register(RELOAD_TIME.name, RELOAD_TIME.help, reload_time.clone());
        registry.register_collector(Box::new(process::Process(extent)));
        Self { registry, per_account, connections, reload_success, reload_time }
    }

    /// The recorder of one account's calls.
    pub fn account(&self, name: &str, labels: &BTreeMap<String, String>) -> Calls {
        Calls { of: Of::new(name, labels), per_account: self.per_account.clone() }
    }

    /// The recorder of the connections to the web server.
    pub fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// Sets the refresh interval of the account and the interval of each of its collectors. They are
    /// published from the start, so that an account whose first refresh does not end is noticed.
    pub fn refreshes(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
        interval: Duration,
        collectors: &[(&'static str, Duration)],
    ) {
        let of = Of::new(name, labels);
        for (collector, interval) in collectors {
            let of = OfCollector { of: of.clone(), collector };
            self.per_account.collector_interval.get_or_create(&of).set(interval.as_secs_f64());
        }
        self.per_account.interval.get_or_create(&of).set(interval.as_secs_f64());
    }

    /// Records the result of a configuration load.
    pub fn reloaded(&self, is_good: bool, unix_seconds: i64) {
        self.reload_success.set(i64::from(is_good));
        if is_good {
            self.reload_time.set(unix_seconds);
        }
    }

    /// Drops every account before a new configuration. Counters restart from zero.
    pub fn forget(&self) {
        let PerAccount {
            requests,
            latency,
            retries,
            throttled,
            limit,
            closed,
            interval,
            collector_interval,
        } = &self.per_account;
        requests.clear();
        latency.clear();
        retries.clear();
        throttled.clear();
        limit.clear();
        closed.clear();
        interval.clear();
        collector_interval.clear();
    }

    /// Writes the present values as OpenMetrics text, without the end mark.
    pub fn encode(&self, text: &mut String) -> Result<(), FmtError> {
        encode_registry(text, &self.registry)
    }
}

/// The recorder of one account's calls.
#[derive(Debug, Clone)]
pub struct Calls {
    of: Of,
    per_account: PerAccount,
}

impl Calls {
    /// The account's series are there from now on, so that a rate over them has a beginning.
    pub fn announce(&self, per_second: f64) {
        drop(self.per_account.retries.get_or_create(&self.of));
        drop(self.per_account.throttled.get_or_create(&self.of));
        drop(self.per_account.latency.get_or_create(&self.of));
        self.limited(per_second);
    }

    /// One call has ended: its route, its status (or the reason it has none), its time.
    pub fn ended(&self, route: &'static str, code: impl Into<String>, duration: Duration) {
        let call = Call { of: self.of.clone(), route, code: code.into() };
        self.per_account.requests.get_or_create(&call).inc();
        self.per_account.latency.get_or_create(&self.of).observe(duration.as_secs_f64());
    }

    /// A call is about to be made again.
    pub fn retried(&self) {
        self.per_account.retries.get_or_create(&self.of).inc();
    }

    /// OVHcloud asked for fewer calls.
    pub fn throttled(&self) {
        self.per_account.throttled.get_or_create(&self.of).inc();
    }

    /// A route, or the account as an empty one, is not requested until then.
    pub fn closed(&self, route: &'static str, unix_seconds: i64) {
        let of_route = OfRoute { of: self.of.clone(), route };
        self.per_account.closed.get_or_create(&of_route).set(unix_seconds);
    }

    /// It is requested again.
    pub fn opened(&self, route: &'static str) {
        self.per_account.closed.remove(&OfRoute { of: self.of.clone(), route });
    }

    /// The rate that the budget allows at present.
    pub fn limited(&self, per_second: f64) {
        self.per_account.limit.get_or_create(&self.of).set(per_second);
    }
}

//! The exporter's own counters and histograms, updated as things happen.
//!
//! What OVHcloud said is not here but in families made new at each pass.

mod process;

use std::fmt::Error as FmtError;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::family::{Desc, Kind};

/// Calls answered by OVHcloud in 50 ms to half a minute; the buckets follow.
const LATENCY_BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

static BUILD_INFO: Desc = Desc {
    name: "ovhcloud_exporter_build_info",
    help: "Always 1; the labels say which build of the exporter this is",
    labels: &["version", "revision", "branch"],
    kind: Kind::Gauge,
    per_account: false,
};
static REQUESTS: Desc = own(
    "ovhcloud_exporter_api_requests",
    "Calls to OVHcloud's API by route template and HTTP status, or the reason without one",
    &["route", "code"],
    Kind::Counter,
);
static LATENCY: Desc = own(
    "ovhcloud_exporter_api_request_duration_seconds",
    "Time from sending a call to OVHcloud's API to the end of its answer",
    &["route", "code"],
    Kind::Histogram,
);
static RETRIES: Desc = own(
    "ovhcloud_exporter_api_retries",
    "Calls to OVHcloud's API that were made again after a failure that may pass",
    &[],
    Kind::Counter,
);
static THROTTLED: Desc = own(
    "ovhcloud_exporter_api_throttled",
    "Answers 408, 429 and 503, each of which asks the exporter to slow down",
    &[],
    Kind::Counter,
);
static LIMIT: Desc = own(
    "ovhcloud_exporter_api_requests_per_second_limit",
    "Calls per second that the exporter allows itself at present",
    &[],
    Kind::Gauge,
);

static INTERVAL: Desc = own(
    "ovhcloud_account_refresh_interval_seconds",
    "How often the account is read, from the start of a pass to the start of the next",
    &[],
    Kind::Gauge,
);

const fn own(
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    kind: Kind,
) -> Desc {
    Desc { name, help, labels, kind, per_account: true }
}

/// Every family that this room publishes, but for the `process_*` ones.
pub static FAMILIES: &[&Desc] =
    &[&BUILD_INFO, &REQUESTS, &LATENCY, &RETRIES, &THROTTLED, &LIMIT, &INTERVAL];

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
    /// This build. Revision and branch come from the variables `OVHCLOUD_EXPORTER_REVISION` and
    /// `OVHCLOUD_EXPORTER_BRANCH` of the build, since a build needs no git.
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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AccountLabel {
    account: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    account: Arc<str>,
    route: &'static str,
    code: String,
}

/// The registry of the exporter's own metrics.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    requests: Family<CallLabels, Counter>,
    latency: Family<CallLabels, Histogram, fn() -> Histogram>,
    retries: Family<AccountLabel, Counter>,
    throttled: Family<AccountLabel, Counter>,
    limit: Family<AccountLabel, Gauge<f64, AtomicU64>>,
    interval: Family<AccountLabel, Gauge<f64, AtomicU64>>,
}

impl Telemetry {
    /// An empty registry for this build.
    pub fn new(build: Build) -> Self {
        let mut registry = Registry::default();
        let labels =
            [("version", build.version), ("revision", build.revision), ("branch", build.branch)];
        let info: Family<[(&'static str, &'static str); 3], Gauge> = Family::default();
        info.get_or_create(&labels).set(1);
        let latency: Family<_, _, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(LATENCY_BUCKETS));
        let requests = Family::default();
        let (retries, throttled) = (Family::default(), Family::default());
        let (limit, interval) = (Family::default(), Family::default());
        registry.register(BUILD_INFO.name, BUILD_INFO.help, info);
        registry.register(REQUESTS.name, REQUESTS.help, Clone::clone(&requests));
        registry.register(LATENCY.name, LATENCY.help, latency.clone());
        registry.register(RETRIES.name, RETRIES.help, Clone::clone(&retries));
        registry.register(THROTTLED.name, THROTTLED.help, Clone::clone(&throttled));
        registry.register(LIMIT.name, LIMIT.help, Clone::clone(&limit));
        registry.register(INTERVAL.name, INTERVAL.help, Clone::clone(&interval));
        registry.register_collector(Box::new(process::Process));
        Self { registry, requests, latency, retries, throttled, limit, interval }
    }

    /// What the calls of one account are recorded with. The account's series are there from
    /// now on, so that a rate over them has a beginning.
    pub fn account(&self, name: &str) -> Calls {
        let account: Arc<str> = name.into();
        let label = AccountLabel { account: Arc::clone(&account) };
        Calls {
            account,
            requests: self.requests.clone(),
            latency: self.latency.clone(),
            retries: self.retries.get_or_create_owned(&label),
            throttled: self.throttled.get_or_create_owned(&label),
            limit: self.limit.get_or_create_owned(&label),
        }
    }

    /// The account is read so often. It is told from the start, so that an account whose first
    /// pass does not end is missed.
    pub fn refreshes(&self, account: &str, interval: Duration) {
        let label = AccountLabel { account: account.into() };
        self.interval.get_or_create(&label).set(interval.as_secs_f64());
    }

    /// Writes the present values as OpenMetrics text, without the end mark.
    pub fn encode(&self, text: &mut String) -> Result<(), FmtError> {
        encode_registry(text, &self.registry)
    }
}

/// What the calls of one account are recorded with.
#[derive(Debug, Clone)]
pub struct Calls {
    account: Arc<str>,
    requests: Family<CallLabels, Counter>,
    latency: Family<CallLabels, Histogram, fn() -> Histogram>,
    retries: Counter,
    throttled: Counter,
    limit: Gauge<f64, AtomicU64>,
}

impl Calls {
    /// One call has ended: its route, its status (or the reason it has none), its time.
    pub fn ended(&self, route: &'static str, code: impl Into<String>, duration: Duration) {
        let labels = CallLabels { account: Arc::clone(&self.account), route, code: code.into() };
        self.requests.get_or_create(&labels).inc();
        self.latency.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// A call is about to be made again.
    pub fn retried(&self) {
        self.retries.inc();
    }

    /// OVHcloud asked for fewer calls.
    pub fn throttled(&self) {
        self.throttled.inc();
    }

    /// The rate that the budget allows at present.
    pub fn limited(&self, per_second: f64) {
        self.limit.set(per_second);
    }
}

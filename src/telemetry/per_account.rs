//! The series of each account, and the recorder of its calls.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use crate::family::{Desc, Kind, Names};

use super::extent::Extent;
use super::labels::{Call, Of, OfCollector, OfRoute};
use super::share::Share;

/// Calls answered by OVHcloud in 50 ms to half a minute; the buckets follow.
const LATENCY_BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

pub(super) static REQUESTS: Desc = own(
    "ovhcloud_exporter_api_requests",
    "Requests to OVHcloud's API by route template and HTTP status, or the reason without a response",
    &["route", "code"],
    Kind::Counter,
);
pub(super) static LATENCY: Desc = own(
    "ovhcloud_exporter_api_request_duration_seconds",
    "Time from sending a request to OVHcloud's API to the end of its response",
    &[],
    Kind::Histogram,
);
pub(super) static RETRIES: Desc = own(
    "ovhcloud_exporter_api_retries",
    "Requests to OVHcloud's API that were repeated after a transient error",
    &[],
    Kind::Counter,
);
pub(super) static THROTTLED: Desc = own(
    "ovhcloud_exporter_api_throttled",
    "Responses 408, 429 and 503, which lower the request rate limit",
    &[],
    Kind::Counter,
);
pub(super) static LIMIT: Desc = own(
    "ovhcloud_exporter_api_requests_per_second_limit",
    "Current adaptive request rate limit, in requests per second",
    &[],
    Kind::Gauge,
);

pub(super) static CLOSED: Desc = own(
    "ovhcloud_exporter_api_route_closed_until_timestamp_seconds",
    "Unix timestamp until which the exporter does not request a route that OVHcloud throttles or \
     that does not answer; with an empty route, until which it requests nothing of the account; no \
     sample for an open route",
    &["route"],
    Kind::Gauge,
);

pub(super) static INTERVAL: Desc = own(
    "ovhcloud_account_refresh_interval_seconds",
    "Time from the start of a refresh of the account to the start of the next",
    &[],
    Kind::Gauge,
);

pub(super) static COLLECTOR_INTERVAL: Desc = own(
    "ovhcloud_collector_interval_seconds",
    "Time from one reading of the collector to the next: its own interval, or the refresh interval",
    &["collector"],
    Kind::Gauge,
);

const fn own(
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    kind: Kind,
) -> Desc {
    Desc { name, help, labels, kind, per_account: true, names: Names::Nothing, is_count: false }
}

/// The families with series per account.
#[derive(Debug, Clone)]
pub(super) struct PerAccount {
    requests: Family<Call, Counter>,
    latency: Family<Of, Histogram, fn() -> Histogram>,
    retries: Family<Of, Counter>,
    throttled: Family<Of, Counter>,
    limit: Family<Of, Gauge<f64, AtomicU64>>,
    closed: Family<OfRoute, Gauge>,
    pub(super) interval: Family<Of, Gauge<f64, AtomicU64>>,
    pub(super) collector_interval: Family<OfCollector, Gauge<f64, AtomicU64>>,
}

impl PerAccount {
    pub(super) fn new() -> Self {
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

    /// The order here is the order on the page.
    pub(super) fn register(&self, share: &mut Share, extent: Extent) {
        share.register(&INTERVAL, self.interval.clone());
        share.register(&COLLECTOR_INTERVAL, self.collector_interval.clone());
        if extent == Extent::Needed {
            return;
        }
        share.register(&REQUESTS, self.requests.clone());
        share.register(&LATENCY, self.latency.clone());
        share.register(&RETRIES, self.retries.clone());
        share.register(&THROTTLED, self.throttled.clone());
        share.register(&LIMIT, self.limit.clone());
        share.register(&CLOSED, self.closed.clone());
    }
}

/// The accounts of the present configuration.
pub(super) type Announced = Arc<Mutex<Vec<Recorder>>>;

/// The series of one account.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    pub(super) of: Of,
    pub(super) per_account: PerAccount,
    pub(super) share: Arc<Share>,
}

impl Recorder {
    /// Changes values, which the next scrape shows.
    pub(super) fn update(&self, change: impl FnOnce(&PerAccount, &Of)) {
        change(&self.per_account, &self.of);
        self.share.changed();
    }
}

/// The recorder of one account's calls.
#[derive(Debug, Clone)]
pub struct Calls {
    pub(super) recorder: Recorder,
    pub(super) announced: Announced,
}

impl Calls {
    /// The account's series are there from now on, so that a rate over them has a beginning.
    pub fn announce(&self, per_second: f64) {
        self.recorder.update(|metrics, of| {
            drop(metrics.retries.get_or_create(of));
            drop(metrics.throttled.get_or_create(of));
            drop(metrics.latency.get_or_create(of));
            metrics.limit.get_or_create(of).set(per_second);
        });
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        announced.retain(|recorder| recorder.of != self.recorder.of);
        announced.push(self.recorder.clone());
        drop(announced);
        self.recorder.share.changed();
    }

    /// One call has ended: its route, its status (or the reason it has none), its time.
    pub fn ended(&self, route: &'static str, code: impl Into<String>, duration: Duration) {
        let call = Call { of: self.recorder.of.clone(), route, code: code.into() };
        self.recorder.update(|metrics, of| {
            metrics.requests.get_or_create(&call).inc();
            metrics.latency.get_or_create(of).observe(duration.as_secs_f64());
        });
    }

    /// A call is about to be made again.
    pub fn retried(&self) {
        self.recorder.update(|metrics, of| {
            metrics.retries.get_or_create(of).inc();
        });
    }

    /// OVHcloud asked for fewer calls.
    pub fn throttled(&self) {
        self.recorder.update(|metrics, of| {
            metrics.throttled.get_or_create(of).inc();
        });
    }

    /// A route, or the account as an empty one, is not requested until then.
    pub fn closed(&self, route: &'static str, unix_seconds: i64) {
        self.recorder.update(|metrics, of| {
            metrics.closed.get_or_create(&OfRoute { of: of.clone(), route }).set(unix_seconds);
        });
    }

    /// It is requested again.
    pub fn opened(&self, route: &'static str) {
        self.recorder.update(|metrics, of| {
            metrics.closed.remove(&OfRoute { of: of.clone(), route });
        });
    }

    /// The rate that the budget allows at present.
    pub fn limited(&self, per_second: f64) {
        self.recorder.update(|metrics, of| {
            metrics.limit.get_or_create(of).set(per_second);
        });
    }
}

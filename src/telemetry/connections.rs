//! The connections to the exporter's own web server.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::family::{Desc, Kind, Names};

pub(super) static OPEN: Desc = Desc {
    name: "ovhcloud_exporter_http_connections",
    help: "Open connections to the web server of the exporter",
    labels: &[],
    kind: Kind::Gauge,
    per_account: false,
    names: Names::Nothing,
    is_count: false,
};
pub(super) static LIMITED: Desc = Desc {
    name: "ovhcloud_exporter_http_connections_limited",
    help: "Connections that the web server of the exporter refused or closed at a limit: refused at \
           the limit of their address (address) or of all addresses (total), closed for a newer one \
           (replaced), or too slow (slow)",
    labels: &["limit"],
    kind: Kind::Counter,
    per_account: false,
    names: Names::Nothing,
    is_count: false,
};

/// The limit that a connection met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Its address has as many as one may have: it was refused.
    Address,
    /// All addresses together have as many as there may be: it was refused.
    Total,
    /// It was idle or slow, and closed to make room.
    Replaced,
    /// Its response took too long.
    Slow,
}

impl Limit {
    const ALL: [Self; 4] = [Self::Address, Self::Total, Self::Replaced, Self::Slow];

    fn label(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Total => "total",
            Self::Replaced => "replaced",
            Self::Slow => "slow",
        }
    }
}

/// The recorder of the connections.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    open: Gauge,
    limited: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Connections {
    pub(super) fn register(&self, registry: &mut Registry) {
        // The series are there from the start, so that a rate over them has a beginning.
        for limit in Limit::ALL {
            drop(self.limited.get_or_create(&[("limit", limit.label())]));
        }
        registry.register(OPEN.name, OPEN.help, self.open.clone());
        registry.register(LIMITED.name, LIMITED.help, self.limited.clone());
    }

    /// Records the number of open connections.
    pub fn open(&self, number: usize) {
        self.open.set(i64::try_from(number).unwrap_or(i64::MAX));
    }

    /// A connection met a limit.
    pub fn limited(&self, limit: Limit) {
        self.limited.get_or_create(&[("limit", limit.label())]).inc();
    }
}

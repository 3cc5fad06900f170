//! The protection of a managed database: its backups, and TLS at its endpoints.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::collectors::lists::databases::{Endpoint, WireBackups};
use crate::collectors::shared::amounts::Count;
use crate::family::Word;

/// The backups of a managed database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Backups {
    /// The number of days that they are kept; `None` if missing.
    pub retention_days: Option<i64>,
    /// The time until which the database can be restored to a point in time; `None` if it cannot.
    pub pitr: Option<Timestamp>,
    /// The time of day at which they start, as `02:00:00`; `None` if missing.
    pub time: Option<String>,
    /// The regions that hold them; `None` if missing.
    pub regions: Option<BTreeSet<Word>>,
}

impl From<WireBackups> for Backups {
    fn from(wire: WireBackups) -> Self {
        let regions = |all: Vec<Option<String>>| {
            all.into_iter().map(|region| region.map(Word::from)).collect()
        };
        Self {
            retention_days: wire.retention_days.and_then(Count::known),
            pitr: wire.pitr,
            time: wire.time,
            regions: wire.regions.and_then(regions),
        }
    }
}

/// The components of the endpoints without TLS; `None` if one does not report it.
pub(super) fn without_tls(endpoints: Vec<Endpoint>) -> Option<BTreeSet<Word>> {
    let is_known = endpoints.iter().all(|endpoint| endpoint.ssl.is_some());
    let plain = endpoints.into_iter().filter(|endpoint| endpoint.ssl == Some(false));
    is_known.then(|| plain.map(|one| one.component.unwrap_or_default().into()).collect())
}

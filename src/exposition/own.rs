//! The exporter's own metrics, encoded again where they have changed.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::telemetry::{FAMILIES, Share, Telemetry};

use super::format::Format;
use super::page::{Cell, Page};
use super::text;

/// The shares of the exporter's own metrics as a page, of which only what changes is made again.
#[derive(Debug, Default)]
pub(super) struct Own(Mutex<Arc<Shares>>);

/// The page at one number of changes.
#[derive(Debug, Default)]
pub(super) struct Shares {
    pub(super) page: Page,
    changes: Option<u64>,
    /// Each share, and its number of changes.
    seen: Vec<(Arc<Share>, u64)>,
}

impl Own {
    /// The page as it is now.
    pub(super) fn page(&self, telemetry: &Telemetry) -> Arc<Shares> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Numbers of changes are read before the values, so that a later change is noticed.
        let changes = telemetry.changes();
        if known.changes != Some(changes) {
            *known = Arc::new(known.at(changes, telemetry.shares()));
        }
        Arc::clone(&known)
    }
}

impl Shares {
    fn at(&self, changes: u64, shares: Vec<Arc<Share>>) -> Self {
        let seen: Vec<_> =
            shares.into_iter().map(|share| (Arc::clone(&share), share.changes())).collect();
        let cells = |(share, changes): &(Arc<Share>, u64)| {
            let mut known = self.seen.iter().zip(self.page.accounts());
            let same =
                known.find(|((other, seen), _)| Arc::ptr_eq(other, share) && seen == changes);
            same.map_or_else(|| cells(share), |(_, cells)| cells.clone())
        };
        let accounts = seen.iter().map(cells).collect();
        let page = Page::new(accounts, seen.len() > 2, Some(&self.page));
        Self { page, changes: Some(changes), seen }
    }
}

fn cells(share: &Share) -> Vec<Cell> {
    // Writing to a string does not fail; if it did, the inventory is still whole.
    let families = share.encode().unwrap_or_default().into_iter();
    families
        .map(|(desc, samples)| {
            let place = FAMILIES.iter().position(|other| other.name == desc.name);
            Cell { place: place.unwrap_or(FAMILIES.len()), desc, samples: samples.into() }
        })
        .collect()
}

/// The end of the page: the series of the process and of the exporter as a whole.
pub(super) fn end(telemetry: &Telemetry, format: Format) -> Bytes {
    let mut own = String::new();
    if telemetry.encode(&mut own).is_err() {
        own.clear();
    }
    match format {
        Format::OpenMetrics => (own + "# EOF\n").into(),
        Format::Classic => text::classic(&own).into(),
    }
}

//! The published pages: encoded once per change, served as often as clients ask.
//!
//! A reader gets one complete picture, the current one or the one before. A request costs a copy of
//! a pointer, and the encoding of the exporter's own counters.

pub mod account;
pub mod gzip;
pub mod landing;
pub mod text;

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::Timestamp;

use crate::family::Desc;
use crate::report::AccountView;
use crate::telemetry::Telemetry;

use gzip::Piece;

pub use landing::Pages;

/// The formats of the metrics page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The classic text format 0.0.4.
    Classic,
}

impl Format {
    /// The exact content type of the body.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The published pages, and the place to replace them.
#[derive(Debug)]
pub struct Exposition {
    current: ArcSwap<Published>,
    telemetry: Arc<Telemetry>,
}

/// The pages of all accounts, encoded.
#[derive(Debug)]
pub struct Published {
    open_metrics: Piece,
    classic: Piece,
    landing: Piece,
    ready: bool,
}

impl Published {
    /// Encodes all accounts as they are at this time.
    pub fn encode(accounts: &[AccountView], pages: &Pages, now: Timestamp) -> Self {
        let known: Vec<&AccountView> = accounts.iter().filter(|one| one.report.is_some()).collect();
        let open_metrics = text::encode(&known, pages.detail);
        let classic = text::classic(&open_metrics);
        // Writing to a string does not fail; if it did, the metrics are still whole.
        let landing = landing::page(accounts, pages, now).unwrap_or_default();
        Self {
            open_metrics: Piece::new(open_metrics.into()),
            classic: Piece::new(classic.into()),
            landing: Piece::new(landing.into()),
            ready: known.len() == accounts.len(),
        }
    }
}

impl Exposition {
    /// Publishes these pages first.
    pub fn new(first: Published, telemetry: Arc<Telemetry>) -> Self {
        Self { current: ArcSwap::from_pointee(first), telemetry }
    }

    /// Replaces the published pages.
    pub fn publish(&self, published: Published) {
        self.current.store(Arc::new(published));
    }

    /// Whether the first refresh of every account is over, complete or not.
    pub fn is_ready(&self) -> bool {
        self.current.load().ready
    }

    /// The landing page in pieces, to be sent one after the other.
    pub fn landing(&self, gzipped: bool) -> Vec<Bytes> {
        let current = self.current.load();
        let landing = &current.landing;
        if gzipped { gzip::member(landing, "") } else { vec![landing.plain()] }
    }

    /// The metrics page in pieces, to be sent one after the other.
    pub fn metrics(&self, format: Format, gzipped: bool) -> Vec<Bytes> {
        let own = self.own();
        let current = self.current.load();
        let (inventory, own) = match format {
            Format::OpenMetrics => (&current.open_metrics, own + "# EOF\n"),
            Format::Classic => (&current.classic, text::classic(&own)),
        };
        if gzipped { gzip::member(inventory, &own) } else { vec![inventory.plain(), own.into()] }
    }

    /// The exporter's own metrics as OpenMetrics text.
    fn own(&self) -> String {
        let mut families: Vec<(&Desc, String)> = Vec::new();
        for share in self.telemetry.shares() {
            for (desc, samples) in share.encode().unwrap_or_default() {
                match families.iter_mut().find(|(other, _)| other.name == desc.name) {
                    Some((_, text)) => text.push_str(&samples),
                    None => families.push((desc, samples)),
                }
            }
        }
        families.retain(|(_, samples)| !samples.is_empty());
        let whole = families.iter().map(|(desc, samples)| {
            let Desc { name, help, kind, .. } = desc;
            format!("# HELP {name} {help}.\n# TYPE {name} {}\n{samples}", kind.word())
        });
        let mut text: String = whole.collect();
        // Writing to a string does not fail; if it did, the inventory is still whole.
        if self.telemetry.encode(&mut text).is_err() {
            text.clear();
        }
        text
    }
}

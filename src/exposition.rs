//! The published pages: made when they are first asked for, served as often as clients ask.
//!
//! A reader gets one complete picture, the current one or the one before. Nothing is encoded that
//! nobody asks for: a page that was asked for lately is made when it is published, another one at
//! the first request. A request costs a copy of a pointer. The exporter's own counters are exact; the
//! series of its process are at most [`OWN_AGE`] old.

pub mod account;
mod body;
mod format;
pub mod gzip;
pub mod inventory;
pub mod landing;
mod own;
pub mod page;
pub mod text;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use flate2::Crc;
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use crate::report::AccountView;
use crate::telemetry::Telemetry;

use body::together;
use gzip::Deflater;
use inventory::Inventory;
use own::Own;
use page::Page;

pub use body::Body;
pub use format::Format;
pub use landing::Pages;

/// The age at which the series of the process are read again.
pub const OWN_AGE: Duration = Duration::from_secs(1);

/// A page that was asked for within this time is made at each publication. Nobody scrapes so rarely
/// and minds the time of one encoding.
const LATELY: Duration = Duration::from_mins(10);

/// The pages of all accounts at one time, of which those exist that were asked for.
#[derive(Debug)]
pub struct Published {
    accounts: Vec<AccountView>,
    pages: Pages,
    now: Timestamp,
    inventory: OnceLock<Arc<Inventory>>,
    /// The landing page, plain and as gzip.
    landing: [OnceLock<Body>; 2],
}

impl Published {
    /// The pages of all accounts as they are at this time.
    pub fn new(accounts: Vec<AccountView>, pages: Pages, now: Timestamp) -> Self {
        Self { accounts, pages, now, inventory: OnceLock::new(), landing: Default::default() }
    }
}

/// The published pages, and the place to replace them.
#[derive(Debug)]
pub struct Exposition {
    current: ArcSwap<Published>,
    /// The bodies of the metrics page that were sent last, for each format, plain and as gzip.
    sent: [[ArcSwapOption<Sent>; 2]; 2],
    /// The inventory that was encoded last.
    encoded: inventory::Last,
    own: Own,
    telemetry: Arc<Telemetry>,
    start: Instant,
    /// The last requests for which a page was made, plain and as gzip: milliseconds since the start,
    /// plus one; 0 is never.
    asked: [AtomicU64; 2],
    turn: Mutex<()>,
}

/// A body, and how long it is the right one.
#[derive(Debug)]
struct Sent {
    of: Weak<Published>,
    changes: u64,
    until: Instant,
    body: Body,
}

impl Exposition {
    /// Publishes these pages first.
    pub fn new(first: Published, telemetry: Arc<Telemetry>) -> Self {
        Self {
            current: ArcSwap::from_pointee(first),
            sent: Default::default(),
            encoded: inventory::Last::default(),
            own: Own::default(),
            telemetry,
            start: Instant::now(),
            asked: Default::default(),
            turn: Mutex::default(),
        }
    }

    /// Replaces the published pages, after making those that were asked for lately.
    pub fn publish(&self, published: Published) {
        let next = Arc::new(published);
        let [plain, gzipped] = [false, true].map(|gzipped| self.was_asked(gzipped));
        if plain || gzipped {
            let inventory = self.inventory(&next);
            if gzipped {
                // Both formats: they share all but a few lines.
                for format in [Format::OpenMetrics, Format::Classic] {
                    inventory.page.packed(format);
                }
            }
        } else {
            self.encoded.forget();
        }
        self.current.store(next);
        for sent in self.sent.iter().flatten() {
            sent.store(None);
        }
    }

    /// Whether the first refresh of every account is over, complete or not.
    pub fn is_ready(&self) -> bool {
        self.current.load().accounts.iter().all(|account| account.report.is_some())
    }

    /// Waits until no other request makes a page. Requests that come together make it once, and one
    /// thread at a time is busy with it.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The landing page, if it has been made since the last refresh.
    pub fn made_landing(&self, gzipped: bool) -> Option<Body> {
        let current = self.current.load();
        let [plain, packed] = &current.landing;
        if gzipped { packed } else { plain }.get().cloned()
    }

    /// The landing page, made if it is not there.
    pub fn landing(&self, gzipped: bool) -> Body {
        let current = self.current.load_full();
        let [plain, packed] = &current.landing;
        let make = || {
            let page = landing::page(&current.accounts, &current.pages, current.now);
            // Writing to a string does not fail; if it did, the metrics are still whole.
            let page = page.unwrap_or_default();
            let body = if gzipped { gzip::member(page.as_bytes()) } else { page.into() };
            [body].into()
        };
        Arc::clone(if gzipped { packed } else { plain }.get_or_init(make))
    }

    /// The metrics page, if all of it has been made and nothing has changed since.
    pub fn made_metrics(&self, format: Format, gzipped: bool) -> Option<Body> {
        let sent = self.sent(format, gzipped).load();
        let sent = sent.as_ref()?;
        let is_current = Weak::as_ptr(&sent.of) == Arc::as_ptr(&self.current.load())
            && sent.changes == self.telemetry.changes()
            && Instant::now() < sent.until;
        is_current.then(|| Arc::clone(&sent.body))
    }

    /// The metrics page; what is missing of it is made, which may take a while.
    pub fn metrics(&self, format: Format, gzipped: bool) -> Body {
        if let Some(body) = self.made_metrics(format, gzipped) {
            return body;
        }
        self.asked(gzipped).store(self.time(), Ordering::Relaxed);
        let current = self.current.load_full();
        let until = Instant::now() + OWN_AGE;
        let inventory = self.inventory(&current);
        // Read before the values, so that a later change is noticed.
        let changes = self.telemetry.changes();
        let own = self.own.page(&self.telemetry);
        let end = own::end(&self.telemetry, format);
        let pages = [&inventory.page, &own.page];
        let pieces = if gzipped { packed(pages, &end, format) } else { plain(pages, end, format) };
        let body = Body::from(together(&pieces));
        let of = Arc::downgrade(&current);
        let sent = Sent { of, changes, until, body: Arc::clone(&body) };
        self.sent(format, gzipped).store(Some(Arc::new(sent)));
        body
    }

    fn inventory(&self, published: &Published) -> Arc<Inventory> {
        let Published { accounts, pages, .. } = published;
        let make = || self.encoded.next(accounts, pages.detail);
        Arc::clone(published.inventory.get_or_init(make))
    }

    fn sent(&self, format: Format, gzipped: bool) -> &ArcSwapOption<Sent> {
        let [open_metrics, classic] = &self.sent;
        let [plain, packed] = if format == Format::Classic { classic } else { open_metrics };
        if gzipped { packed } else { plain }
    }

    fn asked(&self, gzipped: bool) -> &AtomicU64 {
        let [plain, packed] = &self.asked;
        if gzipped { packed } else { plain }
    }

    fn was_asked(&self, gzipped: bool) -> bool {
        let asked = self.asked(gzipped).load(Ordering::Relaxed);
        let lately = u64::try_from(LATELY.as_millis()).unwrap_or(u64::MAX);
        asked > 0 && self.time().saturating_sub(asked) < lately
    }

    fn time(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

fn plain(pages: [&Page; 2], end: Bytes, format: Format) -> Vec<Bytes> {
    pages.iter().flat_map(|page| page.text(format)).cloned().chain([end]).collect()
}

/// One gzip member.
fn packed(pages: [&Page; 2], end: &[u8], format: Format) -> Vec<Bytes> {
    let (mut all, mut crc) = (vec![Bytes::from_static(&gzip::HEADER)], Crc::new());
    for page in pages.map(|page| page.packed(format)) {
        all.extend(page.pieces.iter().cloned());
        crc.combine(&page.crc);
    }
    all.push(Deflater::default().end(end, crc));
    all
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::thread;

    use crate::config::detail::Detail;
    use crate::telemetry::{Build, Calls};

    use super::gzip::unpacked;
    use super::*;

    const FORMATS: [Format; 2] = [Format::OpenMetrics, Format::Classic];

    fn published() -> Published {
        let pages = Pages {
            detail: Detail::Findings,
            telemetry_path: "/metrics".to_owned(),
            landing_findings: true,
            shard: None,
        };
        Published::new(Vec::new(), pages, Timestamp::UNIX_EPOCH)
    }

    fn exposition() -> (Exposition, [Calls; 3]) {
        let telemetry = Telemetry::new(Build::THIS);
        let calls = ["a", "b", "c"].map(|name| telemetry.account(name, &BTreeMap::new()));
        for calls in &calls {
            calls.announce(50.0);
        }
        (Exposition::new(published(), Arc::new(telemetry)), calls)
    }

    fn text(exposition: &Exposition, format: Format) -> String {
        String::from_utf8(exposition.metrics(format, false).concat()).unwrap()
    }

    #[test]
    fn requests_that_come_together_encode_once() {
        let (exposition, _calls) = exposition();
        let current = exposition.current.load_full();
        let first: Vec<_> = thread::scope(|scope| {
            let ask = || scope.spawn(|| Arc::as_ptr(&exposition.inventory(&current)) as usize);
            let asking: Vec<_> = (0..8).map(|_| ask()).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(BTreeSet::from_iter(first).len(), 1);
    }

    #[test]
    fn what_nobody_asks_for_is_not_made() {
        let (exposition, _calls) = exposition();
        let is_made = || exposition.current.load().inventory.get().is_some();
        exposition.publish(published());
        assert!(!is_made());
        exposition.metrics(Format::Classic, false);
        exposition.publish(published());
        assert!(is_made() && exposition.made_landing(true).is_none());
        exposition.landing(true);
        assert!(
            exposition.made_landing(true).is_some() && exposition.made_landing(false).is_none()
        );
    }

    #[test]
    fn a_counter_that_moved_is_in_the_next_scrape() {
        let (exposition, [_, calls, _]) = exposition();
        for format in FORMATS {
            for gzipped in [false, true] {
                let first = exposition.metrics(format, gzipped);
                let again = exposition.made_metrics(format, gzipped).unwrap();
                assert!(Arc::ptr_eq(&first, &again), "it is made once");
                calls.retried();
                assert!(exposition.made_metrics(format, gzipped).is_none());
            }
        }
        let page = text(&exposition, Format::Classic);
        for line in ["{account=\"a\"} 0\n", "{account=\"b\"} 4\n", "{account=\"c\"} 0\n"] {
            assert!(page.contains(&format!("ovhcloud_exporter_api_retries_total{line}")), "{page}");
        }
        exposition.publish(published());
        assert!(exposition.made_metrics(Format::Classic, false).is_none());
    }

    #[test]
    fn the_process_is_read_again_after_a_moment() {
        let (exposition, _calls) = exposition();
        exposition.metrics(Format::Classic, false);
        thread::sleep(OWN_AGE);
        assert!(exposition.made_metrics(Format::Classic, false).is_none());
    }

    #[test]
    fn families_stand_together_and_gzip_is_the_same_page() {
        let (exposition, _calls) = exposition();
        for format in FORMATS {
            let page = text(&exposition, format);
            let without = |page: &str| {
                let lines = page.lines().filter(|line| !line.starts_with("process_"));
                lines.map(str::to_owned).collect::<Vec<_>>()
            };
            let packed = unpacked(&exposition.metrics(format, true).concat());
            assert_eq!(without(&packed), without(&page));
            let mut families = BTreeSet::new();
            let mut family = "";
            for line in page.lines() {
                if let Some(described) = line.strip_prefix("# TYPE ") {
                    family = described.split(' ').next().unwrap();
                    assert!(families.insert(family), "{family} twice");
                } else if !line.starts_with('#') {
                    assert!(line.starts_with(family), "{line} in {family}");
                }
            }
            assert!(families.len() > 10, "{page}");
            assert_eq!(page.ends_with("# EOF\n"), format == Format::OpenMetrics);
        }
    }
}

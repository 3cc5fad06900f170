//! The inventory of all accounts as a page. An account without a new report is not encoded again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::config::detail::Detail;
use crate::report::{AccountView, Report};

use super::format::Format;
use super::page::{Cell, Page};
use super::text;

/// The inventory of all accounts, encoded.
#[derive(Debug)]
pub(super) struct Inventory {
    pub(super) page: Page,
    detail: Detail,
    /// The accounts whose cells follow the common ones on the page.
    of: Vec<Source>,
}

/// The sources of the text of an account. The report itself may be gone.
#[derive(Debug)]
struct Source {
    name: String,
    labels: BTreeMap<String, String>,
    report: Option<Weak<Report>>,
}

impl Source {
    fn of(view: &AccountView) -> Self {
        let report = view.report.as_ref().map(Arc::downgrade);
        Self { name: view.name.clone(), labels: view.labels.clone(), report }
    }

    fn is(&self, view: &AccountView) -> bool {
        let is_same = match (&self.report, &view.report) {
            (Some(known), Some(report)) => Weak::as_ptr(known) == Arc::as_ptr(report),
            (None, None) => true,
            _ => false,
        };
        is_same && self.name == view.name && self.labels == view.labels
    }
}

impl Inventory {
    /// Encodes the accounts, and takes over what is the same as before.
    pub(super) fn new(accounts: &[AccountView], detail: Detail, before: Option<&Self>) -> Self {
        let before = before.filter(|before| before.detail == detail);
        let known: BTreeMap<&str, (&Source, &Vec<Cell>)> = before
            .into_iter()
            .flat_map(|before| before.of.iter().zip(before.page.accounts().iter().skip(1)))
            .map(|(source, cells)| (source.name.as_str(), (source, cells)))
            .collect();
        let cells = |view: &AccountView| match known.get(view.name.as_str()) {
            Some((source, cells)) if source.is(view) => (*cells).clone(),
            _ => text::cells(view, detail),
        };
        let all = [text::common()].into_iter().chain(accounts.iter().map(cells)).collect();
        let page = Page::new(all, accounts.len() > 1, before.map(|before| &before.page));
        Self { page, detail, of: accounts.iter().map(Source::of).collect() }
    }
}

/// The inventory as one text in the classic format.
pub fn classic(accounts: &[AccountView], detail: Detail) -> String {
    let inventory = Inventory::new(accounts, detail, None);
    let pieces = inventory.page.text(Format::Classic);
    pieces.map(|piece| String::from_utf8_lossy(piece)).collect()
}

/// The inventory that was encoded last.
#[derive(Debug, Default)]
pub(super) struct Last(Mutex<Option<Arc<Inventory>>>);

impl Last {
    /// Encodes these accounts.
    pub(super) fn next(&self, accounts: &[AccountView], detail: Detail) -> Arc<Inventory> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Arc::new(Inventory::new(accounts, detail, last.as_deref()));
        *last = Some(Arc::clone(&next));
        next
    }

    /// Frees the memory of an inventory that nobody asks for.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

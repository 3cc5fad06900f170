//! Collects the accounts' reports and publishes them together.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task;

use crate::config::detail::Detail;
use crate::config::shard::Shard;
use crate::config::web::Web;
use crate::exposition::{Exposition, Pages, Published};
use crate::report::Report;
use crate::telemetry::Telemetry;

use super::clock::Clock;
use super::owner::Shown;

/// The last report of each account, and the pages that show them.
#[derive(Debug)]
pub(super) struct Publisher {
    known: Mutex<Known>,
    /// The number of changes; closed at the end of publishing.
    changes: Mutex<Option<watch::Sender<u64>>>,
    changed: watch::Receiver<u64>,
    web: Web,
    clock: Clock,
    exposition: Arc<Exposition>,
}

#[derive(Debug)]
struct Known {
    accounts: Vec<Shown>,
    detail: Detail,
    shard: Shard,
}

impl Known {
    fn published(&self, web: &Web, now: Timestamp) -> Published {
        let views = self.accounts.iter().map(|one| one.view.clone()).collect();
        let pages = Pages {
            detail: self.detail,
            telemetry_path: web.telemetry_path.clone(),
            landing_findings: web.landing_findings,
            shard: self.shard.words(self.accounts.len()),
        };
        Published::new(views, pages, now)
    }
}

impl Publisher {
    /// Publishes these accounts as they are before their first refresh.
    pub(super) fn new(
        (accounts, detail, shard): (Vec<Shown>, Detail, Shard),
        web: Web,
        clock: Clock,
        telemetry: Arc<Telemetry>,
    ) -> Self {
        let known = Known { accounts, detail, shard };
        let first = known.published(&web, clock());
        let exposition = Arc::new(Exposition::new(first, telemetry));
        let (sender, receiver) = watch::channel(0);
        let known = Mutex::new(known);
        Self { known, changes: Mutex::new(Some(sender)), changed: receiver, web, clock, exposition }
    }

    pub(super) fn exposition(&self) -> &Arc<Exposition> {
        &self.exposition
    }

    /// All accounts with their last reports.
    pub(super) fn accounts(&self) -> Vec<Shown> {
        self.known().accounts.clone()
    }

    /// Changes with each report, and closes at the end of publishing.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    /// Replaces the report of one account, if it is still watched.
    pub(super) fn report(&self, name: &str, report: Arc<Report>) {
        if let Some(one) = self.known().accounts.iter_mut().find(|one| one.view.name == name) {
            one.view.report = Some(report);
        }
        self.change();
    }

    /// Replaces the accounts. Those of `staying` keep their reports: their watchers run meanwhile.
    pub(super) fn replace(
        &self,
        (mut accounts, detail, shard): (Vec<Shown>, Detail, Shard),
        staying: &BTreeSet<String>,
    ) {
        let mut known = self.known();
        for one in accounts.iter_mut().filter(|one| staying.contains(&one.view.name)) {
            let same = known.accounts.iter().find(|other| other.view.name == one.view.name);
            one.view.report = same.and_then(|same| same.view.report.clone());
        }
        *known = Known { accounts, detail, shard };
        drop(known);
        self.change();
    }

    /// Publishes the reports whenever one changes, encoded if somebody asks for them. All accounts
    /// that report during one encoding are encoded together.
    pub(super) async fn run(self: Arc<Self>) {
        let mut changed = self.changes();
        while changed.changed().await.is_ok() {
            let next = self.known().published(&self.web, (self.clock)());
            let exposition = Arc::clone(&self.exposition);
            if let Err(error) = task::spawn_blocking(move || exposition.publish(next)).await {
                tracing::error!(%error, "encoding failed, a bug of the exporter");
            }
        }
    }

    /// Ends [`Self::run`].
    pub(super) fn stop(&self) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn change(&self) {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = changes.as_ref() {
            changes.send_modify(|count| *count += 1);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

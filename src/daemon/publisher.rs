//! Puts the accounts' reports together and publishes the whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task;

use crate::config::detail::Detail;
use crate::exposition::account::{Report, Watched};
use crate::exposition::{Exposition, Published};
use crate::telemetry::Telemetry;

use super::fleet::{Fleet, Owner};

/// What is known of each account, and where it is published.
#[derive(Debug)]
pub(super) struct Publisher {
    known: Mutex<Known>,
    /// How often what is known has changed; closed when nothing will be published any more.
    changes: Mutex<Option<watch::Sender<u64>>>,
    changed: watch::Receiver<u64>,
    telemetry_path: String,
    exposition: Arc<Exposition>,
}

#[derive(Debug, Clone)]
struct Known {
    accounts: Vec<Watched>,
    /// Whose accounts they are, in the same order.
    owners: Vec<Owner>,
    detail: Detail,
}

impl Known {
    fn of(fleet: &Fleet) -> Self {
        let Fleet { shown, owners, detail, .. } = fleet;
        Self { accounts: shown.clone(), owners: owners.clone(), detail: *detail }
    }
}

impl Publisher {
    /// Publishes what the accounts of this fleet are known to hold before their first pass.
    pub(super) fn new(fleet: &Fleet, telemetry_path: String, telemetry: Arc<Telemetry>) -> Self {
        let known = Known::of(fleet);
        let first = Published::encode(&known.accounts, known.detail, &telemetry_path);
        let exposition = Arc::new(Exposition::new(first, telemetry));
        let (sender, receiver) = watch::channel(0);
        let known = Mutex::new(known);
        Self {
            known,
            changes: Mutex::new(Some(sender)),
            changed: receiver,
            telemetry_path,
            exposition,
        }
    }

    pub(super) fn exposition(&self) -> &Arc<Exposition> {
        &self.exposition
    }

    /// What is known of all accounts, and whose they are.
    pub(super) fn accounts(&self) -> (Vec<Watched>, Vec<Owner>) {
        let Known { accounts, owners, .. } = self.known().clone();
        (accounts, owners)
    }

    /// Changes when what is known does, and closes when nothing will be published any more.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    /// The report of one account, if it is still watched.
    pub(super) fn report(&self, name: &str, report: Arc<Report>) {
        if let Some(account) = self.known().accounts.iter_mut().find(|one| one.name == name) {
            account.report = Some(report);
        }
        self.change();
    }

    /// Other accounts are watched from now on.
    pub(super) fn replace(&self, fleet: &Fleet) {
        *self.known() = Known::of(fleet);
        self.change();
    }

    /// Encodes and publishes what is known, as often as it changes. However many accounts report
    /// meanwhile, they are encoded once: with a hundred of them that is most of the work.
    pub(super) async fn run(self: Arc<Self>) {
        let mut changed = self.changes();
        while changed.changed().await.is_ok() {
            let known = self.known().clone();
            let path = self.telemetry_path.clone();
            let encode = move || Published::encode(&known.accounts, known.detail, &path);
            match task::spawn_blocking(encode).await {
                Ok(whole) => self.exposition.publish(whole),
                Err(error) => {
                    tracing::error!(%error, "encoding broke off, which is a defect of the exporter");
                }
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

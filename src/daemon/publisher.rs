//! Puts the accounts' reports together and publishes the whole.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task;

use crate::exposition::account::{Report, Watched};
use crate::exposition::{Exposition, Published};
use crate::telemetry::Telemetry;

/// What is known of each account, and where they are published.
#[derive(Debug)]
pub(super) struct Publisher {
    accounts: Mutex<Vec<Watched>>,
    telemetry_path: String,
    exposition: Arc<Exposition>,
}

impl Publisher {
    /// Publishes that nothing is known yet.
    pub(super) fn new(
        accounts: Vec<Watched>,
        telemetry_path: String,
        telemetry: Arc<Telemetry>,
    ) -> Self {
        let first = Published::encode(&accounts, &telemetry_path);
        let exposition = Arc::new(Exposition::new(first, telemetry));
        Self { accounts: Mutex::new(accounts), telemetry_path, exposition }
    }

    pub(super) fn exposition(&self) -> &Arc<Exposition> {
        &self.exposition
    }

    /// Replaces the report of one account, and what is published. Encoding is long work on a
    /// large account, so it has a thread of its own; the lock is held meanwhile, so that an older
    /// whole can't replace a newer one.
    pub(super) async fn publish(self: &Arc<Self>, index: usize, report: Arc<Report>) {
        let publisher = Arc::clone(self);
        let encode = move || {
            let mut accounts = publisher.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(account) = accounts.get_mut(index) {
                account.report = Some(report);
            }
            let whole = Published::encode(&accounts, &publisher.telemetry_path);
            publisher.exposition.publish(whole);
        };
        if let Err(error) = task::spawn_blocking(encode).await {
            tracing::error!(%error, "encoding broke off, which is a defect of the exporter");
        }
    }
}

//! The watchers of all accounts of one configuration.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::config::detail::Detail;
use crate::exposition::account::Watched;
use crate::telemetry::Telemetry;

use super::Clock;
use super::account::{Plan, Watcher};
use super::publisher::Publisher;

/// The watchers of all accounts, not yet running.
#[derive(Debug)]
pub(super) struct Fleet {
    watchers: Vec<Watcher>,
    /// What is published of the accounts, in the order of the watchers.
    pub(super) shown: Vec<Watched>,
    pub(super) detail: Detail,
}

impl Fleet {
    /// Sets up a watcher for each account. One that is known goes on from what it knows.
    pub(super) fn new(
        config: Config,
        clock: Clock,
        telemetry: &Telemetry,
        known: &[Watched],
    ) -> anyhow::Result<Self> {
        let plan = Plan {
            refresh: config.refresh,
            intervals: Arc::new(config.intervals),
            checks: Arc::new(config.checks),
        };
        let (mut watchers, mut shown) = (Vec::new(), Vec::new());
        for account in config.accounts {
            let earlier = known.iter().find(|watched| watched.name == account.name);
            let report = earlier.and_then(|watched| watched.report.clone());
            shown.push(Watched {
                name: account.name.clone(),
                endpoint: account.endpoint.name.clone(),
                labels: account.labels.clone(),
                interval: config.refresh.interval,
                report: report.clone(),
            });
            let calls = telemetry.account(&account.name, &account.labels);
            let name = account.name.clone();
            let watcher = Watcher::new(account, plan.clone(), calls, clock);
            let watcher = watcher.with_context(|| format!("account `{name}`"))?;
            watchers.push(watcher.after(report));
        }
        Ok(Self { watchers, shown, detail: config.detail })
    }

    /// Tells the exporter's own metrics of the accounts, and to forget those that are gone.
    pub(super) fn announce(&self, telemetry: &Telemetry) {
        telemetry.forget();
        for (watcher, shown) in self.watchers.iter().zip(&self.shown) {
            watcher.announce();
            telemetry.refreshes(&shown.name, &shown.labels, shown.interval);
        }
    }

    /// Starts every watcher.
    pub(super) fn start(self, publisher: &Arc<Publisher>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for watcher in self.watchers {
            tasks.spawn(watcher.run(Arc::clone(publisher)));
        }
        tasks
    }
}

//! The watchers of all accounts of one configuration.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::config::account::Account;
use crate::config::detail::Detail;
use crate::exposition::account::Watched;
use crate::telemetry::Telemetry;

use super::Clock;
use super::account::{Plan, Watcher};
use super::publisher::Publisher;
use super::state::Kept;

/// The watchers of all accounts, not yet running.
#[derive(Debug)]
pub(super) struct Fleet {
    watchers: Vec<Watcher>,
    /// What is published of the accounts, in the order of the watchers.
    pub(super) shown: Vec<Watched>,
    /// Whose accounts they are, in the same order.
    pub(super) owners: Vec<Owner>,
    pub(super) detail: Detail,
}

/// What makes an account the same one after a reload: its name, where it is, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    name: String,
    root: String,
    credential: Option<String>,
}

impl Owner {
    fn of(account: &Account) -> Self {
        Self {
            name: account.name.clone(),
            root: account.endpoint.root.clone(),
            credential: account.credential.id().map(str::to_owned),
        }
    }

    /// An access token tells nobody whose it is.
    fn is_surely(&self, other: &Self) -> bool {
        self.credential.is_some() && self == other
    }

    /// A number by which a later process knows the account again without being told who it is;
    /// `None` of an access token.
    pub(super) fn mark(&self) -> Option<u32> {
        let Self { name, root, credential } = self;
        let credential = credential.as_deref()?;
        Some(crc32fast::hash([name, root, credential].join("\n").as_bytes()))
    }
}

impl Fleet {
    /// Sets up a watcher for each account.
    pub(super) fn new(config: Config, clock: Clock, telemetry: &Telemetry) -> anyhow::Result<Self> {
        let plan = Plan::of(&config);
        let (mut watchers, mut shown, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        for account in config.accounts {
            owners.push(Owner::of(&account));
            shown.push(Watched {
                name: account.name.clone(),
                endpoint: account.endpoint.name.clone(),
                labels: account.labels.clone(),
                interval: config.refresh.interval,
                report: None,
            });
            let calls = telemetry.account(&account.name, &account.labels);
            let name = account.name.clone();
            let watcher = Watcher::new(account, plan.clone(), calls, clock);
            watchers.push(watcher.with_context(|| format!("account `{name}`"))?);
        }
        Ok(Self { watchers, shown, owners, detail: config.detail })
    }

    /// Goes on from what is known of the accounts that stay. One that has only kept its name is
    /// another account, of which nothing is known.
    pub(super) fn take_over(&mut self, (known, owners): (Vec<Watched>, Vec<Owner>)) {
        let fleet = self.watchers.iter_mut().zip(&mut self.shown).zip(&self.owners);
        for ((watcher, shown), owner) in fleet {
            let mut same = known.iter().zip(&owners).filter(|(_, other)| owner.is_surely(other));
            shown.report = same.next().and_then(|(watched, _)| watched.report.clone());
            watcher.after(shown.report.clone());
        }
    }

    /// Goes on from what an earlier process knew of the accounts, if that is not too old.
    pub(super) fn restore(&mut self, kept: Vec<Kept>, now: Timestamp) {
        let mut kept: Vec<_> = kept.into_iter().map(|one| (one.owner, one)).collect();
        let fleet = self.watchers.iter_mut().zip(&mut self.shown).zip(&self.owners);
        for ((watcher, shown), owner) in fleet {
            let same = kept.iter().position(|(mark, _)| Some(*mark) == owner.mark());
            let Some((_, kept)) = same.map(|place| kept.swap_remove(place)) else { continue };
            shown.report = watcher.restored(kept, now).map(Arc::new);
            watcher.after(shown.report.clone());
        }
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

//! The accounts of one configuration, each with its watcher.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::config::detail::Detail;
use crate::config::shard::Shard;
use crate::report::{AccountView, Plan};
use crate::telemetry::Telemetry;
use anyhow::Context as _;
use jiff::Timestamp;

use super::account::{Post, Watcher};
use super::clock::Clock;
use super::crew::Crew;
use super::owner::{Owner, Shown};
use super::publisher::Publisher;
use super::state::SavedAccount;

/// All accounts, whose watchers do not run yet.
#[derive(Debug)]
pub(super) struct Fleet {
    watches: Vec<Watch>,
    detail: Detail,
    shard: Shard,
}

/// One account and its watcher.
#[derive(Debug)]
struct Watch {
    shown: Shown,
    watcher: Watcher,
    /// The interval of each of its collectors.
    intervals: Vec<(&'static str, Duration)>,
    /// Whether the watcher of an equal post runs already.
    stays: bool,
}

impl Fleet {
    /// Sets up a watcher for each account, with what the posts before hand over.
    pub(super) fn new(
        config: Config,
        clock: Clock,
        telemetry: &Telemetry,
        before: &[Post],
    ) -> anyhow::Result<Self> {
        let plan = Plan::of(&config);
        let names_changes = config.log.changes && config.detail != Detail::Counts;
        let mut all = Vec::new();
        for account in config.accounts {
            let view = AccountView::new(&account, config.refresh.interval);
            let calls = telemetry.account(&view.name, &view.labels);
            let owner = Owner::of(&account);
            let intervals = plan.intervals(&account);
            let post = Post::new(account, plan.clone(), calls, names_changes, before)
                .with_context(|| format!("account `{}`", view.name))?;
            let stays = before.iter().any(|other| post.is_same(other));
            let (shown, watcher) = (Shown { owner, view }, Watcher::new(post, clock));
            all.push(Watch { shown, watcher, intervals, stays });
        }
        Ok(Self { watches: all, detail: config.detail, shard: config.shard })
    }

    /// The number of accounts.
    pub(super) fn len(&self) -> usize {
        self.watches.len()
    }

    /// The accounts as they are published before their next refresh, the level of detail, and the
    /// division among several exporters.
    pub(super) fn shown(&self) -> (Vec<Shown>, Detail, Shard) {
        let shown = self.watches.iter().map(|watch| watch.shown.clone()).collect();
        (shown, self.detail, self.shard.clone())
    }

    /// Takes over the reports of the accounts that stay. An account that has kept only its name is
    /// another account.
    pub(super) fn take_over(&mut self, known: &[Shown]) {
        for Watch { shown, watcher, .. } in &mut self.watches {
            let same = known.iter().find(|other| shown.owner.is_surely(&other.owner));
            shown.view.report = same.and_then(|same| same.view.report.clone());
            watcher.after(shown.view.report.clone());
        }
    }

    /// Takes over the reports of an earlier process that are not too old.
    pub(super) fn restore(&mut self, mut saved: Vec<SavedAccount>, now: Timestamp) {
        for Watch { shown, watcher, .. } in &mut self.watches {
            let same = saved.iter().position(|one| Some(one.owner) == shown.owner.mark());
            let Some(place) = same else { continue };
            let report = saved.swap_remove(place).into_report();
            shown.view.report = watcher.restored(report, now).map(Arc::new);
            watcher.after(shown.view.report.clone());
        }
    }

    /// Announces the accounts in the exporter's own metrics, and removes those of `before` that are
    /// gone.
    pub(super) fn announce(&self, telemetry: &Telemetry, before: &[Shown]) {
        let names = |view: &AccountView| (view.name.clone(), view.labels.clone());
        let now: Vec<_> = self.watches.iter().map(|watch| names(&watch.shown.view)).collect();
        let gone = before.iter().map(|shown| names(&shown.view)).filter(|one| !now.contains(one));
        telemetry.forget(&gone.collect::<Vec<_>>());
        telemetry.sharded(self.shard.index, self.shard.total, self.watches.len());
        for Watch { shown: Shown { view, .. }, watcher, intervals, stays } in &self.watches {
            if !stays {
                watcher.announce();
            }
            telemetry.refreshes(&view.name, &view.labels, view.interval, intervals);
        }
    }

    /// The names of the accounts whose watchers run already.
    pub(super) fn staying(&self) -> BTreeSet<String> {
        let staying = self.watches.iter().filter(|watch| watch.stays);
        staying.map(|watch| watch.shown.view.name.clone()).collect()
    }

    /// Ends the watchers of other posts than these.
    pub(super) async fn relieve(&self, crew: &mut Crew) {
        let stays = |post: &Post| self.watches.iter().any(|one| one.watcher.post().is_same(post));
        crew.reduce(stays).await;
    }

    /// Starts every watcher that does not run yet.
    pub(super) fn start(self, publisher: &Arc<Publisher>, crew: &mut Crew) {
        for watch in self.watches.into_iter().filter(|watch| !watch.stays) {
            crew.start(watch.watcher, publisher);
        }
    }
}

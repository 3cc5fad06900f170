//! One account, refreshed on its interval. Its refreshes never overlap.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::Instrument as _;

use crate::api::Client;
use crate::api::build::BuildError;
use crate::checks::{CheckResult, Memory, Status};
use crate::collectors::{Inventory, Memo, Progress};
use crate::config::account::Account;
use crate::inventory::{Gap, Reading, Reason};
use crate::report::{Plan, Report, Walk, refresh};
use crate::telemetry::Calls;

use super::clock::Clock;
use super::news;
use super::publisher::Publisher;

/// The work of a watcher: an account and how it is refreshed.
#[derive(Debug, Clone)]
pub(super) struct Post {
    account: Arc<Account>,
    plan: Plan,
    client: Arc<Client>,
    memo: Arc<Memo>,
    /// Whether the log names each change.
    names_changes: bool,
}

impl Post {
    /// The post of this account. One before of the same account hands over its client, with token,
    /// budget and what it learned.
    pub(super) fn new(
        account: Account,
        plan: Plan,
        calls: Calls,
        names_changes: bool,
        before: &[Self],
    ) -> Result<Self, BuildError> {
        let (client, memo) = match before.iter().find(|post| post.account.is_same(&account)) {
            Some(post) => (Arc::clone(&post.client), Arc::clone(&post.memo)),
            None => (Arc::new(Client::new(&account, calls)?), Arc::default()),
        };
        Ok(Self { account: Arc::new(account), plan, client, memo, names_changes })
    }

    /// Whether nothing has changed for the watcher of this post.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.client, &other.client)
            && self.plan.is_same(&other.plan)
            && self.names_changes == other.names_changes
    }
}

/// Refreshes one account until the process ends.
#[derive(Debug)]
pub(super) struct Watcher {
    post: Post,
    clock: Clock,
    previous: Option<Arc<Report>>,
    /// Whether the log of this process has the account's gaps.
    has_logged: bool,
}

impl Watcher {
    pub(super) fn new(post: Post, clock: Clock) -> Self {
        Self { post, clock, previous: None, has_logged: false }
    }

    pub(super) fn post(&self) -> &Post {
        &self.post
    }

    /// Continues from this report.
    pub(super) fn after(&mut self, previous: Option<Arc<Report>>) {
        self.previous = previous;
    }

    /// The report of an earlier process, judged; `None` if it is too old to be shown.
    pub(super) fn restored(&self, saved: Report, now: Timestamp) -> Option<Report> {
        let (account, began) = (&self.post.account.name, saved.began);
        let report = self.post.plan.restore(&self.post.account, saved, now);
        let words = match (report.is_some(), began > now) {
            (true, false) => "serving the saved state until the next refresh",
            (true, true) => {
                "serving the saved state until the next refresh; the clock was set back"
            }
            (false, false) => "the saved state is too old and is not served",
            (false, true) => "the clock was set back too far, and the saved state is not served",
        };
        tracing::info!(account, %began, "{words}");
        report
    }

    /// Announces the account in the exporter's own metrics.
    pub(super) fn announce(&self) {
        self.post.client.announce();
    }

    /// Refreshes, publishes and waits in a loop.
    pub(super) async fn run(mut self, publisher: Arc<Publisher>) {
        let mut ticks = interval(self.post.plan.refresh.interval);
        // A refresh that takes longer than the interval delays the next one and never overlaps it.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            sleep(self.post.plan.refresh.jitter.mul_f64(fastrand::f64())).await;
            let span = tracing::info_span!("refresh", account = %self.post.account.name);
            let refresh = self.refresh().instrument(span);
            // A defect in one collector ends one refresh and is logged. No task of its own: the end
            // of the watcher ends the refresh with it.
            let Ok(mut report) = AssertUnwindSafe(refresh).catch_unwind().await else {
                tracing::error!(
                    account = %self.post.account.name,
                    "refresh failed, a bug of the exporter; the last values remain"
                );
                continue;
            };
            // The log of this process lacks the gaps that an earlier process logged.
            let logged = self.previous.as_deref().filter(|_| self.has_logged);
            if self.post.names_changes {
                news::log(&self.post.account.name, &report, self.previous.as_deref());
            }
            news::forget(&mut report.inventory);
            log(&self.post.account.name, &report, logged);
            self.has_logged = true;
            let report = Arc::new(report);
            publisher.report(&self.post.account.name, Arc::clone(&report));
            self.previous = Some(report);
        }
    }

    fn refresh(&self) -> impl Future<Output = Report> + Send + 'static {
        let Post { account, plan, client, memo, .. } = self.post.clone();
        let (began, previous) = ((self.clock)(), self.previous.clone());
        async move {
            let session = client.session(plan.time());
            let (nothing, none) = (Inventory::default(), Memory::default());
            let known = previous.as_ref().map_or(&nothing, |report| &report.inventory);
            let memory = previous.as_ref().map_or(&none, |report| &report.memory);
            let comparison = previous.as_ref().and_then(|report| report.comparison.as_ref());
            let progress = &Progress::default();
            let walk = Walk { began, known, memory, memo: &memo, comparison, progress };
            refresh(&account, &session, &plan, walk).await
        }
    }
}

/// Logs one line per refresh, one per cause of new gaps or project out of service, and one for a
/// collector that is complete again.
fn log(account: &str, report: &Report, previous: Option<&Report>) {
    let states = report.inventory.states();
    let before = previous.map(|report| report.inventory.states()).unwrap_or_default();
    let mut out_of_service: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    let mut causes: BTreeMap<_, Vec<(&str, &Gap)>> = BTreeMap::new();
    let mut optional: Vec<(&str, &Gap)> = Vec::new();
    for (index, state) in states.iter().enumerate() {
        let Some(reading) = state.reading else { continue };
        let earlier = before.get(index).and_then(|state| state.reading);
        if reading.is_success() && earlier.is_some_and(|earlier| !earlier.is_success()) {
            tracing::info!(account, collector = state.name, "the collector is complete again");
        }
        for gap in reading.gaps.iter().filter(|gap| !is_known(gap, earlier)) {
            if gap.is_failure() {
                causes.entry(cause(gap)).or_default().push((state.name, gap));
            } else if gap.optional {
                optional.push((state.name, gap));
            } else {
                let key = (&*gap.project_id, gap.reason.label());
                out_of_service.entry(key).or_default().push(state.name);
            }
        }
    }
    for gaps in causes.values() {
        warn(account, gaps);
    }
    inform(account, &optional);
    for ((project_id, reason), collectors) in out_of_service {
        tracing::info!(
            account,
            project_id,
            reason,
            collectors = collectors.join(","),
            "not read: out of service or not offered by OVHcloud"
        );
    }
    let is_failing = |reading: &&Reading| !reading.is_success();
    let is_open = |result: &&CheckResult| result.verdict.status() == Status::NotEvaluated;
    let violations = report.results.iter().filter_map(CheckResult::violations);
    tracing::info!(
        account,
        duration_ms = milliseconds(report.duration),
        requests = report.requests,
        objects = states.iter().map(|state| state.objects).sum::<usize>(),
        collectors_failing =
            states.iter().filter_map(|state| state.reading).filter(is_failing).count(),
        violations = violations.map(|found| found.len()).sum::<usize>(),
        checks_not_evaluated = report.results.iter().filter(is_open).count(),
        "refresh complete"
    );
}

/// The key of gaps that one line of the log reports: one cause has one end. Rights are granted
/// together, and a credential, a host or a service fails for many calls; other errors differ by their
/// message.
fn cause(gap: &Gap) -> (&'static str, &str) {
    let is_shared = gap.reason == Reason::Forbidden || gap.reason.may_pass();
    (gap.reason.label(), if is_shared { "" } else { &gap.detail })
}

/// The most names in one field of a line.
const NAMED: usize = 40;

/// One warning about gaps with one cause.
fn warn(account: &str, gaps: &[(&str, &Gap)]) {
    let Some((_, first)) = gaps.first() else { return };
    let (reason, error) = (first.reason.label(), &first.detail);
    let missing = gaps.iter().map(|(_, gap)| gap.count).sum::<usize>();
    let collectors = names(gaps.iter().map(|(collector, _)| *collector));
    let projects = names(gaps.iter().map(|(_, gap)| &*gap.project_id).filter(|id| !id.is_empty()));
    if first.reason == Reason::Forbidden {
        let actions = names(gaps.iter().flat_map(|(_, gap)| gap.actions.iter().map(|it| &**it)));
        tracing::warn!(
            account,
            reason,
            collectors,
            projects,
            missing,
            actions,
            "missing permissions: the last values remain until max_age; `ovhcloud-exporter \
             permissions` prints the complete policy"
        );
        return;
    }
    tracing::warn!(
        account, reason, collectors, projects, missing, %error,
        "collectors incomplete: the last values remain until max_age"
    );
}

/// The different names in order, comma-separated, and the number of those that are left out.
fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: BTreeSet<_> = all.collect();
    let mut named: Vec<_> = all.iter().take(NAMED).map(|name| (*name).to_owned()).collect();
    if let Some(more) = all.len().checked_sub(NAMED).filter(|more| *more > 0) {
        named.push(format!("{more} more"));
    }
    named.join(",")
}

/// One line about the optional permissions that are missing.
fn inform(account: &str, gaps: &[(&str, &Gap)]) {
    if gaps.is_empty() {
        return;
    }
    let collectors = names(gaps.iter().map(|(collector, _)| *collector));
    let actions = names(gaps.iter().flat_map(|(_, gap)| gap.actions.iter().map(|it| &**it)));
    tracing::info!(
        account,
        collectors,
        actions,
        "optional permissions are missing: the collectors are complete without the details"
    );
}

/// Whether the refresh before logged the same gap.
fn is_known(gap: &Gap, earlier: Option<&Reading>) -> bool {
    let key = |gap: &Gap| (gap.project_id.clone(), gap.reason, gap.optional);
    let same = |known: &Gap| key(known) == key(gap);
    earlier.is_some_and(|earlier| earlier.gaps.iter().any(same))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_bounded_and_each_is_there_once() {
        let all: Vec<_> = (0..NAMED + 3).map(|index| format!("action{index:03}")).collect();
        let named = names(all.iter().chain(&all).map(String::as_str));
        assert!(named.starts_with("action000,action001,") && named.ends_with(",3 more"), "{named}");
        assert_eq!(named.split(',').count(), NAMED + 1);
        assert_eq!(names(["b", "a", "b"].into_iter()), "a,b");
    }
}

//! One account, read on its interval. Its passes never overlap.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tracing::Instrument as _;

use crate::api::build::BuildError;
use crate::api::{Client, Session};
use crate::checks;
use crate::collectors::{Inventory, Memo, Pass, Progress, Schedule, oldest};
use crate::config::Config;
use crate::config::account::Account;
use crate::config::checks::Checks;
use crate::config::refresh::{Intervals, Refresh};
use crate::exposition::account::Report;
use crate::inventory::{Gap, Reading};
use crate::telemetry::Calls;

use super::Clock;
use super::publisher::Publisher;
use super::state::Kept;

/// A pass is given up after its interval, but never before this: what was read by then is
/// published, and the rest is a gap.
const SHORTEST_PASS: Duration = Duration::from_mins(2);

/// What is asked of every account, and when.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When to read, and how long what was read stands.
    pub refresh: Refresh,
    /// Which collectors are read less often.
    pub intervals: Arc<Intervals>,
    /// What the checks compare with.
    pub checks: Arc<Checks>,
}

impl Plan {
    /// What this configuration asks for.
    pub fn of(config: &Config) -> Self {
        Self {
            refresh: config.refresh,
            intervals: Arc::new(config.intervals.clone()),
            checks: Arc::new(config.checks.clone()),
        }
    }

    /// How long a pass may take.
    pub fn time(&self) -> Duration {
        self.refresh.interval.max(SHORTEST_PASS)
    }
}

/// One walk over an account, after what is `known` from before.
#[derive(Debug)]
pub struct Walk<'a> {
    /// When it begins.
    pub began: Timestamp,
    /// What is known from before.
    pub known: &'a Inventory,
    /// What the account's earlier passes remember.
    pub memo: &'a Memo,
    /// Where it tells how far it has come.
    pub progress: &'a Progress,
}

/// Makes the calls of one walk over an account.
pub async fn pass(account: &Account, session: &Session<'_>, plan: &Plan, walk: Walk<'_>) -> Report {
    let stopwatch = Instant::now();
    let Walk { began, known, memo, progress } = walk;
    let schedule = Schedule {
        now: began,
        max_age: plan.refresh.max_age,
        collectors: &account.collectors,
        tick: plan.refresh.interval,
        intervals: &plan.intervals.0,
        memo,
        progress,
    };
    let pass = Pass::new(session, schedule, known);
    let inventory = known.refreshed(&pass).await;
    let judged = checks::evaluate(&inventory, &plan.checks, began);
    Report { began, duration: stopwatch.elapsed(), requests: session.requests(), inventory, judged }
}

/// Reads one account for as long as the process lives.
#[derive(Debug)]
pub(super) struct Watcher {
    account: Arc<Account>,
    plan: Plan,
    client: Arc<Client>,
    memo: Arc<Memo>,
    clock: Clock,
    previous: Option<Arc<Report>>,
    /// Whether this process has told what is missing.
    has_told: bool,
}

impl Watcher {
    pub(super) fn new(
        account: Account,
        plan: Plan,
        calls: Calls,
        clock: Clock,
    ) -> Result<Self, BuildError> {
        let client = Arc::new(Client::new(&account, calls)?);
        let (account, memo) = (Arc::new(account), Arc::default());
        Ok(Self { account, plan, client, memo, clock, previous: None, has_told: false })
    }

    /// Goes on from what was known of the account before.
    pub(super) fn after(&mut self, previous: Option<Arc<Report>>) {
        self.previous = previous;
    }

    /// What an earlier process left, as a pass of this one would have; nothing if it is too old to
    /// be shown. What is of the future was read before the clock was set back.
    pub(super) fn restored(&self, kept: Kept, now: Timestamp) -> Option<Report> {
        let Kept { began, duration, requests, mut inventory, .. } = kept;
        let age = Duration::try_from(now.duration_since(began)).ok();
        let account = &self.account.name;
        if age.is_none_or(|age| age > self.plan.refresh.max_age) {
            tracing::info!(account, %began, "what was kept of the account is too old, and is not served");
            return None;
        }
        tracing::info!(account, %began, "what was kept of the account is served until the next pass");
        let is_young = |name: &str, read_at| {
            let oldest = oldest(self.plan.refresh.max_age, self.plan.intervals.0.get(name));
            Duration::try_from(now.duration_since(read_at)).is_ok_and(|age| age <= oldest)
        };
        inventory.retain(&self.account.collectors, is_young);
        let judged = checks::evaluate(&inventory, &self.plan.checks, now);
        Some(Report { began, duration, requests, inventory, judged })
    }

    /// Tells the exporter's own metrics that the account is watched.
    pub(super) fn announce(&self) {
        self.client.announce();
    }

    /// Reads, publishes, waits, for ever.
    pub(super) async fn run(mut self, publisher: Arc<Publisher>) {
        let mut ticks = interval(self.plan.refresh.interval);
        // A pass that takes longer than the interval moves the next ones, and never overlaps one.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            sleep(self.plan.refresh.jitter.mul_f64(fastrand::f64())).await;
            let span = tracing::info_span!("pass", account = %self.account.name);
            let known = self.previous.as_ref().map(|report| report.inventory.clone());
            let pass = self.pass(known.unwrap_or_default()).instrument(span);
            // A defect in one collector ends one pass and is told. No task of its own: whoever ends
            // the watcher ends the pass with it.
            let Ok(report) = AssertUnwindSafe(pass).catch_unwind().await else {
                tracing::error!(
                    account = %self.account.name,
                    "a pass broke off, which is a defect of the exporter; the last values stay"
                );
                continue;
            };
            // What an earlier process told is not in the log of this one.
            let told = self.previous.as_deref().filter(|_| self.has_told);
            log(&self.account.name, &report, told);
            self.has_told = true;
            let report = Arc::new(report);
            publisher.report(&self.account.name, Arc::clone(&report));
            self.previous = Some(report);
        }
    }

    fn pass(&self, known: Inventory) -> impl Future<Output = Report> + Send + 'static {
        let (account, client) = (Arc::clone(&self.account), Arc::clone(&self.client));
        let (plan, began, memo) = (self.plan.clone(), (self.clock)(), Arc::clone(&self.memo));
        async move {
            let session = client.session(plan.time());
            let progress = Progress::default();
            let walk = Walk { began, known: &known, memo: &memo, progress: &progress };
            pass(&account, &session, &plan, walk).await
        }
    }
}

/// One line per pass; one per gap that is new, or per project that is out of service; one when a
/// collector is whole again.
fn log(account: &str, report: &Report, previous: Option<&Report>) {
    let states = report.inventory.states();
    let before = previous.map(|report| report.inventory.states()).unwrap_or_default();
    let mut out_of_service: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (index, state) in states.iter().enumerate() {
        let Some(reading) = state.reading else { continue };
        let earlier = before.get(index).and_then(|state| state.reading);
        if reading.is_success() && earlier.is_some_and(|earlier| !earlier.is_success()) {
            tracing::info!(account, collector = state.name, "the collector reads everything again");
        }
        for gap in reading.gaps.iter().filter(|gap| !is_known(gap, earlier)) {
            if gap.reason.is_state() {
                let key = (&*gap.project_id, gap.reason.label());
                out_of_service.entry(key).or_default().push(state.name);
            } else {
                tell(account, state.name, gap);
            }
        }
    }
    for ((project_id, reason), collectors) in out_of_service {
        tracing::info!(
            account,
            project_id,
            reason,
            collectors = collectors.join(","),
            "out of service or not offered by OVHcloud, and not read"
        );
    }
    let is_failing = |reading: &&Reading| !reading.is_success();
    let violations = report.judged.iter().filter_map(|judged| judged.findings());
    tracing::info!(
        account,
        duration_ms = milliseconds(report.duration),
        requests = report.requests,
        objects = states.iter().map(|state| state.objects).sum::<usize>(),
        collectors_failing =
            states.iter().filter_map(|state| state.reading).filter(is_failing).count(),
        violations = violations.map(<[_]>::len).sum::<usize>(),
        "pass is over"
    );
}

fn tell(account: &str, collector: &str, gap: &Gap) {
    let (reason, missing, error) = (gap.reason.label(), gap.count, &gap.detail);
    let project_id = &*gap.project_id;
    tracing::warn!(
        account, collector, project_id, reason, missing, %error,
        "not everything could be read; what was read before stays until it is too old"
    );
}

/// Whether the pass before told of it already.
fn is_known(gap: &Gap, earlier: Option<&Reading>) -> bool {
    let same = |known: &Gap| known.reason == gap.reason && known.project_id == gap.project_id;
    earlier.is_some_and(|earlier| earlier.gaps.iter().any(same))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

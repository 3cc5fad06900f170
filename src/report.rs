//! One refresh of an account, and the report that it leaves: read, judge, remember.
//!
//! It knows neither the clock nor the publisher: the start of the refresh is an argument.

mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::access::oracle::{Comparison, compare, has_answers};
use crate::access::{self, Access};
use crate::api::error::chain;
use crate::api::{Client, Session};
use crate::checks::{self, CheckResult, Memory, Resource};
use crate::collectors::cloud_project::CloudProject;
use crate::collectors::exporter_credential::nichandle;
use crate::collectors::{Collect, Inventory, Memo, Pass, Progress, Schedule, VisitMut, oldest};
use crate::config::Config;
use crate::config::account::{Account, DEFAULT_NAME};
use crate::config::checks::Checks;
use crate::config::refresh::{Intervals, Refresh};
use crate::family::Family;
use crate::inventory::{Scope as _, Sections};

pub use rules::Rules;

/// A refresh is cancelled after its interval, and never before this: the report has everything read
/// by then, and the rest is a gap.
const SHORTEST_REFRESH: Duration = Duration::from_mins(2);

/// An account as it is published.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// The label `account`.
    pub name: String,
    /// The endpoint as it was given, for the landing page.
    pub endpoint: String,
    /// The identity behind the credential and its sources, for the landing page.
    pub identity: String,
    /// The labels that the operator adds to every series of the account.
    pub labels: BTreeMap<String, String>,
    /// The time from the start of a refresh to the start of the next.
    pub interval: Duration,
    /// The report of the last refresh; `None` until the first is complete.
    pub report: Option<Arc<Report>>,
}

impl AccountView {
    /// An account before its first refresh.
    pub fn new(account: &Account, interval: Duration) -> Self {
        Self {
            name: account.name.clone(),
            endpoint: account.endpoint.name.clone(),
            identity: account.identity.to_string(),
            labels: account.labels.clone(),
            interval,
            report: None,
        }
    }
}

/// The longest time that the question for the name of an account may take.
const NAMING: Duration = Duration::from_secs(10);

/// The name of an account without a configured one.
///
/// It is the account's nichandle, so that two accounts are never taken for one. OVHcloud reports it
/// to each credential (`GET /auth/details`, no right needed). Where it does not answer, the name is
/// `otherwise`, or the part of the credential that is no secret.
pub async fn name(account: &Account, client: &Client, otherwise: Option<&str>) -> String {
    match nichandle(&client.session(NAMING)).await {
        Ok(Some(nichandle)) => nichandle,
        result => {
            let otherwise = otherwise.or(account.credential.id()).unwrap_or(DEFAULT_NAME);
            let error = match &result {
                Err(error) => chain(error),
                Ok(_) => "the answer names no account".to_owned(),
            };
            tracing::warn!(
                account = otherwise,
                error,
                "OVHcloud did not report whose account it is: the account keeps this name until a \
                 restart; set accounts[].name to choose one"
            );
            otherwise.to_owned()
        }
    }
}

/// An account after a refresh.
#[derive(Debug)]
pub struct Report {
    /// The start of the refresh.
    pub began: Timestamp,
    /// Its duration.
    pub duration: Duration,
    /// The number of its calls.
    pub requests: u64,
    /// The inventory.
    pub inventory: Inventory,
    /// The verdict of each check.
    pub results: Vec<CheckResult>,
    /// The first sights of findings, for the next refresh.
    pub memory: Memory,
    /// The configuration of the checks that judged it.
    pub checks: Arc<Checks>,
    /// The families of the rights of the account's identities.
    pub access: Vec<Family>,
    /// The last answer of OVHcloud's about the exporter's rights beside the evaluation of the same
    /// refresh: policies that are read after the answer say nothing about it.
    pub comparison: Option<Comparison>,
}

/// The refresh of every account: its times and its checks.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The interval, and the age at which sections are dropped.
    pub refresh: Refresh,
    /// The collectors with an interval of their own.
    pub intervals: Arc<Intervals>,
    /// The configuration of the checks.
    pub rules: Rules,
}

impl Plan {
    /// The plan of this configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            refresh: config.refresh,
            intervals: Arc::new(config.intervals.clone()),
            rules: Rules::new(config.checks.clone()),
        }
    }

    /// Whether both have the same times and the same configuration of the checks.
    pub fn is_same(&self, other: &Self) -> bool {
        self.refresh == other.refresh
            && self.intervals == other.intervals
            && self.rules.known() == other.rules.known()
    }

    /// The interval of each collector of the account. None is read more often than the account.
    pub fn intervals(&self, account: &Account) -> Vec<(&'static str, Duration)> {
        let tick = self.refresh.interval;
        let own = |name| self.intervals.0.get(name).copied().unwrap_or_default();
        account.collectors.iter().map(|name| (*name, own(*name).max(tick))).collect()
    }

    /// The longest time that a refresh may take.
    pub fn time(&self) -> Duration {
        self.refresh.interval.max(SHORTEST_REFRESH)
    }

    /// The report of an earlier process, as a refresh of this one would have left it; `None` if it
    /// is too old to be shown. A report of the future was made before the clock was set back; it is
    /// shown if that was a small step.
    pub fn restore(&self, account: &Account, mut saved: Report, now: Timestamp) -> Option<Report> {
        let age = |at| now.duration_since(at).unsigned_abs();
        if age(saved.began) > self.refresh.max_age {
            return None;
        }
        let is_young = |name: &str, read_at| {
            let oldest = oldest(self.refresh.max_age, self.intervals.0.get(name));
            age(read_at) <= oldest
        };
        saved.inventory.retain(&account.collectors, is_young);
        Some(saved.judged(&account.name, self.rules.current(), now))
    }
}

impl Report {
    /// A report of a state file with the verdicts of these checks, as they judge it now.
    #[must_use]
    pub fn rejudged(self, account: &str, checks: Checks, now: Timestamp) -> Self {
        self.judged(account, Arc::new(checks), now)
    }

    /// The report of these projects, beside the account's own resources. A check keeps its findings
    /// in the projects, and lacks the data that it lacks of them.
    #[must_use]
    pub fn within(mut self, projects: &BTreeSet<String>, now: Timestamp) -> Self {
        self.inventory.each_mut(&mut Within(projects));
        let access = Access::of(&self.inventory, now);
        let parts = checks::evaluate(&self.inventory, &access, &self.checks, now);
        let is_in = |resource: &Resource| {
            let is_project = *resource.kind == *CloudProject::NAME;
            projects.contains(if is_project { resource.id.as_str() } else { &*resource.project_id })
        };
        for (result, part) in self.results.iter_mut().zip(parts) {
            result.verdict.narrow(&part.verdict, is_in);
        }
        self
    }

    /// The report with the verdicts of these checks, whose first sights come from its memory.
    /// A difference from OVHcloud's evaluation of IAM is logged once, with the answer that shows it.
    fn judged(self, account: &str, checks: Arc<Checks>, now: Timestamp) -> Self {
        let stopwatch = Instant::now();
        let access = Access::of(&self.inventory, now);
        let evaluated = stopwatch.elapsed();
        let mut results = checks::evaluate(&self.inventory, &access, &checks, now);
        let tagged = checks::Tagged::of(&self.inventory);
        checks::exempt(&mut results, &checks.exemptions, now, |resource| tagged.get(resource));
        let memory = checks::remember(&self.memory, &mut results, now);
        tracing::debug!(
            account,
            access_seconds = evaluated.as_secs_f64(),
            checks_seconds = stopwatch.elapsed().saturating_sub(evaluated).as_secs_f64(),
            "judged the inventory"
        );
        let comparison = if self.has_answer_since(now) {
            compare(&self.inventory, &access).inspect(|comparison| comparison.log(account))
        } else {
            self.comparison.filter(|_| has_answers(&self.inventory))
        };
        let access = access::families(&access, comparison.as_ref());
        Self { results, memory, checks, access, comparison, ..self }
    }

    /// Whether OVHcloud answered about the exporter's own rights in the refresh that begins now. The
    /// answers of a saved report are older.
    fn has_answer_since(&self, now: Timestamp) -> bool {
        let mut sections = self.inventory.exporter_credential.by_scope.values();
        sections.any(|section| section.read_at >= now)
    }
}

/// Takes the sections and gaps of all other projects away.
struct Within<'p>(&'p BTreeSet<String>);

impl Within<'_> {
    fn has(&self, project_id: &str) -> bool {
        project_id.is_empty() || self.0.contains(project_id)
    }
}

impl<'a> VisitMut<'a> for Within<'_> {
    fn visit<C: Collect>(&mut self, sections: &'a mut Sections<C::Scope, C>) {
        sections.by_scope.retain(|scope, _| self.has(&scope.project_id()));
        if let Some(reading) = &mut sections.reading {
            reading.gaps.retain(|gap| self.has(&gap.project_id));
        }
    }
}

/// The input of one refresh of an account.
#[derive(Debug)]
pub struct Walk<'a> {
    /// The start of the refresh.
    pub began: Timestamp,
    /// The inventory of the refresh before.
    pub known: &'a Inventory,
    /// The first sights of findings until then.
    pub memory: &'a Memory,
    /// Answers that the account's earlier refreshes keep.
    pub memo: &'a Memo,
    /// The last comparison with OVHcloud's answers about the exporter's rights.
    pub comparison: Option<&'a Comparison>,
    /// The counters of the progress bar.
    pub progress: &'a Progress,
}

/// Makes the calls of one refresh of an account, and judges the inventory.
pub async fn refresh(
    account: &Account,
    session: &Session<'_>,
    plan: &Plan,
    walk: Walk<'_>,
) -> Report {
    let stopwatch = Instant::now();
    let Walk { began, known, memory, memo, comparison, progress } = walk;
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
    let report = Report {
        began,
        duration: stopwatch.elapsed(),
        requests: session.requests(),
        inventory,
        results: Vec::new(),
        memory: memory.clone(),
        checks: Arc::default(),
        access: Vec::new(),
        comparison: comparison.cloned(),
    };
    report.judged(&account.name, plan.rules.current(), began)
}

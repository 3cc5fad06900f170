//! The refresh of an account as collectors see it: its calls, its schedule, and the answers that
//! collectors share.

mod memo;
mod progress;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::{self, Listing, Session};
use crate::inventory::{Account, Project, Scope, Sections};

pub use memo::Memo;
pub use progress::Progress;

/// How long what changes by the month only is remembered: regions, flavors, versions on offer.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The objects of one scope.
#[derive(Debug, Clone)]
pub struct Gathered<T> {
    /// The objects.
    pub items: Vec<T>,
    /// Why others are missing, an error each.
    pub lost: Vec<api::Error>,
}

impl<T> Gathered<T> {
    /// Turns what a listing read into items.
    pub fn from_listing<W>(listing: Listing<W>, convert: impl FnMut(W) -> T) -> Self {
        listing.map(convert).into()
    }

    /// The objects' keys as a list, as far as they have one.
    pub fn keys<K>(&self, key: impl FnMut(&T) -> Option<K>) -> Listing<K> {
        let objects = self.items.iter().filter_map(key).collect();
        Listing { objects, lost: self.lost.clone() }
    }
}

impl<T> From<Listing<T>> for Gathered<T> {
    fn from(Listing { objects: items, lost }: Listing<T>) -> Self {
        Self { items, lost }
    }
}

/// When a pass takes place, what it reads, and how long what it can't read stands.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// When the refresh began.
    pub now: Timestamp,
    /// Sections that cannot be refreshed are dropped after this age.
    pub max_age: Duration,
    /// The names of the collectors that are on.
    pub collectors: &'a BTreeSet<&'static str>,
    /// From one refresh to the next.
    pub tick: Duration,
    /// The collectors with an interval of their own.
    pub intervals: &'a BTreeMap<&'static str, Duration>,
    /// The answers that earlier refreshes remember.
    pub memo: &'a Memo,
    /// The counters of the refresh's progress.
    pub progress: &'a Progress,
}

impl Schedule<'_> {
    /// Whether the collector is to be read now: it has no interval of its own, its interval is
    /// over, or its last reading failed for a reason that may have passed. What is dear is not asked
    /// for the sooner because a right is missing.
    pub(super) fn is_due<S, T>(&self, name: &str, sections: &Sections<S, T>) -> bool {
        let (Some(interval), Some(reading), Some(last)) =
            (self.intervals.get(name), &sections.reading, sections.last_reading)
        else {
            return true;
        };
        // The pass that is nearest to the time: passes do not begin to the second. A reading in the
        // future is a clock that was set back.
        last > self.now
            || reading.gaps.iter().any(|gap| gap.reason.may_pass())
            || age(self.now, last) + self.tick / 2 >= *interval
    }

    /// How old a section of the collector may get.
    pub(super) fn max_age(&self, name: &str) -> Duration {
        oldest(self.max_age, self.intervals.get(name))
    }
}

/// The age of something read `then`; zero if the clock was set back meanwhile.
pub(super) fn age(now: Timestamp, then: Timestamp) -> Duration {
    now.duration_since(then).try_into().unwrap_or_default()
}

/// How old a section may get: as old as the account allows, and at least as old as four of the
/// collector's own intervals.
pub fn oldest(max_age: Duration, interval: Option<&Duration>) -> Duration {
    max_age.max(interval.copied().unwrap_or_default().saturating_mul(4))
}

/// One refresh of an account. It remembers the answers that several collectors need.
#[derive(Debug)]
pub struct Pass<'a> {
    /// The calls of this pass.
    pub session: &'a Session<'a>,
    schedule: Schedule<'a>,
    previous: Scopes<Project>,
}

impl<'a> Pass<'a> {
    /// A refresh on this schedule, after one that knew these projects.
    pub fn new(
        session: &'a Session<'a>,
        schedule: Schedule<'a>,
        previous: impl Into<Scopes<Project>>,
    ) -> Self {
        schedule.memo.begin(schedule.now);
        Self { session, schedule, previous: previous.into() }
    }

    /// The projects that the refresh before knew.
    pub(super) fn previous(&self) -> &Scopes<Project> {
        &self.previous
    }

    /// When this refresh takes place, and which collectors it reads.
    pub(super) fn schedule(&self) -> &Schedule<'a> {
        &self.schedule
    }

    /// What `ask` answers, which is asked once in a pass, whichever collectors need it. `question`
    /// is what it is about: two that ask the same for the same type share the answer.
    ///
    /// # Errors
    ///
    /// Those of `ask`.
    pub(super) async fn once<T: Send + Sync + 'static, F>(
        &self,
        question: String,
        ask: impl FnOnce() -> F + Send,
    ) -> Result<Arc<T>, api::Error>
    where
        F: Future<Output = Result<T, api::Error>> + Send,
    {
        let Schedule { memo, now, .. } = self.schedule;
        memo.get(now, |_| SignedDuration::ZERO, question, ask).await
    }

    /// What `ask` answers, which is asked once a day. See [`Self::once`].
    ///
    /// # Errors
    ///
    /// Those of `ask`, which the next pass asks again.
    pub(super) async fn daily<T: Send + Sync + 'static, F>(
        &self,
        question: String,
        ask: impl FnOnce() -> F + Send,
    ) -> Result<Arc<T>, api::Error>
    where
        F: Future<Output = Result<T, api::Error>> + Send,
    {
        self.daily_if(|_| true, question, ask).await
    }

    /// What `ask` answers, which is asked once a day if it is good for so long, and again by the
    /// next pass if it is not. See [`Self::once`].
    ///
    /// # Errors
    ///
    /// Those of `ask`, which the next pass asks again.
    pub(super) async fn daily_if<T: Send + Sync + 'static, F>(
        &self,
        is_good: impl FnOnce(&T) -> bool + Send,
        question: String,
        ask: impl FnOnce() -> F + Send,
    ) -> Result<Arc<T>, api::Error>
    where
        F: Future<Output = Result<T, api::Error>> + Send,
    {
        let Schedule { memo, now, .. } = self.schedule;
        let life = |answer: &T| if is_good(answer) { DAY } else { SignedDuration::ZERO };
        memo.get(now, life, question, ask).await
    }
}

/// The scopes of one kind.
#[derive(Debug, Clone)]
pub struct Scopes<S> {
    /// The scopes to read.
    pub known: Vec<S>,
    /// The scopes out of service, which may refuse any call.
    pub suspended: Vec<S>,
    /// Why there may be more.
    pub unlisted: Vec<api::Error>,
}

/// A scope that knows all its kind.
pub trait Reach: Scope {
    /// Every scope of this kind that the account has.
    fn all(pass: &Pass<'_>) -> impl Future<Output = Scopes<Self>> + Send;
}

impl Reach for Account {
    async fn all(_: &Pass<'_>) -> Scopes<Self> {
        Scopes { known: vec![Self], suspended: Vec::new(), unlisted: Vec::new() }
    }
}

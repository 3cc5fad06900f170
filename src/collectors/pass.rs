//! One walk over an account: what is asked, and what becomes of what can't be read.

mod changes;
mod gaps;
mod memo;
mod progress;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::api::{self, Kind, Listing, Session};
use crate::family::Word;
use crate::inventory::{Account, Project, Reading, Reason, Scope, Section, Sections};

use super::cloud_project::{self, CloudProject};
use super::{Collect, Inventory};

use gaps::{Gaps, reason};

pub use memo::Memo;
pub use progress::Progress;

/// How long what changes by the month only is remembered: regions, flavors, versions on offer.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What one scope gave.
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

impl<T> Gathered<T> {
    /// Whether the whole that is known from before is better than what was read now: nothing, or
    /// less for a reason that may pass. A loss that stays must not hide what is new.
    fn is_worse_than(&self, older: &Section<T>) -> bool {
        let may_pass = self.lost.iter().any(|error| error.kind.may_pass_by_next_time());
        let is_nothing = self.items.is_empty() && !self.lost.is_empty();
        is_nothing || (older.whole && may_pass)
    }
}

/// When a pass takes place, what it reads, and how long what it can't read stands.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// When the pass began.
    pub now: Timestamp,
    /// What can't be read again ends when it is older.
    pub max_age: Duration,
    /// The names of the collectors that are on.
    pub collectors: &'a BTreeSet<&'static str>,
    /// From one pass to the next.
    pub tick: Duration,
    /// The collectors that are read only so often.
    pub intervals: &'a BTreeMap<&'static str, Duration>,
    /// What the account's earlier passes remember.
    pub memo: &'a Memo,
    /// Where the pass tells how far it has come.
    pub progress: &'a Progress,
}

impl Schedule<'_> {
    /// How old something is, as far as a clock that was set back can tell.
    fn age(&self, then: Timestamp) -> Duration {
        self.now.duration_since(then).try_into().unwrap_or_default()
    }

    /// Whether the collector is to be read now: it has no interval of its own, its interval is
    /// over, or its last reading failed for a reason that may have passed. What is dear is not asked
    /// for the sooner because a right is missing.
    fn is_due<S, T>(&self, name: &str, sections: &Sections<S, T>) -> bool {
        let (Some(interval), Some(reading), Some(last)) =
            (self.intervals.get(name), &sections.reading, sections.last_reading)
        else {
            return true;
        };
        // The pass that is nearest to the time: passes do not begin to the second. A reading in the
        // future is a clock that was set back.
        last > self.now
            || reading.gaps.iter().any(|gap| gap.reason.may_pass())
            || self.age(last) + self.tick / 2 >= *interval
    }

    /// How old a section of the collector may get.
    fn max_age(&self, name: &str) -> Duration {
        oldest(self.max_age, self.intervals.get(name))
    }
}

/// How old a section may get: as old as the account allows, and at least as old as four of the
/// collector's own intervals.
pub fn oldest(max_age: Duration, interval: Option<&Duration>) -> Duration {
    max_age.max(interval.copied().unwrap_or_default().saturating_mul(4))
}

/// One walk over an account. It remembers what more than one collector needs.
#[derive(Debug)]
pub struct Pass<'a> {
    /// The calls of this pass.
    pub session: &'a Session<'a>,
    schedule: Schedule<'a>,
    known_projects: Vec<CloudProject>,
    projects: OnceCell<Result<Arc<Gathered<CloudProject>>, api::Error>>,
}

impl<'a> Pass<'a> {
    /// A pass on this schedule, after `previous`.
    pub fn new(session: &'a Session<'a>, schedule: Schedule<'a>, previous: &Inventory) -> Self {
        let known_projects = previous.cloud_project.items().map(|(_, p)| p.clone()).collect();
        schedule.memo.begin(schedule.now);
        Self { session, schedule, known_projects, projects: OnceCell::new() }
    }

    /// The account's projects, asked for once in a pass.
    ///
    /// # Errors
    ///
    /// The list can't be read.
    pub(super) async fn projects(&self) -> Result<Arc<Gathered<CloudProject>>, api::Error> {
        let list = || async { cloud_project::list(self.session).await.map(Arc::new) };
        self.projects.get_or_init(list).await.clone()
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

    /// Reads every scope of a collector, side by side.
    pub(super) async fn refresh<C: Collect>(
        &self,
        previous: &Sections<C::Scope, C>,
    ) -> Sections<C::Scope, C> {
        if !self.schedule.collectors.contains(C::NAME) {
            return Sections::default();
        }
        let began = Instant::now();
        let Scopes { known, unlisted } = C::Scope::all(self).await;
        if !self.schedule.is_due(C::NAME, previous) && !has_new(previous, &known) {
            return remaining(previous, &known, unlisted.is_empty());
        }
        self.schedule.progress.plan(known.len());
        let fetched = join_all(known.iter().map(|scope| self.fetch(scope))).await;
        let listed: BTreeSet<_> = known.iter().cloned().collect();
        let mut kept: BTreeMap<_, _> = self.young(C::NAME, previous).collect();
        let mut by_scope = BTreeMap::new();
        let mut gaps = Gaps::default();
        for error in &unlisted {
            gaps.add(Word::default(), reason(&error.kind), error);
        }
        for (scope, result) in known.into_iter().zip(fetched) {
            match result {
                Ok(gathered) => {
                    let whole = gathered.lost.is_empty();
                    for error in &gathered.lost {
                        gaps.add(scope.project_id(), self.reason_in(&scope, &error.kind), error);
                    }
                    let section = match kept.remove(&scope) {
                        Some(older) if gathered.is_worse_than(&older) => Some(older),
                        _ if gathered.items.is_empty() && !whole => None,
                        _ => Some(Section {
                            read_at: self.schedule.now,
                            whole,
                            items: gathered.items.into(),
                        }),
                    };
                    by_scope.extend(section.map(|section| (scope, section)));
                }
                Err(error) => {
                    gaps.add(scope.project_id(), self.reason_in(&scope, &error.kind), &error);
                    // What is not offered any more is not what it was.
                    let is_offered = !matches!(error.kind, Kind::NotOffered);
                    let older = kept.remove(&scope).filter(|_| is_offered);
                    by_scope.extend(older.map(|section| (scope, section)));
                }
            }
        }
        if !unlisted.is_empty() {
            // What is not in the list may be among what could not be read of it.
            kept.retain(|scope, _| !by_scope.contains_key(scope));
            by_scope.append(&mut kept);
        }
        let is_gone = |scope: &_| unlisted.is_empty() && !listed.contains(scope);
        let changes = changes::counted(previous, &by_scope, &gaps, is_gone);
        let reading = Reading { duration: began.elapsed(), gaps: gaps.0.into_values().collect() };
        let success = reading.is_success().then_some(self.schedule.now);
        let last_success = success.or(previous.last_success);
        let last_reading = Some(self.schedule.now);
        Sections { by_scope, reading: Some(reading), last_reading, last_success, changes }
    }

    /// One scope, and that it is over.
    async fn fetch<C: Collect>(&self, scope: &C::Scope) -> Result<Gathered<C>, api::Error> {
        let gathered = C::fetch(self, scope).await;
        let found = gathered.as_ref().map_or(0, |known| known.items.len());
        self.schedule.progress.read_one(found, self.session.requests());
        gathered
    }

    /// The sections that may still stand.
    fn young<S: Scope, T: 'static>(
        &self,
        name: &str,
        sections: &Sections<S, T>,
    ) -> impl Iterator<Item = (S, Section<T>)> {
        let max_age = self.schedule.max_age(name);
        let is_young = move |section: &Section<T>| self.schedule.age(section.read_at) <= max_age;
        sections
            .by_scope
            .iter()
            .filter(move |(_, section)| is_young(section))
            .map(|(scope, section)| (scope.clone(), section.clone()))
    }

    /// What a suspended project answers below itself is not known, so that any refusal there is
    /// laid to the suspension.
    fn reason_in(&self, scope: &impl Scope, kind: &Kind) -> Reason {
        let id = scope.project_id();
        let listed = self.projects.get().and_then(|projects| projects.as_ref().ok());
        let fresh = listed.into_iter().flat_map(|listed| &listed.items);
        let project = fresh.chain(&self.known_projects).find(|project| project.id == id);
        match kind {
            Kind::Forbidden { .. } | Kind::NotFound(_) | Kind::Rejected { .. }
                if project.is_some_and(CloudProject::is_suspended) =>
            {
                Reason::Suspended
            }
            kind => reason(kind),
        }
    }
}

/// Whether there is a scope of which nothing was asked yet.
fn has_new<S: Scope, T>(previous: &Sections<S, T>, known: &[S]) -> bool {
    let gaps = || previous.reading.iter().flat_map(|reading| &reading.gaps);
    let was_asked = |scope: &S| {
        let project = scope.project_id();
        previous.by_scope.contains_key(scope) || gaps().any(|gap| gap.project_id == project)
    };
    !known.iter().all(was_asked)
}

/// The sections of a collector that is not read in this pass, which share their objects, but for
/// those of projects that are no longer there. Their objects have gone with them.
fn remaining<C: Collect>(
    previous: &Sections<C::Scope, C>,
    known: &[C::Scope],
    are_all_known: bool,
) -> Sections<C::Scope, C> {
    let is_gone = |scope: &C::Scope| are_all_known && !known.contains(scope);
    let still = previous.by_scope.iter().filter(|(scope, _)| !is_gone(scope));
    let by_scope = still.map(|(scope, section)| (scope.clone(), section.clone())).collect();
    let changes = changes::counted(previous, &by_scope, &Gaps::default(), is_gone);
    Sections {
        by_scope,
        reading: previous.reading.clone(),
        last_reading: previous.last_reading,
        last_success: previous.last_success,
        changes,
    }
}

/// The scopes of one kind.
#[derive(Debug)]
pub struct Scopes<S> {
    /// Those that are to be read.
    pub known: Vec<S>,
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
        Scopes { known: vec![Self], unlisted: Vec::new() }
    }
}

/// The projects that may have something. Where the list can't be read, the projects that are known
/// from before may well be.
impl Reach for Project {
    async fn all(pass: &Pass<'_>) -> Scopes<Self> {
        let readable = |projects: &[CloudProject]| -> Vec<Self> {
            let readable = projects.iter().filter(|project| project.is_readable());
            readable.map(|project| Self(project.id.clone())).collect()
        };
        match pass.projects().await {
            Ok(listed) => Scopes { known: readable(&listed.items), unlisted: listed.lost.clone() },
            Err(error) => Scopes { known: readable(&pass.known_projects), unlisted: vec![error] },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Route;

    static ROUTE: Route = Route::new("/thing", &[]);

    #[test]
    fn the_whole_that_is_known_stands_for_what_had_no_time_and_not_for_a_loss_that_stays() {
        let older =
            |whole| Section { read_at: Timestamp::UNIX_EPOCH, whole, items: Arc::from(vec![1, 2]) };
        let lost = |items, kind| Gathered {
            items,
            lost: vec![api::Error { kind, ..api::Error::undecodable(&ROUTE, ".", "broken") }],
        };
        for kind in [Kind::TooLate, Kind::Closed, Kind::Throttled(429)] {
            assert!(lost(vec![1], kind.clone()).is_worse_than(&older(true)), "{kind}");
            assert!(!lost(vec![1], kind.clone()).is_worse_than(&older(false)), "{kind}");
        }
        let stays = Kind::Forbidden { actions: Vec::new() };
        assert!(!lost(vec![1], stays.clone()).is_worse_than(&older(true)));
        assert!(lost(vec![], stays).is_worse_than(&older(false)));
    }
}

//! The refresh of an account for collectors: its calls, its schedule, and the answers that
//! collectors share.

mod memo;
mod progress;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::{self, Call, Identified, Listing, Session, Whole};
use crate::family::Word;
use crate::inventory::{Account, Project, Scope, Section, Sections};

pub use memo::Memo;
pub use progress::Progress;

/// The lifetime of answers that change once a month at most: regions, flavors, versions on offer.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The objects of one scope.
#[derive(Debug, Clone)]
pub struct Gathered<T> {
    /// The objects.
    pub items: Vec<T>,
    /// The errors of missing objects, one each. An error with the id of an object that is among the
    /// objects says that it is known without a part.
    pub lost: Vec<api::Error>,
    /// The errors of values that are read beside the list, such as the names of flavors: no object
    /// is missing. One without an id concerns every object.
    pub partly: Vec<api::Error>,
    /// The answers that OVHcloud does not know an object, or a member of it, by the object's id.
    /// One of an object that was there is believed at the second time.
    pub absent: Vec<api::Error>,
    /// The parts of a scope with a list for each part.
    pub parts: Vec<Part>,
    /// See [`Section::source`].
    pub source: Option<[u64; 2]>,
    /// All objects of the scope in place of `items`, where they are those of the last reading.
    pub again: Option<Arc<[T]>>,
}

/// A part of a scope, such as a region, and the error that hindered its reading: its last objects
/// stand until they expire.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name, which is [`Collect::part`] of its objects.
    ///
    /// [`Collect::part`]: super::Collect::part
    pub name: Word,
    /// The error; `None` if the part was read.
    pub error: Option<api::Error>,
}

impl<T> Gathered<T> {
    /// The objects of a scope that has one list, and the errors of missing objects.
    pub fn new(items: Vec<T>, lost: Vec<api::Error>) -> Self {
        let (partly, absent, parts) = (Vec::new(), Vec::new(), Vec::new());
        Self { items, lost, partly, absent, parts, source: None, again: None }
    }

    /// Converts the objects of a listing to items.
    pub fn from_listing<W>(listing: Listing<W>, convert: impl FnMut(W) -> T) -> Self {
        listing.map(convert).into()
    }

    /// The objects of the last reading once more.
    ///
    /// # Panics
    ///
    /// Without a last reading: an answer that nobody read before was taken for a known one. A panic is a
    /// gap, and no object seems to be gone.
    pub(super) fn again(before: Option<&Before<T>>) -> Self {
        let Some(before) = before else { unreachable!("a known answer has a reading before") };
        let again = Some(Arc::clone(&before.items));
        Self { source: Some(before.source), again, ..Self::new(Vec::new(), Vec::new()) }
    }

    /// The number of objects.
    pub(super) fn len(&self) -> usize {
        self.again.as_ref().map_or(self.items.len(), |items| items.len())
    }

    /// The keys of the objects as a list, without objects that have none.
    pub fn keys<K>(&self, key: impl FnMut(&T) -> Option<K>) -> Listing<K> {
        let objects = self.items.iter().filter_map(key).collect();
        Listing { objects, lost: self.lost.clone() }
    }
}

impl<T> From<Listing<T>> for Gathered<T> {
    fn from(Listing { objects: items, lost }: Listing<T>) -> Self {
        Self::new(items, lost)
    }
}

/// The time of a refresh, the collectors it reads, and the maximum age of sections.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// The start of the refresh.
    pub now: Timestamp,
    /// Sections that cannot be refreshed are dropped after this age.
    pub max_age: Duration,
    /// The names of the enabled collectors.
    pub collectors: &'a BTreeSet<&'static str>,
    /// The time from one refresh to the next.
    pub tick: Duration,
    /// The intervals of the collectors that have one of their own.
    pub intervals: &'a BTreeMap<&'static str, Duration>,
    /// The answers that earlier refreshes remember.
    pub memo: &'a Memo,
    /// The counters of the refresh's progress.
    pub progress: &'a Progress,
}

impl Schedule<'_> {
    /// Whether this refresh reads the collector: it has no interval of its own, its interval is
    /// over, or its last reading failed for a reason that may have disappeared. A missing right
    /// does not make an expensive collector due earlier.
    pub(super) fn is_due<S, T>(&self, name: &str, sections: &Sections<S, T>) -> bool {
        let (Some(interval), Some(reading), Some(last)) =
            (self.intervals.get(name), &sections.reading, sections.last_reading)
        else {
            return true;
        };
        // The refresh nearest to the time: refreshes do not begin to the second. A reading in the
        // future means that the clock was set back.
        last > self.now
            || reading.gaps.iter().any(|gap| gap.reason.may_pass())
            || age(self.now, last) + self.tick / 2 >= *interval
    }

    /// The maximum age of a section of the collector.
    pub(super) fn max_age(&self, name: &str) -> Duration {
        oldest(self.max_age, self.intervals.get(name))
    }
}

/// The age of an answer read `then`; zero if the clock was set back meanwhile.
pub(super) fn age(now: Timestamp, then: Timestamp) -> Duration {
    now.duration_since(then).try_into().unwrap_or_default()
}

/// The maximum age of a section: the account's, and at least four of the collector's own intervals.
pub fn oldest(max_age: Duration, interval: Option<&Duration>) -> Duration {
    max_age.max(interval.copied().unwrap_or_default().saturating_mul(4))
}

/// One refresh of an account. It remembers the answers that several collectors need.
#[derive(Debug)]
pub struct Pass<'a> {
    /// The calls of this refresh.
    pub session: &'a Session<'a>,
    schedule: Schedule<'a>,
    previous: Arc<Scopes<Project>>,
    /// The [`Before`] of one collector's scope.
    before: Option<Box<dyn Any + Send + Sync>>,
}

/// The objects of a scope's last reading, all made of the answers with these fingerprints.
#[derive(Debug)]
pub(super) struct Before<C> {
    pub(super) source: [u64; 2],
    pub(super) items: Arc<[C]>,
}

impl<'a> Pass<'a> {
    /// A refresh on this schedule; `previous` has the projects of the refresh before.
    pub fn new(
        session: &'a Session<'a>,
        schedule: Schedule<'a>,
        previous: impl Into<Scopes<Project>>,
    ) -> Self {
        schedule.memo.begin(schedule.now);
        Self { session, schedule, previous: Arc::new(previous.into()), before: None }
    }

    /// The same refresh for a scope with this section, of its collector's last reading.
    pub(super) fn after<C: Send + Sync + 'static>(&self, section: Option<&Section<C>>) -> Self {
        let before = section.and_then(|section| {
            let (source, items) = (section.source?, Arc::clone(&section.items));
            Some(Box::new(Before { source, items }) as _)
        });
        Self { previous: Arc::clone(&self.previous), before, ..*self }
    }

    /// The objects of the scope's last reading, if they can be made again of the same answers.
    pub(super) fn before<C: 'static>(&self) -> Option<&Before<C>> {
        self.before.as_ref()?.downcast_ref()
    }

    /// The objects of a scope that has one list. They are not parsed if they are known and the list is that
    /// of the last reading in every byte: most lists stay the same for days.
    ///
    /// # Errors
    ///
    /// The list cannot be read.
    pub(super) async fn list<C: 'static, W: Identified>(
        &self,
        call: &Call,
        convert: impl FnMut(W) -> C,
    ) -> Result<Gathered<C>, api::Error> {
        let before = self.before::<C>();
        let is_known = |list| before.is_some_and(|before| before.source == [list, 0]);
        let Whole { listing, fingerprint } = self.session.objects_unless(call, is_known).await?;
        let Some(listing) = listing else { return Ok(Gathered::again(before)) };
        let gathered = Gathered::from_listing(listing, convert);
        Ok(Gathered { source: Some([fingerprint, 0]), ..gathered })
    }

    /// Notes a collector that this refresh does not read: no answer waits for it.
    pub(super) fn skip(&self, collector: &'static str) {
        self.schedule.memo.skip(collector);
    }

    /// Drops the answers that only this refresh needs.
    pub(super) fn end(&self) {
        self.schedule.memo.end(self.schedule.now);
    }

    /// The projects known to the refresh before.
    pub(super) fn previous(&self) -> &Scopes<Project> {
        &self.previous
    }

    /// The time of this refresh, and the collectors it reads.
    pub(super) fn schedule(&self) -> &Schedule<'a> {
        &self.schedule
    }

    /// The answer of `ask`, requested once in a refresh for all collectors. `question` identifies
    /// it: callers with the same question and the same type share the answer.
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

    /// The answer of `ask`, requested once in a refresh, and dropped when the last of its `readers`
    /// that this refresh does not skip has taken it: each takes it once. For answers that are too
    /// large to wait for the end of the refresh. See [`Self::once`].
    ///
    /// # Errors
    ///
    /// Those of `ask`.
    pub(super) async fn once_for_each<T: Send + Sync + 'static, F>(
        &self,
        readers: &[&str],
        question: String,
        ask: impl FnOnce() -> F + Send,
    ) -> Result<Arc<T>, api::Error>
    where
        F: Future<Output = Result<T, api::Error>> + Send,
    {
        let answer = self.once(question.clone(), ask).await;
        self.schedule.memo.take::<T>(question, readers);
        answer
    }

    /// The answer to `question`, if an earlier request of it is remembered.
    pub(super) fn remembered<T: Send + Sync + 'static>(&self, question: String) -> Option<Arc<T>> {
        self.schedule.memo.remembered(self.schedule.now, question)
    }

    /// The answer of `ask`, requested once a day. See [`Self::once`].
    ///
    /// # Errors
    ///
    /// Those of `ask`, which the next refresh requests again.
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

    /// The answer of `ask`, requested once a day if it is good, and again by the next refresh if it
    /// is not. See [`Self::once`].
    ///
    /// # Errors
    ///
    /// Those of `ask`, which the next refresh requests again.
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
    /// The errors of an incomplete list of scopes.
    pub unlisted: Vec<api::Error>,
}

/// A scope that lists all scopes of its kind.
pub trait Reach: Scope {
    /// All scopes of this kind in the account.
    fn all(pass: &Pass<'_>) -> impl Future<Output = Scopes<Self>> + Send;
}

impl Reach for Account {
    async fn all(_: &Pass<'_>) -> Scopes<Self> {
        Scopes { known: vec![Self], suspended: Vec::new(), unlisted: Vec::new() }
    }
}

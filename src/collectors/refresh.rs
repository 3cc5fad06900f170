//! One collector's refresh: the scopes it reads, and the sections afterwards.

mod counted;
mod gaps;
mod losses;
mod merge;
mod outcome;
#[cfg(test)]
mod thing;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::api::{self, Route};
use crate::inventory::{Reading, Scope, Section, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass, Reach as _, Scopes, age};

use counted::counted;
use gaps::Gaps;
use merge::merge;
use outcome::Outcome;

/// Reads every scope of a collector, side by side.
pub(super) async fn refresh<C: Collect>(
    pass: &Pass<'_>,
    previous: &Sections<C::Scope, C>,
) -> Sections<C::Scope, C> {
    let schedule = pass.schedule();
    if !schedule.collectors.contains(C::NAME) {
        pass.skip(C::NAME);
        return Sections::default();
    }
    let began = Instant::now();
    let mut scopes = C::Scope::all(pass).await;
    let read_at = scopes.known.iter().map(|scope| Some(previous.by_scope.get(scope)?.read_at));
    scopes.known = oldest_first(read_at.collect(), scopes.known);
    if !schedule.is_due(C::NAME, previous) && !has_new(previous, &scopes.known) {
        pass.skip(C::NAME);
        return remaining(previous, &scopes);
    }
    schedule.progress.plan(scopes.known.len());
    let read = join_all(scopes.known.iter().map(|scope| fetch(pass, scope, previous))).await;
    let (outcomes, sections): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let gaps = Gaps::of(&scopes, &outcomes);
    let by_scope = by_scope(pass, previous, &scopes, sections);
    let listed: BTreeSet<_> = scopes.known.iter().collect();
    let is_gone = |scope: &_| scopes.unlisted.is_empty() && !listed.contains(scope);
    let (changes, latest) = counted(previous, &by_scope, &gaps, is_gone);
    let reading = Reading { duration: began.elapsed(), gaps: gaps.0.into_values().collect() };
    let success = reading.is_success().then_some(schedule.now);
    Sections {
        by_scope,
        last_success: success.or(previous.last_success),
        reading: Some(reading),
        last_reading: Some(schedule.now),
        changes,
        latest,
    }
}

/// The scopes in the order of their times of reading: a refresh may end before the last one.
fn oldest_first<S>(read_at: Vec<Option<Timestamp>>, scopes: Vec<S>) -> Vec<S> {
    let mut all: Vec<_> = read_at.into_iter().zip(scopes).collect();
    all.sort_by_key(|(read_at, _)| *read_at);
    all.into_iter().map(|(_, scope)| scope).collect()
}

/// Reads one scope, and reports the progress. The objects are merged at once: while the other scopes
/// are read, those that did not change need no second place in memory.
async fn fetch<C: Collect>(
    pass: &Pass<'_>,
    scope: &C::Scope,
    previous: &Sections<C::Scope, C>,
) -> (Outcome<C>, Option<Section<C>>) {
    let is_young = |read_at| is_young::<C>(pass, read_at);
    let before = previous.by_scope.get(scope);
    let young = before.filter(|section| is_young(section.read_at));
    let result = guarded::<C>(C::fetch(&pass.after(young), scope)).await;
    let found = result.as_ref().map_or(0, Gathered::len);
    pass.schedule().progress.read_one(found, pass.session.requests());
    let mut outcome = Outcome::of(result, C::ROUTES, before);
    let section = merge(&mut outcome, young.cloned(), pass.schedule().now, &is_young);
    (outcome, section.map(|section| sharing(section, young)))
}

/// Whether a value that was read at this time may be kept.
fn is_young<C: Collect>(pass: &Pass<'_>, read_at: Timestamp) -> bool {
    let schedule = pass.schedule();
    age(schedule.now, read_at) <= schedule.max_age(C::NAME)
}

/// The result of a fetch. One that panics is a gap: the last values of the collector stay, and the
/// other collectors are read.
async fn guarded<C: Collect>(
    fetch: impl Future<Output = Result<Gathered<C>, api::Error>>,
) -> Result<Gathered<C>, api::Error> {
    let Ok(result) = AssertUnwindSafe(fetch).catch_unwind().await else {
        tracing::error!(
            collector = C::NAME,
            "a collector failed, a bug of the exporter: please report it; its last values remain"
        );
        let routes = C::ROUTES.first();
        return Err(api::Error::on(routes.copied().unwrap_or(&NO_ROUTE), api::Kind::Bug));
    };
    result
}

/// The route of a collector without one.
static NO_ROUTE: Route = Route::new("/", &[]);

/// The sections of the scopes that were read, and of those that an incomplete list lacks.
fn by_scope<C: Collect>(
    pass: &Pass<'_>,
    previous: &Sections<C::Scope, C>,
    scopes: &Scopes<C::Scope>,
    sections: Vec<Option<Section<C>>>,
) -> BTreeMap<C::Scope, Section<C>> {
    let mut by_scope = BTreeMap::new();
    if !scopes.unlisted.is_empty() {
        // A scope that is missing from an incomplete list may still be there.
        let listed: BTreeSet<_> = scopes.known.iter().collect();
        let is_unlisted = |(scope, section): &(&C::Scope, &Section<C>)| {
            is_young::<C>(pass, section.read_at) && !listed.contains(scope)
        };
        let unlisted = previous.by_scope.iter().filter(is_unlisted);
        by_scope.extend(unlisted.map(|(scope, section)| (scope.clone(), section.clone())));
    }
    let read = scopes.known.iter().zip(sections);
    by_scope.extend(read.filter_map(|(scope, section)| Some((scope.clone(), section?))));
    by_scope
}

/// The section with the objects of an older one if these are equal: objects that stay keep their place
/// in memory, which would have holes otherwise.
fn sharing<T: PartialEq>(mut section: Section<T>, older: Option<&Section<T>>) -> Section<T> {
    let is_same = |older: &&Section<T>| {
        Arc::ptr_eq(&older.items, &section.items) || older.items == section.items
    };
    if let Some(older) = older.filter(is_same) {
        section.items = Arc::clone(&older.items);
    }
    section
}

/// Whether a scope was never requested before.
fn has_new<S: Scope, T>(previous: &Sections<S, T>, known: &[S]) -> bool {
    let gaps = || previous.reading.iter().flat_map(|reading| &reading.gaps);
    let was_asked = |scope: &S| {
        let project = scope.project_id();
        previous.by_scope.contains_key(scope) || gaps().any(|gap| gap.project_id == project)
    };
    !known.iter().all(was_asked)
}

/// The sections of a collector that this refresh does not read, which share their objects, without
/// those of projects that no longer exist. Their objects count as removed.
fn remaining<C: Collect>(
    previous: &Sections<C::Scope, C>,
    scopes: &Scopes<C::Scope>,
) -> Sections<C::Scope, C> {
    let is_gone = |scope: &C::Scope| scopes.unlisted.is_empty() && !scopes.known.contains(scope);
    let still = previous.by_scope.iter().filter(|(scope, _)| !is_gone(scope));
    let mut by_scope = BTreeMap::new();
    by_scope.extend(still.map(|(scope, section)| (scope.clone(), section.clone())));
    let (changes, latest) = counted(previous, &by_scope, &Gaps::default(), is_gone);
    Sections {
        by_scope,
        reading: previous.reading.clone(),
        last_reading: previous.last_reading,
        last_success: previous.last_success,
        changes,
        latest,
    }
}

#[cfg(test)]
mod tests {
    use super::thing::Thing;
    use super::*;

    #[tokio::test]
    async fn a_collector_that_panics_is_a_gap() {
        let bug = async { unreachable!("a collector with a bug") };
        let error = guarded::<Thing>(bug).await.unwrap_err();
        assert_eq!((error.route, error.kind), ("/thing", api::Kind::Bug));
    }
}

//! The state of a collector after a refresh: how much of it is known.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::collectors::State;
use crate::inventory::{Gap, Reading};

/// How much of a collector is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// Every object in service is known.
    Complete,
    /// Some objects are missing.
    Partial,
    /// Nothing could be read.
    NotRead,
    /// OVHcloud has nothing of it in service.
    OutOfService,
    /// The collector is disabled.
    Off,
}

impl Completeness {
    /// Whether something that is in service is missing.
    pub fn is_missing(self) -> bool {
        matches!(self, Self::Partial | Self::NotRead)
    }
}

/// The state of a collector.
#[derive(Debug, Serialize)]
pub struct CollectorState {
    /// Its name.
    pub collector: &'static str,
    /// How much of it is known.
    pub state: Completeness,
    /// The number of known objects, at least; `None` where nothing is known.
    pub objects: Option<usize>,
    /// The time of reading of the oldest of them.
    pub read_at: Option<Timestamp>,
    /// The start of its last complete refresh.
    pub last_success: Option<Timestamp>,
    /// The numbers of its projects; `None` for a collector of the account.
    pub projects: Option<Projects>,
}

/// The number of projects of a collector, by result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Projects {
    /// All projects that are known.
    pub total: usize,
    /// Those without any data.
    pub not_read: usize,
    /// Those with a part of their data.
    pub partial: usize,
    /// Those out of service.
    pub out_of_service: usize,
}

impl CollectorState {
    /// The state of this collector.
    pub fn of(state: &State<'_>) -> Self {
        let completeness = state.reading.map_or(Completeness::Off, |one| completeness(state, one));
        let is_known = matches!(completeness, Completeness::Complete | Completeness::Partial);
        Self {
            collector: state.name,
            state: completeness,
            objects: is_known.then_some(state.objects),
            read_at: state.read_at.filter(|_| is_known),
            last_success: state.last_success,
            projects: state.reading.and_then(|reading| projects(state, reading)),
        }
    }
}

/// The gaps of objects in service that the collector needs.
pub(super) fn errors(reading: &Reading) -> impl Iterator<Item = &Gap> {
    reading.gaps.iter().filter(|gap| gap.is_failure())
}

fn completeness(state: &State<'_>, reading: &Reading) -> Completeness {
    let unread: BTreeSet<_> = errors(reading).map(|gap| &gap.project_id).collect();
    match errors(reading).next() {
        None if state.scopes.is_empty() && !reading.gaps.is_empty() => Completeness::OutOfService,
        None => Completeness::Complete,
        Some(_)
            if state.objects == 0
                && state.scopes.iter().all(|(scope, _)| unread.contains(scope)) =>
        {
            Completeness::NotRead
        }
        Some(_) => Completeness::Partial,
    }
}

fn projects(state: &State<'_>, reading: &Reading) -> Option<Projects> {
    let named = |gap: &&Gap| !gap.project_id.is_empty();
    let ids = |gaps: Vec<&Gap>| -> BTreeSet<_> {
        gaps.into_iter().map(|gap| gap.project_id.clone()).collect()
    };
    let unread = ids(errors(reading).filter(named).collect());
    let suspended =
        ids(reading.gaps.iter().filter(|gap| gap.reason.is_state()).filter(named).collect());
    let read: BTreeSet<_> =
        state.scopes.iter().map(|(id, _)| id).filter(|id| !id.is_empty()).collect();
    let partial = unread.iter().filter(|id| read.contains(id)).count();
    // A project of which something was read is in service.
    let out_of_service =
        suspended.iter().filter(|id| !unread.contains(*id) && !read.contains(id)).count();
    let all: BTreeSet<_> = read.into_iter().chain(&unread).chain(&suspended).collect();
    let projects = Projects {
        total: all.len(),
        not_read: unread.len().saturating_sub(partial),
        partial,
        out_of_service,
    };
    (projects.total > 0).then_some(projects)
}

//! The gaps of a refresh, counted by project and reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::error::chain;
use crate::api::{self, Kind};
use crate::collectors::pass::Scopes;
use crate::family::Word;
use crate::inventory::{Gap, Reason, Scope};

use super::outcome::Outcome;

/// Gaps by project, reason and whether they are optional, with the first example of each.
#[derive(Default)]
pub(super) struct Gaps(pub(super) BTreeMap<(Word, Reason, bool), Gap>);

impl Gaps {
    /// The gaps of all scopes that were read, and of the list of scopes itself.
    pub(super) fn of<S: Scope, T>(scopes: &Scopes<S>, outcomes: &[Outcome<T>]) -> Self {
        let mut gaps = Self::default();
        for error in &scopes.unlisted {
            gaps.add((Word::default(), reason(&error.kind), false), error);
        }
        for (scope, outcome) in scopes.known.iter().zip(outcomes) {
            let is_suspended = scopes.suspended.contains(scope);
            let mut add = |error: &api::Error, optional| {
                let reason = reason_in(is_suspended, &error.kind);
                gaps.add((scope.project_id(), reason, optional && !reason.is_state()), error);
            };
            outcome.errors().for_each(|error| add(error, false));
            outcome.refused.iter().for_each(|error| add(error, true));
        }
        gaps
    }

    fn add(&mut self, key: (Word, Reason, bool), error: &api::Error) {
        let (project_id, reason, optional) = key.clone();
        let gap = self.0.entry(key).or_insert_with(|| Gap {
            project_id,
            reason,
            count: 0,
            detail: chain(error),
            actions: BTreeSet::new(),
            optional,
        });
        gap.count += 1;
        // Where the suspension is the reason of the rejection, no right is missing.
        if let Kind::Forbidden { actions } = &error.kind
            && !reason.is_state()
        {
            gap.actions.extend(actions.iter().map(|action| Word::from(action.as_str())));
        }
    }
}

/// The label for an error's kind in a scope. OVHcloud does not document the answers of a suspended
/// project; any rejection there counts as suspension.
fn reason_in(is_suspended: bool, kind: &Kind) -> Reason {
    match kind {
        Kind::Forbidden { .. } | Kind::NotFound(_) | Kind::Rejected { .. } if is_suspended => {
            Reason::Suspended
        }
        kind => reason(kind),
    }
}

/// The label for an error's kind.
fn reason(kind: &Kind) -> Reason {
    match kind {
        Kind::Credentials(_) | Kind::Unusable(_) => Reason::Credentials,
        Kind::Forbidden { .. } => Reason::Forbidden,
        Kind::NotFound(_) => Reason::NotFound,
        Kind::Expired => Reason::Expired,
        Kind::Maintenance(_) => Reason::Maintenance,
        Kind::NotOffered => Reason::NotOffered,
        Kind::Throttled(_) | Kind::Closed { .. } => Reason::Throttled,
        Kind::Timeout(_) | Kind::Hanging(_) | Kind::TooLate => Reason::Timeout,
        Kind::Unreachable(_) => Reason::Unreachable,
        Kind::Server { .. } => Reason::Server,
        Kind::Undecodable { .. } | Kind::Unclear { .. } | Kind::TooLarge(_) => Reason::Undecodable,
        Kind::Bug => Reason::Bug,
        _ => Reason::Rejected,
    }
}

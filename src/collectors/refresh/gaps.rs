//! The gaps of a refresh, counted by project and reason.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use crate::api::error::chain;
use crate::api::{self, Kind};
use crate::collectors::pass::{Gathered, Scopes};
use crate::family::Word;
use crate::inventory::{Gap, Reason, Scope};

/// Gaps by project and reason: what is missing, with the first example of each.
#[derive(Default)]
pub(super) struct Gaps(pub(super) BTreeMap<(Word, Reason), Gap>);

impl Gaps {
    /// The gaps of all scopes that were read, and of the list of scopes itself.
    pub(super) fn of<S: Scope, T>(
        scopes: &Scopes<S>,
        outcomes: &[Result<Gathered<T>, api::Error>],
    ) -> Self {
        let mut gaps = Self::default();
        for error in &scopes.unlisted {
            gaps.add(Word::default(), reason(&error.kind), error);
        }
        for (scope, outcome) in scopes.known.iter().zip(outcomes) {
            let errors = match outcome {
                Ok(gathered) => gathered.lost.as_slice(),
                Err(error) => slice::from_ref(error),
            };
            let is_suspended = scopes.suspended.contains(scope);
            for error in errors {
                gaps.add(scope.project_id(), reason_in(is_suspended, &error.kind), error);
            }
        }
        gaps
    }

    fn add(&mut self, project_id: Word, reason: Reason, error: &api::Error) {
        let key = (project_id.clone(), reason);
        let gap = self.0.entry(key).or_insert_with(|| Gap {
            project_id,
            reason,
            count: 0,
            detail: chain(error),
            actions: BTreeSet::new(),
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
        Kind::NotOffered => Reason::NotOffered,
        Kind::Throttled(_) | Kind::Closed => Reason::Throttled,
        Kind::Timeout(_) | Kind::TooLate => Reason::Timeout,
        Kind::Unreachable(_) => Reason::Unreachable,
        Kind::Server { .. } => Reason::Server,
        Kind::Undecodable { .. } | Kind::TooLarge(_) => Reason::Undecodable,
        _ => Reason::Rejected,
    }
}

//! What could not be read, put together.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::error::chain;
use crate::api::{self, Kind};
use crate::family::Word;
use crate::inventory::{Gap, Reason};

/// Gaps by project and reason: what is missing, with the first example of each.
#[derive(Default)]
pub(super) struct Gaps(pub(super) BTreeMap<(Word, Reason), Gap>);

impl Gaps {
    pub(super) fn add(&mut self, project_id: Word, reason: Reason, error: &api::Error) {
        let key = (project_id.clone(), reason);
        let gap = self.0.entry(key).or_insert_with(|| Gap {
            project_id,
            reason,
            count: 0,
            detail: chain(error),
            actions: BTreeSet::new(),
        });
        gap.count += 1;
        // No right is missing where it is the suspension that refuses.
        if let Kind::Forbidden { actions } = &error.kind
            && !reason.is_state()
        {
            gap.actions.extend(actions.iter().map(|action| Word::from(action.as_str())));
        }
    }
}

/// The label for an error's kind.
pub(super) fn reason(kind: &Kind) -> Reason {
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

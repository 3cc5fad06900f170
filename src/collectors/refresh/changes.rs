//! Objects added, removed and changed from one reading to the next. A key that exists for one
//! refresh only is counted here, though no gauge shows it any more.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::collectors::collect::Collect;
use crate::family::Word;
use crate::inventory::{Changes, Gap, Reason, Scope as _, Section, Sections};

use super::gaps::Gaps;

/// Adds the differences of `now` to the counts up to `before`.
///
/// Only objects seen both times are compared. An unreadable object is not removed, and the first
/// reading adds nothing. Where the same losses occur each time, such as an object that is never
/// readable, the rest is compared all the same.
pub(super) fn counted<C: Collect>(
    before: &Sections<C::Scope, C>,
    now: &BTreeMap<C::Scope, Section<C>>,
    gaps: &Gaps,
    is_gone: impl Fn(&C::Scope) -> bool,
) -> Changes {
    let mut changes = before.changes;
    let Some(reading) = &before.reading else { return changes };
    let was_read = |scope: &C::Scope| {
        let project = scope.project_id();
        let hides = |gap: &Gap| gap.project_id == project || gap.project_id.is_empty();
        !reading.gaps.iter().any(|gap| !gap.optional && hides(gap))
    };
    for (scope, section) in now {
        let project = scope.project_id();
        let same_is_lost = losses(&reading.gaps, &project) == losses(gaps.0.values(), &project);
        match before.by_scope.get(scope) {
            Some(older) => compare(&mut changes, older, section, same_is_lost),
            None if was_read(scope) => changes.added += count(&section.items),
            None => {}
        }
    }
    for (scope, section) in &before.by_scope {
        if is_gone(scope) {
            changes.removed += count(&section.items);
        }
    }
    changes
}

/// The reasons and numbers of the losses in a project.
fn losses<'a>(gaps: impl IntoIterator<Item = &'a Gap>, project: &Word) -> Vec<(Reason, usize)> {
    let own = gaps.into_iter().filter(|gap| !gap.optional && gap.project_id == *project);
    let mut losses: Vec<_> = own.map(|gap| (gap.reason, gap.count)).collect();
    losses.sort_unstable();
    losses
}

fn compare<C: Collect>(
    changes: &mut Changes,
    older: &Section<C>,
    newer: &Section<C>,
    same_is_lost: bool,
) {
    // The same section: it could not be refreshed.
    if older.read_at == newer.read_at {
        return;
    }
    // In an object that has lists of its own, the loss may be in one of them.
    let is_clear = (older.whole && newer.whole) || same_is_lost;
    // The objects of a part that is unknown at one of the two times are neither new nor gone.
    let is_unknown =
        |section: &Section<C>, item: &C| section.parts.get(&item.part()) == Some(&None);
    let mut left = by_id(&older.items);
    for (id, item) in by_id(&newer.items) {
        match left.remove(&id) {
            Some(before) if is_clear && !item.same_as(before) => changes.changed += 1,
            None if (older.whole || is_clear) && !is_unknown(older, item) => changes.added += 1,
            _ => {}
        }
    }
    if newer.whole || is_clear {
        let is_gone = |item: &&&C| !is_unknown(newer, item);
        changes.removed += left.values().filter(is_gone).count() as u64;
    }
}

/// The objects that have an id.
fn by_id<C: Collect>(items: &[C]) -> HashMap<Cow<'_, str>, &C> {
    items.iter().map(|item| (item.id(), item)).filter(|(id, _)| !id.is_empty()).collect()
}

fn count<C: Collect>(items: &[C]) -> u64 {
    by_id(items).len() as u64
}

//! Objects added, removed and changed from one reading to the next. A key that exists for one
//! refresh only is counted and named here, though no gauge shows it any more.

use std::collections::BTreeMap;

use crate::collectors::collect::Collect;
use crate::collectors::differences::{Differing, by_id, differences, members};
use crate::family::Word;
use crate::inventory::{
    Changes, Difference, Gap, NAMED_CHANGES, Reason, Scope as _, Section, Sections,
};

use super::gaps::Gaps;

/// Adds the differences of `now` to the counts up to `before`, and names the first of them.
///
/// Only objects seen both times are compared. An unreadable object is not removed, and the first
/// reading adds nothing. Where the same losses occur each time, such as an object that is never
/// readable, the rest is compared all the same.
pub(super) fn counted<C: Collect>(
    before: &Sections<C::Scope, C>,
    now: &BTreeMap<C::Scope, Section<C>>,
    gaps: &Gaps,
    is_gone: impl Fn(&C::Scope) -> bool,
) -> (Changes, Vec<Difference>) {
    let mut news = News { changes: before.changes, latest: Vec::new() };
    let Some(reading) = &before.reading else { return (news.changes, news.latest) };
    let was_read = |scope: &C::Scope| {
        let project = scope.project_id();
        let hides = |gap: &Gap| gap.project_id == project || gap.project_id.is_empty();
        !reading.gaps.iter().any(|gap| !gap.optional && hides(gap))
    };
    for (scope, section) in now {
        let project = scope.project_id();
        let same_is_lost = losses(&reading.gaps, &project) == losses(gaps.0.values(), &project);
        match before.by_scope.get(scope) {
            // The same section: it could not be refreshed.
            Some(older) if older.read_at == section.read_at => {}
            Some(older) => {
                let found = differences(older, section, same_is_lost);
                for one in found {
                    news.add(&project, &one);
                }
            }
            None if was_read(scope) => news.all(&project, &section.items, Differing::Added),
            None => {}
        }
    }
    for (scope, section) in before.by_scope.iter().filter(|(scope, _)| is_gone(scope)) {
        news.all(&scope.project_id(), &section.items, Differing::Removed);
    }
    news.latest.sort_unstable();
    (news.changes, news.latest)
}

/// The counts, and the first objects that they count.
struct News {
    changes: Changes,
    latest: Vec<Difference>,
}

impl News {
    fn add<C: Collect>(&mut self, project_id: &Word, one: &Differing<'_, C>) {
        let change = one.change();
        self.changes.count(change);
        if self.latest.len() < NAMED_CHANGES {
            let (id, name) = (one.object().id().into_owned(), one.object().name().into_owned());
            let members = match one {
                Differing::Changed { before, now } => members(*before, *now).unwrap_or_default(),
                Differing::Added(_) | Differing::Removed(_) => Vec::new(),
            };
            let members = members.into_iter().map(|(name, ..)| name).collect();
            let project_id = project_id.clone();
            self.latest.push(Difference { change, project_id, id, name, members });
        }
    }

    fn all<'a, C: Collect>(
        &mut self,
        project_id: &Word,
        objects: &'a [C],
        differing: impl Fn(&'a C) -> Differing<'a, C>,
    ) {
        for object in by_id(objects).into_values() {
            self.add(project_id, &differing(object));
        }
    }
}

/// The reasons and numbers of the losses in a project.
fn losses<'a>(gaps: impl IntoIterator<Item = &'a Gap>, project: &Word) -> Vec<(Reason, usize)> {
    let own = gaps.into_iter().filter(|gap| !gap.optional && gap.project_id == *project);
    let mut losses: Vec<_> = own.map(|gap| (gap.reason, gap.count)).collect();
    losses.sort_unstable();
    losses
}

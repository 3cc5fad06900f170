//! The section of a scope, merged from the new objects and the older section.
//!
//! One rule: an object that a reading could not read, nor prove to be gone, keeps its last value
//! until that is too old, whatever the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use jiff::Timestamp;

use crate::api::{self, Kind};
use crate::collectors::collect::Collect;
use crate::collectors::pass::{Gathered, Part};
use crate::family::Word;
use crate::inventory::{Loss, Section, paths};

use super::losses::{Cause, Losses};
use super::outcome::Outcome;

/// Merges the result of a scope's calls at `now` into the older section, which is `None` if there
/// is none or it is expired. A value of it is kept while it `is_young`. The errors of the calls stay
/// in the result.
pub(super) fn merge<C: Collect>(
    outcome: &mut Outcome<C>,
    older: Option<Section<C>>,
    now: Timestamp,
    is_young: &dyn Fn(Timestamp) -> bool,
) -> Option<Section<C>> {
    let Outcome { result, losses, unfound, .. } = outcome;
    let older = older.map(|older| without_expired(older, is_young));
    let gathered = match result {
        Ok(gathered) => gathered,
        // The service was not offered before either.
        Err(api::Error { kind: Kind::NotOffered, .. }) => return None,
        Err(_) => return older,
    };
    if gathered.len() == 0 && !losses.is_empty() {
        // Nothing was read, and the older section keeps its date.
        return older.map(|mut older| {
            older.unfound.append(unfound);
            older
        });
    }
    let Gathered { items, parts, source, again, .. } = gathered;
    let items = mem::take(items);
    let read_before = older.as_ref().map(|older| &older.parts);
    let unread = unread_parts(read_before, parts, losses, is_young);
    let mut merged =
        Merged { older: older.as_ref(), losses, now, items: Vec::new(), lost: BTreeMap::new() };
    if losses.is_none() && unread.is_empty() {
        merged.items = items;
    } else {
        merged.all(items, &unread);
    }
    let parts = dates_of_parts(parts, unread, now);
    let Merged { items, lost, .. } = merged;
    let whole = lost.values().all(|loss| loss.is_whole());
    let unfound = mem::take(unfound);
    let is_all = lost.is_empty() && parts.is_empty() && unfound.is_empty();
    let source = source.filter(|_| is_all);
    let items = again.take().unwrap_or_else(|| items.into());
    Some(Section { read_at: now, whole, parts, lost, unfound, source, items })
}

/// The times of reading of all parts: `now` for those that were read, the older time for `unread` ones.
fn dates_of_parts(
    parts: &[Part],
    unread: BTreeMap<Word, Option<Timestamp>>,
    now: Timestamp,
) -> BTreeMap<Word, Option<Timestamp>> {
    let read = parts.iter().map(|part| {
        let read_at = part.error.is_none().then_some(now);
        (part.name.clone(), read_at)
    });
    read.chain(unread).collect()
}

/// The parts that were read before and not now, with the times of their reading. A part that is
/// missing from an incomplete list of parts may still be there.
fn unread_parts(
    older: Option<&BTreeMap<Word, Option<Timestamp>>>,
    parts: &[Part],
    losses: &Losses,
    is_young: &dyn Fn(Timestamp) -> bool,
) -> BTreeMap<Word, Option<Timestamp>> {
    let is_unread = |name: &Word| match parts.iter().find(|part| part.name == *name) {
        Some(part) => part.error.is_some(),
        None => losses.has_unnamed,
    };
    let mut unread = older.cloned().unwrap_or_default();
    unread.retain(|name, read_at| is_unread(name) && read_at.is_some_and(is_young));
    unread
}

/// The section without the values that were kept for too long.
fn without_expired<C: Collect>(
    mut section: Section<C>,
    is_young: &dyn Fn(Timestamp) -> bool,
) -> Section<C> {
    let old = expire(&mut section.lost, is_young);
    if old.is_empty() {
        return section;
    }
    let items = section.items.iter().filter(|item| !old.contains(&*item.id()));
    section.items = items.cloned().collect();
    section.whole = false;
    section
}

/// Marks the losses whose value was kept for too long as unread, and returns their ids.
fn expire(
    lost: &mut BTreeMap<String, Loss>,
    is_young: &dyn Fn(Timestamp) -> bool,
) -> BTreeSet<String> {
    let is_old = |loss: &Loss| loss.date().is_some_and(|read_at| !is_young(read_at));
    let old = lost.iter_mut().filter(|(_, loss)| is_old(loss));
    old.map(|(id, loss)| {
        *loss = Loss::Unread;
        id.clone()
    })
    .collect()
}

/// A section while it is merged.
struct Merged<'a, C> {
    older: Option<&'a Section<C>>,
    losses: &'a Losses,
    now: Timestamp,
    items: Vec<C>,
    lost: BTreeMap<String, Loss>,
}

impl<C: Collect> Merged<'_, C> {
    /// Adds the objects of the reading, and those of the older section that may still be there.
    fn all(&mut self, items: Vec<C>, unread: &BTreeMap<Word, Option<Timestamp>>) {
        let items_before = self.older.iter().flat_map(|older| &*older.items);
        // Not collected: see `differences::by_id`.
        let mut older: BTreeMap<String, &C> = BTreeMap::new();
        older.extend(items_before.map(|item| (item.id().into_owned(), item)));
        let mut ids = BTreeSet::new();
        for item in items {
            let id = item.id().into_owned();
            self.add(&id, item, older.get(&id).copied().filter(|_| !id.is_empty()));
            ids.insert(id);
        }
        for (id, item) in older {
            let is_of_unread_part = unread.contains_key(&item.part());
            if !ids.contains(&id) && (is_of_unread_part || self.losses.hide(&id)) {
                self.keep(&id, item, is_of_unread_part);
                ids.insert(id);
            }
        }
        self.lose_the_rest(&ids);
    }

    /// Adds an object of the reading, or its older value if that is complete and this one is not.
    fn add(&mut self, id: &str, item: C, older: Option<&C>) {
        let Some(cause) = self.losses.of(id) else {
            self.items.push(item);
            return;
        };
        let older = older.and_then(|before| {
            let loss = loss_of(self.older?, before);
            matches!(loss, Loss::Kept(_)).then(|| (before.clone(), loss))
        });
        let (item, loss) = older.unwrap_or(match cause {
            Cause::Refused => (item, Loss::Refused(self.now)),
            Cause::Failed => (item, Loss::Partly(self.now)),
        });
        self.items.push(item);
        self.lost.insert(id.to_owned(), loss);
    }

    /// Keeps an object of the older section.
    fn keep(&mut self, id: &str, item: &C, is_of_unread_part: bool) {
        let Some(older) = self.older else { return };
        self.items.push(item.clone());
        // The part has the date of its objects.
        if !is_of_unread_part || older.lost.contains_key(id) {
            self.lost.insert(id.to_owned(), loss_of(older, item));
        }
    }

    /// Adds the losses that no object of the section has.
    fn lose_the_rest(&mut self, ids: &BTreeSet<String>) {
        let has_object = |id: &str| {
            let prefix = format!("{id}/");
            let below = ids.range(prefix.clone()..).next();
            paths(id).any(|path| ids.contains(path))
                || below.is_some_and(|id| id.starts_with(&prefix))
        };
        let named = self.losses.named.ids().filter(|id| !has_object(id));
        for id in named.chain(self.losses.has_unnamed.then_some("")) {
            let loss = self.older.map_or(Loss::Unread, |older| absence(older, id));
            self.lost.insert(id.to_owned(), loss);
        }
    }
}

/// The standing of an object of the older section.
fn loss_of<C: Collect>(older: &Section<C>, item: &C) -> Loss {
    let read_at = || older.parts.get(&item.part()).copied().flatten().unwrap_or(older.read_at);
    older.lost.get(&*item.id()).copied().unwrap_or_else(|| Loss::Kept(read_at()))
}

/// The standing of an object that the older section lacks: it was not there at that time,
/// unless the section hides objects.
fn absence<C>(older: &Section<C>, id: &str) -> Loss {
    let known = older.lost.get(id).copied();
    let unnamed = older.lacks_unnamed().then_some(Loss::Unread);
    known.or(unnamed).unwrap_or(Loss::Kept(older.read_at))
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::super::thing::{Thing, lost, refused, thing, unnamed};
    use super::*;

    type Read = Result<Gathered<Thing>, api::Error>;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "as a collector returns it")]
    fn read(items: &[(&str, u32)], lost: Vec<api::Error>) -> Read {
        Ok(Gathered::new(items.iter().map(|(id, value)| thing(id, *value)).collect(), lost))
    }

    /// The section after this reading; values of an age up to 10 are young.
    fn next(read: Read, older: Option<Section<Thing>>, now: i64) -> Option<Section<Thing>> {
        let mut outcome = Outcome::of(read, Thing::ROUTES, older.as_ref());
        merge(&mut outcome, older, at(now), &|read_at| now - read_at.as_second() <= 10)
    }

    /// The things a and b, both read at 0.
    fn known() -> Option<Section<Thing>> {
        next(read(&[("a", 1), ("b", 1)], vec![]), None, 0)
    }

    fn values(section: Option<&Section<Thing>>) -> Vec<(String, u32)> {
        let items = section.into_iter().flat_map(|section| &*section.items);
        let mut values: Vec<_> = items.map(|thing| (thing.0.to_string(), thing.2)).collect();
        values.sort();
        values
    }

    fn all(values: &[(&str, u32)]) -> Vec<(String, u32)> {
        values.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect()
    }

    fn kinds() -> Vec<Kind> {
        let text = String::new;
        let undecodable = Kind::Undecodable { path: text(), problem: text() };
        let statuses = [400, 409].map(|status| Kind::Rejected { status, message: text() });
        let others = [
            Kind::Credentials(text()),
            Kind::Forbidden { actions: Vec::new() },
            Kind::NotFound(text()),
            Kind::Maintenance(text()),
            Kind::Expired,
            Kind::Throttled(429),
            Kind::Closed { status: 429, until: at(99), is_account: false },
            Kind::Server { status: 500, message: text() },
            Kind::TooLarge(1),
            Kind::TooLate,
            undecodable,
        ];
        statuses.into_iter().chain(others).collect()
    }

    #[test]
    fn a_lost_object_keeps_its_value_whatever_the_reason_and_ends_with_its_own_age() {
        for kind in kinds() {
            let mut section = known();
            for now in [5, 10] {
                // Its neighbour changes, and a new one comes.
                let value = u32::try_from(now).unwrap();
                let items = [("a", value), ("c", 1)];
                section = next(read(&items, vec![lost("b", kind.clone())]), section, now);
                let expected = all(&[("a", value), ("b", 1), ("c", 1)]);
                assert_eq!(values(section.as_ref()), expected, "{kind:?}");
                assert!(section.as_ref().unwrap().is_whole());
            }
            section = next(read(&[("a", 11)], vec![lost("b", kind.clone())]), section, 11);
            assert_eq!(values(section.as_ref()), all(&[("a", 11)]), "{kind:?}");
            assert!(!section.as_ref().unwrap().is_countable());
            section = next(read(&[("a", 11), ("b", 2)], vec![]), section, 12);
            assert_eq!(values(section.as_ref()), all(&[("a", 11), ("b", 2)]));
            assert!(section.as_ref().unwrap().is_whole());
        }
    }

    #[test]
    fn an_object_that_is_not_named_any_more_is_gone_at_once() {
        let section = next(read(&[], vec![]), known(), 1);
        assert_eq!(values(section.as_ref()), all(&[]));
        let section = next(read(&[("c", 1)], vec![lost("b", Kind::Expired)]), known(), 1);
        assert_eq!(values(section.as_ref()), all(&[("b", 1), ("c", 1)]));
    }

    #[test]
    fn a_loss_without_a_name_may_be_any_object_that_is_not_read() {
        let cut = || vec![unnamed(Kind::TooLate)];
        let section = next(read(&[("a", 2), ("c", 1)], cut()), known(), 10);
        assert_eq!(values(section.as_ref()), all(&[("a", 2), ("b", 1), ("c", 1)]));
        assert!(section.as_ref().unwrap().is_whole());
        // The list is as old as its last whole reading.
        let section = next(read(&[("a", 3), ("c", 1)], cut()), section, 11);
        assert_eq!(values(section.as_ref()), all(&[("a", 3), ("c", 1)]));
        assert!(section.as_ref().unwrap().lacks_unnamed());
    }

    #[test]
    fn what_was_never_read_is_not_countable() {
        for error in [lost("b", Kind::TooLate), unnamed(Kind::TooLate), refused("b")] {
            let section = next(read(&[("a", 1)], vec![error]), None, 0).unwrap();
            assert!(!section.is_countable() && !section.is_whole());
        }
        assert!(next(read(&[], vec![lost("b", Kind::TooLate)]), None, 0).is_none());
    }

    #[test]
    fn an_object_without_a_part_of_it_counts_and_its_older_value_is_better() {
        let partly = |value| read(&[("a", 1), ("b", value)], vec![lost("b/detail", Kind::Expired)]);
        let section = next(partly(7), None, 0).unwrap();
        assert!(section.is_countable() && !section.is_whole());
        // A value that is not whole is not kept.
        assert_eq!(values(next(partly(8), Some(section), 1).as_ref()), all(&[("a", 1), ("b", 8)]));
        let section = next(partly(9), known(), 10);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("b", 1)]));
        let section = next(partly(9), section, 11);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("b", 9)]));
    }

    #[test]
    fn a_refused_detail_is_kept_until_it_is_too_old_and_is_no_loss_afterwards() {
        let without = |value| read(&[("a", 1), ("b", value)], vec![refused("b")]);
        let section = next(without(9), known(), 10);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("b", 1)]));
        let section = next(without(9), section, 11);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("b", 9)]));
        let section = next(without(10), section, 12);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("b", 10)]));
        assert!(section.unwrap().is_whole());
    }

    #[test]
    fn a_value_read_beside_the_list_concerns_every_object_and_hides_none() {
        let beside = |items: &[(&str, u32)]| {
            let gathered = read(items, vec![]).unwrap();
            Ok(Gathered { partly: vec![unnamed(Kind::TooLate)], ..gathered })
        };
        let section = next(beside(&[("a", 0), ("c", 0)]), known(), 1);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("c", 0)]));
        assert!(section.as_ref().unwrap().is_countable() && !section.unwrap().is_whole());
    }

    #[test]
    fn objects_are_made_again_of_their_source_only_if_it_has_all_of_them() {
        let source = |lost, partly: Vec<api::Error>| {
            let gathered = read(&[("a", 1)], lost).unwrap();
            let gathered = Gathered { partly, source: Some([7, 0]), ..gathered };
            next(Ok(gathered), known(), 1).unwrap().source
        };
        assert_eq!(source(vec![], vec![]), Some([7, 0]));
        assert_eq!(source(vec![lost("b", Kind::TooLate)], vec![]), None);
        assert_eq!(source(vec![unnamed(Kind::TooLate)], vec![]), None);
        assert_eq!(source(vec![], vec![unnamed(Kind::TooLate)]), None);
        assert_eq!(source(vec![refused("a")], vec![]), None);
    }

    #[test]
    fn a_404_is_believed_at_the_second_time() {
        let gone = || {
            Ok(Gathered {
                absent: vec![lost("b", Kind::NotFound(String::new()))],
                ..read(&[("a", 1)], vec![]).unwrap()
            })
        };
        let section = next(gone(), known(), 1);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("b", 1)]));
        // An error between the two says nothing.
        let section = next(Err(unnamed(Kind::TooLate)), section, 2);
        let section = next(gone(), section, 3);
        assert_eq!(values(section.as_ref()), all(&[("a", 1)]));
        assert!(section.as_ref().unwrap().is_whole());
        // It stays so, and comes back at once.
        let section = next(gone(), section, 4);
        assert_eq!(values(section.as_ref()), all(&[("a", 1)]));
        let section = next(read(&[("a", 1), ("b", 2)], vec![]), section, 5);
        assert_eq!(values(section.as_ref()), all(&[("a", 1), ("b", 2)]));
        assert!(section.unwrap().unfound.is_empty());
    }

    #[test]
    fn a_scope_that_fails_keeps_its_section_and_its_date() {
        let kept = next(Err(unnamed(Kind::Expired)), known(), 5).unwrap();
        assert_eq!((kept.read_at, values(Some(&kept)).len()), (at(0), 2));
        let nothing = next(read(&[], vec![unnamed(Kind::Expired)]), known(), 5).unwrap();
        assert_eq!((nothing.read_at, values(Some(&nothing)).len()), (at(0), 2));
        assert!(next(Err(unnamed(Kind::Expired)), None, 5).is_none());
        // It does not prolong the life of an object.
        let section = next(read(&[("a", 1)], vec![lost("b", Kind::Expired)]), known(), 5);
        let section = next(Err(unnamed(Kind::Expired)), section, 11);
        assert_eq!(values(section.as_ref()), all(&[("a", 1)]));
        // Nothing to keep of a service that was never offered.
        assert!(next(Err(unnamed(Kind::NotOffered)), None, 5).is_none());
        // One that was there before is kept.
        assert!(next(Err(unnamed(Kind::NotOffered)), known(), 5).is_some());
    }

    #[test]
    fn a_part_that_was_not_read_keeps_its_items_and_its_date_until_it_expires() {
        let of_part = |part: &str, error| Part { name: part.into(), error };
        let (of_a, of_b) = (|error| of_part("a", error), |error| of_part("b", error));
        let in_part = |id: &str, part: &str| Thing(id.into(), part.into(), 1);
        let gathered = |ids: &[&str], parts: Vec<Part>, lost| Gathered {
            parts,
            ..Gathered::new(ids.iter().map(|id| in_part(id, id)).collect(), lost)
        };
        let both = || {
            let read = gathered(&["a", "b"], vec![of_a(None), of_b(None)], vec![]);
            next(Ok(read), None, 0)
        };
        let lost = || Some(unnamed(Kind::Maintenance(String::new())));
        let b = |section: &Section<Thing>| section.parts.get(&Word::from("b")).copied();
        for (parts, now, count, date) in [
            (vec![of_a(None), of_b(None)], 5, 1, Some(Some(at(5)))),
            (vec![of_a(None), of_b(lost())], 5, 2, Some(Some(at(0)))),
            // A part that a complete list of parts no longer has is gone.
            (vec![of_a(None)], 5, 1, None),
        ] {
            let section = next(Ok(gathered(&["a"], parts, vec![])), both(), now).unwrap();
            assert_eq!((section.items.len(), b(&section)), (count, date));
            assert!(section.is_whole());
        }
        let section = next(Ok(gathered(&["a"], vec![of_a(None), of_b(lost())], vec![])), both(), 5);
        let section =
            next(Ok(gathered(&["a"], vec![of_a(None), of_b(lost())], vec![])), section, 11);
        let section = section.unwrap();
        assert_eq!((section.items.len(), b(&section)), (1, Some(None)));
        assert!(!section.is_whole());
        // It may be missing from an incomplete list of parts.
        let read = gathered(&["a"], vec![of_a(None)], lost().into_iter().collect());
        let section = next(Ok(read), both(), 5).unwrap();
        assert_eq!((section.items.len(), b(&section)), (2, Some(Some(at(0)))));
    }

    #[test]
    fn a_part_whose_own_document_is_not_found_is_unknown_and_one_without_a_list_is_empty() {
        let not_found = || unnamed(Kind::NotFound(String::new()));
        for (error, parts) in [(not_found(), 0), (not_found().of("a"), 1)] {
            let part = Part { name: "a".into(), error: Some(error) };
            let read = Gathered { parts: vec![part], ..Gathered::new(Vec::new(), Vec::new()) };
            let section = next(Ok(read), None, 0).unwrap();
            assert_eq!((section.parts.len(), section.is_whole()), (parts, parts == 0));
        }
    }

    #[test]
    fn thousands_of_losses_take_no_time() {
        let ids: Vec<String> = (0..20_000).map(|number| format!("u/{number}")).collect();
        let items: Vec<_> = ids.iter().map(|id| (&**id, 1)).collect();
        let older = next(read(&items, vec![]), None, 0);
        let losses = ids.iter().map(|id| lost(id, Kind::Expired)).collect();
        let first = iter::once(("a", 1)).collect::<Vec<_>>();
        let section = next(read(&first, losses), older, 5).unwrap();
        assert_eq!(section.items.len(), 20_001);
    }
}

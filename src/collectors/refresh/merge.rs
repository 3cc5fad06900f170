//! The section of a scope, merged from the new objects and the older section.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::{self, Kind};
use crate::collectors::pass::Gathered;
use crate::family::Word;
use crate::inventory::Section;

/// Merges the result of a scope's calls at `now` into the older section, which is `None` if there
/// is none or it is expired. The objects of a `part` that was not read are kept while it
/// `is_young`.
pub(super) fn merge<T: Clone>(
    outcome: Result<Gathered<T>, api::Error>,
    older: Option<Section<T>>,
    now: Timestamp,
    is_young: impl Fn(Timestamp) -> bool,
    part: impl Fn(&T) -> Word,
) -> Option<Section<T>> {
    let mut gathered = match outcome {
        Ok(gathered) => gathered,
        // The service was not offered before either.
        Err(api::Error { kind: Kind::NotOffered, .. }) => return None,
        Err(_) => return older,
    };
    let whole = gathered.lost.is_empty();
    if older.as_ref().is_some_and(|older| is_worse(&gathered, older)) {
        return older;
    }
    if gathered.items.is_empty() && !whole {
        return None;
    }
    let parts = older.map(|older| kept(&mut gathered, older, is_young, part)).unwrap_or_default();
    let read = gathered.parts.into_iter().map(|part| {
        let read_at = part.error.is_none().then_some(now);
        (part.name, read_at)
    });
    let parts = read.chain(parts).collect();
    Some(Section { read_at: now, whole, parts, items: gathered.items.into() })
}

/// Adds the objects of the parts that were read before and not now, and returns the times of their
/// reading. A part that is missing from an incomplete list of parts may still be there.
fn kept<T: Clone>(
    gathered: &mut Gathered<T>,
    older: Section<T>,
    is_young: impl Fn(Timestamp) -> bool,
    part: impl Fn(&T) -> Word,
) -> BTreeMap<Word, Option<Timestamp>> {
    let is_incomplete = !gathered.lost.is_empty();
    let is_unread = |name: &Word| match gathered.parts.iter().find(|part| part.name == *name) {
        Some(part) => part.error.is_some(),
        None => is_incomplete,
    };
    let is_kept = |read_at: &Option<Timestamp>| read_at.is_some_and(&is_young);
    let mut parts = older.parts;
    parts.retain(|name, read_at| is_unread(name) && is_kept(read_at));
    let items = older.items.iter().filter(|item| parts.contains_key(&part(item)));
    gathered.items.extend(items.cloned());
    parts
}

/// Whether the older section is better than the new objects: there are none, or some are missing
/// for a reason that may disappear. A permanent loss must not hide new objects.
fn is_worse<T>(gathered: &Gathered<T>, older: &Section<T>) -> bool {
    let may_pass = gathered.lost.iter().any(|error| may_pass(&error.kind));
    let is_nothing = gathered.items.is_empty() && !gathered.lost.is_empty();
    is_nothing || (older.whole && may_pass)
}

/// Whether the reason of a loss may disappear. An answer that can't be read says nothing about its
/// object: a gateway may have sent it.
fn may_pass(kind: &Kind) -> bool {
    let is_unreadable = matches!(kind, Kind::Undecodable { .. } | Kind::TooLarge(_));
    is_unreadable || kind.may_pass_by_next_time()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Route;
    use crate::collectors::pass::Part;

    static ROUTE: Route = Route::new("/thing", &[]);
    const BEFORE: Timestamp = Timestamp::UNIX_EPOCH;
    const NOW: Timestamp = Timestamp::MAX;

    fn error(kind: Kind) -> api::Error {
        api::Error { kind, ..api::Error::undecodable(&ROUTE, ".", "broken") }
    }

    fn closed() -> Kind {
        Kind::Closed { status: 429, until: NOW, is_account: false }
    }

    fn forbidden() -> Kind {
        Kind::Forbidden { actions: Vec::new() }
    }

    fn read(items: &[u8], lost: Vec<Kind>) -> Gathered<u8> {
        Gathered::new(items.to_vec(), lost.into_iter().map(error).collect())
    }

    /// The result for the older section: kept, replaced by a complete or by a partial one, or
    /// dropped.
    fn outcome(read: Result<Gathered<u8>, api::Error>, older: Option<bool>) -> &'static str {
        let older = older.map(|whole| Section::new(BEFORE, whole, vec![9]));
        match merge(read, older, NOW, |_| true, |_| Word::default()) {
            None => "dropped",
            Some(section) if section.read_at == BEFORE => "kept",
            Some(section) if section.whole => "complete",
            Some(_) => "partial",
        }
    }

    /// A section of the part `a` with the item 1 and of the part `b` with the item 2.
    fn of_parts() -> Section<u8> {
        let parts = [("a".into(), Some(BEFORE)), ("b".into(), Some(BEFORE))];
        Section { parts: parts.into(), ..Section::new(BEFORE, true, vec![1, 2]) }
    }

    #[test]
    fn a_part_that_was_not_read_keeps_its_items_and_its_date_until_it_expires() {
        let part = |item: &u8| Word::from(if *item == 1 { "a" } else { "b" });
        let of_a = |error| Part { name: "a".into(), error };
        let of_b = |error| Part { name: "b".into(), error };
        let lost = Some(error(Kind::Maintenance(String::new())));
        let one = |parts| Gathered { parts, ..read(&[3], vec![]) };
        for (gathered, is_young, items, b) in [
            (one(vec![of_a(None), of_b(None)]), true, vec![3], Some(Some(NOW))),
            (one(vec![of_a(None), of_b(lost.clone())]), true, vec![3, 2], Some(Some(BEFORE))),
            (one(vec![of_a(None), of_b(lost)]), false, vec![3], Some(None)),
            // A part that a complete list of parts no longer has is gone.
            (one(vec![of_a(None)]), true, vec![3], None),
        ] {
            let section = merge(Ok(gathered), Some(of_parts()), NOW, |_| is_young, part).unwrap();
            assert_eq!(
                (&*section.items, section.parts.get(&Word::from("b")).copied()),
                (&*items, b)
            );
            assert_eq!(section.is_whole(), b != Some(None));
        }
        // It may be missing from an incomplete one.
        let gathered = Gathered { parts: vec![of_a(None)], ..read(&[3], vec![forbidden()]) };
        let section = merge(Ok(gathered), Some(of_parts()), NOW, |_| true, part).unwrap();
        assert_eq!((&*section.items, section.whole), (&[3, 2][..], false));
    }

    #[test]
    fn every_outcome_meets_every_older_section() {
        type Read = fn() -> Result<Gathered<u8>, api::Error>;
        // With a complete older section, with a partial one, and with none or an expired one.
        let cases: [(&str, Read, [&str; 3]); 14] = [
            ("complete", || Ok(read(&[1], vec![])), ["complete"; 3]),
            ("complete and empty", || Ok(read(&[], vec![])), ["complete"; 3]),
            ("no time", || Ok(read(&[1], vec![Kind::TooLate])), ["kept", "partial", "partial"]),
            ("closed", || Ok(read(&[1], vec![closed()])), ["kept", "partial", "partial"]),
            (
                "throttled",
                || Ok(read(&[1], vec![Kind::Throttled(429)])),
                ["kept", "partial", "partial"],
            ),
            ("forbidden", || Ok(read(&[1], vec![forbidden()])), ["partial"; 3]),
            (
                "unreadable",
                || Ok(read(&[1], vec![Kind::TooLarge(1)])),
                ["kept", "partial", "partial"],
            ),
            ("not found", || Ok(read(&[1], vec![Kind::NotFound(String::new())])), ["partial"; 3]),
            (
                "forbidden and no time",
                || Ok(read(&[1], vec![forbidden(), Kind::TooLate])),
                ["kept", "partial", "partial"],
            ),
            (
                "nothing, forbidden",
                || Ok(read(&[], vec![forbidden()])),
                ["kept", "kept", "dropped"],
            ),
            (
                "nothing, no time",
                || Ok(read(&[], vec![Kind::TooLate])),
                ["kept", "kept", "dropped"],
            ),
            ("failed, no time", || Err(error(Kind::TooLate)), ["kept", "kept", "dropped"]),
            ("failed, forbidden", || Err(error(forbidden())), ["kept", "kept", "dropped"]),
            ("not offered", || Err(error(Kind::NotOffered)), ["dropped"; 3]),
        ];
        for (name, read, expected) in cases {
            let found = [Some(true), Some(false), None].map(|older| outcome(read(), older));
            assert_eq!(found, expected, "{name}");
        }
    }
}

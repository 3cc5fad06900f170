//! The section of a scope, merged from the new objects and the older section.

use jiff::Timestamp;

use crate::api::{self, Kind};
use crate::collectors::pass::Gathered;
use crate::inventory::Section;

/// Merges the result of a scope's calls at `now` into the older section, which is `None` if there
/// is none or it is expired.
pub(super) fn merge<T>(
    outcome: Result<Gathered<T>, api::Error>,
    older: Option<Section<T>>,
    now: Timestamp,
) -> Option<Section<T>> {
    let gathered = match outcome {
        Ok(gathered) => gathered,
        // A service that is no longer offered has no objects.
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
    Some(Section { read_at: now, whole, items: gathered.items.into() })
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

    static ROUTE: Route = Route::new("/thing", &[]);
    const BEFORE: Timestamp = Timestamp::UNIX_EPOCH;
    const NOW: Timestamp = Timestamp::MAX;

    fn error(kind: Kind) -> api::Error {
        api::Error { kind, ..api::Error::undecodable(&ROUTE, ".", "broken") }
    }

    fn forbidden() -> Kind {
        Kind::Forbidden { actions: Vec::new() }
    }

    fn read(items: &[u8], lost: Vec<Kind>) -> Gathered<u8> {
        Gathered { items: items.to_vec(), lost: lost.into_iter().map(error).collect() }
    }

    /// The result for the older section: kept, replaced by a complete or by a partial one, or
    /// dropped.
    fn outcome(read: Result<Gathered<u8>, api::Error>, older: Option<bool>) -> &'static str {
        let older = older.map(|whole| Section { read_at: BEFORE, whole, items: vec![9].into() });
        match merge(read, older, NOW) {
            None => "dropped",
            Some(section) if section.read_at == BEFORE => "kept",
            Some(section) if section.whole => "complete",
            Some(_) => "partial",
        }
    }

    #[test]
    fn every_outcome_meets_every_older_section() {
        type Read = fn() -> Result<Gathered<u8>, api::Error>;
        // With a complete older section, with a partial one, and with none or an expired one.
        let cases: [(&str, Read, [&str; 3]); 14] = [
            ("complete", || Ok(read(&[1], vec![])), ["complete"; 3]),
            ("complete and empty", || Ok(read(&[], vec![])), ["complete"; 3]),
            ("no time", || Ok(read(&[1], vec![Kind::TooLate])), ["kept", "partial", "partial"]),
            ("closed", || Ok(read(&[1], vec![Kind::Closed])), ["kept", "partial", "partial"]),
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

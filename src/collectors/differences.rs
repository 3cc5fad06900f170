//! The differences of two readings of one scope, the same for the counters, the log and `diff`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::inventory::{Change, Loss, Section, paths};

use super::collect::Collect;

/// An object of two readings.
#[derive(Debug)]
pub enum Differing<'a, C> {
    /// Only the newer reading has it.
    Added(&'a C),
    /// Only the older reading has it.
    Removed(&'a C),
    /// Its values differ in more than those that change by themselves.
    Changed {
        /// The object of the older reading.
        before: &'a C,
        /// The object of the newer reading.
        now: &'a C,
    },
}

impl<'a, C> Differing<'a, C> {
    /// The kind of the difference.
    pub fn change(&self) -> Change {
        match self {
            Self::Added(_) => Change::Added,
            Self::Removed(_) => Change::Removed,
            Self::Changed { .. } => Change::Changed,
        }
    }

    /// The object, as its last reading has it.
    pub fn object(&self) -> &'a C {
        match self {
            Self::Added(object) | Self::Removed(object) | Self::Changed { now: object, .. } => {
                object
            }
        }
    }
}

/// The differences of two readings, ordered by id: the new and the changed objects, then the
/// removed ones. Objects without an id can't be compared and are left out.
///
/// An unreadable object is neither new nor removed, and one of which a part is unreadable is not
/// changed. Where the same losses occur both times, such as an object that is never readable,
/// `same_is_lost` is true and the rest is compared all the same.
pub fn differences<'a, C: Collect>(
    older: &'a Section<C>,
    newer: &'a Section<C>,
    same_is_lost: bool,
) -> Vec<Differing<'a, C>> {
    // The usual case, without an order by id.
    if Arc::ptr_eq(&older.items, &newer.items) || older.items == newer.items {
        return Vec::new();
    }
    let unnamed_are_same = same_is_lost && older.lacks_unnamed() && newer.lacks_unnamed();
    let hides = |section: &Section<C>, id: &str| {
        let is_named = paths(id).any(|path| section.lost.get(path) == Some(&Loss::Unread));
        is_named || (section.lacks_unnamed() && !unnamed_are_same)
    };
    // In an object that has lists of its own, the loss may be in one of them.
    let is_clear = |section: &Section<C>, id: &str| {
        same_is_lost
            || match section.lost.get(id) {
                Some(loss) => loss.is_whole(),
                None => section.whole || !section.lost.is_empty(),
            }
    };
    // The objects of a part that is unknown at one of the two times are neither new nor gone.
    let is_unknown =
        |section: &Section<C>, item: &C| section.parts.get(&item.part()) == Some(&None);
    let mut found = Vec::new();
    let (old, new) = (by_id(&older.items), by_id(&newer.items));
    for (id, &now) in &new {
        match old.get(id) {
            Some(&before)
                if now != before
                    && is_clear(older, id)
                    && is_clear(newer, id)
                    && !now.same_as(before) =>
            {
                found.push(Differing::Changed { before, now });
            }
            None if !hides(older, id) && !is_unknown(older, now) => {
                found.push(Differing::Added(now));
            }
            _ => {}
        }
    }
    let left = old.iter().filter(|(id, _)| !new.contains_key(*id)).map(|(id, item)| (id, *item));
    let gone = left.filter(|(id, item)| !hides(newer, id) && !is_unknown(newer, item));
    found.extend(gone.map(|(_, item)| Differing::Removed(item)));
    found
}

/// The objects that have an id.
///
/// The map grows by insertion: `collect` sorts first, by code of its own for each collector and each
/// place, and the build would take longer.
pub(super) fn by_id<C: Collect>(items: &[C]) -> BTreeMap<Cow<'_, str>, &C> {
    let mut by_id = BTreeMap::new();
    by_id.extend(items.iter().map(|item| (item.id(), item)).filter(|(id, _)| !id.is_empty()));
    by_id
}

/// The members of an object with another value, each with its name, its older and its newer value
/// (`null` for none), without those that change by themselves.
///
/// # Errors
///
/// An object can't be written as JSON.
pub fn members<C: Collect>(before: &C, now: &C) -> serde_json::Result<Vec<(String, Value, Value)>> {
    // A `Value` needs a serializer for each collector; text uses the one of the state file.
    let text = |object: &C| serde_json::to_string(object);
    let (Value::Object(old), Value::Object(new)) =
        (serde_json::from_str(&text(before)?)?, serde_json::from_str(&text(now)?)?)
    else {
        return Ok(Vec::new());
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |of: &Map<String, Value>, name| of.get(name).cloned().unwrap_or_default();
    let all = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let all = all.map(|name| (name.clone(), value(&old, name), value(&new, name)));
    let all: Vec<_> = all.collect();
    let moves_by_itself = |(name, _, value): &&(String, Value, Value)| {
        let mut other = old.clone();
        other.insert(name.clone(), value.clone());
        let other = serde_json::from_str::<C>(&Value::Object(other).to_string());
        other.is_ok_and(|other| other.same_as(before))
    };
    let lasting: Vec<_> = all.iter().filter(|one| !moves_by_itself(one)).cloned().collect();
    Ok(if lasting.is_empty() { all } else { lasting })
}

//! The known objects of a collector in one scope, each with the date of its value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::family::Word;

/// The known objects of a collector in one scope.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct Section<T> {
    /// The time of reading. A section that cannot be refreshed keeps its true date.
    pub read_at: Timestamp,
    /// Whether every object of the lists is known, from this reading or an earlier one.
    pub whole: bool,
    /// The time of reading of each part, such as a region, in a scope with a list for each part;
    /// `None` for a part that is unknown. A part that cannot be refreshed keeps its objects and its
    /// true date.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<Word, Option<Timestamp>>,
    /// The objects that the last reading could not read, by id; the empty id stands for objects that
    /// no list names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lost: BTreeMap<String, Loss>,
    /// The ids of objects, or of members of objects, that the last reading did not find at their own
    /// addresses. One that was there before is believed to be gone at the second time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unfound: BTreeSet<String>,
    /// The fingerprints of what all the objects were made of, the list and what is read beside it, where
    /// a collector can take them again without parsing it. A saved state has none.
    #[serde(skip)]
    pub source: Option<[u64; 2]>,
    /// The objects.
    pub items: Arc<[T]>,
}

/// The standing of an object that the last reading could not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The value of an earlier reading, at this time.
    Kept(Timestamp),
    /// The object as read at this time without the right to a detail of it, which counts as whole.
    Refused(Timestamp),
    /// The object as read at this time, except for a part of it.
    Partly(Timestamp),
    /// Nothing.
    Unread,
}

impl Loss {
    /// The date of the object's value; `None` if it has none.
    pub fn date(self) -> Option<Timestamp> {
        match self {
            Self::Kept(read_at) | Self::Refused(read_at) | Self::Partly(read_at) => Some(read_at),
            Self::Unread => None,
        }
    }

    /// Whether nothing is missing for the time being.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Kept(_) | Self::Refused(_))
    }
}

/// An id, and the ids that it is below.
pub fn paths(id: &str) -> impl Iterator<Item = &str> {
    let above = id.match_indices('/').filter_map(|(end, _)| id.get(..end));
    above.chain([id])
}

impl<T> Clone for Section<T> {
    fn clone(&self) -> Self {
        Self {
            read_at: self.read_at,
            whole: self.whole,
            parts: self.parts.clone(),
            lost: self.lost.clone(),
            unfound: self.unfound.clone(),
            source: self.source,
            items: Arc::clone(&self.items),
        }
    }
}

impl<T> Section<T> {
    /// A section that was read as one list at this time.
    pub fn new(read_at: Timestamp, whole: bool, items: Vec<T>) -> Self {
        let (parts, lost) = (BTreeMap::new(), BTreeMap::new());
        let unfound = BTreeSet::new();
        Self { read_at, whole, parts, lost, unfound, source: None, items: items.into() }
    }

    /// Whether every object is known, from the last reading or an earlier one.
    pub fn is_whole(&self) -> bool {
        self.whole && self.parts.values().all(Option::is_some)
    }

    /// Whether no object is missing from the lists, though parts of some may be unknown.
    pub fn is_countable(&self) -> bool {
        self.whole || !self.lost.is_empty() && !self.lost.values().any(|loss| *loss == Loss::Unread)
    }

    /// Whether objects may be missing that no list names.
    pub fn lacks_unnamed(&self) -> bool {
        !self.whole && (self.lost.is_empty() || self.lost.get("") == Some(&Loss::Unread))
    }

    /// The times of reading of the section and its parts.
    pub fn dates(&self) -> impl Iterator<Item = Timestamp> {
        self.parts.values().copied().flatten().chain([self.read_at])
    }
}

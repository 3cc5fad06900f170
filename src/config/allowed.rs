//! An allow list: its entries, and its answer about a resource.

use jiff::Timestamp;

use super::glob::Glob;
use super::until::Until;

/// An allow list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List(Vec<Entry>);

/// An entry of an allow list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name or the fingerprint.
    pub(super) name: Glob,
    /// The person or team who answers for it.
    pub(super) owner: Option<String>,
    /// The last day on which it allows anything; always without one.
    pub(super) until: Option<Until>,
}

/// The answer of an allow list about a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is on the list.
    Listed,
    /// It was on the list until a day that is over.
    Ended {
        /// The last day.
        until: Until,
        /// The owner of the entry.
        owner: Option<String>,
    },
    /// It is on no list.
    Unlisted,
}

impl List {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// Adds the entries of another list.
    pub(super) fn extend(&mut self, Self(entries): Self) {
        self.0.extend(entries);
    }

    /// Its answer about a resource that has these names.
    pub fn standing(&self, now: Timestamp, names: &[&str]) -> Standing {
        let is_it = |entry: &&Entry| names.iter().any(|name| entry.name.matches(name));
        let mut ended = None;
        for entry in self.0.iter().filter(is_it) {
            match entry.until.filter(|until| until.is_over(now)) {
                None => return Standing::Listed,
                Some(until) => ended = ended.max(Some((until, &entry.owner))),
            }
        }
        match ended {
            None => Standing::Unlisted,
            Some((until, owner)) => Standing::Ended { until, owner: owner.clone() },
        }
    }
}

impl Entry {
    /// An entry without owner and end.
    pub(super) fn named(name: Glob) -> Self {
        Self { name, owner: None, until: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, Option<&str>, Option<&str>)]) -> List {
        let entry = |(name, owner, until): &(&str, Option<&str>, Option<&str>)| Entry {
            name: Glob::parse(name).unwrap(),
            owner: owner.map(str::to_owned),
            until: until.map(|date| Until::parse(date).unwrap()),
        };
        List::of(entries.iter().map(entry).collect())
    }

    fn ended(until: &str, owner: Option<&str>) -> Standing {
        let until = Until::parse(until).unwrap();
        Standing::Ended { until, owner: owner.map(str::to_owned) }
    }

    const DAY: &str = "2026-11-21T12:00:00Z";

    fn standing(list: &List, name: &str, now: &str) -> Standing {
        list.standing(now.parse().unwrap(), &[name])
    }

    #[test]
    fn an_entry_allows_until_the_end_of_its_day() {
        let list = list(&[("alice", Some("team-a"), Some("2026-11-21"))]);
        assert_eq!(standing(&list, "alice", "2026-11-21T23:59:59Z"), Standing::Listed);
        let ended = ended("2026-11-21", Some("team-a"));
        assert_eq!(standing(&list, "alice", "2026-11-22T00:00:00Z"), ended);
        assert_eq!(standing(&list, "bob", DAY), Standing::Unlisted);
    }

    #[test]
    fn a_valid_entry_outweighs_those_that_ended_and_the_last_end_is_named() {
        let past = [("a", None, Some("2025-01-01")), ("a*", Some("x"), Some("2024-01-01"))];
        assert_eq!(standing(&list(&past), "a", DAY), ended("2025-01-01", None));
        let valid = [&past[..], &[("?", None, None)]].concat();
        assert_eq!(standing(&list(&valid), "a", DAY), Standing::Listed);
    }

    #[test]
    fn one_of_the_names_is_enough() {
        let list = list(&[("b", None, None)]);
        assert_eq!(list.standing(DAY.parse().unwrap(), &["a", "b"]), Standing::Listed);
    }
}

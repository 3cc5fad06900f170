//! Which collectors read an account.
//!
//! The names are given by the caller, who knows the registry; this room does not open onto it.

use std::collections::{BTreeMap, BTreeSet};

use super::parse;
use super::table::Table;

/// Changes to the set of collectors that are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Whether those are on that are not named and that read unless they are asked not to
    /// (`--collector.disable-defaults`, `collectors.defaults`); as they were, without it.
    pub defaults: Option<bool>,
    /// Those that are named (`--collector.NAME`, `--no-collector.NAME`, `collectors.NAME`).
    pub each: BTreeMap<&'static str, bool>,
}

impl Selection {
    pub(super) fn read(table: &mut Table<'_>, names: &[&'static str]) -> Self {
        let defaults = table.read("defaults", parse::boolean).map(|given| given.value);
        let each = parse::named(table, "collector", names).into_iter();
        let each = each.filter_map(|(name, value)| Some((name, value.read(parse::boolean)?.value)));
        Self { defaults, each: each.collect() }
    }

    /// Returns these changes after those of `below`.
    pub(super) fn over(self, below: Self) -> Self {
        if self.defaults.is_some() {
            return self;
        }
        let each = below.each.into_iter().chain(self.each).collect();
        Self { defaults: below.defaults, each }
    }

    /// The set after these changes, where these are the defaults.
    pub fn apply(&self, on: &mut BTreeSet<&'static str>, defaults: &BTreeSet<&'static str>) {
        match self.defaults {
            Some(true) => on.extend(defaults),
            Some(false) => on.clear(),
            None => {}
        }
        for (name, is_on) in &self.each {
            if *is_on {
                on.insert(name);
            } else {
                on.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_stands_over_the_defaults_and_the_later_over_the_earlier() {
        let names = BTreeSet::from(["a", "b", "c"]);
        let mut on = names.clone();
        let change = |defaults, each: &[(&'static str, bool)]| Selection {
            defaults,
            each: each.iter().copied().collect(),
        };
        change(None, &[("a", false)]).apply(&mut on, &names);
        assert_eq!(on, BTreeSet::from(["b", "c"]));
        change(Some(false), &[("a", true)]).apply(&mut on, &names);
        assert_eq!(on, BTreeSet::from(["a"]));
        let below = change(Some(false), &[("a", true), ("b", true)]);
        let over = change(None, &[("b", false)]).over(below.clone());
        assert_eq!(over, change(Some(false), &[("a", true), ("b", false)]));
        let over = change(Some(false), &[("c", true)]).over(below);
        assert_eq!(over, change(Some(false), &[("c", true)]));
        change(Some(true), &[("c", false)]).apply(&mut on, &names);
        assert_eq!(on, BTreeSet::from(["a", "b"]));
    }
}

//! Counts of what is so, which must not be 0 where it may be so of one that nobody could ask.

use std::collections::BTreeSet;

use crate::family::{Desc, Family, Word};

/// A count of the objects of which something is so. That it is so of none is said only where of all
/// it is known.
pub(in crate::collectors) struct Known {
    family: Family,
    unclear: BTreeSet<Vec<Word>>,
}

impl Known {
    pub(in crate::collectors) fn of(desc: &'static Desc) -> Self {
        Self { family: desc.family(), unclear: BTreeSet::new() }
    }

    /// One object of a section that is `whole` or not; `None` if it is not known whether it is so.
    pub(in crate::collectors) fn count<const N: usize>(
        &mut self,
        labels: [Word; N],
        is_so: Option<bool>,
        whole: bool,
    ) {
        match is_so {
            Some(true) => self.family.count(labels),
            Some(false) if whole => self.family.add(labels, 0.0),
            _ => {
                self.unclear.insert(labels.into());
            }
        }
    }

    pub(in crate::collectors) fn family(mut self) -> Family {
        let unclear = &self.unclear;
        self.family.samples.retain(|labels, count| *count > 0.0 || !unclear.contains(labels));
        self.family
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static DESC: Desc = Desc::gauge("ovhcloud_things_open", "Things that are open", &["region"]);

    #[test]
    fn that_none_is_so_is_said_only_where_all_are_known() {
        let count = |all: &[(Option<bool>, bool)]| {
            let mut known = Known::of(&DESC);
            for (is_so, whole) in all {
                known.count(["GRA".into()], *is_so, *whole);
            }
            known.family().samples.into_values().next()
        };
        assert_eq!(count(&[(Some(false), true), (Some(false), true)]), Some(0.0));
        assert_eq!(count(&[(Some(false), true), (None, true)]), None);
        assert_eq!(count(&[(None, true), (Some(false), true)]), None);
        assert_eq!(count(&[(Some(false), false)]), None);
        assert_eq!(count(&[(None, true), (Some(true), true), (Some(false), false)]), Some(1.0));
    }
}

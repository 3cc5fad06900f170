//! Counts of a property, which must not be 0 where an unreadable object may have it.

use std::collections::BTreeSet;

use crate::family::{Desc, Family, Word};

/// A count of the objects with a property. A count of 0 is published only if the property is known
/// for all objects.
pub(in crate::collectors) struct Known {
    family: Family,
    unclear: BTreeSet<Vec<Word>>,
}

impl Known {
    pub(in crate::collectors) fn of(desc: &'static Desc) -> Self {
        Self { family: desc.family(), unclear: BTreeSet::new() }
    }

    /// Reports a count of 0 for a section that is `whole`, unless objects say otherwise.
    pub(in crate::collectors) fn zero<const N: usize>(&mut self, labels: [Word; N], whole: bool) {
        self.count(labels, Some(false), whole);
    }

    /// Counts one object of a section that is `whole` or not; `is_so` is `None` if the property is
    /// unknown.
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

    static DESC: Desc = Desc::count("ovhcloud_things_open", "Things that are open", &["region"]);

    #[test]
    fn a_zero_is_reported_only_if_all_objects_are_known() {
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

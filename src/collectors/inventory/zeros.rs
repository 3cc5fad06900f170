//! Counts that are known to be zero.
//!
//! A count without a sample is unknown, so that one without resources needs a sample of 0: where
//! everything was read and there is nothing, its other labels are empty.

use crate::collectors::collect::Collect;
use crate::family::{Family, Word};
use crate::inventory::{Scope as _, Sections};

const PROJECT: &str = "project_id";

/// Adds a sample of 0 to each count that has none in a project, or in the account, whose resources
/// of the kind are known to be none.
pub(super) fn add<C: Collect>(sections: &Sections<C::Scope, C>, families: &mut [Family]) {
    let empty = empty(sections);
    for family in families.iter_mut().filter(|family| family.desc.is_count) {
        let labels = family.desc.labels;
        let place = labels.iter().position(|label| *label == PROJECT);
        for project in &empty {
            let is_its =
                |values: &Vec<Word>| place.is_none_or(|place| values.get(place) == Some(project));
            if !family.samples.keys().any(is_its) {
                let value = |label: &&str| match *label {
                    PROJECT => project.clone(),
                    label => constant::<C>(label),
                };
                family.samples.insert(labels.iter().map(value).collect(), 0.0);
            }
        }
    }
}

/// The value of a label that all resources of the kind share; empty for the others.
fn constant<C: Collect>(label: &str) -> Word {
    let shared = C::CONSTANT.iter().find(|(name, _)| *name == label);
    shared.map(|(_, value)| Word::from(*value)).unwrap_or_default()
}

/// The projects that are known to have no resources of the kind; the empty id stands for the
/// account, and for an account without projects.
fn empty<C: Collect>(sections: &Sections<C::Scope, C>) -> Vec<Word> {
    let is_read = sections.reading.as_ref().is_some_and(|reading| reading.gaps.is_empty());
    if sections.by_scope.is_empty() && is_read {
        return vec![Word::default()];
    }
    let known = sections.by_scope.iter();
    let empty = known.filter(|(_, section)| section.is_whole() && section.items.is_empty());
    empty.map(|(scope, _)| scope.project_id()).collect()
}

//! Samples of most collectors: counts by a label, and a sample for each object, or for its time.

use jiff::Timestamp;

use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope, Sections};

/// Counts the objects by one label, with a zero for every other value of OVHcloud's schema: a count
/// that is known to be zero must not disappear.
pub(in crate::collectors) fn counted<S, T>(
    desc: &'static Desc,
    sections: &Sections<S, T>,
    known: &[&str],
    label: impl Fn(&T) -> Word,
) -> Family {
    let mut family = desc.family();
    for section in sections.by_scope.values() {
        for item in &*section.items {
            family.count([label(item)]);
        }
        // An unread object may have any of the values, and so may one whose value is unknown.
        let is_unknown = |item: &T| label(item).is_empty();
        if section.whole && !section.items.iter().any(is_unknown) {
            for value in known {
                family.add([(*value).into()], 0.0);
            }
        }
    }
    family
}

/// Counts the objects of each project by one label, as [`counted`] does.
pub(in crate::collectors) fn counted_by_project<T>(
    desc: &'static Desc,
    sections: &Sections<Project, T>,
    known: &[&str],
    label: impl Fn(&T) -> Word,
) -> Family {
    let mut family = desc.family();
    for (project, section) in &sections.by_scope {
        let project = project.project_id();
        for item in &*section.items {
            family.count([project.clone(), label(item)]);
        }
        let is_unknown = |item: &T| label(item).is_empty();
        if section.whole && !section.items.iter().any(is_unknown) {
            for value in known {
                family.add([project.clone(), (*value).into()], 0.0);
            }
        }
    }
    family
}

/// A sample of 1 for each object, with the labels that name it.
pub(in crate::collectors) fn info<S: Scope, T, const N: usize>(
    desc: &'static Desc,
    sections: &Sections<S, T>,
    labels: impl Fn(Word, &T) -> [Word; N],
) -> Family {
    let mut family = desc.family();
    let each = sections.items().map(|(scope, item)| (labels(scope.project_id(), item), 1.0));
    family.set_all(each);
    family
}

/// The Unix time of each object that has the time, with the labels that name it.
pub(in crate::collectors) fn times<S: Scope, T, const N: usize>(
    desc: &'static Desc,
    sections: &Sections<S, T>,
    time: impl Fn(&T) -> Option<Timestamp>,
    labels: impl Fn(Word, &T) -> [Word; N],
) -> Family {
    let mut family = desc.family();
    family.set_all(sections.items().filter_map(|(scope, item)| {
        let seconds = time(item)?.as_duration().as_secs_f64();
        Some((labels(scope.project_id(), item), seconds))
    }));
    family
}

//! Counts of snapshots, of volumes or of instances.

use jiff::Timestamp;

use crate::family::{Desc, Family, Word, amount};
use crate::inventory::{Project, Scope as _, Sections};

/// The counted values of one snapshot.
pub(in crate::collectors) struct Snapshot<'a> {
    pub(in crate::collectors) region: &'a Word,
    pub(in crate::collectors) bytes: Option<i64>,
    pub(in crate::collectors) created: Option<Timestamp>,
}

/// Counts snapshots by project and region: their number, their size, and the creation of the oldest
/// and of the newest. Unknown values are omitted.
pub(in crate::collectors) fn families<T>(
    descs: [&'static Desc; 4],
    sections: &Sections<Project, T>,
    of: impl Fn(&T) -> Snapshot<'_>,
) -> Vec<Family> {
    let [mut counts, mut sizes, mut oldest, mut newest] = descs.map(Desc::family);
    for (project, item) in sections.items() {
        let Snapshot { region, bytes, created } = of(item);
        let labels = [project.project_id(), region.clone()];
        counts.count(labels.clone());
        if let Some(bytes) = bytes {
            sizes.add(labels.clone(), amount(bytes));
        }
        if let Some(created) = created {
            keep(&mut oldest, labels.clone(), created, f64::min);
            keep(&mut newest, labels, created, f64::max);
        }
    }
    vec![counts, sizes, oldest, newest]
}

/// Sets a sample to a time, unless its present value is `better`.
fn keep(family: &mut Family, labels: [Word; 2], time: Timestamp, better: fn(f64, f64) -> f64) {
    let seconds = amount(time.as_second());
    let sample = family.samples.entry(labels.into()).or_insert(seconds);
    *sample = better(*sample, seconds);
}

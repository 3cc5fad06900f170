//! The parts of an inventory that were read, and the resources in it.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

use crate::collectors::{Collect, Inventory, Visit};
use crate::inventory::{Account, Gap, Reason, Scope as _, Sections, Unseen};

/// A resource: its collector, its project and its id.
type Place<'a> = [&'a str; 3];

/// The gaps of each collector of an inventory, and which of some resources it has.
#[derive(Debug)]
pub(super) struct Sights {
    kinds: BTreeMap<&'static str, Sight>,
    present: BTreeSet<[String; 3]>,
}

/// The gaps of one collector.
#[derive(Debug)]
struct Sight {
    /// The reason why nothing is known; `None` if something is.
    blind: Option<&'static str>,
    is_of_account: bool,
    /// The reasons and numbers of the gaps in each project, empty for the account and all projects.
    gaps: BTreeMap<String, Vec<(Reason, usize)>>,
    /// Whether each section is whole.
    sections: BTreeMap<String, bool>,
}

/// The ids that may hold a part: `kms/key` is a part of `kms`, or a resource of its own.
pub(super) fn holders(id: &str) -> impl Iterator<Item = &str> {
    let parents = id.char_indices().filter(|(_, c)| *c == '/').filter_map(|(at, _)| id.get(..at));
    parents.chain([id])
}

impl Sights {
    /// The sight of an inventory, and which of `wanted` it has.
    pub(super) fn of<'a>(inventory: &Inventory, wanted: impl Iterator<Item = Place<'a>>) -> Self {
        let mut by_kind: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
        for [kind, project, id] in wanted {
            let its = by_kind.entry(kind).or_default();
            its.extend(holders(id).map(|id| (project, id)));
        }
        let mut look = Look { wanted: by_kind, kinds: BTreeMap::new(), present: BTreeSet::new() };
        inventory.each(&mut look);
        Self { kinds: look.kinds, present: look.present }
    }

    /// Whether it has a resource, or the one that it is a part of.
    pub(super) fn has(&self, [kind, project, id]: Place<'_>) -> bool {
        holders(id).any(|id| self.present.contains(&[kind, project, id].map(str::to_owned)))
    }

    /// The reason why objects of a collector may be missing in a project, empty for the account;
    /// `None` if all are known. `other` is the sight beside it: regions without a service and
    /// objects that are never readable hide nothing, as long as they are the same.
    pub(super) fn loss(&self, other: &Self, kind: &str, project: &str) -> Option<&'static str> {
        let Some(sight) = self.kinds.get(kind) else { return Some("not_collected") };
        let empty = Sight::default();
        let beside = other.kinds.get(kind).unwrap_or(&empty);
        let project = if sight.is_of_account { "" } else { project };
        if sight.blind.is_some() {
            return sight.blind;
        }
        if project.is_empty() && !sight.is_of_account {
            return sight.new_loss(beside);
        }
        sight.loss_in(beside, project)
    }

    /// The reason why a collector has lost objects that `other` has, in any project.
    pub(super) fn new_loss(&self, other: &Self, kind: &str) -> Option<&'static str> {
        let Some(sight) = self.kinds.get(kind) else { return Some("not_collected") };
        let empty = Sight::default();
        sight.blind.or_else(|| sight.new_loss(other.kinds.get(kind).unwrap_or(&empty)))
    }

    /// Whether a collector lacks anything.
    pub(super) fn has_gaps(&self, kind: &str) -> bool {
        self.kinds.get(kind).is_none_or(|sight| {
            sight.blind.is_some()
                || !sight.gaps.is_empty()
                || sight.sections.values().any(|is_whole| !is_whole)
        })
    }
}

impl Default for Sight {
    fn default() -> Self {
        let (gaps, sections) = (BTreeMap::new(), BTreeMap::new());
        Self { blind: Some("not_collected"), is_of_account: false, gaps, sections }
    }
}

impl Sight {
    fn gaps(&self, project: &str) -> &[(Reason, usize)] {
        self.gaps.get(project).map(Vec::as_slice).unwrap_or_default()
    }

    fn loss_in(&self, beside: &Self, project: &str) -> Option<&'static str> {
        let section = self.sections.get(project);
        let is_unlisted = self.gaps("").iter().any(|(reason, _)| !reason.is_state());
        if !project.is_empty() && section.is_none() && is_unlisted {
            return Some("not_read");
        }
        let own = self.gaps(project);
        let are_all = |of: Reason| own.iter().all(|(reason, _)| *reason == of);
        if own == beside.gaps(project) && !own.is_empty() {
            let is_known = section.is_some() && beside.sections.contains_key(project);
            if are_all(Reason::NotOffered) || (are_all(Reason::Undecodable) && is_known) {
                return None;
            }
        }
        reason(own).or_else(|| section.is_some_and(|is_whole| !is_whole).then_some("incomplete"))
    }

    fn new_loss(&self, beside: &Self) -> Option<&'static str> {
        let of_gaps = self.gaps.iter().find(|(project, own)| {
            let is_dropped =
                !self.sections.contains_key(*project) && beside.sections.contains_key(*project);
            is_dropped || beside.gaps(project) != own.as_slice()
        });
        let is_cut = |(project, is_whole): (&String, &bool)| {
            !is_whole && beside.sections.get(project) != Some(&false)
        };
        let is_cut = || self.sections.iter().any(is_cut).then_some("incomplete");
        of_gaps.and_then(|(_, own)| reason(own)).or_else(is_cut)
    }
}

/// The reason that stands for gaps; `None` without any.
fn reason(gaps: &[(Reason, usize)]) -> Option<&'static str> {
    let are_states = gaps.iter().all(|(reason, _)| reason.is_state());
    (!gaps.is_empty()).then_some(if are_states { "out_of_service" } else { "not_read" })
}

struct Look<'a> {
    wanted: BTreeMap<&'a str, BTreeSet<(&'a str, &'a str)>>,
    kinds: BTreeMap<&'static str, Sight>,
    present: BTreeSet<[String; 3]>,
}

impl<'i> Visit<'i> for Look<'_> {
    fn visit<C: Collect>(&mut self, sections: &'i Sections<C::Scope, C>) {
        let mut gaps: BTreeMap<String, Vec<_>> = BTreeMap::new();
        let all = sections.reading.iter().flat_map(|reading| &reading.gaps);
        for Gap { project_id, reason, count, .. } in all.filter(|gap| !gap.optional) {
            gaps.entry(project_id.to_string()).or_default().push((*reason, *count));
        }
        for its in gaps.values_mut() {
            its.sort_unstable();
        }
        let blind = match sections.unseen() {
            Some(Unseen::NotCollected) => Some("not_collected"),
            Some(Unseen::NotRead) => {
                let all: Vec<_> = gaps.values().flatten().copied().collect();
                Some(reason(&all).unwrap_or("not_read"))
            }
            Some(Unseen::Incomplete) | None => None,
        };
        let mut is_whole = BTreeMap::new();
        for (scope, section) in &sections.by_scope {
            is_whole.insert(scope.project_id().to_string(), section.is_whole());
        }
        let sight = Sight {
            blind,
            is_of_account: TypeId::of::<C::Scope>() == TypeId::of::<Account>(),
            gaps,
            sections: is_whole,
        };
        self.kinds.insert(C::NAME, sight);
        let Some(wanted) = self.wanted.get(C::NAME) else { return };
        for (scope, item) in sections.items() {
            let (project, id) = (scope.project_id(), item.id());
            if wanted.contains(&(&*project, &*id)) {
                self.present.insert([C::NAME, &*project, &*id].map(str::to_owned));
            }
        }
    }
}

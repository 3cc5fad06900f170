//! The objects that came, went or changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::collectors::{ALL, Collect, Differing, Subject, VisitPair, differences, members};
use crate::family::Word;
use crate::inventory::{Gap, Reason, Scope as _, Section, Sections};

use super::difference::{Blind, Member, ObjectChange};
use super::known::{Known, Sight, typed};

/// The differences, and the objects that can't be compared.
pub(super) struct Found {
    pub(super) objects: Vec<ObjectChange>,
    pub(super) blinds: Vec<Blind>,
}

/// The differences of an account's objects, in no order.
pub(super) fn compare(old: &Known<'_>, new: &Known<'_>) -> serde_json::Result<Found> {
    let found = Found { objects: Vec::new(), blinds: Vec::new() };
    let mut walk = Walk { old, new, found, failure: None };
    old.inventory.each_pair(&new.inventory, &mut walk);
    let Walk { mut found, failure, .. } = walk;
    found.blinds.extend(foreign(old, new));
    failure.map_or(Ok(found), Err)
}

/// The kinds of a document that this version does not know.
fn foreign(old: &Known<'_>, new: &Known<'_>) -> Vec<Blind> {
    let kinds: BTreeSet<&String> =
        [old, new].into_iter().flat_map(|one| one.written.inventory.keys()).collect();
    let is_foreign = |kind: &&String| !ALL.iter().any(|one| one.name == kind.as_str());
    let unknown = "unknown to this version";
    let blind = |kind: &String| Blind {
        old: unknown,
        new: unknown,
        project_id: String::new(),
        project_name: String::new(),
        kind: kind.clone(),
        is_out_of_service: false,
    };
    kinds.into_iter().filter(is_foreign).map(blind).collect()
}

struct Walk<'a> {
    old: &'a Known<'a>,
    new: &'a Known<'a>,
    found: Found,
    failure: Option<serde_json::Error>,
}

impl<'a> VisitPair<'a> for Walk<'a> {
    fn visit<C: Collect>(
        &mut self,
        old: &'a Sections<C::Scope, C>,
        new: &'a Sections<C::Scope, C>,
    ) {
        let sights = (self.old.sight(C::NAME), self.new.sight(C::NAME));
        match sights {
            (Sight::Seen, Sight::Seen) => self.sections(old, new),
            // Neither document was to have it.
            (Sight::Off | Sight::Absent, Sight::Off | Sight::Absent) => {}
            (before, now) => self.found.blinds.push(Blind {
                old: before.label(),
                new: now.label(),
                project_id: String::new(),
                project_name: String::new(),
                kind: C::NAME.to_owned(),
                is_out_of_service: sights == (Sight::OutOfService, Sight::OutOfService),
            }),
        }
    }
}

impl Walk<'_> {
    fn sections<C: Collect>(&mut self, old: &Sections<C::Scope, C>, new: &Sections<C::Scope, C>) {
        let gaps = [self.old, self.new].map(|one| one.gaps(C::NAME).map(typed).collect::<Vec<_>>());
        let [older, newer] = [old, new].map(by_project);
        let named = gaps.iter().flatten().map(|gap| gap.project_id.clone());
        let projects: BTreeSet<Word> =
            named.chain(older.keys().chain(newer.keys()).cloned()).collect();
        for project in projects {
            let [before, now] = gaps.each_ref().map(|gaps| Gaps::of(gaps, &project));
            let before = Place { gaps: before, section: older.get(&project).cloned() };
            let now = Place { gaps: now, section: newer.get(&project).cloned() };
            self.place(&project, &before, &now);
        }
    }

    /// Compares the objects of one project, or of the account.
    fn place<C: Collect>(&mut self, project: &Word, before: &Place<C>, now: &Place<C>) {
        let is_in_service = |one: &Reason| *one != Reason::NotOffered;
        // Regions without the service have no objects, as long as they are the same.
        let is_alike = before.gaps.own == now.gaps.own;
        let is_hidden = |place: &Place<C>| {
            !is_alike || place.gaps.own.iter().any(|(one, _)| is_in_service(one))
        };
        let hides = |place: &Place<C>| !place.gaps.own.is_empty() && is_hidden(place);
        if hides(before) || hides(now) {
            self.found.blinds.push(Blind {
                old: before.label(),
                new: now.label(),
                project_id: project.to_string(),
                project_name: self.project_name(project).to_owned(),
                kind: C::NAME.to_owned(),
                is_out_of_service: is_alike
                    && before.gaps.own.iter().all(|(reason, _)| reason.is_state()),
            });
        }
        // An object that is never readable hides no other one.
        let is_lost = |place: &Place<C>| {
            !place.is_empty()
                && place.gaps.own.iter().all(|(reason, _)| *reason == Reason::Undecodable)
        };
        let same_is_lost = is_alike && is_lost(before) && is_lost(now);
        let (older, newer) = (before.view(hides(before)), now.view(hides(now)));
        for one in differences(&older, &newer, same_is_lost) {
            self.add(project, &one);
        }
    }

    fn project_name(&self, project: &str) -> &str {
        let names = [self.new, self.old].map(|known| known.project_name(project));
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    fn add<C: Collect>(&mut self, project: &Word, one: &Differing<'_, C>) {
        let object = one.object();
        let members = match one {
            Differing::Changed { before, now } => {
                members(*before, *now).map(|all| all.into_iter().map(named).collect())
            }
            _ => Ok(Vec::new()),
        };
        match members {
            Ok(members) => self.found.objects.push(ObjectChange {
                subject: Subject::of(C::NAME),
                kind: C::NAME,
                project_id: project.to_string(),
                project_name: self.project_name(project).to_owned(),
                name: object.name().into_owned(),
                id: object.id().into_owned(),
                change: one.change(),
                members,
            }),
            Err(error) => self.failure = Some(error),
        }
    }
}

/// The sections by the ids of their projects. They share their objects.
fn by_project<C: Collect>(sections: &Sections<C::Scope, C>) -> BTreeMap<Word, Section<C>> {
    let all = sections.by_scope.iter();
    let mut by_project = BTreeMap::new();
    by_project.extend(all.map(|(scope, section)| (scope.project_id(), section.clone())));
    by_project
}

/// The gaps of a collector in one project.
struct Gaps {
    /// The reasons and numbers of its own gaps.
    own: Vec<(Reason, usize)>,
    /// Whether the list of all projects is incomplete.
    is_unlisted: bool,
}

impl Gaps {
    fn of(gaps: &[Gap], project: &Word) -> Self {
        let own = gaps.iter().filter(|gap| gap.project_id == *project);
        let mut own: Vec<_> = own.map(|gap| (gap.reason, gap.count)).collect();
        own.sort_unstable();
        let of_all = |gap: &Gap| gap.project_id.is_empty() && !gap.reason.is_state();
        Self { own, is_unlisted: !project.is_empty() && gaps.iter().any(of_all) }
    }
}

/// The objects of a collector in one project, in one document.
struct Place<C> {
    gaps: Gaps,
    /// `None` without any object.
    section: Option<Section<C>>,
}

impl<C: Collect> Place<C> {
    fn is_empty(&self) -> bool {
        self.section.as_ref().is_none_or(|section| section.items.is_empty())
    }

    /// The section, whole if every object of the project is known.
    fn view(&self, is_hidden: bool) -> Section<C> {
        let whole = !(is_hidden || self.gaps.is_unlisted && self.is_empty());
        let read_at = Timestamp::UNIX_EPOCH;
        let empty = || Section::new(read_at, whole, Vec::new());
        self.section.clone().map_or_else(empty, |section| Section { whole, ..section })
    }

    /// How much of it was read, in words.
    fn label(&self) -> &'static str {
        match (self.gaps.own.as_slice(), self.is_empty()) {
            ([], _) => Sight::Seen.label(),
            (own, _) if own.iter().all(|(reason, _)| reason.is_state()) => {
                Sight::OutOfService.label()
            }
            (_, true) => Sight::NotRead.label(),
            (_, false) => "partly read",
        }
    }
}

fn named((member, old, new): (String, Value, Value)) -> Member {
    Member { member, old, new }
}

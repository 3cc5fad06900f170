//! An account of a document with its objects as the collectors know them.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::collectors::{Collect, Inventory, VisitMut};
use crate::family::Word;
use crate::inventory::{Account, Gap, Reading, Reason, Scope as _, Section, Sections};

use super::written;

/// How much a document has of a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// Everything, or everything but its gaps.
    Seen,
    /// The collector was disabled.
    Off,
    /// Nothing could be read.
    NotRead,
    /// OVHcloud has nothing of it in service.
    OutOfService,
    /// The document does not know the collector.
    Absent,
    /// Its objects have another form than those of this version.
    OtherForm,
}

impl Sight {
    /// A phrase for people and programs.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Seen => "read",
            Self::Off => "disabled",
            Self::NotRead => "not read",
            Self::OutOfService => "out of service",
            Self::Absent => "unknown",
            Self::OtherForm => "of another form",
        }
    }
}

/// An account of a document.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) written: &'a written::Account,
    /// The objects of the collectors that are [`Sight::Seen`].
    pub(super) inventory: Inventory,
    sights: BTreeMap<&'static str, Sight>,
    /// The names of the projects, by id.
    projects: BTreeMap<&'a str, &'a str>,
}

impl<'a> Known<'a> {
    pub(super) fn of(written: &'a written::Account) -> Self {
        let mut filling = Filling { written, sights: BTreeMap::new() };
        let mut inventory = Inventory::default();
        inventory.each_mut(&mut filling);
        let projects = written.scope.projects.iter();
        let projects = projects.map(|one| (one.id.as_str(), one.name.as_str())).collect();
        Self { written, inventory, sights: filling.sights, projects }
    }

    pub(super) fn sight(&self, kind: &str) -> Sight {
        self.sights.get(kind).copied().unwrap_or(Sight::Absent)
    }

    /// The name of a project, empty if it has none or is unknown.
    pub(super) fn project_name(&self, id: &str) -> &'a str {
        self.projects.get(id).copied().unwrap_or_default()
    }

    /// The gaps of a collector that hide objects.
    pub(super) fn gaps<'g>(&'g self, kind: &'g str) -> impl Iterator<Item = &'a written::Gap> + 'g {
        self.written.gaps.iter().filter(move |gap| gap.collector == kind && !gap.optional)
    }
}

/// Fills an inventory with the objects of a document.
struct Filling<'a> {
    written: &'a written::Account,
    sights: BTreeMap<&'static str, Sight>,
}

impl VisitMut<'_> for Filling<'_> {
    fn visit<C: Collect>(&mut self, sections: &mut Sections<C::Scope, C>) {
        let sight = self.sight(C::NAME);
        let read = (sight == Sight::Seen).then(|| self.read::<C>());
        let sight = if matches!(read, Some(None)) { Sight::OtherForm } else { sight };
        self.sights.insert(C::NAME, sight);
        if matches!(sight, Sight::Off | Sight::Absent | Sight::OtherForm) {
            return;
        }
        let gaps = self.written.gaps.iter().filter(|gap| gap.collector == C::NAME);
        let reading = Reading { duration: Duration::ZERO, gaps: gaps.map(typed).collect() };
        *sections = Sections {
            by_scope: read.flatten().unwrap_or_default(),
            reading: Some(reading),
            ..Sections::default()
        };
    }
}

impl Filling<'_> {
    fn sight(&self, kind: &str) -> Sight {
        let state = self.written.collectors.iter().find(|state| state.collector == kind);
        match state.map(|state| state.state.as_str()) {
            Some("complete" | "partial")
                if self.written.inventory.get(kind).is_some_and(Value::is_array) =>
            {
                Sight::Seen
            }
            Some("off") => Sight::Off,
            Some("out_of_service") => Sight::OutOfService,
            Some("not_read") => Sight::NotRead,
            _ => Sight::Absent,
        }
    }

    /// The sections of a collector; `None` if an object has another form.
    fn read<C: Collect>(&self) -> Option<BTreeMap<C::Scope, Section<C>>> {
        let mut by_project: BTreeMap<Word, Vec<C>> = BTreeMap::new();
        if TypeId::of::<C::Scope>() == TypeId::of::<Account>() {
            by_project.insert(Word::default(), Vec::new());
        }
        let objects = self.written.inventory.get(C::NAME).and_then(Value::as_array);
        for object in objects.into_iter().flatten() {
            let project = object.get("project_id").and_then(Value::as_str).unwrap_or_default();
            // A `Value` needs a deserializer for each collector; text uses the one of the state file.
            let item = serde_json::from_str(&object.to_string()).ok()?;
            by_project.entry(project.into()).or_default().push(item);
        }
        let gaps = self.written.gaps.iter().filter(|gap| gap.collector == C::NAME);
        let failures = gaps.map(typed).filter(Gap::is_failure);
        let hidden: BTreeSet<_> = failures.map(|gap| gap.project_id).collect();
        let read_at = self.written.began.unwrap_or(Timestamp::UNIX_EPOCH);
        let mut sections = BTreeMap::new();
        for (project, items) in by_project {
            let scope: C::Scope = serde_json::from_value(Value::from(&*project)).ok()?;
            let whole = !hidden.contains(&scope.project_id());
            sections.insert(scope, Section::new(read_at, whole, items));
        }
        Some(sections)
    }
}

/// The gap; a reason of a later version is a failure.
pub(super) fn typed(gap: &written::Gap) -> Gap {
    let reason = Reason::ALL.into_iter().find(|reason| reason.label() == gap.reason);
    Gap {
        project_id: gap.project_id.as_str().into(),
        reason: reason.unwrap_or(Reason::Rejected),
        count: gap.count,
        detail: String::new(),
        actions: BTreeSet::new(),
        optional: gap.optional,
    }
}

//! Actions on all sections of an inventory at once: refresh, families, states, JSON.

mod zeros;

use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::family::Family;
use crate::inventory::{Project, Reason, Section, Sections};

use super::Inventory;
use super::collect::{Collect, State, Visit, VisitMut};
use super::lists::projects;
use super::pass::{Pass, Scopes};
use super::refresh::refresh;

impl Inventory {
    /// One refresh of all collectors, side by side under the account's budget. Those that ran out of
    /// time in the last one begin. Sections that cannot be refreshed are kept until they expire.
    pub async fn refreshed(&self, pass: &Pass<'_>) -> Self {
        let mut inventory = self.clone();
        {
            let mut all = Refresh { pass, running: Vec::new() };
            inventory.each_mut(&mut all);
            all.running.sort_by_key(|(ran_out, _)| !ran_out);
            join_all(all.running.into_iter().map(|(_, refresh)| refresh)).await;
        }
        pass.end();
        inventory
    }

    /// Drops the sections of disabled collectors, and all sections of a collector with an expired
    /// one: the rest would look complete. `is_young` takes the collector's name and the time of
    /// reading of a section.
    pub fn retain(
        &mut self,
        on: &BTreeSet<&'static str>,
        is_young: impl Fn(&str, Timestamp) -> bool,
    ) {
        self.each_mut(&mut Retain { on, is_young });
    }

    /// The families of all enabled collectors.
    pub fn families(&self) -> Vec<Family> {
        let mut counts = Counts(Vec::new());
        self.each(&mut counts);
        counts.0
    }

    /// The families that name each object of the enabled collectors.
    pub fn named(&self) -> Vec<Family> {
        let mut names = Names(Vec::new());
        self.each(&mut names);
        names.0
    }

    /// The results of the collectors' last readings, in the order of the registry.
    pub fn states(&self) -> Vec<State<'_>> {
        let mut states = States(Vec::new());
        self.each(&mut states);
        states.0
    }
}

/// The projects that were known before a refresh.
impl From<&Inventory> for Scopes<Project> {
    fn from(inventory: &Inventory) -> Self {
        projects::scopes(inventory.cloud_project.items().map(|(_, project)| project))
    }
}

impl<'de> Deserialize<'de> for Inventory {
    /// Reads the sections that an earlier process wrote. A collector whose objects were written in
    /// another form has no sections, as before its first reading.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = Written(HashMap::deserialize(deserializer)?);
        let mut inventory = Self::default();
        inventory.each_mut(&mut written);
        Ok(inventory)
    }
}

/// The refreshes of all collectors, each on the heap: together they would be too large for a stack.
/// Each has beside it whether its collector ran out of time in the refresh before.
struct Refresh<'a> {
    pass: &'a Pass<'a>,
    running: Vec<(bool, Running<'a>)>,
}

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl<'a> VisitMut<'a> for Refresh<'a> {
    fn visit<C: Collect>(&mut self, sections: &'a mut Sections<C::Scope, C>) {
        let pass = self.pass;
        let gaps = sections.reading.iter().flat_map(|reading| &reading.gaps);
        let ran_out = gaps.map(|gap| gap.reason).any(|reason| reason == Reason::Timeout);
        let running = Box::pin(async move {
            *sections = refresh(pass, sections).await;
        });
        self.running.push((ran_out, running));
    }
}

struct Retain<'a, F> {
    on: &'a BTreeSet<&'static str>,
    is_young: F,
}

impl<F: Fn(&str, Timestamp) -> bool> VisitMut<'_> for Retain<'_, F> {
    fn visit<C: Collect>(&mut self, sections: &mut Sections<C::Scope, C>) {
        let is_young = sections
            .by_scope
            .values()
            .flat_map(Section::dates)
            .all(|read_at| (self.is_young)(C::NAME, read_at));
        if !self.on.contains(C::NAME) {
            *sections = Sections::default();
        } else if !is_young {
            *sections = Sections { changes: sections.changes, ..Sections::default() };
        }
    }
}

struct Counts(Vec<Family>);

impl Visit<'_> for Counts {
    fn visit<C: Collect>(&mut self, sections: &Sections<C::Scope, C>) {
        if sections.reading.is_some() {
            let sections = &*sections.countable();
            let mut families = C::families(sections);
            zeros::add(sections, &mut families);
            self.0.extend(families);
        }
    }
}

struct Names(Vec<Family>);

impl Visit<'_> for Names {
    fn visit<C: Collect>(&mut self, sections: &Sections<C::Scope, C>) {
        self.0.extend(C::named(sections));
    }
}

struct States<'a>(Vec<State<'a>>);

impl<'a> Visit<'a> for States<'a> {
    fn visit<C: Collect>(&mut self, sections: &'a Sections<C::Scope, C>) {
        self.0.push(State::of::<C>(sections));
    }
}

/// The sections of an inventory as JSON, by the names of the collectors.
struct Written<'a>(HashMap<&'a str, &'a RawValue>);

impl VisitMut<'_> for Written<'_> {
    fn visit<C: Collect>(&mut self, sections: &mut Sections<C::Scope, C>) {
        let text = self.0.get(C::NAME).map(|text| text.get());
        *sections = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::ALL;
    use crate::collectors::lists::instances::{LIST, READERS};

    #[test]
    fn json_has_the_collectors_by_name() {
        let json = serde_json::to_value(Inventory::default()).unwrap();
        let fields: BTreeSet<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ALL.iter().map(|collector| collector.name).collect());
    }

    #[test]
    fn the_readers_of_a_list_are_the_collectors_with_its_route() {
        let has_it =
            ALL.iter().filter(|one| one.routes.iter().any(|its| its.template == LIST.template));
        let mut names: Vec<_> = has_it.map(|one| one.name).collect();
        names.sort_unstable();
        assert_eq!(names, READERS);
    }
}

//! The projects and regions of an account, as its refresh met them.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::checks::Resource;
use crate::collectors::{Collect, Inventory, Visit};
use crate::family::Word;
use crate::inventory::{Scope as _, Sections};

/// The projects and regions of an account.
#[derive(Debug, Default, Serialize)]
pub struct Scope<'a> {
    /// The known projects, by name and id.
    pub projects: Vec<ProjectScope<'a>>,
    /// The regions of known resources and lists, except those below.
    pub regions: BTreeSet<Word>,
    /// The regions of which a list is unknown, to whichever collector.
    pub regions_not_read: BTreeSet<Word>,
}

/// A project of an account.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ProjectScope<'a> {
    /// Its name, which may be empty.
    pub name: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Its status, in the words of OVHcloud's first version of the API.
    pub status: &'a str,
}

impl<'a> Scope<'a> {
    /// The known projects and regions.
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let projects = inventory.cloud_project.items().map(|(_, project)| ProjectScope {
            name: &project.name,
            id: &project.id,
            status: &project.status,
        });
        let mut scope = Scope { projects: projects.collect(), ..Scope::default() };
        scope.projects.sort_unstable();
        inventory.each(&mut scope);
        let Scope { regions, regions_not_read, .. } = &mut scope;
        regions.retain(|region| !regions_not_read.contains(region));
        scope
    }
}

impl<'a> Visit<'a> for Scope<'a> {
    fn visit<C: Collect>(&mut self, sections: &'a Sections<C::Scope, C>) {
        let of_projects = sections.by_scope.iter().filter(|(at, _)| !at.project_id().is_empty());
        for (region, read_at) in of_projects.flat_map(|(_, section)| &section.parts) {
            let regions =
                if read_at.is_some() { &mut self.regions } else { &mut self.regions_not_read };
            regions.insert(region.clone());
        }
        let of_projects = sections.items().filter(|(at, _)| !at.project_id().is_empty());
        let regions = of_projects.map(|(_, item)| item.region()).filter(|one| !one.is_empty());
        self.regions.extend(regions);
    }
}

/// The regions of resources, by their kind, their project and their id.
pub(super) struct Regions<'a>(HashMap<&'a str, HashMap<Word, HashMap<&'a str, Word>>>);

impl<'a> Regions<'a> {
    pub(super) fn of(
        inventory: &'a Inventory,
        resources: impl Iterator<Item = &'a Resource>,
    ) -> Self {
        let mut regions = Self(HashMap::new());
        for Resource { kind, project_id, id, .. } in
            resources.filter(|one| !one.project_id.is_empty())
        {
            let of_kind = regions.0.entry(kind).or_default();
            of_kind.entry(project_id.clone()).or_default().insert(id, Word::default());
        }
        inventory.each(&mut regions);
        regions
    }

    pub(super) fn get(&self, Resource { kind, project_id, id, .. }: &Resource) -> Word {
        let of_project = self.0.get(&**kind).and_then(|projects| projects.get(project_id));
        of_project.and_then(|ids| ids.get(id.as_str())).cloned().unwrap_or_default()
    }
}

impl<'a> Visit<'a> for Regions<'a> {
    fn visit<C: Collect>(&mut self, sections: &'a Sections<C::Scope, C>) {
        let Some(projects) = self.0.get_mut(C::NAME) else { return };
        for (scope, item) in sections.items() {
            let wanted = projects.get_mut(&scope.project_id());
            if let Some(region) = wanted.and_then(|ids| ids.get_mut(&*item.id())) {
                *region = item.region();
            }
        }
    }
}

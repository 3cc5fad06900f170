//! A kind of resource, for the registry and the refresh.

use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::{self, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Changes, Difference, Reading, Scope as _, Sections};

use super::pass::{Gathered, Pass, Reach};

/// A kind of resource: its requests and its metrics.
///
/// Its JSON is a line of the state file and of the `inventory` command: operators read the names of
/// its members.
pub trait Collect:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The scope of a read: [`crate::inventory::Account`] or [`crate::inventory::Project`].
    type Scope: Reach + Serialize + DeserializeOwned;
    /// The name in flags, labels and documentation.
    const NAME: &'static str;
    /// The resources that it reads, as a noun phrase for `--help`.
    const RESOURCES: &'static str;
    /// All routes that it requests.
    const ROUTES: &'static [&'static Route];
    /// All families that it publishes.
    const FAMILIES: &'static [&'static Desc];
    /// The labels with one value for all resources of the kind.
    const CONSTANT: &'static [(&'static str, &'static str)] = &[];
    /// Whether it is enabled by default. Collectors with one call per object, and those of routes
    /// that OVHcloud marks as beta, are disabled by default.
    const IS_ON: bool = true;
    /// The default interval; `None` reads in each refresh.
    const INTERVAL: Option<Duration> = None;

    /// OVHcloud's id of the resource, unique in its scope; empty if missing.
    fn id(&self) -> Cow<'_, str>;

    /// The operator's name for the resource; empty if it has none.
    fn name(&self) -> Cow<'_, str> {
        Cow::default()
    }

    /// The part of its scope that lists it, such as a region; empty if the scope has one list.
    fn part(&self) -> Word {
        Word::default()
    }

    /// The region that the resource is in; empty if it has none or is in several.
    fn region(&self) -> Word {
        self.part()
    }

    /// Compares two readings of one resource, without the values that change by themselves: a date
    /// of last use, a number of bytes.
    fn same_as(&self, before: &Self) -> bool {
        self == before
    }

    /// Requests and converts; never decides.
    ///
    /// # Errors
    ///
    /// The scope as a whole cannot be read. A single unreadable object is a gap.
    fn fetch(
        pass: &Pass<'_>,
        scope: &Self::Scope,
    ) -> impl Future<Output = Result<Gathered<Self>, api::Error>> + Send;

    /// The counts and sums of the known objects.
    fn families(sections: &Sections<Self::Scope, Self>) -> Vec<Family>;

    /// The samples that name each object, computed only where they are published.
    fn named(_: &Sections<Self::Scope, Self>) -> Vec<Family> {
        Vec::new()
    }
}

/// A collector in the registry.
#[derive(Debug)]
pub struct Collector {
    /// Its name.
    pub name: &'static str,
    /// The resources that it reads, as a noun phrase for `--help`.
    pub resources: &'static str,
    /// Its routes.
    pub routes: &'static [&'static Route],
    /// Its families.
    pub families: &'static [&'static Desc],
    /// Whether it is enabled by default.
    pub is_on: bool,
    /// The default interval; `None` reads in each refresh.
    pub interval: Option<Duration>,
}

impl Collector {
    pub(super) const fn of<C: Collect>() -> Self {
        Self {
            name: C::NAME,
            resources: C::RESOURCES,
            routes: C::ROUTES,
            families: C::FAMILIES,
            is_on: C::IS_ON,
            interval: C::INTERVAL,
        }
    }
}

/// The result of a collector's last reading.
#[derive(Debug, Clone)]
pub struct State<'a> {
    /// The collector's name.
    pub name: &'static str,
    /// The reading; `None` for a disabled collector.
    pub reading: Option<&'a Reading>,
    /// The time of the last complete reading.
    pub last_success: Option<Timestamp>,
    /// The number of known objects.
    pub objects: usize,
    /// The scopes with a section, the ids of projects or the empty id of the account, and the number
    /// of objects of each.
    pub scopes: Vec<(Word, usize)>,
    /// The time of reading of the oldest section.
    pub read_at: Option<Timestamp>,
    /// The number of objects added, removed and changed.
    pub changes: Changes,
    /// The first objects that the last refresh counted in them.
    pub latest: &'a [Difference],
}

impl<'a> State<'a> {
    pub(super) fn of<C: Collect>(sections: &'a Sections<C::Scope, C>) -> Self {
        let scopes = sections.by_scope.iter();
        let scopes = scopes.map(|(scope, section)| (scope.project_id(), section.items.len()));
        Self {
            name: C::NAME,
            reading: sections.reading.as_ref(),
            last_success: sections.last_success,
            objects: sections.len(),
            scopes: scopes.collect(),
            read_at: sections.by_scope.values().map(|section| section.read_at).min(),
            changes: sections.changes,
            latest: &sections.latest,
        }
    }
}

/// An action on the sections of every collector; see [`Inventory::each`].
///
/// [`Inventory::each`]: super::Inventory::each
pub trait Visit<'a> {
    /// Visits the sections of one collector, named [`Collect::NAME`].
    fn visit<C: Collect>(&mut self, sections: &'a Sections<C::Scope, C>);
}

/// An action on the sections of every collector in two inventories; see [`Inventory::each_pair`].
///
/// [`Inventory::each_pair`]: super::Inventory::each_pair
pub trait VisitPair<'a> {
    /// Visits the sections of one collector, named [`Collect::NAME`].
    fn visit<C: Collect>(
        &mut self,
        one: &'a Sections<C::Scope, C>,
        other: &'a Sections<C::Scope, C>,
    );
}

/// An action that changes the sections of every collector; see [`Inventory::each_mut`].
///
/// [`Inventory::each_mut`]: super::Inventory::each_mut
pub trait VisitMut<'a> {
    /// Visits the sections of one collector, named [`Collect::NAME`].
    fn visit<C: Collect>(&mut self, sections: &'a mut Sections<C::Scope, C>);
}

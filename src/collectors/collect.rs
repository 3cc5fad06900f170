//! A kind of resource, as the registry and the refresh see it.

use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::{self, Route};
use crate::family::{Desc, Family};
use crate::inventory::{Changes, Reading, Sections};

use super::pass::{Gathered, Pass, Reach};

/// A kind of resource: how it is read and what is counted of it.
///
/// As JSON it is a line of the state file and of the `inventory` command: the names of its members
/// are for people.
pub trait Collect:
    Sized + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Where it is read: [`crate::inventory::Account`] or [`crate::inventory::Project`].
    type Scope: Reach + Serialize + DeserializeOwned;
    /// The name in flags, labels and documentation.
    const NAME: &'static str;
    /// Every route that it asks.
    const ROUTES: &'static [&'static Route];
    /// Every family that it publishes.
    const FAMILIES: &'static [&'static Desc];
    /// Whether it is on by default. Collectors that cost a call per object, and those of routes
    /// that OVHcloud marks as beta, are off.
    const IS_ON: bool = true;
    /// How often it reads by default; `None` is in each refresh.
    const INTERVAL: Option<Duration> = None;

    /// OVHcloud's id of it, unique in its scope; empty if OVHcloud did not say.
    fn id(&self) -> Cow<'_, str>;

    /// The name under which an operator knows it; empty if it has none.
    fn name(&self) -> Cow<'_, str> {
        Cow::default()
    }

    /// Compares two readings of one resource, without the values that move by themselves: a date
    /// of last use, a number of bytes.
    fn same_as(&self, before: &Self) -> bool {
        self == before
    }

    /// Asks and converts; never decides.
    ///
    /// # Errors
    ///
    /// The scope as a whole can't be read. A single object that can't be is a gap.
    fn fetch(
        pass: &Pass<'_>,
        scope: &Self::Scope,
    ) -> impl Future<Output = Result<Gathered<Self>, api::Error>> + Send;

    /// The counts and sums, from what is known.
    fn families(sections: &Sections<Self::Scope, Self>) -> Vec<Family>;

    /// The samples that name each object, made only where they are published.
    fn named(_: &Sections<Self::Scope, Self>) -> Vec<Family> {
        Vec::new()
    }
}

/// A collector as the registry lists it.
#[derive(Debug)]
pub struct Collector {
    /// Its name.
    pub name: &'static str,
    /// Its routes.
    pub routes: &'static [&'static Route],
    /// Its families.
    pub families: &'static [&'static Desc],
    /// Whether it reads unless it is asked not to.
    pub is_on: bool,
    /// How often it reads, unless it is asked otherwise; `None` is in each pass.
    pub interval: Option<Duration>,
}

impl Collector {
    pub(super) const fn of<C: Collect>() -> Self {
        Self {
            name: C::NAME,
            routes: C::ROUTES,
            families: C::FAMILIES,
            is_on: C::IS_ON,
            interval: C::INTERVAL,
        }
    }
}

/// How a collector's last reading went.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// The collector's name.
    pub name: &'static str,
    /// The reading; `None` if the collector is off.
    pub reading: Option<&'a Reading>,
    /// When everything was last read.
    pub last_success: Option<Timestamp>,
    /// How many objects are known.
    pub objects: usize,
    /// How many came, went and became others.
    pub changes: Changes,
}

impl<'a> State<'a> {
    pub(super) fn of<C: Collect>(sections: &'a Sections<C::Scope, C>) -> Self {
        Self {
            name: C::NAME,
            reading: sections.reading.as_ref(),
            last_success: sections.last_success,
            objects: sections.len(),
            changes: sections.changes,
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

/// An action that changes the sections of every collector; see [`Inventory::each_mut`].
///
/// [`Inventory::each_mut`]: super::Inventory::each_mut
pub trait VisitMut<'a> {
    /// Visits the sections of one collector, named [`Collect::NAME`].
    fn visit<C: Collect>(&mut self, sections: &'a mut Sections<C::Scope, C>);
}

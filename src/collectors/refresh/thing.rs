//! A collector for the tests of the refresh.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Kind, Route};
use crate::collectors::collect::Collect;
use crate::collectors::pass::{Gathered, Pass};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

static ROUTE: Route = Route::new("/thing", &[]);
static DETAIL: Route = Route::new("/thing/detail", &[]).optional();

/// An object with an id, in a part, with a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Thing(pub(super) Word, pub(super) Word, pub(super) u32);

/// A thing without a part.
pub(super) fn thing(id: &str, value: u32) -> Thing {
    Thing(id.into(), Word::default(), value)
}

/// The loss of the object with this id.
pub(super) fn lost(id: &str, kind: Kind) -> api::Error {
    api::Error::on(&ROUTE, kind).of(id)
}

/// A loss without a name.
pub(super) fn unnamed(kind: Kind) -> api::Error {
    api::Error::on(&ROUTE, kind)
}

/// The refusal of a detail of the object with this id.
pub(super) fn refused(id: &str) -> api::Error {
    api::Error::on(&DETAIL, Kind::Forbidden { actions: Vec::new() }).of(id)
}

impl Collect for Thing {
    type Scope = Account;
    const NAME: &'static str = "thing";
    const RESOURCES: &'static str = "things";
    const ROUTES: &'static [&'static Route] = &[&ROUTE, &DETAIL];
    const FAMILIES: &'static [&'static Desc] = &[];

    fn id(&self) -> Cow<'_, str> {
        (&*self.0).into()
    }

    fn part(&self) -> Word {
        self.1.clone()
    }

    /// A bug.
    async fn fetch(_: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        unreachable!("a collector with a bug")
    }

    fn families(_: &Sections<Account, Self>) -> Vec<Family> {
        Vec::new()
    }
}

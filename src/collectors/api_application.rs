//! Legacy API applications by status. Credentials belong to an application.
//!
//! `applicationKey` is half of a credential and is not kept.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::samples::{counted, info};

static LIST: Route = Route::new("/me/api/application", &["account:apiovh:me/api/application/get"]);
static ONE: Route =
    Route::new("/me/api/application/{applicationId}", &["account:apiovh:me/api/application/get"]);

static APPLICATIONS: Desc = Desc::count(
    "ovhcloud_api_applications",
    "Legacy API applications by status (GET /me/api/application/{applicationId})",
    &["status"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_api_application_info",
    "Always 1, for each legacy API application (GET /me/api/application/{applicationId})",
    &["application_id", "application_name", "status"],
);

/// The states of the schema; each has a sample, which may be 0.
const STATES: [&str; 4] = ["active", "blocked", "inactive", "trusted"];

/// A legacy API application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: Option<i64>,
    /// The owner's name for it.
    pub name: String,
    /// `active`, `blocked`, `inactive`, `trusted`.
    pub status: Word,
}

impl Collect for Application {
    type Scope = Account;
    const NAME: &'static str = "api_application";
    const RESOURCES: &'static str = "legacy API applications";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&APPLICATIONS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.map(|id| id.to_string()).unwrap_or_default().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let applications = pass.session.each(&LIST, &ONE, &[]).await?;
        Ok(Gathered::from_listing(applications, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&APPLICATIONS, sections, &STATES, |application| application.status.clone())]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let applications = info(&INFO, sections, |_, application: &Self| {
            let name = application.name.as_str().into();
            [(&*application.id()).into(), name, application.status.clone()]
        });
        vec![applications]
    }
}

/// `api.Application`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    application_id: Option<i64>,
    name: Option<String>,
    status: Option<String>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("applicationId");
}

impl From<Wire> for Application {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.application_id,
            name: wire.name.unwrap_or_default(),
            status: wire.status.unwrap_or_default().into(),
        }
    }
}

//! Public Cloud projects: their number by status, and their names.
//!
//! The second version of the API returns all of them in one paged call; a region or a credential
//! that has only the first version is read there. Both versions have the same states under
//! different words; the words of the first version are used.

use std::borrow::Cow;

use crate::api::{self, Route};
use crate::family::{Desc, Family};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::lists::projects::{self, LIST, ONE, PAGED};
use super::pass::{Gathered, Pass};
use super::shared::samples::counted;

pub(crate) use super::lists::projects::CloudProject;

static PROJECTS: Desc = Desc::count(
    "ovhcloud_cloud_projects",
    "Public Cloud projects by status (GET /v2/publicCloud/project or /cloud/project)",
    &["status"],
);
static INFO: Desc = Desc::of_few(
    "ovhcloud_cloud_project_info",
    "Always 1, for each Public Cloud project; joins names to project ids \
     (GET /v2/publicCloud/project or /cloud/project)",
    &["project_id", "project_name", "status"],
);

/// The states of the schema of the first version; each has a sample, which may be 0.
const STATES: [&str; 5] = ["creating", "deleted", "deleting", "ok", "suspended"];

impl Collect for CloudProject {
    type Scope = Account;
    const NAME: &'static str = "cloud_project";
    const RESOURCES: &'static str = "Public Cloud projects";
    const ROUTES: &'static [&'static Route] = &[&PAGED, &LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&PROJECTS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        (&*self.id).into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        Ok(projects::list(pass).await?.as_ref().clone())
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let projects = counted(&PROJECTS, sections, &STATES, |project| project.status.clone());
        let mut info = INFO.family();
        for (_, project) in sections.items() {
            let name = project.name.as_str().into();
            info.set([project.id.clone(), name, project.status.clone()], 1.0);
        }
        vec![projects, info]
    }
}

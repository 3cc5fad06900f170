//! Public Cloud projects: how many there are in which status, and what they are called.
//!
//! The second version of the API answers all of them in one paged call; where a region or a
//! credential has only the first, that is asked. Both speak of the same states in other words;
//! the first version's are used.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Kind, Route, Session};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::{Collect, Gathered, Pass, counted};

static PAGED: Route = Route::new("/v2/publicCloud/project", &["publicCloudProject:apiovh:get"]);
static LIST: Route = Route::new("/cloud/project", &["publicCloudProject:apiovh:get"]);
static ONE: Route = Route::new("/cloud/project/{serviceName}", &["publicCloudProject:apiovh:get"]);

static PROJECTS: Desc = Desc::gauge(
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

/// The states that the schema of the first version knows, all of which are counted, be it 0.
const STATES: [&str; 5] = ["creating", "deleted", "deleting", "ok", "suspended"];

/// A Public Cloud project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudProject {
    /// Its id, 32 hex digits.
    pub id: Word,
    /// What its owner calls it.
    pub name: String,
    /// `ok`, `suspended`, `creating`, `deleting`, `deleted`, or another word of the second
    /// version's `resourceStatus` in lower case.
    pub status: Word,
}

impl CloudProject {
    /// Whether it has anything that could be read.
    pub fn is_readable(&self) -> bool {
        !self.id.is_empty()
            && !matches!(&*self.status, "creating" | "creation_planned" | "deleting" | "deleted")
    }

    /// Whether it is out of service, for want of payment or by its owner's wish.
    pub fn is_suspended(&self) -> bool {
        &*self.status == "suspended"
    }
}

/// Reads all projects, for this collector and for the scopes of the others.
pub(super) async fn list(session: &Session<'_>) -> Result<Gathered<CloudProject>, api::Error> {
    match session.pages(&PAGED.at(&[])).await {
        Ok(listing) => Ok(identified(Gathered::from_listing(listing, |wire: Paged| wire.into()))),
        Err(api::Error {
            kind: Kind::NotFound(_) | Kind::Forbidden { .. } | Kind::Rejected { .. },
            ..
        }) => {
            let listing = session.each(&LIST, &ONE, &[]).await?;
            Ok(identified(Gathered::from_listing(listing, |wire: Single| wire.into())))
        }
        Err(error) => Err(error),
    }
}

/// A project without an id counts, but nothing can be asked below it: that is a gap.
fn identified(mut gathered: Gathered<CloudProject>) -> Gathered<CloudProject> {
    let without = gathered.items.iter().filter(|project| project.id.is_empty()).count();
    let error = api::Error::undecodable(&PAGED, "id", "a project without an id");
    gathered.lost.extend(vec![error; without]);
    gathered
}

impl Collect for CloudProject {
    type Scope = Account;
    const NAME: &'static str = "cloud_project";
    const ROUTES: &'static [&'static Route] = &[&PAGED, &LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&PROJECTS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        (&*self.id).into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let listed = pass.projects().await?;
        Ok(listed.as_ref().clone())
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

/// `publicCloud.Project` of the second version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paged {
    id: Option<String>,
    name: Option<String>,
    resource_status: Option<String>,
    current_state: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

impl From<Paged> for CloudProject {
    fn from(wire: Paged) -> Self {
        let status = wire.resource_status.unwrap_or_default().to_lowercase();
        let name = wire.name.or(wire.current_state.and_then(|state| state.name));
        Self {
            id: wire.id.unwrap_or_default().into(),
            name: name.unwrap_or_default(),
            status: if status == "ready" { "ok".into() } else { status.into() },
        }
    }
}

/// `cloud.project.Project` of the first version.
#[derive(Deserialize)]
struct Single {
    project_id: Option<String>,
    #[serde(rename = "projectName")]
    project_name: Option<String>,
    description: Option<String>,
    status: Option<String>,
}

impl From<Single> for CloudProject {
    fn from(wire: Single) -> Self {
        Self {
            id: wire.project_id.unwrap_or_default().into(),
            name: wire.project_name.or(wire.description).unwrap_or_default(),
            status: wire.status.unwrap_or_default().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(json: &str) -> CloudProject {
        serde_json::from_str::<Paged>(json).unwrap().into()
    }

    #[test]
    fn both_versions_tell_the_same() {
        let second = paged(r#"{"id":"p1","name":"prod","resourceStatus":"READY"}"#);
        let first: Single =
            serde_json::from_str(r#"{"project_id":"p1","projectName":"prod","status":"ok"}"#)
                .unwrap();
        assert_eq!(second, first.into());
    }

    #[test]
    fn a_missing_name_is_looked_for_in_the_state() {
        let project = paged(r#"{"id":"p","name":null,"currentState":{"name":"n"}}"#);
        assert_eq!((project.name.as_str(), &*project.status), ("n", ""));
    }

    #[test]
    fn a_project_that_is_not_there_yet_has_nothing_to_read() {
        let status = |word: &str| paged(&format!(r#"{{"id":"p","resourceStatus":"{word}"}}"#));
        assert!(status("READY").is_readable() && status("OUT_OF_SYNC").is_readable());
        assert!(status("SUSPENDED").is_readable() && status("SUSPENDED").is_suspended());
        assert!(!status("DELETING").is_readable());
        assert!(!paged(r#"{"resourceStatus":"READY"}"#).is_readable());
    }
}

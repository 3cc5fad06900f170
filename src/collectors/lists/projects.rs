//! The account's Public Cloud projects, which are the scopes of most collectors.

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Route};
use crate::collectors::pass::{Gathered, Pass, Reach, Scopes};
use crate::family::Word;
use crate::inventory::Project;

use super::Shared;

pub(in crate::collectors) static PAGED: Route =
    Route::new("/v2/publicCloud/project", &["publicCloudProject:apiovh:get"]);
pub(in crate::collectors) static LIST: Route =
    Route::new("/cloud/project", &["publicCloudProject:apiovh:get"]);
pub(in crate::collectors) static ONE: Route =
    Route::new("/cloud/project/{serviceName}", &["publicCloudProject:apiovh:get"]);

/// A Public Cloud project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudProject {
    /// Its id, 32 hex digits.
    pub id: Word,
    /// The owner's name for it.
    pub name: String,
    /// `ok`, `suspended`, `creating`, `deleting`, `deleted`, or another word of the second
    /// version's `resourceStatus` in lower case.
    pub status: Word,
}

impl CloudProject {
    /// Whether it may contain readable resources.
    pub fn is_readable(&self) -> bool {
        !self.id.is_empty()
            && !matches!(&*self.status, "creating" | "creation_planned" | "deleting" | "deleted")
    }

    /// Whether it is out of service, because of missing payment or at its owner's request.
    pub fn is_suspended(&self) -> bool {
        &*self.status == "suspended"
    }
}

/// The account's projects, read once in a refresh.
///
/// # Errors
///
/// The list cannot be read.
pub(in crate::collectors) async fn list(pass: &Pass<'_>) -> Shared<CloudProject> {
    pass.once("projects".to_owned(), || read(pass)).await
}

async fn read(pass: &Pass<'_>) -> Result<Gathered<CloudProject>, api::Error> {
    match pass.session.pages(&PAGED.at(&[])).await {
        Ok(listing) => Ok(Gathered::from_listing(listing, |wire: Paged| wire.into())),
        Err(api::Error {
            kind: Kind::NotFound(_) | Kind::Forbidden { .. } | Kind::Rejected { .. },
            ..
        }) => {
            let listing = pass.session.each(&LIST, &ONE, &[]).await?;
            Ok(Gathered::from_listing(listing, |wire: Single| wire.into()))
        }
        Err(error) => Err(error),
    }
}

/// The projects as scopes of collectors.
pub(in crate::collectors) fn scopes<'a>(
    projects: impl IntoIterator<Item = &'a CloudProject>,
) -> Scopes<Project> {
    let mut scopes = Scopes { known: Vec::new(), suspended: Vec::new(), unlisted: Vec::new() };
    for project in projects {
        let scope = Project(project.id.clone());
        if project.is_suspended() {
            scopes.suspended.push(scope.clone());
        }
        if project.is_readable() {
            scopes.known.push(scope);
        }
    }
    scopes
}

/// The projects that may have resources. If the list is unreadable, the projects of the refresh
/// before are read.
impl Reach for Project {
    async fn all(pass: &Pass<'_>) -> Scopes<Self> {
        match list(pass).await {
            Ok(listed) => Scopes { unlisted: listed.lost.clone(), ..scopes(&listed.items) },
            Err(error) => Scopes { unlisted: vec![error], ..pass.previous().clone() },
        }
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

impl Identified for Paged {
    const ID: Option<&'static str> = Some("id");
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

impl Identified for Single {
    const ID: Option<&'static str> = Some("project_id");
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

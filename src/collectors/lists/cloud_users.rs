//! The OpenStack users of a Public Cloud project.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Listing, Route};
use crate::collectors::pass::{Gathered, Pass};
use crate::collectors::shared::dates::date;
use crate::family::Word;
use crate::inventory::Project;

use super::Shared;

pub(in crate::collectors) static LIST: Route =
    Route::new("/cloud/project/{serviceName}/user", &["publicCloudProject:apiovh:user/get"]);

/// An OpenStack user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudUser {
    /// Its id.
    pub id: Option<i64>,
    /// The name that OVHcloud gave it.
    pub username: String,
    /// `ok`, `disabled`, `creating`, `updating`, `deleting`, `deleted`.
    pub status: Word,
    /// The names of its roles, each once; `None` if OVHcloud did not say.
    pub roles: Option<BTreeSet<Word>>,
    /// When it was made; `None` if OVHcloud did not say.
    pub created: Option<Timestamp>,
}

impl CloudUser {
    /// Whether it may be gone already, though the list has it.
    pub fn is_leaving(&self) -> bool {
        matches!(&*self.status, "deleting" | "deleted")
    }
}

/// The OpenStack users of a project, read once in a refresh.
///
/// # Errors
///
/// The list can't be read.
pub(in crate::collectors) async fn list(pass: &Pass<'_>, project: &Project) -> Shared<CloudUser> {
    pass.once(format!("users of {}", project.0), || read(pass, project)).await
}

/// The ids of the users that a project has now. A user that OVHcloud is deleting may be gone
/// already.
///
/// # Errors
///
/// The list can't be read.
pub(in crate::collectors) async fn ids(
    pass: &Pass<'_>,
    project: &Project,
) -> Result<Listing<i64>, api::Error> {
    let users = read(pass, project).await?;
    Ok(users.keys(|user| user.id.filter(|_| !user.is_leaving())))
}

async fn read(pass: &Pass<'_>, project: &Project) -> Result<Gathered<CloudUser>, api::Error> {
    let users = pass.session.objects(&LIST.at(&[&project.0])).await?;
    Ok(Gathered::from_listing(users, |wire: Wire| wire.into()))
}

/// `cloud.user.User`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::collectors) struct Wire {
    id: Option<i64>,
    username: Option<String>,
    status: Option<String>,
    roles: Option<Vec<Role>>,
    #[serde(default, deserialize_with = "date")]
    creation_date: Option<Timestamp>,
}

/// `cloud.role.Role`
#[derive(Deserialize)]
struct Role {
    name: Option<String>,
}

impl From<Wire> for CloudUser {
    fn from(wire: Wire) -> Self {
        let names = |roles: Vec<Role>| {
            roles.into_iter().map(|role| role.name.unwrap_or_default().into()).collect()
        };
        Self {
            id: wire.id,
            username: wire.username.unwrap_or_default(),
            status: wire.status.unwrap_or_default().into(),
            roles: wire.roles.map(names),
            created: wire.creation_date,
        }
    }
}

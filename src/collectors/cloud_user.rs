//! OpenStack users of Public Cloud projects, by status and role. They are not IAM's: each holds
//! credentials of its own, outside of IAM's policies.
//!
//! Descriptions are in the answer and are not kept: people write names into them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Route, Session};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::{Collect, Gathered, Pass, date, info};

pub(super) static LIST: Route =
    Route::new("/cloud/project/{serviceName}/user", &["publicCloudProject:apiovh:user/get"]);

static USERS: Desc = Desc::gauge(
    "ovhcloud_cloud_users",
    "OpenStack users of Public Cloud projects by status (GET /cloud/project/{serviceName}/user)",
    &["project_id", "status"],
);

static ROLES: Desc = Desc::gauge(
    "ovhcloud_cloud_user_roles",
    "OpenStack users of Public Cloud projects by role; who has several is counted in each \
     (GET /cloud/project/{serviceName}/user)",
    &["project_id", "role"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_user_info",
    "Always 1, for each OpenStack user of a Public Cloud project \
     (GET /cloud/project/{serviceName}/user)",
    &["project_id", "user_id", "username", "status"],
);

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

/// Reads a project's users, for this collector and for those that read what each user has.
pub(super) async fn list(
    session: &Session<'_>,
    project: &Project,
) -> Result<Gathered<CloudUser>, api::Error> {
    let users = session.objects(&LIST.at(&[&project.project_id()])).await?;
    Ok(Gathered::from_listing(users, |wire: Wire| wire.into()))
}

impl Collect for CloudUser {
    type Scope = Project;
    const NAME: &'static str = "cloud_user";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&USERS, &ROLES, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.map(|id| id.to_string()).unwrap_or_default().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.username.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        Ok(pass.cloud_users(scope).await?.as_ref().clone())
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let (mut users, mut roles) = (USERS.family(), ROLES.family());
        for (project, user) in sections.items() {
            users.count([project.project_id(), user.status.clone()]);
            for role in user.roles.iter().flatten() {
                roles.count([project.project_id(), role.clone()]);
            }
        }
        vec![users, roles]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let users = info(&INFO, sections, |project, user: &Self| {
            let (id, name) = ((&*user.id()).into(), user.username.as_str().into());
            [project, id, name, user.status.clone()]
        });
        vec![users]
    }
}

/// `cloud.user.User`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Section;

    fn users(json: &str) -> Vec<CloudUser> {
        let wires: Vec<Wire> = serde_json::from_str(json).unwrap();
        wires.into_iter().map(CloudUser::from).collect()
    }

    #[test]
    fn a_user_counts_once_in_each_of_its_roles() {
        let items = users(
            r#"[{"id":1,"status":"ok","roles":[{"name":"a"},{"name":"b"},{"name":"a"}]},
                {"id":2,"status":"ok","roles":[{"name":"a"},{"id":"x"}]},
                {"id":3,"status":null,"roles":null,"creationDate":null},
                {"id":4,"status":"ok","roles":[]}]"#,
        );
        let (read_at, items) = (Timestamp::UNIX_EPOCH, items.into());
        let mut sections = Sections::default();
        sections.by_scope.insert(Project("p".into()), Section { read_at, whole: true, items });
        let families = CloudUser::families(&sections);
        let value = |family: usize, label: &str| {
            families[family].samples.get(&vec![Word::from("p"), label.into()]).copied()
        };
        assert_eq!([value(0, "ok"), value(0, "")], [Some(3.0), Some(1.0)]);
        let roles = [value(1, "a"), value(1, "b"), value(1, ""), value(1, "c")];
        assert_eq!(roles, [Some(2.0), Some(1.0), Some(1.0), None]);
    }

    #[test]
    fn neither_a_new_state_nor_a_missing_member_loses_the_user() {
        let read = users(r#"[{"id":800001,"status":"frozen","new":{}},{}]"#);
        assert_eq!((read[0].id().as_ref(), &*read[0].status), ("800001", "frozen"));
        assert_eq!((read[1].id().as_ref(), &read[1].roles), ("", &None));
        assert!(!read[1].is_leaving() && users(r#"[{"status":"deleted"}]"#)[0].is_leaving());
    }
}

//! OpenStack users of Public Cloud projects, by status and role. They are not users of IAM: each
//! has credentials of its own, outside of IAM's policies.
//!
//! The answer contains descriptions, which are not kept: people write names into them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::api::{self, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::cloud_users::{self, LIST};
use super::pass::{Gathered, Pass};
use super::shared::samples::info;

pub(crate) use super::lists::cloud_users::CloudUser;

static USERS: Desc = Desc::count(
    "ovhcloud_cloud_users",
    "OpenStack users of Public Cloud projects by status (GET /cloud/project/{serviceName}/user)",
    &["project_id", "status"],
);

static ROLES: Desc = Desc::count(
    "ovhcloud_cloud_user_roles",
    "OpenStack users of Public Cloud projects by role; a user with several roles is counted in \
     each (GET /cloud/project/{serviceName}/user)",
    &["project_id", "role"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_user_info",
    "Always 1, for each OpenStack user of a Public Cloud project \
     (GET /cloud/project/{serviceName}/user)",
    &["project_id", "user_id", "username", "status"],
);

impl Collect for CloudUser {
    type Scope = Project;
    const NAME: &'static str = "cloud_user";
    const RESOURCES: &'static str = "OpenStack users of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&USERS, &ROLES, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.map(|id| id.to_string()).unwrap_or_default().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.username.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        Ok(cloud_users::list(pass, scope).await?.as_ref().clone())
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let (mut users, mut roles) = (USERS.family(), ROLES.family());
        for (project, user) in sections.items() {
            users.count([project.project_id(), user.status.clone()]);
            for role in user.roles.iter().flatten() {
                roles.count([project.project_id(), role.clone()]);
            }
        }
        // A user whose roles are missing may have any.
        let has_none = |user: &Self| user.roles.as_ref().is_some_and(BTreeSet::is_empty);
        for (project, section) in &sections.by_scope {
            if section.whole && section.items.iter().all(has_none) {
                roles.add([project.project_id(), Word::default()], 0.0);
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::collectors::lists::cloud_users::Wire;
    use crate::family::Word;
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
        let read_at = Timestamp::UNIX_EPOCH;
        let mut sections = Sections::default();
        sections.by_scope.insert(Project("p".into()), Section::new(read_at, true, items));
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

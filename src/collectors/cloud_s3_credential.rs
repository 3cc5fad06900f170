//! S3 access keys of Public Cloud projects' OpenStack users: the number of keys of each user.
//!
//! Neither the keys nor their ids are kept, and OVHcloud reports no date of them. The collector
//! needs one call per user, and OVHcloud marks the route as beta: it is disabled by default.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::listing::fan_out;
use crate::api::{self, Identified, Listing, Route};
use crate::family::{Desc, Family, number};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::cloud_users;
use super::pass::{Gathered, Pass};

static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/user/{userId}/s3Credentials",
    &["publicCloudProject:apiovh:user/s3Credentials/get"],
);

static CREDENTIALS: Desc = Desc::count(
    "ovhcloud_cloud_s3_credentials",
    "S3 access keys of Public Cloud projects' OpenStack users \
     (GET /cloud/project/{serviceName}/user/{userId}/s3Credentials)",
    &["project_id"],
);

/// The S3 access keys of one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct S3Credentials {
    /// The user's id.
    pub user_id: i64,
    /// The number of keys.
    pub count: usize,
}

impl Collect for S3Credentials {
    type Scope = Project;
    const NAME: &'static str = "cloud_s3_credential";
    const RESOURCES: &'static str = "S3 access keys of OpenStack users";
    const ROUTES: &'static [&'static Route] = &[&cloud_users::LIST, &LIST];
    const FAMILIES: &'static [&'static Desc] = &[&CREDENTIALS];
    const IS_ON: bool = false;

    fn id(&self) -> Cow<'_, str> {
        self.user_id.to_string().into()
    }

    fn name(&self) -> Cow<'_, str> {
        format!("user {}", self.user_id).into()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let users = cloud_users::list(pass, scope).await?;
        let ids = users.keys(|user| user.id).objects;
        let ask = |id: i64| async move {
            Listing::from(of_user(pass, scope, id).await).of(&id.to_string())
        };
        let mut gathered =
            Gathered::from(fan_out(ids, ask, || cloud_users::ids(pass, scope)).await);
        gathered.lost.extend(users.lost.iter().cloned());
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut credentials = CREDENTIALS.family();
        for (project, section) in &sections.by_scope {
            let count = section.items.iter().map(|user| user.count).sum();
            // A count of 0 is published only if all users are known.
            if section.whole || count > 0 {
                credentials.add([project.project_id()], number(count));
            }
        }
        vec![credentials]
    }
}

/// Counts the keys of a user, which are unknown if one of them can't be read.
async fn of_user(pass: &Pass<'_>, project: &Project, id: i64) -> Result<S3Credentials, api::Error> {
    let call = LIST.at(&[&project.project_id(), &id.to_string()]);
    let Listing { objects, lost } = pass.session.objects::<Wire>(&call).await?;
    let count = objects.len();
    lost.into_iter().next().map_or(Ok(S3Credentials { user_id: id, count }), Err)
}

/// `cloud.user.S3Credentials`, whose only members are ids. Nothing of it is kept.
#[derive(Deserialize)]
struct Wire {}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("access");
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::inventory::Section;

    #[test]
    fn a_project_without_keys_has_none_and_an_unread_one_says_nothing() {
        let mut sections = Sections::default();
        let read: [(_, &[_], _); 4] =
            [("a", &[2, 0, 1], true), ("b", &[], true), ("c", &[0], false), ("d", &[1, 0], false)];
        for (project, counts, whole) in read {
            let of = |(user_id, count): (i64, &usize)| S3Credentials { user_id, count: *count };
            let items = (1..).zip(counts).map(of).collect();
            let section = Section::new(Timestamp::UNIX_EPOCH, whole, items);
            sections.by_scope.insert(Project(project.into()), section);
        }
        let families = S3Credentials::families(&sections);
        let values: Vec<_> = families[0].samples.values().copied().collect();
        // A user of `c` that was not read may have keys.
        assert_eq!(values, [3.0, 0.0, 1.0]);
    }
}

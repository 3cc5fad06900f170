//! Groups of the account's local IAM users, by OVHcloud's built-in role. Policies contain the other
//! rights of a group.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::samples::{counted, info};

static LIST: Route = Route::new("/me/identity/group", &["account:apiovh:me/identity/group/get"]);
static ONE: Route =
    Route::new("/me/identity/group/{group}", &["account:apiovh:me/identity/group/get"]);

static GROUPS: Desc = Desc::count(
    "ovhcloud_iam_groups",
    "Groups of local IAM users by built-in role (GET /me/identity/group/{group})",
    &["role"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_iam_group_info",
    "Always 1, for each group of local IAM users (GET /me/identity/group/{group})",
    &["group", "role"],
);

/// The roles of the schema; each has a sample, which may be 0.
const ROLES: [&str; 4] = ["ADMIN", "NONE", "REGULAR", "UNPRIVILEGED"];

/// A group of local users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name, which is its id.
    pub name: String,
    /// The identity of its members in policies; empty if missing.
    pub urn: String,
    /// `ADMIN`, `REGULAR`, `UNPRIVILEGED`, `NONE`.
    pub role: Word,
    /// Whether every account has the group; `None` if missing.
    pub is_default: Option<bool>,
}

impl Collect for Group {
    type Scope = Account;
    const NAME: &'static str = "iam_group";
    const RESOURCES: &'static str = "groups of local IAM users";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&GROUPS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let groups = pass.session.each(&LIST, &ONE, &[]).await?;
        Ok(Gathered::from_listing(groups, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&GROUPS, sections, &ROLES, |group| group.role.clone())]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let groups = info(&INFO, sections, |_, group: &Self| {
            [group.name.as_str().into(), group.role.clone()]
        });
        vec![groups]
    }
}

/// `auth.Group`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    name: Option<String>,
    urn: Option<String>,
    role: Option<String>,
    default_group: Option<bool>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("name");
}

impl From<Wire> for Group {
    fn from(wire: Wire) -> Self {
        Self {
            name: wire.name.unwrap_or_default(),
            urn: wire.urn.unwrap_or_default(),
            role: wire.role.unwrap_or_default().into(),
            is_default: wire.default_group,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_with_missing_members_is_kept() {
        let read = |json| Group::from(serde_json::from_str::<Wire>(json).unwrap());
        let own = read(r#"{"name":"devs","role":"NONE","defaultGroup":false,"new":[1]}"#);
        assert_eq!((own.name.as_str(), &*own.role, own.is_default), ("devs", "NONE", Some(false)));
        for bare in ["{}", r#"{"name":null,"role":null,"defaultGroup":null}"#] {
            let bare = read(bare);
            assert_eq!((bare.name.as_str(), &*bare.role, bare.is_default), ("", "", None));
        }
    }
}

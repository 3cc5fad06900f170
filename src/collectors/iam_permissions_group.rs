//! IAM permissions groups: sets of actions that policies include, OVHcloud's own and the
//! customer's. Their actions are for the checks.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::samples::counted;
use super::shared::{Actions, MANAGERS, Permissions, manager};

static LIST: Route =
    Route::new("/v2/iam/permissionsGroup", &["account:apiovh:iam/permissionsGroup/get"]);

static GROUPS: Desc = Desc::count(
    "ovhcloud_iam_permissions_groups",
    "IAM permissions groups by manager, OVHcloud or the customer (GET /v2/iam/permissionsGroup)",
    &["managed_by"],
);

/// The owner of the groups that every account has.
const OVHCLOUD: &str = "ovh";

/// A set of actions. Its lists are in the order of the alphabet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PermissionsGroup {
    /// The URN, which is its id and its name in policies.
    pub urn: String,
    /// The owner's name for it.
    pub name: String,
    /// `ovh`, or the account of the owner; empty if missing.
    pub owner: Word,
    /// The allowed actions, with their wildcards; `None` if missing.
    pub allowed: Option<Vec<String>>,
    /// The denied actions, which override every permission; `None` if missing.
    pub denied: Option<Vec<String>>,
    /// The exceptions from its allowed actions; `None` if missing.
    pub excepted: Option<Vec<String>>,
}

impl PermissionsGroup {
    /// The manager; empty if unknown.
    fn manager(&self) -> Word {
        manager((!self.owner.is_empty()).then_some(&*self.owner == OVHCLOUD))
    }
}

impl Collect for PermissionsGroup {
    type Scope = Account;
    const NAME: &'static str = "iam_permissions_group";
    const RESOURCES: &'static str = "IAM permissions groups";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&GROUPS];

    fn id(&self) -> Cow<'_, str> {
        self.urn.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let groups = pass.session.pages(&LIST.at(&[])).await?;
        Ok(Gathered::from_listing(groups, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&GROUPS, sections, &MANAGERS, Self::manager)]
    }
}

/// `iam.PermissionsGroup`
#[derive(Deserialize)]
struct Wire {
    urn: Option<String>,
    name: Option<String>,
    owner: Option<String>,
    permissions: Option<Permissions>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("urn");
}

impl From<Wire> for PermissionsGroup {
    fn from(wire: Wire) -> Self {
        let Actions { allowed, denied, excepted } = wire.permissions.into();
        Self {
            urn: wire.urn.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            owner: wire.owner.unwrap_or_default().into(),
            allowed,
            denied,
            excepted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_follows_from_the_owner() {
        let read = |json| PermissionsGroup::from(serde_json::from_str::<Wire>(json).unwrap());
        let ovhs = read(r#"{"owner":"ovh","permissions":{"allow":[{"action":"*:vrack:*"}]}}"#);
        assert_eq!(&*ovhs.manager(), "ovh");
        assert_eq!(ovhs.allowed.unwrap(), ["*:vrack:*"]);
        assert_eq!(&*read(r#"{"owner":"xx1-ovh"}"#).manager(), "customer");
        for unknown in ["{}", r#"{"owner":null,"permissions":null}"#] {
            let unknown = read(unknown);
            assert_eq!((&*unknown.manager(), unknown.allowed), ("", None));
        }
    }
}

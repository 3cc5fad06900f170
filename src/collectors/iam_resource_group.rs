//! IAM resource groups: sets of resources that policies apply to, OVHcloud's own and the
//! customer's.
//!
//! The request asks for details: the members of the resources in an answer without details are
//! undocumented, and OVHcloud's example of an answer with details has their URNs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::samples::counted;
use super::shared::{MANAGERS, manager, sorted};

static LIST: Route = Route::new("/v2/iam/resourceGroup", &["account:apiovh:iam/resourceGroup/get"]);

static GROUPS: Desc = Desc::count(
    "ovhcloud_iam_resource_groups",
    "IAM resource groups by manager, OVHcloud or the customer (GET /v2/iam/resourceGroup)",
    &["managed_by"],
);

/// A set of resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceGroup {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// The URN, its name in policies.
    pub urn: String,
    /// Whether it is OVHcloud's own, which no customer can change;
    /// `None` if missing.
    pub is_ovhclouds: Option<bool>,
    /// Its resources, as URNs in the order of the alphabet; `None` if missing.
    pub resources: Option<Vec<String>>,
    /// The account that owns it; empty if missing.
    #[serde(default)]
    pub owner: Word,
}

impl Collect for ResourceGroup {
    type Scope = Account;
    const NAME: &'static str = "iam_resource_group";
    const RESOURCES: &'static str = "IAM resource groups";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&GROUPS];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    /// An owner that an older version did not read is no change.
    fn same_as(&self, before: &Self) -> bool {
        let is_known = !self.owner.is_empty() && !before.owner.is_empty();
        let owner = if is_known { before.owner.clone() } else { self.owner.clone() };
        *self == Self { owner, ..before.clone() }
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let groups = pass.session.pages(&LIST.at(&[]).with("details", "true")).await?;
        Ok(Gathered::from_listing(groups, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&GROUPS, sections, &MANAGERS, |group| manager(group.is_ovhclouds))]
    }
}

/// `iam.group.Response`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    urn: Option<String>,
    read_only: Option<bool>,
    resources: Option<Vec<Resource>>,
    owner: Option<String>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

#[derive(Deserialize)]
struct Resource {
    urn: Option<String>,
}

impl From<Wire> for ResourceGroup {
    fn from(wire: Wire) -> Self {
        let urns = |list: Vec<Resource>| sorted(list.into_iter().map(|resource| resource.urn));
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            urn: wire.urn.unwrap_or_default(),
            is_ovhclouds: wire.read_only,
            resources: wire.resources.and_then(urns),
            owner: wire.owner.unwrap_or_default().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> ResourceGroup {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn an_empty_group_differs_from_a_group_with_unknown_resources() {
        assert_eq!(read(r#"{"id":"g","resources":[]}"#).resources, Some(vec![]));
        for unknown in ["{}", r#"{"resources":null}"#, r#"{"resources":[{"id":"1"}]}"#] {
            assert_eq!(read(unknown).resources, None, "{unknown}");
        }
    }

    #[test]
    fn the_order_of_resources_means_nothing() {
        let one = read(r#"{"id":"g","readOnly":true,"resources":[{"urn":"b"},{"urn":"a"}]}"#);
        let other = read(r#"{"id":"g","readOnly":true,"resources":[{"urn":"a"},{"urn":"b"}]}"#);
        assert!(one.is_ovhclouds == Some(true) && one.same_as(&other));
    }
}

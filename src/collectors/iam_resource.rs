//! All resources of the account that IAM's policies can name, with their tags: servers, domains,
//! zones, addresses, Public Cloud projects, ….
//!
//! An account may have thousands of them, and each is a line of the state file: the collector is
//! disabled by default. The route lists no IAM action.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::nullable::Nullable;

static LIST: Route = Route::new("/v2/iam/resource", &[]);

static RESOURCES: Desc = Desc::count(
    "ovhcloud_iam_resources",
    "Resources that IAM policies can name, by type and whether they have a tag of their owner's: \
     true, false, or empty if unknown (GET /v2/iam/resource)",
    &["resource_type", "tagged"],
);

/// The start of the keys of tags that OVHcloud sets.
const OVHCLOUDS: &str = "ovh:";

/// A resource.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct IamResource {
    /// The URN, its name in policies.
    pub urn: String,
    /// OVHcloud's name for it.
    pub name: String,
    /// The owner's name for it.
    pub display_name: String,
    /// Its type: `vps`, `dnsZone`, `publicCloudProject`, …
    pub resource_type: Word,
    /// The account that owns it; empty if missing.
    pub owner: Word,
    /// Its tags, those that OVHcloud sets (`ovh:…`) among them; null if it has none.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub tags: Nullable<BTreeMap<String, String>>,
}

impl IamResource {
    /// Whether it has a tag that OVHcloud did not set; `None` if its tags are unknown.
    pub fn is_tagged(&self) -> Option<bool> {
        match &self.tags {
            Nullable::Unknown => None,
            Nullable::Null => Some(false),
            Nullable::Value(tags) => Some(tags.keys().any(|key| !key.starts_with(OVHCLOUDS))),
        }
    }
}

impl Collect for IamResource {
    type Scope = Account;
    const NAME: &'static str = "iam_resource";
    const RESOURCES: &'static str = "resources that IAM policies can name, with their tags";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&RESOURCES];
    const IS_ON: bool = false;
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(6));

    fn id(&self) -> Cow<'_, str> {
        self.urn.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        let name = if self.display_name.is_empty() { &self.name } else { &self.display_name };
        name.as_str().into()
    }

    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self { tags: Nullable::Unknown, ..one.clone() };
        self.tags.is_unchanged(&before.tags) && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let resources = pass.session.pages(&LIST.at(&[])).await?;
        Ok(Gathered::from_listing(resources, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut resources = RESOURCES.family();
        for (_, resource) in sections.items() {
            let tagged = resource.is_tagged().map(|is| is.to_string()).unwrap_or_default();
            resources.count([resource.resource_type.clone(), tagged.as_str().into()]);
        }
        vec![resources]
    }
}

/// `iam.resource.Resource`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    urn: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    owner: Option<String>,
    tags: Option<BTreeMap<String, Option<String>>>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("urn");
}

impl From<Wire> for IamResource {
    fn from(wire: Wire) -> Self {
        let tags = |tags: BTreeMap<String, Option<String>>| {
            tags.into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect()
        };
        Self {
            urn: wire.urn.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            display_name: wire.display_name.unwrap_or_default(),
            resource_type: wire.kind.unwrap_or_default().into(),
            owner: wire.owner.unwrap_or_default().into(),
            tags: wire.tags.map(tags).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn resource(json: &str) -> IamResource {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn a_resource_is_tagged_by_its_owner_only() {
        let is_tagged = |json| resource(json).is_tagged();
        assert_eq!(is_tagged(r#"{"tags":{"env":"prod","ovh:x":"y"}}"#), Some(true));
        for bare in [r#"{"tags":{"ovh:x":"y"}}"#, r#"{"tags":{}}"#, r#"{"tags":null}"#, "{}"] {
            assert_eq!(is_tagged(bare), Some(false), "{bare}");
        }
        let unread = IamResource { tags: Nullable::Unknown, ..resource("{}") };
        assert_eq!(unread.is_tagged(), None);
        assert!(unread.same_as(&resource(r#"{"tags":{"env":"prod"}}"#)));
        assert!(!resource("{}").same_as(&resource(r#"{"tags":{"env":"prod"}}"#)));
    }

    #[test]
    fn resources_are_counted_by_type_and_tags() {
        let items = [
            r#"{"urn":"a","type":"vps","name":"vps-1","displayName":"web","tags":{"env":"x"}}"#,
            r#"{"urn":"b","type":"vps","name":"vps-2","displayName":"","tags":{"env":null}}"#,
            r#"{"urn":"c","type":null}"#,
        ];
        let items: Vec<_> = items.map(resource).into();
        assert_eq!((&*items[0].name(), &*items[1].name(), &*items[2].name()), ("web", "vps-2", ""));
        let sections = Sections::known(Account, Timestamp::UNIX_EPOCH, items);
        let samples: Vec<_> =
            IamResource::families(&sections).remove(0).samples.into_iter().collect();
        let labels = |kind: &str, tagged: &str| vec![Word::from(kind), Word::from(tagged)];
        assert_eq!(samples, [(labels("", "false"), 1.0), (labels("vps", "true"), 2.0)]);
    }
}

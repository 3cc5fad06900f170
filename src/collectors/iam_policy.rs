//! IAM policies. They are counted by manager; their permissions are for the checks.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::samples::{counted, info};
use super::shared::{Actions, MANAGERS, Permissions, manager, sorted};

static LIST: Route = Route::new("/v2/iam/policy", &["account:apiovh:iam/policy/get"]);

static POLICIES: Desc = Desc::gauge(
    "ovhcloud_iam_policies",
    "IAM policies by manager, OVHcloud or the customer (GET /v2/iam/policy)",
    &["managed_by"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_iam_policy_info",
    "Always 1, for each IAM policy (GET /v2/iam/policy)",
    &["policy_id", "policy_name", "managed_by"],
);

static EXPIRATION: Desc = Desc::of_each(
    "ovhcloud_iam_policy_expiration_timestamp_seconds",
    "Expiry time of each IAM policy, past or future (GET /v2/iam/policy); no sample if it never \
     expires",
    &["policy_id", "policy_name"],
);

/// An IAM policy. Its lists are in the order of the alphabet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Whether it is OVHcloud's own, which no customer can change.
    pub is_ovhclouds: bool,
    /// The identities it applies to, as URNs; `None` if missing.
    pub identities: Option<Vec<String>>,
    /// The resources it applies to, as URNs of resources and groups of them; `None` if missing.
    pub resources: Option<Vec<String>>,
    /// The actions it allows by itself, with their wildcards; `None` if missing.
    pub allowed: Option<Vec<String>>,
    /// The denied actions, which override other policies; `None` if missing.
    pub denied: Option<Vec<String>>,
    /// The exceptions from its allowed actions; `None` if missing.
    pub excepted: Option<Vec<String>>,
    /// The permissions groups it includes, as URNs; `None` if missing.
    pub groups: Option<Vec<String>>,
    /// Whether it applies under conditions only.
    pub has_conditions: bool,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The expiry time, past or future; `None` if it never expires.
    pub expires: Option<Timestamp>,
}

impl Collect for Policy {
    type Scope = Account;
    const NAME: &'static str = "iam_policy";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&POLICIES, &INFO, &EXPIRATION];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let policies = pass.session.pages(&LIST.at(&[])).await?;
        Ok(Gathered::from_listing(policies, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&POLICIES, sections, &MANAGERS, |policy| manager(policy.is_ovhclouds))]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let policies = info(&INFO, sections, |_, policy: &Self| {
            let (id, name) = (policy.id.as_str().into(), policy.name.as_str().into());
            [id, name, manager(policy.is_ovhclouds)]
        });
        let mut expiration = EXPIRATION.family();
        for (_, policy) in sections.items() {
            if let Some(expires) = policy.expires {
                let labels = [policy.id.as_str().into(), policy.name.as_str().into()];
                expiration.set(labels, expires.as_duration().as_secs_f64());
            }
        }
        vec![policies, expiration]
    }
}

/// `iam.policy.Response`; OVHcloud's own examples omit nullable members.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    read_only: Option<bool>,
    identities: Option<Vec<Option<String>>>,
    resources: Option<Vec<Named>>,
    permissions: Option<Permissions>,
    permissions_groups: Option<Vec<Named>>,
    conditions: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "date")]
    expired_at: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

/// `iam.policy.Resource` or `iam.policy.PermissionsGroup`
#[derive(Deserialize)]
struct Named {
    urn: Option<String>,
}

impl From<Wire> for Policy {
    fn from(wire: Wire) -> Self {
        let urns = |list: Vec<Named>| sorted(list.into_iter().map(|named| named.urn));
        let Actions { allowed, denied, excepted } = wire.permissions.into();
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            is_ovhclouds: wire.read_only.unwrap_or(false),
            identities: wire.identities.and_then(|list| sorted(list.into_iter())),
            resources: wire.resources.and_then(urns),
            allowed,
            denied,
            excepted,
            groups: wire.permissions_groups.and_then(urns),
            has_conditions: wire.conditions.is_some(),
            created: wire.created_at,
            expires: wire.expired_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Policy {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn members_that_are_left_out_lose_nothing() {
        let whole = read(
            r#"{"id":"1","name":"n","readOnly":true,"permissions":{"allow":[{"action":"*"}]},
                "expiredAt":"2026-01-01T00:00:00Z"}"#,
        );
        assert!(whole.is_ovhclouds && whole.allowed.unwrap() == ["*"] && whole.expires.is_some());
        assert_eq!((whole.identities, whole.resources, whole.groups), (None, None, None));
        let bare = read(r#"{"permissions":{"allow":null,"deny":[]},"expiredAt":null}"#);
        for unclear in ["{}", r#"{"permissions":{"allow":[{"action":null}]}}"#] {
            assert_eq!(read(unclear).allowed, None);
        }
        assert!(!bare.is_ovhclouds && bare.allowed == Some(vec![]) && bare.expires.is_none());
        assert_eq!(read(r#"{"identities":["a",null]}"#).identities, None);
    }

    #[test]
    fn the_order_of_lists_means_nothing() {
        let one = r#"{"identities":["b","a"],"resources":[{"urn":"y"},{"urn":"x","group":null}],
            "permissions":{"allow":[{"action":"d"},{"action":"c"}],"except":[{"action":"f"},
            {"action":"e"}]},"permissionsGroups":[{"urn":"h"},{"urn":"g"}]}"#;
        let other = r#"{"identities":["a","b"],"resources":[{"urn":"x"},{"urn":"y"}],
            "permissions":{"allow":[{"action":"c"},{"action":"d"}],"except":[{"action":"e"},
            {"action":"f"}]},"permissionsGroups":[{"urn":"g"},{"urn":"h"}]}"#;
        assert!(read(one).same_as(&read(other)));
        assert_eq!(read(one).resources.unwrap(), ["x", "y"]);
        assert!(!read(one).same_as(&read("{}")));
    }

    #[test]
    fn conditions_are_there_or_not_whatever_they_say() {
        assert!(read(r#"{"conditions":{"operator":"NEW","values":[1]}}"#).has_conditions);
        assert!(!read(r#"{"conditions":null}"#).has_conditions && !read("{}").has_conditions);
    }
}

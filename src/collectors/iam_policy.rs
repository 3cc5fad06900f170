//! IAM policies. They are counted by manager; their permissions are for the checks.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::{date, no_date, nullable_date};
use super::shared::nullable::Nullable;
use super::shared::samples::{counted, info, times};
use super::shared::{Actions, MANAGERS, Permissions, is_unchanged, manager, sorted};

static LIST: Route = Route::new("/v2/iam/policy", &["account:apiovh:iam/policy/get"]);

static POLICIES: Desc = Desc::count(
    "ovhcloud_iam_policies",
    "IAM policies by manager, OVHcloud or the customer (GET /v2/iam/policy)",
    &["managed_by"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_iam_policy_info",
    "Always 1, for each IAM policy (GET /v2/iam/policy)",
    &["policy_id", "policy_name", "managed_by"],
);

static CREATION: Desc = Desc::of_each(
    "ovhcloud_iam_policy_creation_timestamp_seconds",
    "Creation time of each IAM policy (GET /v2/iam/policy)",
    &["policy_id", "policy_name"],
);

static UPDATE: Desc = Desc::of_each(
    "ovhcloud_iam_policy_update_timestamp_seconds",
    "Last update of each IAM policy (GET /v2/iam/policy); no sample if OVHcloud reports none",
    &["policy_id", "policy_name"],
);

static EXPIRATION: Desc = Desc::of_each(
    "ovhcloud_iam_policy_expiration_timestamp_seconds",
    "Expiry time of each IAM policy, past or future (GET /v2/iam/policy); no sample if it never \
     expires or its expiry is unknown",
    &["policy_id", "policy_name"],
);

/// The longest conditions that are kept, in bytes of JSON.
const LONGEST_CONDITIONS: usize = 16 * 1024;

/// An IAM policy. Its lists are in the order of the alphabet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Whether it is OVHcloud's own, which no customer can change;
    /// `None` if missing.
    pub is_ovhclouds: Option<bool>,
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
    /// Its conditions as OVHcloud reports them; `None` if there are none, or if they are too long to
    /// be kept.
    #[serde(default)]
    pub conditions: Option<Value>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The expiry time, past or future; null if it never expires.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub expires: Nullable<Timestamp>,
    /// The time of the last update; `None` if missing.
    #[serde(default)]
    pub updated: Option<Timestamp>,
}

impl Policy {
    /// The labels of its dates.
    fn labels(&self) -> [Word; 2] {
        [self.id.as_str().into(), self.name.as_str().into()]
    }
}

impl Collect for Policy {
    type Scope = Account;
    const NAME: &'static str = "iam_policy";
    const RESOURCES: &'static str = "IAM policies";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&POLICIES, &INFO, &CREATION, &UPDATE, &EXPIRATION];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    /// A value that is unknown at one of the two times is no change.
    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self {
            conditions: None,
            updated: None,
            expires: Nullable::Unknown,
            ..one.clone()
        };
        is_unchanged(self.conditions.as_ref(), before.conditions.as_ref())
            && self.expires.is_unchanged(&before.expires)
            && is_unchanged(self.updated.as_ref(), before.updated.as_ref())
            && other(self) == other(before)
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
            let [id, name] = policy.labels();
            [id, name, manager(policy.is_ovhclouds)]
        });
        let dates = |desc, date: fn(&Self) -> Option<Timestamp>| {
            times(desc, sections, date, |_, policy| policy.labels())
        };
        let creation = dates(&CREATION, |policy| policy.created);
        let update = dates(&UPDATE, |policy| policy.updated);
        vec![
            policies,
            creation,
            update,
            dates(&EXPIRATION, |policy| policy.expires.value().copied()),
        ]
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
    conditions: Option<Value>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "date")]
    updated_at: Option<Timestamp>,
    #[serde(default = "no_date", deserialize_with = "nullable_date")]
    expired_at: Nullable<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["createdAt", "updatedAt", "expiredAt"];
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
            is_ovhclouds: wire.read_only,
            identities: wire.identities.and_then(|list| sorted(list.into_iter())),
            resources: wire.resources.and_then(urns),
            allowed,
            denied,
            excepted,
            groups: wire.permissions_groups.and_then(urns),
            has_conditions: wire.conditions.is_some(),
            conditions: wire
                .conditions
                .filter(|conditions| conditions.to_string().len() <= LONGEST_CONDITIONS),
            created: wire.created_at,
            expires: wire.expired_at,
            updated: wire.updated_at,
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
        assert!(
            whole.is_ovhclouds == Some(true)
                && whole.allowed.unwrap() == ["*"]
                && whole.expires.value().is_some()
        );
        assert_eq!((whole.identities, whole.resources, whole.groups), (None, None, None));
        let bare = read(r#"{"permissions":{"allow":null,"deny":[]},"expiredAt":null}"#);
        for unclear in ["{}", r#"{"permissions":{"allow":[{"action":null}]}}"#] {
            assert_eq!(read(unclear).allowed, None);
        }
        assert!(
            bare.is_ovhclouds.is_none()
                && bare.allowed == Some(vec![])
                && bare.expires == Nullable::Null
        );
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

    #[test]
    fn conditions_are_kept_as_given_up_to_a_length() {
        let given = r#"{"operator":"AND","conditions":[{"operator":"MATCH","values":{"a":"b"}}]}"#;
        let policy = read(&format!(r#"{{"conditions":{given},"updatedAt":"2026-01-01"}}"#));
        assert_eq!(policy.conditions, Some(serde_json::from_str(given).unwrap()));
        assert!(policy.updated.is_some());
        let long = "x".repeat(LONGEST_CONDITIONS);
        let long = read(&format!(r#"{{"conditions":{{"operator":"{long}"}}}}"#));
        assert_eq!((long.has_conditions, long.conditions), (true, None));
    }

    #[test]
    fn other_conditions_are_a_change_and_those_that_an_old_state_lacks_are_none() {
        let policy = |value: &str| {
            read(&format!(
                r#"{{"conditions":{{"values":{{"a":"{value}"}}}},"updatedAt":"2026-01-01"}}"#
            ))
        };
        let mut old = serde_json::to_value(policy("b")).unwrap();
        for member in ["conditions", "updated"] {
            assert!(old.as_object_mut().unwrap().remove(member).is_some());
        }
        let old: Policy = serde_json::from_value(old).unwrap();
        assert_eq!((&old.conditions, old.updated), (&None, None));
        assert!(policy("b").same_as(&old) && !policy("c").same_as(&policy("b")));
        assert!(!read("{}").same_as(&old), "the conditions are gone");
    }
}

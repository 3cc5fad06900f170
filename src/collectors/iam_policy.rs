//! IAM policies: who may do what. Counted by who manages them; what they allow is for the checks.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Route};
use crate::family::{Desc, Family};
use crate::inventory::{Account, Sections};

use super::{Collect, Gathered, Pass, counted, date};

static LIST: Route = Route::new("/v2/iam/policy", &["account:apiovh:iam/policy/get"]);

static POLICIES: Desc = Desc::gauge(
    "ovhcloud_iam_policies",
    "IAM policies, by whether OVHcloud manages them or the customer does (GET /v2/iam/policy)",
    &["managed_by"],
);

/// An IAM policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Whether it is OVHcloud's own, which no customer can change.
    pub is_ovhclouds: bool,
    /// The actions that it allows by itself, with their wildcards; `None` if OVHcloud did not say.
    pub allowed: Option<Vec<String>>,
    /// When it ceases or ceased to apply; `None` if never.
    pub expires: Option<Timestamp>,
}

impl Collect for Policy {
    type Scope = Account;
    const NAME: &'static str = "iam_policy";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&POLICIES];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let policies = pass.session.pages(&LIST.at(&[])).await?;
        Ok(Gathered::from_listing(policies, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let manager = |policy: &Self| if policy.is_ovhclouds { "ovh" } else { "customer" }.into();
        vec![counted(&POLICIES, sections, &["ovh", "customer"], manager)]
    }
}

/// `iam.Policy`; OVHcloud's own examples leave nullable members out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    read_only: Option<bool>,
    permissions: Option<Permissions>,
    #[serde(default, deserialize_with = "date")]
    expired_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Permissions {
    allow: Option<Vec<Action>>,
}

#[derive(Deserialize)]
struct Action {
    action: Option<String>,
}

impl From<Wire> for Policy {
    fn from(wire: Wire) -> Self {
        // `allow` is nullable and means nothing then; a missing `permissions` means that we do not
        // know, and so does an action without its name.
        let allow = wire.permissions.map(|permissions| permissions.allow.unwrap_or_default());
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            is_ovhclouds: wire.read_only.unwrap_or(false),
            allowed: allow.and_then(|allow| allow.into_iter().map(|one| one.action).collect()),
            expires: wire.expired_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_left_out_lose_nothing() {
        let read = |json| Policy::from(serde_json::from_str::<Wire>(json).unwrap());
        let whole = read(
            r#"{"id":"1","name":"n","readOnly":true,"permissions":{"allow":[{"action":"*"}]},
                "expiredAt":"2026-01-01T00:00:00Z"}"#,
        );
        assert!(
            whole.is_ovhclouds
                && whole.allowed == Some(vec!["*".to_owned()])
                && whole.expires.is_some()
        );
        let bare = read(r#"{"permissions":{"allow":null,"deny":[]},"expiredAt":null}"#);
        for unclear in ["{}", r#"{"permissions":{"allow":[{"action":null}]}}"#] {
            assert_eq!(read(unclear).allowed, None);
        }
        assert!(!bare.is_ovhclouds && bare.allowed == Some(vec![]) && bare.expires.is_none());
    }
}

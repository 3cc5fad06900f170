//! Subscriptions that forward the account's IAM logs to a platform of the customer's. Without one,
//! OVHcloud alone keeps the logs.
//!
//! The routes are a beta of OVHcloud's: a missing route leaves the subscriptions unknown, and is no
//! gap.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word, number};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::offered;
use super::shared::samples::info;

static LIST: Route =
    Route::new("/v2/iam/log/subscription", &["account:apiovh:iam/log/subscription/get"]);
static ONE: Route = Route::new(
    "/v2/iam/log/subscription/{subscriptionId}",
    &["account:apiovh:iam/log/subscription/get"],
);

static SUBSCRIPTIONS: Desc = Desc::count(
    "ovhcloud_iam_log_subscriptions",
    "Subscriptions that forward the account's IAM logs, 0 if no log is forwarded \
     (GET /v2/iam/log/subscription)",
    &[],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_iam_log_subscription_info",
    "Always 1, for each subscription to the account's IAM logs \
     (GET /v2/iam/log/subscription/{subscriptionId})",
    &["subscription_id", "kind"],
);

/// A subscription to a kind of logs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// The kind of its logs, such as `audit`.
    pub kind: Word,
    /// The platform that receives them.
    pub service: String,
    /// The stream on the platform.
    pub stream: String,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl Collect for Subscription {
    type Scope = Account;
    const NAME: &'static str = "log_subscription";
    const RESOURCES: &'static str = "subscriptions that forward IAM logs";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&SUBSCRIPTIONS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        (&*self.kind).into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let listing = offered(pass.session.each_paged(&LIST, &ONE, &[]).await)?;
        Ok(Gathered::from_listing(listing, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut subscriptions = SUBSCRIPTIONS.family();
        for section in sections.by_scope.values() {
            subscriptions.add([], number(section.items.len()));
        }
        vec![subscriptions]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let subscriptions = info(&INFO, sections, |_, subscription: &Self| {
            [subscription.id.as_str().into(), subscription.kind.clone()]
        });
        vec![subscriptions]
    }
}

/// `dbaas.logs.LogSubscription`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    subscription_id: Option<String>,
    kind: Option<String>,
    service_name: Option<String>,
    stream_id: Option<String>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("subscriptionId");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

impl From<Wire> for Subscription {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.subscription_id.unwrap_or_default(),
            kind: wire.kind.unwrap_or_default().into(),
            service: wire.service_name.unwrap_or_default(),
            stream: wire.stream_id.unwrap_or_default(),
            created: wire.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_with_missing_members_is_kept() {
        let read = |json| Subscription::from(serde_json::from_str::<Wire>(json).unwrap());
        let audit = read(r#"{"subscriptionId":"s","kind":"audit","resource":null,"new":1}"#);
        assert_eq!((audit.id.as_str(), &*audit.kind), ("s", "audit"));
        for bare in ["{}", r#"{"kind":null,"createdAt":null}"#] {
            assert_eq!((&*read(bare).kind, read(bare).created), ("", None));
        }
    }
}

//! Subscriptions that forward the account's logs to a platform of the customer's: its audit log, the
//! log of its API calls, and the log of IAM's decisions. Without one, OVHcloud alone keeps the log.
//!
//! The routes are alphas and a beta of OVHcloud's: a missing route leaves the subscriptions to its
//! log unknown, and is no gap. Each log is a part of the section.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Route};
use crate::family::{Desc, Family, Word, number};
use crate::inventory::{Account, Section, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Part, Pass};
use super::shared::dates::date;
use super::shared::offered;
use super::shared::samples::info;

static IAM: Route =
    Route::new("/v2/iam/log/subscription", &["account:apiovh:iam/log/subscription/get"]);
static ONE_IAM: Route = Route::new(
    "/v2/iam/log/subscription/{subscriptionId}",
    &["account:apiovh:iam/log/subscription/get"],
);
static AUDIT: Route = Route::new(
    "/me/logs/audit/log/subscription",
    &["account:apiovh:me/logs/audit/log/subscription/get"],
);
static ONE_AUDIT: Route = Route::new(
    "/me/logs/audit/log/subscription/{subscriptionId}",
    &["account:apiovh:me/logs/audit/log/subscription/get"],
);
static API: Route =
    Route::new("/me/api/log/subscription", &["account:apiovh:me/api/log/subscription/get"]);
static ONE_API: Route = Route::new(
    "/me/api/log/subscription/{subscriptionId}",
    &["account:apiovh:me/api/log/subscription/get"],
);

static SUBSCRIPTIONS: Desc = Desc::count(
    "ovhcloud_log_subscriptions",
    "Subscriptions that forward a log of the account, 0 if the log is not forwarded: audit \
     (GET /me/logs/audit/log/subscription), api (GET /me/api/log/subscription), iam \
     (GET /v2/iam/log/subscription)",
    &["log"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_log_subscription_info",
    "Always 1, for each subscription to a log of the account: audit \
     (GET /me/logs/audit/log/subscription/{subscriptionId}), api \
     (GET /me/api/log/subscription/{subscriptionId}), iam \
     (GET /v2/iam/log/subscription/{subscriptionId})",
    &["log", "subscription_id", "kind"],
);

/// The logs that can be forwarded.
pub(crate) const LOGS: [&str; 3] = ["api", "audit", "iam"];

/// A subscription to a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// The log: `audit`, `api`, `iam`.
    #[serde(default = "iam")]
    pub log: Word,
    /// The kind of its entries, in OVHcloud's words.
    pub kind: Word,
    /// The platform that receives them.
    pub service: String,
    /// The stream on the platform.
    pub stream: String,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

/// The log of a subscription that an older version read.
fn iam() -> Word {
    "iam".into()
}

/// The number of subscriptions to one of the [`LOGS`]; `None` if it is unknown: the route is refused
/// or not offered, or some subscriptions cannot be read and none of the others is to this log.
pub(crate) fn count(section: &Section<Subscription>, log: &str) -> Option<usize> {
    let is_read = section.parts.get(&Word::from(log)).is_some_and(Option::is_some);
    let count = section.items.iter().filter(|one| &*one.log == log).count();
    (is_read && (section.whole || count > 0)).then_some(count)
}

/// The subscriptions to the logs that were read. Where no log was read, the section is unknown, and not empty.
///
/// # Errors
///
/// OVHcloud offers none of the lists.
fn known(mut gathered: Gathered<Subscription>) -> Result<Gathered<Subscription>, api::Error> {
    if gathered.parts.iter().any(|part| part.error.is_none()) {
        return Ok(gathered);
    }
    let errors = gathered.parts.drain(..).filter_map(|part| part.error);
    gathered.lost.extend(errors);
    let is_offered = |error: &api::Error| !matches!(error.kind, Kind::NotOffered);
    match gathered.lost.first() {
        Some(error) if !gathered.lost.iter().any(is_offered) => Err(error.clone()),
        _ => Ok(gathered),
    }
}

impl Collect for Subscription {
    type Scope = Account;
    const NAME: &'static str = "log_subscription";
    const RESOURCES: &'static str = "subscriptions that forward logs of the account";
    const ROUTES: &'static [&'static Route] = &[&IAM, &ONE_IAM, &AUDIT, &ONE_AUDIT, &API, &ONE_API];
    const FAMILIES: &'static [&'static Desc] = &[&SUBSCRIPTIONS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        (&*self.kind).into()
    }

    fn part(&self) -> Word {
        self.log.clone()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let session = pass.session;
        let (iam, audit, api) = tokio::join!(
            session.each_paged(&IAM, &ONE_IAM, &[]),
            session.each(&AUDIT, &ONE_AUDIT, &[]),
            session.each(&API, &ONE_API, &[]),
        );
        let mut gathered = Gathered::new(Vec::new(), Vec::new());
        for (log, list) in [("iam", iam), ("audit", audit), ("api", api)] {
            let log = Word::from(log);
            let error = match offered(list) {
                Ok(listing) => {
                    let items = listing.objects.into_iter();
                    gathered.items.extend(items.map(|wire: Wire| wire.subscription(log.clone())));
                    gathered.lost.extend(listing.lost);
                    None
                }
                Err(error) => Some(error),
            };
            gathered.parts.push(Part { name: log, error });
        }
        known(gathered)
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut subscriptions = SUBSCRIPTIONS.family();
        for section in sections.by_scope.values() {
            for log in LOGS {
                if let Some(count) = count(section, log) {
                    subscriptions.add([log.into()], number(count));
                }
            }
        }
        vec![subscriptions]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let subscriptions = info(&INFO, sections, |_, subscription: &Self| {
            let Self { log, id, kind, .. } = subscription.clone();
            [log, id.as_str().into(), kind]
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

impl Wire {
    fn subscription(self, log: Word) -> Subscription {
        Subscription {
            id: self.subscription_id.unwrap_or_default(),
            log,
            kind: self.kind.unwrap_or_default().into(),
            service: self.service_name.unwrap_or_default(),
            stream: self.stream_id.unwrap_or_default(),
            created: self.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_with_missing_members_is_kept() {
        let read = |json| serde_json::from_str::<Wire>(json).unwrap().subscription("audit".into());
        let audit = read(r#"{"subscriptionId":"s","kind":"audit","resource":null,"new":1}"#);
        assert_eq!((audit.id.as_str(), &*audit.kind), ("s", "audit"));
        for bare in ["{}", r#"{"kind":null,"createdAt":null}"#] {
            assert_eq!((&*read(bare).kind, read(bare).created), ("", None));
        }
    }

    fn section(parts: &[&str], whole: bool, items: &[&str]) -> Section<Subscription> {
        let read =
            |log: &&str| serde_json::from_str::<Wire>("{}").unwrap().subscription((*log).into());
        let at = Timestamp::UNIX_EPOCH;
        let parts = parts.iter().map(|log| (Word::from(*log), Some(at))).collect();
        Section { parts, ..Section::new(at, whole, items.iter().map(read).collect()) }
    }

    #[test]
    fn a_log_that_was_not_read_has_no_count() {
        let section = section(&["iam", "api"], true, &["iam", "iam"]);
        let counts = LOGS.map(|log| count(&section, log));
        assert_eq!(counts, [Some(0), None, Some(2)]);
        let mut sections = Sections::default();
        sections.by_scope.insert(Account, section);
        let samples = Subscription::families(&sections).remove(0).samples;
        assert_eq!(samples.into_values().collect::<Vec<_>>(), [0.0, 2.0]);
    }

    #[test]
    fn of_a_list_with_losses_a_log_has_subscriptions_or_an_unknown_number() {
        let section = section(&["iam", "audit"], false, &["iam"]);
        assert_eq!(LOGS.map(|log| count(&section, log)), [None, None, Some(1)]);
    }

    #[test]
    fn a_subscription_of_an_old_state_is_to_the_log_of_iam() {
        let old = r#"{"id":"s","kind":"audit","service":"","stream":"","created":null}"#;
        assert_eq!(&*serde_json::from_str::<Subscription>(old).unwrap().log, "iam");
    }
}

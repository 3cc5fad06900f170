//! Key management services (KMS), with their keys and the client certificates that give access.
//!
//! Neither key material nor certificates are read, only their descriptions.

mod certificate;
mod key;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::api::listing::fan_out;
use crate::api::{self, Identified, Kind, Listing, Route, Session};
use crate::family::{Desc, Family, Word, amount, number};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::amounts::Count;
use super::shared::{is_unchanged, offered};

pub(crate) use certificate::Certificate;
use certificate::WireCertificate;
pub(crate) use key::Key;
use key::{WireKey, are_same};

static LIST: Route = Route::new("/v2/okms/resource", &["okms:apiovh:resource/get"]);
static KEYS: Route =
    Route::new("/v2/okms/resource/{okmsId}/serviceKey", &["okms:apiovh:serviceKey/get"]).optional();
static CREDENTIALS: Route =
    Route::new("/v2/okms/resource/{okmsId}/credential", &["okms:apiovh:credential/get"]).optional();

static LOGS: Route = Route::new(
    "/v2/okms/resource/{okmsId}/log/subscription",
    &["okms:apiovh:log/subscription/get"],
)
.optional();

static SERVICES: Desc = Desc::count(
    "ovhcloud_okms_resources",
    "Key management services by region (GET /v2/okms/resource)",
    &["ovh_region"],
);
static SERVICE_KEYS: Desc = Desc::count(
    "ovhcloud_okms_service_keys",
    "Keys of key management services by region and state \
     (GET /v2/okms/resource/{okmsId}/serviceKey)",
    &["ovh_region", "state"],
);
static SERVICE_CREDENTIALS: Desc = Desc::count(
    "ovhcloud_okms_credentials",
    "Client certificates of key management services by region and status \
     (GET /v2/okms/resource/{okmsId}/credential)",
    &["ovh_region", "status"],
);
static SECRETS: Desc = Desc::count(
    "ovhcloud_okms_secrets",
    "Secrets that key management services hold, by region (GET /v2/okms/resource)",
    &["ovh_region"],
);
static LOG_SUBSCRIPTIONS: Desc = Desc::count(
    "ovhcloud_okms_log_subscriptions",
    "Subscriptions that forward the logs of key management services, by region \
     (GET /v2/okms/resource/{okmsId}/log/subscription)",
    &["ovh_region"],
);
static EXPIRATION: Desc = Desc::of_each(
    "ovhcloud_okms_credential_expiration_timestamp_seconds",
    "Expiry time of each client certificate of a key management service (GET \
     /v2/okms/resource/{okmsId}/credential)",
    &["okms_id", "credential_id", "credential_name"],
);
static KEY_INFO: Desc = Desc::of_each(
    "ovhcloud_okms_service_key_info",
    "Always 1, for each key of a key management service \
     (GET /v2/okms/resource/{okmsId}/serviceKey)",
    &["okms_id", "key_id", "key_name", "key_type", "key_bits", "state"],
);

static KEY_CREATION: Desc = Desc::of_each(
    "ovhcloud_okms_service_key_creation_timestamp_seconds",
    "Creation time of each key of a key management service \
     (GET /v2/okms/resource/{okmsId}/serviceKey)",
    &["okms_id", "key_id", "key_name"],
);

/// The states of the schema except `ALL`, which looks like a filter's word and no state.
const KEY_STATES: [&str; 6] =
    ["ACTIVE", "COMPROMISED", "DEACTIVATED", "DESTROYED", "DESTROYED_COMPROMISED", "PRE_ACTIVE"];
/// The states of the schema.
const CREDENTIAL_STATES: [&str; 5] = ["CREATING", "DELETING", "ERROR", "EXPIRED", "READY"];

/// A key management service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kms {
    /// Its id.
    pub id: String,
    /// Its region.
    pub region: Word,
    /// The owner's name for it; empty if missing.
    pub name: String,
    /// The URN, its name in policies; `None` if missing.
    pub urn: Option<String>,
    /// Its keys, in the order of their ids; `None` if unreadable.
    pub keys: Option<Vec<Key>>,
    /// The client certificates that give access, in the order of their ids; `None` if unreadable.
    pub credentials: Option<Vec<Certificate>>,
    /// The number of secrets; `None` if missing.
    pub secrets: Option<i64>,
    /// The number of subscriptions that forward its logs; `None` if unreadable.
    #[serde(default)]
    pub log_subscriptions: Option<usize>,
}

impl Collect for Kms {
    type Scope = Account;
    const NAME: &'static str = "okms";
    const RESOURCES: &'static str = "key management services, their keys and certificates";
    const ROUTES: &'static [&'static Route] = &[&LIST, &KEYS, &CREDENTIALS, &LOGS];
    const FAMILIES: &'static [&'static Desc] = &[
        &SERVICES,
        &SERVICE_KEYS,
        &SERVICE_CREDENTIALS,
        &SECRETS,
        &LOG_SUBSCRIPTIONS,
        &EXPIRATION,
        &KEY_INFO,
        &KEY_CREATION,
    ];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    /// The number of secrets changes with their owners' use and is no change, nor is a list that is
    /// unreadable at one of the two times.
    fn same_as(&self, before: &Self) -> bool {
        self.region == before.region
            && self.name == before.name
            && self.urn == before.urn
            && are_same(self.keys.as_deref(), before.keys.as_deref())
            && is_unchanged(self.credentials.as_ref(), before.credentials.as_ref())
            && is_unchanged(self.log_subscriptions.as_ref(), before.log_subscriptions.as_ref())
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let session = pass.session;
        let listed = offered(session.pages::<Wire>(&LIST.at(&[])).await)?;
        let ids: Vec<String> = listed.objects.iter().filter_map(|wire| wire.id.clone()).collect();
        let list_again = || async {
            let listed = session.pages::<Wire>(&LIST.at(&[])).await?;
            let objects = listed.objects.into_iter().filter_map(|wire| wire.id).collect();
            Ok(Listing { objects, lost: listed.lost })
        };
        let below = fan_out(ids, |id| below(session, id), list_again).await;
        let held: HashMap<String, Held> = below.objects.into_iter().collect();
        let kms = |wire: Wire| {
            let held = held.get(wire.id.as_deref()?)?.clone();
            Some(wire.kms(held))
        };
        let items = listed.objects.into_iter().filter_map(kms).collect();
        Ok(Gathered::new(items, listed.lost.into_iter().chain(below.lost).collect()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let (mut services, mut secrets) = (SERVICES.family(), SECRETS.family());
        for (_, kms) in sections.items() {
            services.count([kms.region.clone()]);
            if let Some(count) = kms.secrets {
                secrets.add([kms.region.clone()], amount(count));
            }
        }
        let keys = by_region(&SERVICE_KEYS, sections, &KEY_STATES, |kms| {
            Some(kms.keys.as_ref()?.iter().map(|key| key.state.clone()).collect())
        });
        let credentials = by_region(&SERVICE_CREDENTIALS, sections, &CREDENTIAL_STATES, |kms| {
            Some(kms.credentials.as_ref()?.iter().map(|one| one.status.clone()).collect())
        });
        vec![services, keys, credentials, secrets, log_subscriptions(sections)]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let (mut expiration, mut keys) = (EXPIRATION.family(), KEY_INFO.family());
        let mut creation = KEY_CREATION.family();
        for (_, kms) in sections.items() {
            for one in kms.credentials.iter().flatten() {
                let labels = [&kms.id, &one.id, &one.name].map(|text| Word::from(text.as_str()));
                if let Some(expires) = one.expires {
                    expiration.set(labels, expires.as_duration().as_secs_f64());
                }
            }
            for key in kms.keys.iter().flatten() {
                let labels = [&kms.id, &key.id, &key.name].map(|text| Word::from(text.as_str()));
                if let Some(created) = key.created {
                    creation.set(labels.clone(), created.as_duration().as_secs_f64());
                }
                let [id, key_id, name] = labels;
                let bits = key.bits.map(|bits| bits.to_string()).unwrap_or_default();
                let (kind, state) = (key.kind.clone(), key.state.clone());
                keys.set([id, key_id, name, kind, bits.as_str().into(), state], 1.0);
            }
        }
        vec![expiration, keys, creation]
    }
}

/// Counts the contents of services by region and state, with a sample of 0 for every state of
/// OVHcloud's schema where all services of the region are readable.
fn by_region(
    desc: &'static Desc,
    sections: &Sections<Account, Kms>,
    known: &[&str],
    states: impl Fn(&Kms) -> Option<Vec<Word>>,
) -> Family {
    let mut family = desc.family();
    for section in sections.by_scope.values() {
        let is_unread = |kms: &&Kms| states(kms).is_none();
        let unread: BTreeSet<_> =
            section.items.iter().filter(is_unread).map(|k| &k.region).collect();
        for kms in &*section.items {
            // An unreadable key or certificate may be of any state.
            let is_known = section.whole && !unread.contains(&kms.region);
            for state in known.iter().filter(|_| is_known) {
                family.add([kms.region.clone(), (*state).into()], 0.0);
            }
            for state in states(kms).into_iter().flatten() {
                family.count([kms.region.clone(), state]);
            }
        }
    }
    family
}

/// Counts the log subscriptions of services by region, where those of all services are known.
fn log_subscriptions(sections: &Sections<Account, Kms>) -> Family {
    let mut family = LOG_SUBSCRIPTIONS.family();
    for section in sections.by_scope.values().filter(|section| section.whole) {
        let mut by_region = BTreeMap::<_, Option<usize>>::new();
        for kms in &*section.items {
            let sum = by_region.entry(&kms.region).or_insert(Some(0));
            *sum = sum.zip(kms.log_subscriptions).map(|(sum, count)| sum + count);
        }
        for (region, sum) in by_region {
            if let Some(sum) = sum {
                family.add([region.clone()], number(sum));
            }
        }
    }
    family
}

/// Keys, certificates and log subscriptions of a service; each is `None` if unreadable.
#[derive(Clone, Default)]
struct Held {
    keys: Option<Vec<Key>>,
    credentials: Option<Vec<Certificate>>,
    log_subscriptions: Option<usize>,
}

/// Reads the keys, certificates and log subscriptions of a service.
async fn below(session: &Session<'_>, id: String) -> Listing<(String, Held)> {
    let [keys, credentials, logs] = [&KEYS, &CREDENTIALS, &LOGS].map(|route| route.at(&[&id]));
    let (keys, credentials, logs) = tokio::join!(
        session.pages::<WireKey>(&keys),
        session.pages::<WireCertificate>(&credentials),
        session.pages::<WireSubscription>(&logs),
    );
    let mut lost = Vec::new();
    let held = Held {
        keys: listed(keys, &mut lost, |key: &Key| &key.id),
        credentials: listed(credentials, &mut lost, |one: &Certificate| &one.id),
        log_subscriptions: counted(logs, &mut lost),
    };
    let lost = lost.into_iter().map(|error| error.of(&id)).collect();
    Listing { objects: vec![(id, held)], lost }
}

/// The objects of a list, in the order of their ids; `None` if the list is unreadable.
fn listed<W: Identified, T: From<W>>(
    result: Result<Listing<W>, api::Error>,
    lost: &mut Vec<api::Error>,
    id: fn(&T) -> &String,
) -> Option<Vec<T>> {
    match result {
        Ok(listing) => {
            let is_nothing = listing.objects.is_empty() && !listing.lost.is_empty();
            lost.extend(listing.lost);
            if is_nothing {
                // No object is readable, which must not look like an empty list.
                return None;
            }
            let mut items: Vec<T> = listing.objects.into_iter().map(T::from).collect();
            items.sort_by(|one, other| id(one).cmp(id(other)));
            Some(items)
        }
        Err(error) => {
            lost.push(error);
            None
        }
    }
}

/// The number of log subscriptions; `None` if it is unknown. OVHcloud marks the route as beta: a
/// missing one is no loss.
fn counted(
    result: Result<Listing<WireSubscription>, api::Error>,
    lost: &mut Vec<api::Error>,
) -> Option<usize> {
    match offered(result) {
        Ok(listing) => {
            let is_known = listing.lost.is_empty() || !listing.objects.is_empty();
            lost.extend(listing.lost);
            is_known.then_some(listing.objects.len())
        }
        Err(api::Error { kind: Kind::NotOffered, .. }) => None,
        Err(error) => {
            lost.push(error);
            None
        }
    }
}

/// `okms.resource.ResponseWithIAM`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    region: Option<String>,
    iam: Option<Iam>,
    secret_count: Option<Count>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

impl Wire {
    fn kms(self, Held { keys, credentials, log_subscriptions }: Held) -> Kms {
        let (name, urn) = self.iam.map(|iam| (iam.display_name, iam.urn)).unwrap_or_default();
        Kms {
            id: self.id.unwrap_or_default(),
            region: self.region.unwrap_or_default().into(),
            name: name.unwrap_or_default(),
            urn,
            keys,
            credentials,
            secrets: self.secret_count.and_then(Count::known),
            log_subscriptions,
        }
    }
}

/// `dbaas.logs.LogSubscription`, of which nothing is kept.
#[derive(Deserialize)]
struct WireSubscription {}

impl Identified for WireSubscription {
    const ID: Option<&'static str> = Some("subscriptionId");
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Iam {
    urn: Option<String>,
    display_name: Option<String>,
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::inventory::Section;

    fn key(state: &str) -> Key {
        serde_json::from_str::<WireKey>(&format!(
            r#"{{"id":"k","type":"oct","state":"{state}","size":256,"keys":[{{"k":"secret"}}]}}"#
        ))
        .unwrap()
        .into()
    }

    fn kms(region: &str, keys: Option<Vec<Key>>, secrets: Option<i64>) -> Kms {
        Kms {
            id: "id".to_owned(),
            region: region.into(),
            name: String::new(),
            urn: None,
            keys,
            credentials: None,
            secrets,
            log_subscriptions: None,
        }
    }

    #[test]
    fn unknown_states_are_neither_counted_nor_zero() {
        let items = vec![
            kms("whole", Some(vec![key("ACTIVE"), key("NEW")]), Some(2)),
            kms("whole", Some(vec![]), None),
            kms("part", Some(vec![key("ACTIVE")]), Some(3)),
            kms("part", None, Some(4)),
        ];
        let mut sections = Sections::default();
        let read_at = Timestamp::UNIX_EPOCH;
        let section = Section::new(read_at, true, items);
        sections.by_scope.insert(Account, section);
        let families = |sections: &Sections<Account, Kms>| -> [Family; 5] {
            Kms::families(sections).try_into().unwrap()
        };
        let [services, keys, credentials, secrets, _] = families(&sections);
        let of = |family: &Family, labels: &[&str]| {
            let labels: Vec<Word> = labels.iter().map(|&label| label.into()).collect();
            family.samples.get(&labels).copied()
        };
        assert_eq!(of(&services, &["part"]), Some(2.0));
        assert_eq!(of(&keys, &["whole", "ACTIVE"]), Some(1.0));
        assert_eq!(of(&keys, &["whole", "NEW"]), Some(1.0));
        assert_eq!(of(&keys, &["whole", "COMPROMISED"]), Some(0.0));
        assert_eq!(of(&keys, &["part", "ACTIVE"]), Some(1.0));
        assert_eq!(of(&keys, &["part", "COMPROMISED"]), None);
        assert!(credentials.samples.is_empty());
        assert_eq!((of(&secrets, &["whole"]), of(&secrets, &["part"])), (Some(2.0), Some(7.0)));

        // An unreadable key may be of any state.
        sections.by_scope.values_mut().for_each(|section| section.whole = false);
        let [_, keys, ..] = families(&sections);
        assert_eq!(of(&keys, &["whole", "ACTIVE"]), Some(1.0));
        assert_eq!(of(&keys, &["whole", "COMPROMISED"]), None);
    }

    #[test]
    fn log_subscriptions_are_summed_up_where_those_of_all_services_of_a_region_are_known() {
        let with =
            |region: &str, log_subscriptions| Kms { log_subscriptions, ..kms(region, None, None) };
        let items = vec![
            with("a", Some(1)),
            with("a", Some(2)),
            with("b", Some(1)),
            with("b", None),
            with("c", Some(0)),
        ];
        let sections = Sections::known(Account, Timestamp::UNIX_EPOCH, items);
        let samples: Vec<_> = log_subscriptions(&sections).samples.into_iter().collect();
        assert_eq!(samples, [(vec![Word::from("a")], 3.0), (vec![Word::from("c")], 0.0)]);
        let unread = with("a", None);
        assert!(
            unread.same_as(&with("a", Some(1))) && !with("a", Some(0)).same_as(&with("a", Some(1)))
        );
    }

    #[test]
    fn an_impossible_number_of_secrets_is_unknown() {
        let secrets =
            |json| serde_json::from_str::<Wire>(json).unwrap().kms(Held::default()).secrets;
        assert_eq!(secrets(r#"{"secretCount":7}"#), Some(7));
        assert_eq!(secrets(r#"{"secretCount":-7}"#), None);
    }

    #[test]
    fn a_secret_more_is_no_change_and_a_key_is() {
        let before = kms("r", Some(vec![key("ACTIVE")]), Some(1));
        assert!(kms("r", Some(vec![key("ACTIVE")]), Some(2)).same_as(&before));
        assert!(kms("r", None, Some(1)).same_as(&before), "it could not be read");
        assert!(!kms("r", Some(vec![key("COMPROMISED")]), Some(1)).same_as(&before));
        let of_old_state = Key { bits: None, ..key("ACTIVE") };
        assert!(kms("r", Some(vec![of_old_state]), Some(1)).same_as(&before));
        let shorter = Key { bits: Some(128), ..key("ACTIVE") };
        assert!(!kms("r", Some(vec![shorter]), Some(1)).same_as(&before));
        assert!(!kms("r", Some(vec![]), Some(1)).same_as(&before));
    }

    #[test]
    fn no_key_and_no_certificate_is_kept() {
        let json = r#"{"id":"c","name":"app","status":"READY","certificatePEM":"PEM",
            "identityURNs":["b",null,"a"],"expiredAt":"2027-01-01T00:00:00Z"}"#;
        let certificate: Certificate =
            serde_json::from_str::<WireCertificate>(json).unwrap().into();
        assert_eq!(certificate.identities, ["a", "b"]);
        let text = serde_json::to_string(&(certificate, key("ACTIVE"))).unwrap();
        assert!(!text.contains("PEM") && !text.contains("secret"), "{text}");
    }
}

//! Legacy API credentials (consumer keys), by status and by the calls that they may make. Their
//! dates are for the checks.

mod rules;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::{date, no_date, nullable_date};
use super::shared::known::Known;
use super::shared::nullable::Nullable;
use super::shared::samples::{counted, info, times};
use super::shared::{is_everywhere, is_unchanged, sorted};

use rules::Rule;
pub(crate) use rules::Rules;

static LIST: Route = Route::new("/me/api/credential", &["account:apiovh:me/api/credential/get"]);
static ONE: Route =
    Route::new("/me/api/credential/{credentialId}", &["account:apiovh:me/api/credential/get"]);

static CREDENTIALS: Desc = Desc::count(
    "ovhcloud_api_credentials",
    "Legacy API credentials by status (GET /me/api/credential/{credentialId})",
    &["status"],
);

static BY_ACCESS: Desc = Desc::gauge(
    "ovhcloud_api_credentials_by_access",
    "Validated legacy API credentials by the calls that their rules permit: read for GET only, \
     write for other methods too, everything for another method on every path (GET \
     /me/api/credential/{credentialId})",
    &["access"],
);

static UNRESTRICTED: Desc = Desc::gauge(
    "ovhcloud_api_credentials_unrestricted",
    "Validated legacy API credentials that may be used from any address (GET \
     /me/api/credential/{credentialId})",
    &[],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_api_credential_info",
    "Always 1, for each legacy API credential (GET /me/api/credential/{credentialId})",
    &["credential_id", "application_id", "status"],
);

static CREATION: Desc = Desc::of_each(
    "ovhcloud_api_credential_creation_timestamp_seconds",
    "Creation time of each legacy API credential (GET /me/api/credential/{credentialId})",
    &["credential_id", "application_id"],
);

static EXPIRATION: Desc = Desc::of_each(
    "ovhcloud_api_credential_expiration_timestamp_seconds",
    "Expiry time of each legacy API credential, past or future (GET \
     /me/api/credential/{credentialId}); no sample if it never expires or its \
     expiry is unknown",
    &["credential_id", "application_id"],
);

static LAST_USE: Desc = Desc::of_each(
    "ovhcloud_api_credential_last_use_timestamp_seconds",
    "Last use of each legacy API credential (GET /me/api/credential/{credentialId}); no sample if \
     it was never used or its last use is unknown",
    &["credential_id", "application_id"],
);

/// The states of the schema; each has a sample, which may be 0.
const STATES: [&str; 4] = ["expired", "pendingValidation", "refused", VALIDATED];
/// The state of a credential that works.
const VALIDATED: &str = "validated";

/// A legacy API credential.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Credential {
    /// Its id.
    pub id: Option<i64>,
    /// The application of the credential.
    pub application: Option<i64>,
    /// `validated`, `expired`, `pendingValidation`, `refused`.
    pub status: Word,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The time of last use; null if it was never used.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub last_used: Nullable<Timestamp>,
    /// The expiry time, past or future; null if it never expires.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub expires: Nullable<Timestamp>,
    /// The calls that it may make; `None` if unknown.
    #[serde(default)]
    pub rules: Option<Rules>,
    /// The blocks of addresses that it may be used from; null for any address.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub allowed_ips: Nullable<Vec<String>>,
    /// Whether OVHcloud's support created it; `None` if unknown.
    #[serde(default)]
    pub ovh_support: Option<bool>,
}

impl Credential {
    /// Whether it works.
    pub fn is_valid(&self) -> bool {
        &*self.status == VALIDATED
    }

    /// Whether it may be used from any address; `None` if unknown.
    pub fn is_unrestricted(&self) -> Option<bool> {
        match &self.allowed_ips {
            Nullable::Unknown => None,
            Nullable::Null => Some(true),
            Nullable::Value(blocks) => {
                Some(blocks.is_empty() || blocks.iter().any(|block| is_everywhere(block)))
            }
        }
    }

    /// The labels of its series.
    fn labels(&self) -> [Word; 2] {
        let application = self.application.map(|id| id.to_string()).unwrap_or_default();
        [(&*self.id()).into(), application.as_str().into()]
    }
}

impl Collect for Credential {
    type Scope = Account;
    const NAME: &'static str = "api_credential";
    const RESOURCES: &'static str = "legacy API credentials";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] =
        &[&CREDENTIALS, &BY_ACCESS, &UNRESTRICTED, &INFO, &CREATION, &EXPIRATION, &LAST_USE];

    fn id(&self) -> Cow<'_, str> {
        self.id.map(|id| id.to_string()).unwrap_or_default().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.application
            .map(|application| format!("application {application}"))
            .unwrap_or_default()
            .into()
    }

    /// The date of last use changes by itself.
    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self {
            last_used: Nullable::Unknown,
            expires: Nullable::Unknown,
            rules: None,
            allowed_ips: Nullable::Unknown,
            ovh_support: None,
            ..one.clone()
        };
        self.expires.is_unchanged(&before.expires)
            && is_unchanged(self.rules.as_ref(), before.rules.as_ref())
            && self.allowed_ips.is_unchanged(&before.allowed_ips)
            && is_unchanged(self.ovh_support.as_ref(), before.ovh_support.as_ref())
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let credentials = pass.session.each(&LIST, &ONE, &[]).await?;
        Ok(Gathered::from_listing(credentials, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let (mut by_access, mut unrestricted) = (Known::of(&BY_ACCESS), Known::of(&UNRESTRICTED));
        for section in sections.by_scope.values() {
            for class in Rules::CLASSES {
                by_access.zero([class.into()], section.whole);
            }
            unrestricted.zero([], section.whole);
            // A credential without a status may be valid.
            let may_be_valid = |one: &&Self| one.is_valid() || one.status.is_empty();
            for credential in section.items.iter().filter(may_be_valid) {
                let class = credential.rules.as_ref().map(Rules::class);
                let class = class.filter(|_| credential.is_valid());
                for one in Rules::CLASSES {
                    by_access.count([one.into()], class.map(|class| class == one), section.whole);
                }
                let is_open = credential.is_unrestricted().filter(|_| credential.is_valid());
                unrestricted.count([], is_open, section.whole);
            }
        }
        let credentials =
            counted(&CREDENTIALS, sections, &STATES, |credential| credential.status.clone());
        vec![credentials, by_access.family(), unrestricted.family()]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let credentials = info(&INFO, sections, |_, credential: &Self| {
            let [id, application] = credential.labels();
            [id, application, credential.status.clone()]
        });
        let dates = |desc, date: fn(&Self) -> Option<Timestamp>| {
            times(desc, sections, date, |_, credential| credential.labels())
        };
        let creation = dates(&CREATION, |credential| credential.created);
        let expiration = dates(&EXPIRATION, |credential| credential.expires.value().copied());
        let last_use = dates(&LAST_USE, |credential| credential.last_used.value().copied());
        vec![credentials, creation, expiration, last_use]
    }
}

/// `auth.ApiCredential`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    credential_id: Option<i64>,
    application_id: Option<i64>,
    status: Option<String>,
    #[serde(default, deserialize_with = "date")]
    creation: Option<Timestamp>,
    #[serde(default = "no_date", deserialize_with = "nullable_date")]
    last_use: Nullable<Timestamp>,
    #[serde(default = "no_date", deserialize_with = "nullable_date")]
    expiration: Nullable<Timestamp>,
    rules: Option<Vec<Rule>>,
    #[serde(rename = "allowedIPs")]
    allowed_ips: Option<Vec<Option<String>>>,
    ovh_support: Option<bool>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("credentialId");
    const SPARE: &'static [&'static str] = &["creation", "lastUse", "expiration"];
}

impl From<Wire> for Credential {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.credential_id,
            application: wire.application_id,
            status: wire.status.unwrap_or_default().into(),
            created: wire.creation,
            last_used: wire.last_use,
            expires: wire.expiration,
            rules: wire.rules.and_then(Rules::of),
            allowed_ips: match wire.allowed_ips {
                None => Nullable::Null,
                // A list with an unreadable block is unknown.
                Some(blocks) => {
                    sorted(blocks.into_iter()).map_or(Nullable::Unknown, Nullable::Value)
                }
            },
            ovh_support: wire.ovh_support,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(json: &str) -> Credential {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn dates_come_with_offsets_and_fractions() {
        let read = credential(
            r#"{"creation":"2025-03-14T10:26:53+01:00","lastUse":"2026-06-30T10:15:00.123Z"}"#,
        );
        assert_eq!(read.created.unwrap().to_string(), "2025-03-14T09:26:53Z");
        assert_eq!(read.last_used.value().unwrap().to_string(), "2026-06-30T10:15:00.123Z");
    }

    #[test]
    fn a_credential_that_was_never_used_has_no_date() {
        for json in [r#"{"lastUse":null}"#, "{}"] {
            assert_eq!(credential(json).last_used, Nullable::Null);
        }
    }

    #[test]
    fn null_is_no_end_and_any_address_and_a_missing_member_of_an_old_state_is_unknown() {
        let fresh = credential(r#"{"expiration":null,"allowedIPs":null,"rules":[]}"#);
        assert_eq!((fresh.expires, fresh.is_unrestricted()), (Nullable::Null, Some(true)));
        assert_eq!(fresh, credential(r#"{"rules":[]}"#));
        let old = r#"{"id":1,"application":2,"status":"","created":null,"last_used":null}"#;
        let old: Credential = serde_json::from_str(old).unwrap();
        assert_eq!((old.expires, old.is_unrestricted()), (Nullable::Unknown, None));
        assert_eq!((&old.rules, old.ovh_support), (&None, None));
        let now = credential(r#"{"credentialId":1,"applicationId":2,"ovhSupport":false}"#);
        assert!(now.same_as(&old), "a member of a new version is no change");
    }

    #[test]
    fn addresses_are_restricted_by_blocks_that_exclude_some() {
        let open =
            |json: &str| credential(&format!(r#"{{"allowedIPs":{json}}}"#)).is_unrestricted();
        assert_eq!((open("[]"), open(r#"["192.0.2.0/24"]"#)), (Some(true), Some(false)));
        assert_eq!(open(r#"["192.0.2.0/24","0.0.0.0/0"]"#), Some(true));
        assert_eq!(open(r#"["192.0.2.0/24",null]"#), None);
    }

    #[test]
    fn a_use_is_no_change_and_a_wider_rule_is_one() {
        let before = credential(r#"{"rules":[{"method":"GET","path":"/me"}]}"#);
        let used = r#"{"rules":[{"method":"GET","path":"/me"}],"lastUse":"2026-06-30T00:00:00Z"}"#;
        assert!(credential(used).same_as(&before));
        assert!(!credential(r#"{"rules":[{"method":"PUT","path":"/me"}]}"#).same_as(&before));
        let ends = r#"{"rules":[{"method":"GET","path":"/me"}],"expiration":"2027-01-01"}"#;
        assert!(!credential(ends).same_as(&before));
    }

    #[test]
    fn validated_credentials_are_counted_by_access_where_all_rules_are_known() {
        let samples = |wires: &[&str]| {
            let items: Vec<_> = wires.iter().map(|json| credential(json)).collect();
            let sections = Sections::known(Account, Timestamp::UNIX_EPOCH, items);
            let [_, by_access, open] = Credential::families(&sections).try_into().unwrap();
            let access: Vec<_> =
                by_access.samples.iter().map(|(labels, n)| (labels[0].to_string(), *n)).collect();
            (access, open.samples.into_values().next())
        };
        let pair = |name: &str, value| (name.to_owned(), value);
        let zeros = vec![pair("everything", 0.0), pair("read", 0.0), pair("write", 0.0)];
        assert_eq!(samples(&[]), (zeros.clone(), Some(0.0)));
        assert_eq!(samples(&[r#"{"status":"expired"}"#]), (zeros, Some(0.0)));
        let full = r#"{"status":"validated","rules":[{"method":"PUT","path":"/*"}]}"#;
        let unclear = r#"{"status":"validated","rules":null,"allowedIPs":[null]}"#;
        assert_eq!(samples(&[full, unclear]), (vec![pair("everything", 1.0)], Some(1.0)));
    }
}

//! The account's audit log, summed up: the logins of each user, their second factors, and the number
//! of events of each type.
//!
//! OVHcloud marks the route as alpha and its answer has no pages: the collector is disabled by
//! default. It keeps neither addresses nor browsers, and no event. Logins through the identity
//! provider are one entry, since their users are often e-mail addresses. The log has successful
//! logins only, and how far back it goes is undocumented: `oldest` is the date of its first entry.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Listing, Route};
use crate::family::{Desc, Family, Word, amount, number};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::offered;

static LIST: Route = Route::new("/me/logs/audit", &["account:apiovh:me/logs/audit/get"]);

static EVENTS: Desc = Desc::count(
    "ovhcloud_audit_log_events",
    "Events in the account's audit log by type, as far back as it goes (GET /me/logs/audit)",
    &["event_type"],
);

static LOGINS: Desc = Desc::gauge(
    "ovhcloud_audit_log_logins",
    "Successful logins in the account's audit log by the kind of identity (ACCOUNT is the owner) \
     and whether a second factor was used: true, false, or empty if unknown (GET /me/logs/audit)",
    &["identity_type", "second_factor"],
);

static OLDEST: Desc = Desc::gauge(
    "ovhcloud_audit_log_oldest_timestamp_seconds",
    "Time of the oldest event in the account's audit log (GET /me/logs/audit)",
    &[],
);

static LAST_LOGIN: Desc = Desc::of_each(
    "ovhcloud_audit_log_last_login_timestamp_seconds",
    "Last login of each identity in the account's audit log; the login is empty for the owner and \
     for logins through the identity provider (GET /me/logs/audit)",
    &["identity_type", "login"],
);

/// The kinds of identities in the schema; each has samples, which may be 0.
const KINDS: [&str; 3] = [OWNER, PROVIDER, USER];
const OWNER: &str = "ACCOUNT";
const PROVIDER: &str = "PROVIDER";
const USER: &str = "USER";
/// The type of a login.
const LOGIN: &str = "LOGIN_SUCCESS";
/// The types of the schema; each has a sample, which may be 0.
const TYPES: [&str; 21] = [
    "ACCOUNT_PASSWORD_CHANGED",
    "GROUP_CREATED",
    "GROUP_DELETED",
    "GROUP_MODIFIED",
    LOGIN,
    "POLICY_CREATED",
    "POLICY_DELETED",
    "POLICY_MODIFIED",
    "PROVIDER_CREATED",
    "PROVIDER_DELETED",
    "PROVIDER_MODIFIED",
    "RESOURCE_GROUP_CREATED",
    "RESOURCE_GROUP_DELETED",
    "RESOURCE_GROUP_MODIFIED",
    "TOKEN_CREATED",
    "TOKEN_DELETED",
    "TOKEN_MODIFIED",
    "USER_CREATED",
    "USER_DELETED",
    "USER_MODIFIED",
    "USER_PASSWORD_CHANGED",
];
/// The most identities that are kept. An account has fewer users; the rest would fill the memory.
const MOST: usize = 10_000;

/// The id of an account's one log.
const ID: &str = "audit";

/// The audit log of an account, which has one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AuditLog {
    /// The date of the oldest event; `None` if the log is empty or has no dates.
    pub oldest: Option<Timestamp>,
    /// The date of the newest event; `None` if the log is empty or has no dates.
    pub newest: Option<Timestamp>,
    /// The number of events by type; an empty type is unknown.
    pub events: BTreeMap<Word, usize>,
    /// The logins of each identity, in the order of kinds and logins.
    pub logins: Vec<Logins>,
    /// The number of events that may be logins of anyone: without a type, or logins without an
    /// identity or a date.
    pub unclear: usize,
}

/// The logins of one identity.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Logins {
    /// `ACCOUNT` (the owner), `USER` (a local user), `PROVIDER` (the identity provider).
    pub kind: Word,
    /// The local user's login, without the account's name; empty for the others.
    pub login: String,
    /// The number of logins.
    pub count: usize,
    /// The last one.
    pub last: Option<Timestamp>,
    /// The number of logins without a second factor.
    pub without_factor: usize,
    /// The last one without a second factor; `None` if all had one.
    pub last_without_factor: Option<Timestamp>,
    /// The number of logins that may or may not have had a second factor.
    pub unknown_factor: usize,
}

impl AuditLog {
    fn add(&mut self, entry: Wire, by_identity: &mut BTreeMap<(Word, String), Logins>) {
        let date = entry.created_at;
        self.oldest = date.into_iter().chain(self.oldest).min();
        self.newest = date.into_iter().chain(self.newest).max();
        let kind = Word::from(entry.kind.unwrap_or_default());
        *self.events.entry(kind.clone()).or_default() += 1;
        if &*kind != LOGIN {
            self.unclear += usize::from(kind.is_empty());
            return;
        }
        let identity = entry.auth_details.and_then(|details| details.user_details);
        let identity = identity.and_then(Identity::known);
        let (Some(identity), Some(date)) = (identity, date) else {
            self.unclear += 1;
            return;
        };
        if by_identity.len() >= MOST && !by_identity.contains_key(&identity) {
            self.unclear += 1;
            return;
        }
        let factor = entry.login_success_details.and_then(|details| details.mfa_type);
        by_identity.entry(identity).or_default().add(date, factor.as_deref());
    }
}

impl Logins {
    fn add(&mut self, date: Timestamp, factor: Option<&str>) {
        self.count += 1;
        self.last = self.last.max(Some(date));
        match factor {
            Some("NONE") => {
                self.without_factor += 1;
                self.last_without_factor = self.last_without_factor.max(Some(date));
            }
            Some("BACKUP_CODE" | "MAIL" | "SMS" | "TOTP" | "U2F") => {}
            _ => self.unknown_factor += 1,
        }
    }
}

impl FromIterator<Wire> for AuditLog {
    fn from_iter<I: IntoIterator<Item = Wire>>(entries: I) -> Self {
        let (mut log, mut by_identity) = (Self::default(), BTreeMap::new());
        for entry in entries {
            log.add(entry, &mut by_identity);
        }
        let named = |((kind, login), logins)| Logins { kind, login, ..logins };
        log.logins = by_identity.into_iter().map(named).collect();
        log
    }
}

impl Collect for AuditLog {
    type Scope = Account;
    const NAME: &'static str = "audit_log";
    const RESOURCES: &'static str = "logins and events in the account's audit log";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&EVENTS, &LOGINS, &OLDEST, &LAST_LOGIN];
    const IS_ON: bool = false;

    /// An account has one, which has no id of OVHcloud's.
    fn id(&self) -> Cow<'_, str> {
        ID.into()
    }

    /// A log changes by itself.
    fn same_as(&self, _: &Self) -> bool {
        true
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let entries = offered(pass.session.objects::<Wire>(&LIST.at(&[])).await)?;
        let Listing { objects, lost } = entries.of(ID);
        Ok(Gathered::new(vec![objects.into_iter().collect()], lost))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let (mut events, mut logins) = (EVENTS.family(), LOGINS.family());
        let mut oldest = OLDEST.family();
        for section in sections.by_scope.values() {
            for log in &*section.items {
                count(log, section.whole, &mut events, &mut logins);
                if let Some(date) = log.oldest {
                    oldest.set([], amount(date.as_second()));
                }
            }
        }
        vec![events, logins, oldest]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut last = LAST_LOGIN.family();
        for logins in sections.items().flat_map(|(_, log)| &log.logins) {
            if let Some(date) = logins.last {
                let labels = [logins.kind.clone(), logins.login.as_str().into()];
                last.set(labels, amount(date.as_second()));
            }
        }
        vec![last]
    }
}

/// Counts a log's events and logins; 0 only where no event is unclear.
fn count(log: &AuditLog, whole: bool, events: &mut Family, logins: &mut Family) {
    for (kind, count) in &log.events {
        events.add([kind.clone()], number(*count));
    }
    for one in &log.logins {
        let with = one.count - one.without_factor - one.unknown_factor;
        let counts = [("true", with), ("false", one.without_factor), ("", one.unknown_factor)];
        for (factor, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            logins.add([one.kind.clone(), factor.into()], number(count));
        }
    }
    if whole && log.unclear == 0 {
        for kind in TYPES {
            events.add([kind.into()], 0.0);
        }
        for kind in KINDS {
            let has_unknown = |one: &Logins| &*one.kind == kind && one.unknown_factor > 0;
            if !log.logins.iter().any(has_unknown) {
                logins.add([kind.into(), "true".into()], 0.0);
                logins.add([kind.into(), "false".into()], 0.0);
            }
        }
    }
}

/// `audit.Log`; of the details, those of logins are read, without address and browser.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
    auth_details: Option<AuthDetails>,
    login_success_details: Option<LoginDetails>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = None;
    const SPARE: &'static [&'static str] = &["createdAt"];
}

/// `audit.LogAuthDetails`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthDetails {
    user_details: Option<Identity>,
}

/// `audit.LogAuthUserDetails`
#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "type")]
    kind: Option<String>,
    user: Option<String>,
}

impl Identity {
    /// The kind, and the login of a local user; `None` if it may be anyone.
    fn known(self) -> Option<(Word, String)> {
        let kind = self.kind.filter(|kind| !kind.is_empty())?;
        if kind != USER {
            return Some((kind.into(), String::new()));
        }
        let user = self.user.filter(|user| !user.is_empty())?;
        // OVHcloud writes the account's name in front of some of them.
        let login = user.split_once('/').map_or(user.as_str(), |(_, login)| login);
        Some((kind.into(), login.to_owned()))
    }
}

/// `audit.LogLoginSuccessDetails`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginDetails {
    mfa_type: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Section;

    fn log(json: &str) -> AuditLog {
        serde_json::from_str::<Vec<Wire>>(json).unwrap().into_iter().collect()
    }

    /// A login of this day of November, without its braces.
    fn login(day: u8, who: &str, factor: &str) -> String {
        format!(
            r#"{{"type":"LOGIN_SUCCESS","createdAt":"2026-11-{day:02}T00:00:00Z","ip":"203.0.113.7",
                "authDetails":{{"userDetails":{who}}},
                "loginSuccessDetails":{{"mfaType":{factor},"userAgent":"Browser"}}}}"#
        )
    }

    const ALICE: &str = r#"{"type":"USER","user":"xx1111-ovh/alice"}"#;
    const OWNER_JSON: &str = r#"{"type":"ACCOUNT","user":null}"#;

    fn day(day: i64) -> Option<Timestamp> {
        Timestamp::from_second(1_793_491_200 + (day - 1) * 86_400).ok()
    }

    #[test]
    fn logins_are_summed_up_by_identity() {
        let entries = [
            login(9, ALICE, r#""TOTP""#),
            login(3, r#"{"type":"USER","user":"alice"}"#, r#""NONE""#),
            login(5, r#"{"type":"USER","user":"alice"}"#, "null"),
            login(4, OWNER_JSON, r#""U2F""#),
            login(6, r#"{"type":"PROVIDER","user":"ann@example.com"}"#, r#""NONE""#),
            login(7, r#"{"type":"PROVIDER","user":"bob@example.com"}"#, r#""UNKNOWN""#),
        ];
        let log = log(&format!("[{}]", entries.join(",")));
        assert_eq!((log.oldest, log.newest, log.unclear), (day(3), day(9), 0));
        let [owner, provider, alice] = log.logins.as_slice() else { panic!("{log:?}") };
        assert_eq!(
            (&*alice.kind, &*alice.login, alice.count, alice.last),
            ("USER", "alice", 3, day(9))
        );
        assert_eq!((alice.without_factor, alice.last_without_factor), (1, day(3)));
        assert_eq!(alice.unknown_factor, 1);
        assert_eq!((&*owner.kind, owner.without_factor, owner.last), ("ACCOUNT", 0, day(4)));
        assert_eq!((&*provider.login, provider.count, provider.unknown_factor), ("", 2, 1));
        let text = serde_json::to_string(&log).unwrap();
        for secret in ["203.0", "Browser", "example.com"] {
            assert!(!text.contains(secret), "{text}");
        }
    }

    #[test]
    fn an_event_that_may_be_a_login_of_anyone_is_unclear() {
        for unclear in [
            "[{}]".to_owned(),
            r#"[{"type":null,"createdAt":"2026-11-01T00:00:00Z"}]"#.to_owned(),
            r#"[{"type":"LOGIN_SUCCESS","createdAt":"2026-11-01T00:00:00Z"}]"#.to_owned(),
            format!("[{}]", login(1, r#"{"type":"USER","user":null}"#, "null")),
            format!("[{}]", login(1, ALICE, "null").replace("createdAt", "was")),
        ] {
            assert_eq!(log(&unclear).unclear, 1, "{unclear}");
        }
        let other = log(r#"[{"type":"POLICY_CREATED"},{"type":"NEW"}]"#);
        assert_eq!((other.unclear, other.events.len()), (0, 2));
    }

    fn families(log: AuditLog, whole: bool) -> [Family; 3] {
        let mut sections = Sections::default();
        let section = Section::new(Timestamp::UNIX_EPOCH, whole, vec![log]);
        sections.by_scope.insert(Account, section);
        AuditLog::families(&sections).try_into().unwrap()
    }

    fn of(family: &Family, labels: &[&str]) -> Option<f64> {
        let labels: Vec<Word> = labels.iter().map(|&label| label.into()).collect();
        family.samples.get(&labels).copied()
    }

    #[test]
    fn nothing_is_0_that_an_unclear_event_may_be() {
        let one = format!("[{}]", login(1, ALICE, r#""NONE""#));
        let [events, logins, oldest] = families(log(&one), true);
        assert_eq!((of(&events, &[LOGIN]), of(&events, &["USER_CREATED"])), (Some(1.0), Some(0.0)));
        assert_eq!(of(&logins, &["USER", "false"]), Some(1.0));
        assert_eq!(of(&logins, &["USER", "true"]), Some(0.0));
        assert_eq!(of(&logins, &["ACCOUNT", "false"]), Some(0.0));
        assert_eq!(of(&logins, &["USER", ""]), None);
        assert_eq!(oldest.samples.len(), 1);

        let unknown = format!("[{}]", login(1, ALICE, "null"));
        let [_, logins, _] = families(log(&unknown), true);
        assert_eq!(
            (of(&logins, &["USER", ""]), of(&logins, &["USER", "false"])),
            (Some(1.0), None)
        );
        assert_eq!(of(&logins, &["ACCOUNT", "false"]), Some(0.0));

        for (json, whole) in [("[{}]", true), ("[]", false)] {
            let [events, logins, _] = families(log(json), whole);
            assert_eq!(of(&events, &[LOGIN]), None, "{json}");
            assert!(logins.samples.is_empty(), "{json}");
        }
        let [events, _, oldest] = families(log("[]"), true);
        assert!(events.samples.len() == TYPES.len() && oldest.samples.is_empty());
    }
}

//! The account itself: its nichandle, the second factors of its own login, and the address
//! restrictions of that login. No personal data of `GET /me` is read.
//!
//! OVHcloud's answer to a service account on the login restrictions is undocumented, and for some
//! of them no right is known that an operator could grant: all of them are optional, and a rejected
//! part is unknown and is no gap unless OVHcloud names the missing right. No route reports the second factors of local users.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Listing, Route, Session};
use crate::family::{Desc, Family, Word, amount, number};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::amounts::Count;
use super::shared::is_unchanged;

static ME: Route = Route::new("/me", &["account:apiovh:me/get"]);
static TOTPS: Route = Route::new("/me/accessRestriction/totp", &[]).optional();
static TOTP: Route = Route::new("/me/accessRestriction/totp/{id}", &[]).optional();
static PHONES: Route = Route::new("/me/accessRestriction/sms", &[]).optional();
static PHONE: Route = Route::new("/me/accessRestriction/sms/{id}", &[]).optional();
static KEYS: Route = Route::new("/me/accessRestriction/u2f", &[]).optional();
static KEY: Route = Route::new("/me/accessRestriction/u2f/{id}", &[]).optional();
static BACKUP_CODES: Route = Route::new("/me/accessRestriction/backupCode", &[]).optional();
static RULES: Route =
    Route::new("/me/accessRestriction/ip", &["account:apiovh:me/accessRestriction/ip/get"])
        .optional();
static RULE: Route =
    Route::new("/me/accessRestriction/ip/{id}", &["account:apiovh:me/accessRestriction/ip/get"])
        .optional();
static DEFAULT_RULE: Route = Route::new(
    "/me/accessRestriction/ipDefaultRule",
    &["account:apiovh:me/accessRestriction/ipDefaultRule/get"],
)
.optional();
static DEVELOPER_MODE: Route = Route::new(
    "/me/accessRestriction/developerMode",
    &["account:apiovh:me/accessRestriction/developerMode/get"],
)
.optional();

static INFO: Desc = Desc::gauge(
    "ovhcloud_account_info",
    "Always 1; joins the endpoint and the nichandle to the account (GET /me)",
    &["ovh_endpoint", "nichandle"],
);
static SECOND_FACTORS: Desc = Desc::gauge(
    "ovhcloud_account_second_factors",
    "Enabled second factors of the account's own login, by method: sms, totp or u2f (GET \
     /me/accessRestriction/{totp,sms,u2f}/{id}); no sample if OVHcloud does not report them",
    &["method"],
);
static CODES: Desc = Desc::gauge(
    "ovhcloud_account_backup_codes",
    "Remaining backup codes of the account's own login (GET /me/accessRestriction/backupCode); no \
     sample if OVHcloud does not report them",
    &[],
);
static LOGIN_RULES: Desc = Desc::gauge(
    "ovhcloud_account_login_ip_rules",
    "Address ranges that the account's own login accepts (accept) or rejects (deny) (GET \
     /me/accessRestriction/ip/{id}); no sample if OVHcloud does not report them",
    &["rule"],
);
static LOGIN_DEFAULT: Desc = Desc::gauge(
    "ovhcloud_account_login_default_rule_info",
    "Always 1; whether the account's own login accepts or denies all other addresses: accept or \
     deny (GET /me/accessRestriction/ipDefaultRule)",
    &["rule"],
);
static DEVELOPER: Desc = Desc::gauge(
    "ovhcloud_account_developer_mode",
    "Whether the account's developer mode is on (1) or off (0) (GET \
     /me/accessRestriction/developerMode)",
    &[],
);

/// The rules of the schema; each has a sample, which may be 0.
const RULES_KNOWN: [&str; 2] = ["accept", "deny"];

/// An account. No member identifies the person.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// The customer number; empty if missing.
    pub nichandle: String,
    /// The endpoint of the account.
    pub endpoint: Word,
    /// The number of enabled second factors of its own login, by method; without those that
    /// OVHcloud does not report.
    pub second_factors: BTreeMap<Word, usize>,
    /// The number of remaining backup codes; `None` if OVHcloud does not report it.
    pub backup_codes: Option<i64>,
    /// The number of address ranges by rule for its login; `None` if OVHcloud does not report them.
    pub login_rules: Option<BTreeMap<Word, usize>>,
    /// The rule for all other addresses; `None` if OVHcloud does not report it.
    pub login_default_rule: Option<Word>,
    /// Whether developer mode is on; `None` if OVHcloud does not report it.
    pub developer_mode: Option<bool>,
}

impl Collect for Profile {
    type Scope = Account;
    const NAME: &'static str = "account";
    const RESOURCES: &'static str = "the account and the restrictions of its own login";
    const ROUTES: &'static [&'static Route] = &[
        &ME,
        &TOTPS,
        &TOTP,
        &PHONES,
        &PHONE,
        &KEYS,
        &KEY,
        &BACKUP_CODES,
        &RULES,
        &RULE,
        &DEFAULT_RULE,
        &DEVELOPER_MODE,
    ];
    const FAMILIES: &'static [&'static Desc] =
        &[&INFO, &SECOND_FACTORS, &CODES, &LOGIN_RULES, &LOGIN_DEFAULT, &DEVELOPER];
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(1));

    fn id(&self) -> Cow<'_, str> {
        self.nichandle.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.nichandle.as_str().into()
    }

    /// A value unknown at one of the two times is no change.
    fn same_as(&self, before: &Self) -> bool {
        let factors = &self.second_factors;
        let mut methods = factors.keys().chain(before.second_factors.keys());
        let is_same = |method| is_unchanged(factors.get(method), before.second_factors.get(method));
        self.nichandle == before.nichandle
            && self.endpoint == before.endpoint
            && methods.all(is_same)
            && is_unchanged(self.backup_codes.as_ref(), before.backup_codes.as_ref())
            && is_unchanged(self.login_rules.as_ref(), before.login_rules.as_ref())
            && is_unchanged(self.login_default_rule.as_ref(), before.login_default_rule.as_ref())
            && is_unchanged(self.developer_mode.as_ref(), before.developer_mode.as_ref())
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let session = pass.session;
        let me = ME.at(&[]);
        let (me, totp, sms, u2f, codes, rules, default_rule, developer_mode) = tokio::join!(
            session.object::<Me>(&me),
            list(session, (&TOTPS, &TOTP), enabled),
            list(session, (&PHONES, &PHONE), enabled),
            list(session, (&KEYS, &KEY), enabled),
            one(session, &BACKUP_CODES, Codes::known),
            list(session, (&RULES, &RULE), |rules: Vec<LoginRule>| Some(by_rule(rules))),
            one(session, &DEFAULT_RULE, |rule: DefaultRule| rule.rule.map(Word::from)),
            one(session, &DEVELOPER_MODE, |mode: DeveloperMode| mode.enabled),
        );
        let mut account = Gathered::new(Vec::new(), Vec::new());
        let id = me?.nichandle.unwrap_or_default();
        let factors = [("totp", totp), ("sms", sms), ("u2f", u2f)].into_iter();
        let profile = Self {
            endpoint: session.endpoint().into(),
            second_factors: factors
                .filter_map(|(method, count)| Some((method.into(), count.or(&mut account, &id)?)))
                .collect(),
            backup_codes: codes.or(&mut account, &id),
            login_rules: rules.or(&mut account, &id),
            login_default_rule: default_rule.or(&mut account, &id),
            developer_mode: developer_mode.or(&mut account, &id),
            nichandle: id,
        };
        account.items.push(profile);
        Ok(account)
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let [mut info, mut factors, mut codes, mut rules, mut default, mut developer] =
            [&INFO, &SECOND_FACTORS, &CODES, &LOGIN_RULES, &LOGIN_DEFAULT, &DEVELOPER]
                .map(Desc::family);
        for (_, profile) in sections.items() {
            info.set([profile.endpoint.clone(), profile.nichandle.as_str().into()], 1.0);
            for (method, count) in &profile.second_factors {
                factors.set([method.clone()], number(*count));
            }
            if let Some(left) = profile.backup_codes {
                codes.set([], amount(left));
            }
            if let Some(counts) = &profile.login_rules {
                // A rule without its word may be either.
                let is_clear = !counts.contains_key(&Word::default());
                for rule in RULES_KNOWN.iter().filter(|_| is_clear) {
                    rules.set([(*rule).into()], 0.0);
                }
                for (rule, count) in counts {
                    rules.set([rule.clone()], number(*count));
                }
            }
            if let Some(rule) = &profile.login_default_rule {
                default.set([rule.clone()], 1.0);
            }
            if let Some(is_on) = profile.developer_mode {
                developer.set([], f64::from(u8::from(is_on)));
            }
        }
        vec![info, factors, codes, rules, default, developer]
    }
}

/// The answer for a part of the account, if there is one, and the errors of the rest.
struct Part<T> {
    told: Option<T>,
    errors: Vec<api::Error>,
}

impl<T> Part<T> {
    /// The answer; the errors of the part are added to those of the `account`.
    fn or(self, account: &mut Gathered<Profile>, id: &str) -> Option<T> {
        for error in self.errors {
            let is_loss = is_failure(&error);
            let route = error.route;
            let error = api::Error { object: None, ..error }.of(route).of(id);
            if is_loss { account.lost.push(error) } else { account.absent.push(error) }
        }
        self.told
    }

    fn without(errors: Vec<api::Error>) -> Self {
        Self { told: None, errors }
    }
}

/// Whether the error is a loss. A part that OVHcloud rejects is unknown and no loss; any other
/// failure is a loss, and so is a refusal that names the right that lacks.
fn is_failure(error: &api::Error) -> bool {
    match &error.kind {
        Kind::Forbidden { actions } => !actions.is_empty(),
        Kind::Rejected { .. } | Kind::NotFound(_) => false,
        _ => true,
    }
}

async fn one<W: Identified, T>(
    session: &Session<'_>,
    route: &'static Route,
    read: impl FnOnce(W) -> Option<T>,
) -> Part<T> {
    match session.object(&route.at(&[])).await {
        Ok(wire) => Part { told: read(wire), errors: Vec::new() },
        Err(error) => Part::without(vec![error]),
    }
}

/// An incomplete list is unknown as a whole: an unreadable second factor must not look like none.
async fn list<W: Identified, T>(
    session: &Session<'_>,
    (list, object): (&'static Route, &'static Route),
    read: impl FnOnce(Vec<W>) -> Option<T>,
) -> Part<T> {
    match session.each(list, object, &[]).await {
        Ok(Listing { objects, lost }) if lost.is_empty() => {
            Part { told: read(objects), errors: lost }
        }
        Ok(Listing { lost, .. }) => Part::without(lost),
        Err(error) => Part::without(vec![error]),
    }
}

/// The number of enabled factors, if the state of each is known.
fn enabled(factors: Vec<Factor>) -> Option<usize> {
    let states = factors.into_iter().map(|factor| factor.status).collect::<Option<Vec<_>>>()?;
    Some(states.iter().filter(|status| *status == "enabled").count())
}

fn by_rule(rules: Vec<LoginRule>) -> BTreeMap<Word, usize> {
    let mut counts = BTreeMap::new();
    for rule in rules {
        *counts.entry(rule.rule.unwrap_or_default().into()).or_default() += 1;
    }
    counts
}

/// `nichandle.Nichandle`
#[derive(Deserialize)]
struct Me {
    nichandle: Option<String>,
}

impl Identified for Me {
    const ID: Option<&'static str> = Some("nichandle");
}

/// `nichandle.accessRestriction.TOTPAccount`, `SmsAccount` or `U2FAccount`
#[derive(Deserialize)]
struct Factor {
    status: Option<String>,
}

impl Identified for Factor {
    const ID: Option<&'static str> = Some("id");
}

/// `nichandle.accessRestriction.SOTPAccount`
#[derive(Deserialize)]
struct Codes {
    remaining: Option<Count>,
}

impl Codes {
    fn known(self) -> Option<i64> {
        self.remaining.and_then(Count::known)
    }
}

/// The codes of the account have no id.
impl Identified for Codes {
    const ID: Option<&'static str> = None;
}

/// `nichandle.IpRestriction`
#[derive(Deserialize)]
struct LoginRule {
    rule: Option<String>,
}

impl Identified for LoginRule {
    const ID: Option<&'static str> = Some("id");
}

/// `nichandle.IpRestrictionDefaultRule`
#[derive(Deserialize)]
struct DefaultRule {
    rule: Option<String>,
}

/// The rule for all other addresses has no id.
impl Identified for DefaultRule {
    const ID: Option<&'static str> = None;
}

/// `nichandle.DeveloperModeRestriction`
#[derive(Deserialize)]
struct DeveloperMode {
    enabled: Option<bool>,
}

/// A setting of the account has no id.
impl Identified for DeveloperMode {
    const ID: Option<&'static str> = None;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            nichandle: "xx1-ovh".to_owned(),
            endpoint: "ovh-eu".into(),
            second_factors: [("totp".into(), 1)].into(),
            backup_codes: Some(8),
            login_rules: None,
            login_default_rule: Some("deny".into()),
            developer_mode: Some(false),
        }
    }

    #[test]
    fn a_second_factor_without_a_state_leaves_the_count_unknown() {
        let count = |json| enabled(serde_json::from_str(json).unwrap());
        assert_eq!(count("[]"), Some(0));
        assert_eq!(
            count(r#"[{"status":"enabled"},{"status":"disabled"},{"status":"x"}]"#),
            Some(1)
        );
        assert_eq!(count(r#"[{"status":"enabled"},{"status":null}]"#), None);
        assert_eq!(count("[{}]"), None);
    }

    #[test]
    fn an_impossible_number_of_codes_is_unknown() {
        let codes = |json| serde_json::from_str::<Codes>(json).unwrap().known();
        assert_eq!(codes(r#"{"remaining":8}"#), Some(8));
        assert_eq!(codes(r#"{"remaining":-2}"#), None);
    }

    #[test]
    fn an_unknown_value_is_no_change_and_a_different_value_is_one() {
        let untold = Profile {
            second_factors: BTreeMap::new(),
            backup_codes: None,
            login_default_rule: None,
            developer_mode: None,
            ..profile()
        };
        assert!(profile().same_as(&untold) && untold.same_as(&profile()));
        let others = [
            Profile { second_factors: [("totp".into(), 0)].into(), ..profile() },
            Profile { login_default_rule: Some("accept".into()), ..profile() },
            Profile { developer_mode: Some(true), ..profile() },
            Profile { backup_codes: Some(7), ..profile() },
        ];
        for other in others {
            assert!(!other.same_as(&profile()), "{other:?}");
        }
    }

    #[test]
    fn no_personal_data_is_kept() {
        let me = r#"{"nichandle":"xx1-ovh","email":"j@example.com","name":"Doe"}"#;
        let me: Me = serde_json::from_str(me).unwrap();
        assert_eq!(me.nichandle.unwrap(), "xx1-ovh");
        let json = serde_json::to_value(profile()).unwrap();
        let mut members: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(
            members,
            [
                "backup_codes",
                "developer_mode",
                "endpoint",
                "login_default_rule",
                "login_rules",
                "nichandle",
                "second_factors"
            ]
        );
    }
}

//! Personal access tokens of the account's local IAM users, by expiry.
//!
//! Each user has a list of tokens, and there is no common list.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::listing::fan_out;
use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::lists::users;
use super::pass::{Gathered, Pass};
use super::shared::dates::{date, no_date, nullable_date};
use super::shared::nullable::Nullable;

static LIST: Route =
    Route::new("/me/identity/user/{user}/token", &["account:apiovh:me/identity/user/token/get"]);
static ONE: Route = Route::new(
    "/me/identity/user/{user}/token/{name}",
    &["account:apiovh:me/identity/user/token/get"],
);

static TOKENS: Desc = Desc::count(
    "ovhcloud_iam_user_tokens",
    "Access tokens of local IAM users by expiry: expires, expired or permanent, empty if unknown \
     (GET /me/identity/user/{user}/token/{name})",
    &["state"],
);

static NEXT_EXPIRATION: Desc = Desc::gauge(
    "ovhcloud_iam_user_tokens_next_expiration_timestamp_seconds",
    "Expiry time of the access token of a local IAM user that expires next (GET \
     /me/identity/user/{user}/token/{name}); no sample if none is known to expire",
    &[],
);

static EXPIRATION: Desc = Desc::of_each(
    "ovhcloud_iam_user_token_expiration_timestamp_seconds",
    "Expiry time of each access token of a local IAM user (GET \
     /me/identity/user/{user}/token/{name}); no sample if it never expires or its \
     expiry is unknown",
    &["login", "token"],
);

static LAST_USE: Desc = Desc::of_each(
    "ovhcloud_iam_user_token_last_use_timestamp_seconds",
    "Last use of each access token of a local IAM user (GET \
     /me/identity/user/{user}/token/{name}); no sample if it was never used",
    &["login", "token"],
);

/// All states; each has a sample, which may be 0.
const STATES: [&str; 3] = [EXPIRES, EXPIRED, PERMANENT];
const EXPIRES: &str = "expires";
const EXPIRED: &str = "expired";
const PERMANENT: &str = "permanent";

/// A personal access token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// The login of its user, without the account's name.
    pub login: String,
    /// Its name, unique for the user.
    pub name: String,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The expiry time, past or future; null if it never expires.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub expires: Nullable<Timestamp>,
    /// The time of last use; null if it was never used.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub last_used: Nullable<Timestamp>,
}

impl Token {
    /// The state; empty if the expiry is unknown.
    fn state(&self, now: Timestamp) -> &'static str {
        match self.expires {
            Nullable::Unknown => "",
            Nullable::Null => PERMANENT,
            Nullable::Value(end) if end <= now => EXPIRED,
            Nullable::Value(_) => EXPIRES,
        }
    }
}

impl Collect for Token {
    type Scope = Account;
    const NAME: &'static str = "iam_user_token";
    const RESOURCES: &'static str = "personal access tokens of local IAM users";
    const ROUTES: &'static [&'static Route] = &[&users::LIST, &users::ONE, &LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&TOKENS, &NEXT_EXPIRATION, &EXPIRATION, &LAST_USE];
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(1));

    fn id(&self) -> Cow<'_, str> {
        if self.name.is_empty() {
            return Cow::default();
        }
        format!("{}/{}", self.login, self.name).into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self {
            last_used: Nullable::Unknown,
            expires: Nullable::Unknown,
            ..one.clone()
        };
        self.expires.is_unchanged(&before.expires) && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let listed = users::list(pass).await?;
        let logins = listed.keys(|user| Some(user.login.clone())).objects;
        let ask = |login: String| async move {
            let tokens = pass.session.each::<Wire>(&LIST, &ONE, &[&login]).await;
            let tokens = tokens.unwrap_or_else(|error| Err(error).into());
            tokens.map(|wire| wire.of(&login)).of(&login)
        };
        let mut gathered = Gathered::from(fan_out(logins, ask, || users::logins(pass)).await);
        // The tokens of unreadable users were not requested.
        gathered.lost.extend(listed.lost.iter().cloned());
        Ok(gathered)
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut tokens = TOKENS.family();
        for section in sections.by_scope.values() {
            for state in STATES.iter().filter(|_| section.whole) {
                tokens.add([(*state).into()], 0.0);
            }
            for token in &*section.items {
                tokens.count([token.state(section.read_at).into()]);
            }
        }
        let ends = sections.by_scope.values().flat_map(|section| {
            let ends = section.items.iter().filter_map(|token| token.expires.value().copied());
            ends.filter(|end| *end > section.read_at)
        });
        let mut next = NEXT_EXPIRATION.family();
        if let Some(end) = ends.min() {
            next.set([], end.as_duration().as_secs_f64());
        }
        vec![tokens, next]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let dates = |desc: &'static Desc, date: fn(&Self) -> Option<Timestamp>| {
            let mut family = desc.family();
            for (_, token) in sections.items() {
                let labels: [Word; 2] = [token.login.as_str().into(), token.name.as_str().into()];
                if let Some(date) = date(token) {
                    family.set(labels, date.as_duration().as_secs_f64());
                }
            }
            family
        };
        vec![
            dates(&EXPIRATION, |token| token.expires.value().copied()),
            dates(&LAST_USE, |token| token.last_used.value().copied()),
        ]
    }
}

/// `auth.PersonalAccessToken`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    name: Option<String>,
    #[serde(default, deserialize_with = "date")]
    creation: Option<Timestamp>,
    #[serde(default = "no_date", deserialize_with = "nullable_date")]
    expires_at: Nullable<Timestamp>,
    #[serde(default = "no_date", deserialize_with = "nullable_date")]
    last_used: Nullable<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("name");
    const SPARE: &'static [&'static str] = &["creation", "expiresAt", "lastUsed"];
}

impl Wire {
    fn of(self, login: &str) -> Token {
        Token {
            login: login.to_owned(),
            name: self.name.unwrap_or_default(),
            created: self.creation,
            expires: self.expires_at,
            last_used: self.last_used,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(json: &str) -> Token {
        serde_json::from_str::<Wire>(json).unwrap().of("alice")
    }

    #[test]
    fn a_token_is_over_at_its_end_and_not_before() {
        let end = "2026-11-21T00:00:00Z".parse().unwrap();
        let before = "2026-11-20T23:59:59Z".parse().unwrap();
        let limited = token(r#"{"name":"t","expiresAt":"2026-11-21T01:00:00+01:00"}"#);
        assert_eq!((limited.state(before), limited.state(end)), (EXPIRES, EXPIRED));
        for endless in ["{}", r#"{"expiresAt":null}"#] {
            assert_eq!(token(endless).state(end), PERMANENT);
        }
    }

    #[test]
    fn the_next_end_is_the_earliest_that_is_not_over() {
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let next = |ends: &[&str]| {
            let tokens = ends.iter().map(|end| token(&format!(r#"{{"expiresAt":{end}}}"#)));
            let families = Token::families(&Sections::known(Account, now, tokens.collect()));
            let next = families.iter().find(|family| family.desc.name == NEXT_EXPIRATION.name);
            next.unwrap().samples.values().copied().next()
        };
        let (over, soon, late) =
            ("\"2026-11-20T00:00:00Z\"", "\"2026-11-22T00:00:00Z\"", "\"2027-11-22T00:00:00Z\"");
        let day = now.as_duration().as_secs_f64() + 86400.0;
        assert_eq!(next(&[late, "null", over, soon]), Some(day));
        assert_eq!(next(&[over, "null"]), None);
    }

    #[test]
    fn the_date_of_last_use_moves_by_itself_and_the_end_does_not() {
        let before = token(r#"{"name":"t","lastUsed":null}"#);
        assert!(token(r#"{"name":"t","lastUsed":"2026-11-21T00:00:00Z"}"#).same_as(&before));
        assert!(!token(r#"{"name":"t","expiresAt":"2026-11-21T00:00:00Z"}"#).same_as(&before));
    }

    #[test]
    fn two_users_may_call_their_tokens_the_same() {
        let alices = token(r#"{"name":"laptop"}"#);
        let bobs = Token { login: "bob".to_owned(), ..alices.clone() };
        assert_eq!((&*alices.id(), &*bobs.id()), ("alice/laptop", "bob/laptop"));
        assert_eq!(token("{}").id(), "", "tokens without a name have no id");
    }
}

//! The account's local IAM users.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Listing, Route};
use crate::collectors::pass::{Gathered, Pass};
use crate::collectors::shared::dates::date;
use crate::collectors::shared::nullable::Nullable;
use crate::family::Word;

use super::Shared;

pub(in crate::collectors) static LIST: Route =
    Route::new("/me/identity/user", &["account:apiovh:me/identity/user/get"]);
pub(in crate::collectors) static ONE: Route =
    Route::new("/me/identity/user/{user}", &["account:apiovh:me/identity/user/get"]);

/// A local user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct User {
    /// The login, without the account's name.
    pub login: String,
    /// The main group.
    pub group: Word,
    /// `OK`, `DISABLED`, `PASSWORD_CHANGE_REQUIRED`.
    pub status: Word,
    /// All its groups, as OVHcloud lists them; `None` if missing.
    #[serde(default)]
    pub groups: Option<BTreeSet<Word>>,
    /// `USER`, `SERVICE`, `ROOT`; empty if missing.
    #[serde(default)]
    pub kind: Word,
    /// The URN, its name in policies; `None` if missing.
    #[serde(default)]
    pub urn: Option<String>,
    /// The creation time; `None` if missing.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// The time of the last change of its password; `None` if missing.
    #[serde(default)]
    pub password_updated: Option<Timestamp>,
    /// The time of the last change of the user itself; `None` if missing.
    #[serde(default)]
    pub updated: Option<Timestamp>,
    /// The domain of its e-mail address, in lower case; null if it has none. The address is not
    /// kept.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub email_domain: Nullable<Word>,
}

impl User {
    /// The known groups, with the main one: the list of all groups may be missing.
    pub fn memberships(&self) -> BTreeSet<&Word> {
        let groups = self.groups.iter().flatten().chain([&self.group]);
        groups.filter(|group| !group.is_empty()).collect()
    }
}

/// The account's local users, read once in a refresh.
///
/// # Errors
///
/// The list cannot be read.
pub(in crate::collectors) async fn list(pass: &Pass<'_>) -> Shared<User> {
    pass.once("users".to_owned(), || read(pass)).await
}

/// The logins of the account at this time.
///
/// # Errors
///
/// The list cannot be read.
pub(in crate::collectors) async fn logins(pass: &Pass<'_>) -> Result<Listing<String>, api::Error> {
    Ok(read(pass).await?.keys(|user| Some(user.login.clone())))
}

async fn read(pass: &Pass<'_>) -> Result<Gathered<User>, api::Error> {
    let users = pass.session.each(&LIST, &ONE, &[]).await?;
    Ok(Gathered::from_listing(users, |wire: Wire| wire.into()))
}

/// `auth.User`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::collectors) struct Wire {
    login: Option<String>,
    group: Option<String>,
    status: Option<String>,
    groups: Option<Vec<Option<String>>>,
    #[serde(rename = "type")]
    kind: Option<String>,
    urn: Option<String>,
    #[serde(default, deserialize_with = "date")]
    creation: Option<Timestamp>,
    #[serde(default, deserialize_with = "date")]
    password_last_update: Option<Timestamp>,
    #[serde(default, deserialize_with = "date")]
    last_update: Option<Timestamp>,
    email: Option<String>,
}

/// The domain of an e-mail address; unknown if it is no address.
fn domain(email: Option<String>) -> Nullable<Word> {
    let Some(email) = email else { return Nullable::Null };
    let domain = email.trim().rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let domain = domain.filter(|domain| !domain.is_empty());
    domain.map_or(Nullable::Unknown, |domain| Nullable::Value(domain.as_str().into()))
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("login");
    const SPARE: &'static [&'static str] = &["creation", "passwordLastUpdate", "lastUpdate"];
}

impl From<Wire> for User {
    fn from(wire: Wire) -> Self {
        Self {
            login: wire.login.unwrap_or_default(),
            group: wire.group.unwrap_or_default().into(),
            status: wire.status.unwrap_or_default().into(),
            // A group without a name leaves the list unknown.
            groups: wire
                .groups
                .and_then(|groups| groups.into_iter().map(|group| group.map(Word::from)).collect()),
            kind: wire.kind.unwrap_or_default().into(),
            urn: wire.urn,
            created: wire.creation,
            password_updated: wire.password_last_update,
            updated: wire.last_update,
            email_domain: domain(wire.email),
        }
    }
}

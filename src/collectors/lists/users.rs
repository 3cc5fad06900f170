//! The account's local IAM users.

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Listing, Route};
use crate::collectors::pass::{Gathered, Pass};
use crate::family::Word;

use super::Shared;

pub(in crate::collectors) static LIST: Route =
    Route::new("/me/identity/user", &["account:apiovh:me/identity/user/get"]);
pub(in crate::collectors) static ONE: Route =
    Route::new("/me/identity/user/{user}", &["account:apiovh:me/identity/user/get"]);

/// A local user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The login, without the account's name.
    pub login: String,
    /// The main group.
    pub group: Word,
    /// `OK`, `DISABLED`, `PASSWORD_CHANGE_REQUIRED`.
    pub status: Word,
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
pub(in crate::collectors) struct Wire {
    login: Option<String>,
    group: Option<String>,
    status: Option<String>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("login");
}

impl From<Wire> for User {
    fn from(wire: Wire) -> Self {
        Self {
            login: wire.login.unwrap_or_default(),
            group: wire.group.unwrap_or_default().into(),
            status: wire.status.unwrap_or_default().into(),
        }
    }
}

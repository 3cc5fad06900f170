//! `OAuth2` clients: service accounts, and applications that act for the person who logs in, by
//! flow.
//!
//! OVHcloud does not report the last use of a client, nor the creation or the expiry of its secret.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::samples::{counted, info};

static LIST: Route =
    Route::new("/me/api/oauth2/client", &["account:apiovh:me/api/oauth2/client/get"]);
static ONE: Route =
    Route::new("/me/api/oauth2/client/{clientId}", &["account:apiovh:me/api/oauth2/client/get"]);

static CLIENTS: Desc = Desc::count(
    "ovhcloud_oauth2_clients",
    "OAuth2 clients by flow, where CLIENT_CREDENTIALS are service accounts \
     (GET /me/api/oauth2/client/{clientId})",
    &["flow"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_oauth2_client_info",
    "Always 1, for each OAuth2 client (GET /me/api/oauth2/client/{clientId})",
    &["client_id", "client_name", "flow"],
);

/// The flows of the schema; each has a sample, which may be 0.
const FLOWS: [&str; 2] = ["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"];

/// An `OAuth2` client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// `CLIENT_CREDENTIALS` is a service account, `AUTHORIZATION_CODE` acts for a person.
    pub flow: Word,
    /// Its identity in policies, as a URN; `None` if it has none of its own.
    pub identity: Option<String>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The redirect URLs, in the order of the alphabet.
    pub callback_urls: Vec<String>,
}

impl Collect for Client {
    type Scope = Account;
    const NAME: &'static str = "oauth2_client";
    const RESOURCES: &'static str = "OAuth2 clients";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&CLIENTS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let clients = pass.session.each(&LIST, &ONE, &[]).await?;
        Ok(Gathered::from_listing(clients, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&CLIENTS, sections, &FLOWS, |client| client.flow.clone())]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let clients = info(&INFO, sections, |_, client: &Self| {
            [client.id.as_str().into(), client.name.as_str().into(), client.flow.clone()]
        });
        vec![clients]
    }
}

/// `oauth2.client`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    client_id: Option<String>,
    name: Option<String>,
    flow: Option<String>,
    identity: Option<String>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
    callback_urls: Option<Vec<Option<String>>>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("clientId");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

impl From<Wire> for Client {
    fn from(wire: Wire) -> Self {
        let urls = wire.callback_urls.unwrap_or_default();
        let mut callback_urls: Vec<_> = urls.into_iter().flatten().collect();
        callback_urls.sort();
        Self {
            id: wire.client_id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            flow: wire.flow.unwrap_or_default().into(),
            identity: wire.identity,
            created: wire.created_at,
            callback_urls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_with_missing_members_is_kept() {
        let read = |json| Client::from(serde_json::from_str::<Wire>(json).unwrap());
        for bare in ["{}", r#"{"flow":null,"identity":null,"callbackUrls":null}"#] {
            let bare = read(bare);
            assert_eq!((bare.id.as_str(), &*bare.flow, bare.identity), ("", "", None));
        }
        let portal = read(
            r#"{"clientId":"EU.1","flow":"AUTHORIZATION_CODE","createdAt":"2026-01-01T01:00:00+01:00",
                "callbackUrls":["https://b","https://a",null],"clientSecret":"x"}"#,
        );
        assert_eq!(portal.callback_urls, ["https://a", "https://b"]);
        assert_eq!(portal.created.unwrap().to_string(), "2026-01-01T00:00:00Z");
    }
}

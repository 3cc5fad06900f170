//! The identity of one account's calls, in each of the three forms that OVHcloud's API takes.
//!
//! A call is made in two steps: [`Authenticator::ready`] gets what it takes, which may need the
//! network, and [`Proof::headers`] makes the headers when the call is really sent, since a
//! signature holds the time. It judges no answer but by what it refuses of the proof.

mod cached;
mod clock;
mod header;
mod held;
mod oauth2;
mod request;
mod signature;
mod token;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};

use crate::config::account::Account;
use crate::config::credential::Credential;
use crate::telemetry::Calls;

use super::build::BuildError;
use super::error::{Error, Kind, Refusal};
use super::route::Route;
use super::transport::Transport;

use clock::ServerClock;
use oauth2::{Bearer, Tokens};
use signature::{Keys, Signer};
use token::AccessToken;

/// The identity that makes the calls of one account, for as long as it is watched.
#[derive(Debug)]
pub struct Authenticator {
    way: Way,
    clock: ServerClock,
}

#[derive(Debug)]
enum Way {
    ServiceAccount(Box<Tokens>),
    ApplicationKey(Signer),
    AccessToken(AccessToken),
}

/// The proof of identity that calls carry now.
#[derive(Debug)]
pub(super) enum Proof {
    /// A token of a service account.
    Issued(Bearer),
    /// Keys to sign with.
    Keys(Keys),
    /// A token that was given.
    Given(token::Given),
}

impl Authenticator {
    /// Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// A service account in a region without a token URL; an application key that no header may
    /// hold.
    pub(super) fn new(
        account: &Account,
        transport: &Transport,
        calls: &Calls,
    ) -> Result<Self, BuildError> {
        let endpoint = &account.endpoint;
        let mut application_key = None;
        let way = match &account.credential {
            Credential::ServiceAccount { client_id, client_secret } => {
                let url = endpoint.token_url.clone();
                let url = url.ok_or_else(|| BuildError::NoTokenUrl(endpoint.name.clone()))?;
                let (id, secret) = (client_id.clone(), client_secret.clone());
                let tokens = Tokens::new(url, id, secret, transport.clone(), calls.clone());
                Way::ServiceAccount(Box::new(tokens))
            }
            Credential::ApplicationKey {
                application_key: key,
                application_secret,
                consumer_key,
            } => {
                let key = HeaderValue::try_from(key).map_err(|_| BuildError::ApplicationKey)?;
                application_key = Some(key.clone());
                Way::ApplicationKey(Signer::new(key, application_secret, consumer_key))
            }
            Credential::AccessToken(token) => Way::AccessToken(AccessToken::new(token.clone())),
        };
        let clock =
            ServerClock::new(&endpoint.root, application_key, transport.clone(), calls.clone());
        Ok(Self { way, clock })
    }

    /// Returns the proof for a call now. However many calls wait for it, OVHcloud is asked once.
    ///
    /// # Errors
    ///
    /// The token endpoint refuses the client or fails, OVHcloud does not report its time, or a
    /// secret's file can't be read.
    pub(super) async fn ready(&self) -> Result<Proof, Error> {
        let failed =
            |method, route| move |kind| Error { method, route, query: None, object: None, kind };
        Ok(match &self.way {
            Way::ServiceAccount(tokens) => {
                let failed = failed(Method::POST, oauth2::ROUTE);
                Proof::Issued(tokens.bearer().await.map_err(failed)?)
            }
            Way::ApplicationKey(signer) => {
                let failed = failed(Method::GET, clock::ROUTE);
                Proof::Keys(signer.keys(&self.clock).await.map_err(failed)?)
            }
            Way::AccessToken(token) => {
                Proof::Given(token.given().map_err(failed(Method::GET, "access token"))?)
            }
        })
    }

    /// An answer refuses this proof: whether there is another one now, with which the call is
    /// worth making once more.
    pub(super) async fn renewed(&self, proof: &Proof, refusal: Refusal) -> bool {
        match (&self.way, proof) {
            (Way::ServiceAccount(tokens), Proof::Issued(bearer)) if refusal == Refusal::Token => {
                tokens.replaced(bearer).await
            }
            (Way::ApplicationKey(signer), Proof::Keys(keys)) => {
                signer.renewed(&self.clock, keys, refusal).await
            }
            (Way::AccessToken(token), Proof::Given(given)) => token.renewed(given),
            _ => false,
        }
    }

    /// The rights that a call needs, in the words of who grants them: IAM actions, and the
    /// rule of a consumer key.
    pub(super) fn needed(&self, method: &Method, route: &Route) -> Vec<String> {
        match &self.way {
            Way::ApplicationKey(_) => vec![format!("{method} {}", route.template)],
            _ => route.actions.iter().map(|action| (*action).to_owned()).collect(),
        }
    }

    /// By how much OVHcloud's clock is ahead of `now`, to about a second. OVHcloud is asked for
    /// its time if that was not done within the hour.
    ///
    /// # Errors
    ///
    /// OVHcloud does not report its time.
    pub async fn clock_difference(
        &self,
        now: impl Fn() -> Timestamp,
    ) -> Result<SignedDuration, Kind> {
        let reading = self.clock.reading().await?;
        Ok(SignedDuration::from_secs(reading.now().saturating_sub(now().as_second())))
    }
}

impl Proof {
    /// The headers of one call, made for this moment. `url` and `body` are as they are sent.
    ///
    /// # Errors
    ///
    /// A secret that no header may hold.
    pub(super) fn headers(
        &self,
        method: &Method,
        url: &str,
        body: &[u8],
    ) -> Result<HeaderMap, Kind> {
        match self {
            Self::Issued(bearer) => Ok(authorization(bearer.header.clone())),
            Self::Keys(keys) => keys.headers(method, url, body),
            Self::Given(given) => Ok(authorization(given.header.clone())),
        }
    }
}

fn authorization(bearer: HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, bearer)])
}

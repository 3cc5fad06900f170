//! The three identities of a simulated account and their credentials.

use crate::account::NICHANDLE;

pub(crate) const CLIENT_ID: &str = "EU.0123456789abcdef";
pub(crate) const CLIENT_SECRET: &str = "simulated-client-secret";
pub(crate) const APPLICATION_KEY: &str = "0123456789abcdef";
pub(crate) const APPLICATION_SECRET: &str = "simulated-application-secret";
pub(crate) const CONSUMER_KEY: &str = "simulated-consumer-key";
pub(crate) const ACCESS_TOKEN: &str = "simulated-access-token";
/// The account's own objects that stand for the application and the consumer key above.
pub(crate) const APPLICATION_ID: u64 = 200_001;
pub(crate) const CREDENTIAL_ID: u64 = 100_000_001;

/// A way to authenticate, and the identity that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Auth {
    /// A service account: client credentials for a token that expires.
    OAuth2,
    /// Application key, application secret and consumer key: signed calls.
    ApplicationKey,
    /// A bearer token got elsewhere, which does not expire.
    Token,
}

impl Auth {
    pub(super) const ALL: [Self; 3] = [Self::OAuth2, Self::ApplicationKey, Self::Token];

    pub(crate) fn environment(self) -> Vec<(&'static str, String)> {
        let variables: &[_] = match self {
            Self::OAuth2 => &[("OVH_CLIENT_ID", CLIENT_ID), ("OVH_CLIENT_SECRET", CLIENT_SECRET)],
            Self::ApplicationKey => &[
                ("OVH_APPLICATION_KEY", APPLICATION_KEY),
                ("OVH_APPLICATION_SECRET", APPLICATION_SECRET),
                ("OVH_CONSUMER_KEY", CONSUMER_KEY),
            ],
            Self::Token => &[("OVH_ACCESS_TOKEN", ACCESS_TOKEN)],
        };
        variables.iter().map(|&(name, value)| (name, value.to_owned())).collect()
    }
}

/// The service account, as policies name it.
pub(crate) fn client_urn() -> String {
    format!("urn:v1:eu:identity:credential:{NICHANDLE}/oauth2-{CLIENT_ID}")
}

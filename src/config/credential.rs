//! What opens an account: one of the three ways in that OVHcloud's API takes.

use crate::secret::Source;

/// What opens an account.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An OAuth2 service account, by client credentials.
    ServiceAccount {
        /// Its client id.
        client_id: String,
        /// Its client secret.
        client_secret: Source,
    },
    /// A legacy application with a consumer key, whose calls are signed.
    ApplicationKey {
        /// The application's key, which is sent.
        application_key: String,
        /// The application's secret, which is never sent.
        application_secret: Source,
        /// The consumer key.
        consumer_key: Source,
    },
    /// A bearer token that was got elsewhere.
    AccessToken(Source),
}

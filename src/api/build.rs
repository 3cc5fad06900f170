//! The reasons why an account's client cannot be set up.

use super::transport::SetupError;

/// The account can't be spoken to from this machine.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// TLS or proxy settings.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The region has no token URL.
    #[error("the endpoint `{0}` has no token URL; give one with --api.token-url")]
    NoTokenUrl(String),
    /// The application key is sent as a header.
    #[error("the application key holds what no HTTP header may; copy it again")]
    ApplicationKey,
}

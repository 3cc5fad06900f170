//! A bearer token that was got elsewhere. It can't be renewed, but its file may hold another.

use std::sync::Arc;

use http::HeaderValue;

use crate::api::error::Kind;
use crate::secret::{Secret, Source};

use super::header::sensitive;
use super::held::Held;

/// The token of one account.
#[derive(Debug)]
pub(super) struct AccessToken(Held<1>);

/// A token to send.
#[derive(Debug)]
pub(in crate::api) struct Given {
    /// The value of `Authorization`, marked as sensitive.
    pub(super) header: HeaderValue,
    secret: Arc<[Secret; 1]>,
}

impl AccessToken {
    pub(super) fn new(source: Source) -> Self {
        Self(Held::new([source]))
    }

    /// The token as it is now.
    pub(super) fn given(&self) -> Result<Given, Kind> {
        let secret = self.0.current()?;
        let [token] = &*secret;
        // go-ovh sends it so (`ovh.go`).
        let header = sensitive(&format!("Bearer {}", token.expose())).ok_or_else(|| {
            Kind::Unusable("the access token holds what no HTTP header may".to_owned())
        })?;
        Ok(Given { header, secret })
    }

    /// Whether there is another token than this one, which was refused.
    pub(super) fn renewed(&self, given: &Given) -> bool {
        self.0.differ_from(&given.secret)
    }
}

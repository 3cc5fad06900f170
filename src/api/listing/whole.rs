//! Routes that answer whole objects at once.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::api::client::Session;
use crate::api::error::Error;
use crate::api::route::Call;

use super::decode::{decode, decode_all, elements, undecodable};
use super::objects::Listing;

impl Session<'_> {
    /// A route that answers one list of whole objects.
    ///
    /// # Errors
    ///
    /// The call fails, or the answer is no list.
    pub async fn objects<T: DeserializeOwned>(&self, call: &Call) -> Result<Listing<T>, Error> {
        let answer = self.fetch(call, &[]).await?;
        Ok(decode_all(call, &answer, &elements(call, &answer)?))
    }

    /// A route that answers one object, or whatever else by itself.
    ///
    /// # Errors
    ///
    /// The call fails, or the answer is not what is expected.
    pub async fn object<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let answer = self.fetch(call, &[]).await?;
        let value: &RawValue = serde_json::from_slice(&answer.body)
            .map_err(|problem| undecodable(call, &answer, ".", &problem.to_string()))?;
        decode(call, &answer, "", value)
    }
}

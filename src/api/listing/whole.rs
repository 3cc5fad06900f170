//! Routes that answer whole objects at once.

use serde_json::value::RawValue;

use crate::api::client::Session;
use crate::api::error::Error;
use crate::api::route::{Call, Route};

use super::announced::Announced;
use super::decode::{decode, undecodable};
use super::identified::Identified;
use super::objects::Listing;
use super::reading::Reading;

impl Session<'_> {
    /// A route that answers one list of whole objects.
    ///
    /// # Errors
    ///
    /// The call fails, or the answer is no list.
    pub async fn objects<T: Identified>(&self, call: &Call) -> Result<Listing<T>, Error> {
        let mut answer = self.fetch(call, &[]).await?;
        let mut reading = Reading::new(call);
        reading.add(&mut answer)?;
        // No page after the first one is documented here.
        if let Some((place, problem)) = Announced::of(&answer).missing(1, reading.count()) {
            reading.lose(&answer, place, &problem);
        }
        Ok(reading.objects(&answer))
    }

    /// A route that answers one object, without its id in the path.
    ///
    /// # Errors
    ///
    /// The call fails, or the answer is not what is expected.
    pub async fn object<T: Identified>(&self, call: &Call) -> Result<T, Error> {
        whole(self.decoded(call, None).await?)
    }

    /// A route that answers the one object that the last parameter is the id of.
    ///
    /// # Errors
    ///
    /// The call fails, or the answer is not this object.
    pub async fn object_of<T: Identified>(
        &self,
        route: &'static Route,
        parameters: &[&str],
    ) -> Result<T, Error> {
        let id = parameters.last().copied();
        whole(self.decoded(&route.at(parameters), id).await?)
    }

    /// The object that a call answers, with the losses of its spare members.
    pub(super) async fn decoded<T: Identified>(
        &self,
        call: &Call,
        asked: Option<&str>,
    ) -> Result<(T, Vec<Error>), Error> {
        let answer = self.fetch(call, &[]).await?;
        let value: &RawValue = serde_json::from_slice(&answer.body)
            .map_err(|problem| undecodable(call, &answer, ".", &problem.to_string()))?;
        decode(call, &answer, value, asked)
    }
}

/// An object that has no listing beside it for the losses of its members.
fn whole<T>((object, lost): (T, Vec<Error>)) -> Result<T, Error> {
    lost.into_iter().next().map_or(Ok(object), Err)
}

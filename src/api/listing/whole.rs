//! Routes that answer whole objects at once.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::sync::LazyLock;

use serde_json::value::RawValue;

use crate::api::client::Session;
use crate::api::error::Error;
use crate::api::route::{Call, Route};
use crate::api::transport::Answer;

use super::announced::Announced;
use super::decode::{decode, undecodable};
use super::identified::Identified;
use super::objects::Listing;
use super::reading::Reading;

/// A list of whole objects, and its answer's fingerprint.
#[derive(Debug)]
pub struct Whole<T> {
    /// The objects; `None` if the answer is a known one.
    pub listing: Option<Listing<T>>,
    /// The fingerprint of the answer: 64 bits, under a key of the process.
    pub fingerprint: u64,
}

impl Session<'_> {
    /// A route that answers one list of whole objects.
    ///
    /// # Errors
    ///
    /// The call fails, or the answer is no list.
    pub async fn objects<T: Identified>(&self, call: &Call) -> Result<Listing<T>, Error> {
        listing(call, self.fetch(call, &[]).await?)
    }

    /// The same list, which is not parsed if its answer `is_known`.
    ///
    /// # Errors
    ///
    /// The call fails, or the answer is no list.
    pub async fn objects_unless<T: Identified>(
        &self,
        call: &Call,
        is_known: impl FnOnce(u64) -> bool,
    ) -> Result<Whole<T>, Error> {
        let answer = self.fetch(call, &[]).await?;
        let fingerprint = fingerprint([&answer]);
        let listing = if is_known(fingerprint) { None } else { Some(listing(call, answer)?) };
        Ok(Whole { listing, fingerprint })
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

/// The objects of an answer.
fn listing<T: Identified>(call: &Call, mut answer: Answer) -> Result<Listing<T>, Error> {
    let mut reading = Reading::new(call);
    reading.add(&mut answer)?;
    // No page after the first one is documented here.
    if let Some((place, problem)) = Announced::of(&answer).missing(1, reading.count()) {
        reading.lose(&answer, place, &problem);
    }
    Ok(reading.objects(&answer))
}

/// Covers all that is read of a list's pages. The key is random, so that nobody can make two answers with
/// one fingerprint.
pub(super) fn fingerprint<'a>(pages: impl IntoIterator<Item = &'a Answer>) -> u64 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let mut hasher = KEY.build_hasher();
    for page in pages {
        (&*page.body, Announced::of(page)).hash(&mut hasher);
    }
    hasher.finish()
}

/// An object that has no listing beside it for the losses of its members.
fn whole<T>((object, lost): (T, Vec<Error>)) -> Result<T, Error> {
    lost.into_iter().next().map_or(Ok(object), Err)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::*;

    fn answer(body: &str, headers: &[(&'static str, &'static str)]) -> Answer {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers = headers.iter().map(header).collect::<HeaderMap>();
        Answer { status: StatusCode::OK, headers, body: body.into() }
    }

    fn of(body: &str, headers: &[(&'static str, &'static str)]) -> u64 {
        fingerprint([&answer(body, headers)])
    }

    #[test]
    fn pages_are_known_together_and_in_their_order() {
        let of = |bodies: &[&str]| {
            let pages: Vec<_> = bodies.iter().map(|body| answer(body, &[])).collect();
            fingerprint(&pages)
        };
        let known = of(&["[1]", "[2]"]);
        assert_eq!(of(&["[1]", "[2]"]), known);
        for other in
            [&["[2]", "[1]"][..], &["[1]", "[3]"], &["[1]"], &["[1][2]"], &["[1]", "[2]", ""]]
        {
            assert_ne!(of(other), known, "{other:?}");
        }
    }

    #[test]
    fn an_answer_is_known_by_all_that_is_read_of_it() {
        let known = of("[1]", &[("x-pagination-elements", "1")]);
        assert_eq!(of("[1]", &[("x-pagination-elements", "1"), ("date", "now")]), known);
        for other in [
            of("[2]", &[("x-pagination-elements", "1")]),
            of("[1]", &[("x-pagination-elements", "2")]),
            of("[1]", &[("x-pagination-elements", "1"), ("x-pagination-cursor-next", "a")]),
            of("[1] ", &[("x-pagination-elements", "1")]),
            of("[1]", &[]),
        ] {
            assert_ne!(other, known);
        }
    }
}

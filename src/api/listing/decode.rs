//! Answers as objects, one at a time: an object that cannot be decoded loses no other.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::api::client::{error, query_id};
use crate::api::error::{Error, Kind};
use crate::api::route::Call;
use crate::api::transport::Answer;

use super::objects::Listing;

/// The elements of a list, each left unparsed, so that one that can't be read loses no other.
pub(super) fn elements<'a>(call: &Call, answer: &'a Answer) -> Result<Vec<&'a RawValue>, Error> {
    serde_json::from_slice(&answer.body)
        .map_err(|problem| undecodable(call, answer, ".", &problem.to_string()))
}

pub(super) fn decode_all<T: DeserializeOwned>(
    call: &Call,
    answer: &Answer,
    elements: &[&RawValue],
) -> Listing<T> {
    let mut listing = Listing::default();
    for (index, element) in elements.iter().enumerate() {
        listing.add(decode(call, answer, &format!("[{index}]"), element));
    }
    listing
}

pub(super) fn decode<T: DeserializeOwned>(
    call: &Call,
    answer: &Answer,
    place: &str,
    value: &RawValue,
) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_str(value.get());
    serde_path_to_error::deserialize(&mut json).map_err(|problem| {
        let path = format!("{place}.{}", problem.path());
        undecodable(call, answer, &path, &problem.inner().to_string())
    })
}

pub(super) fn undecodable(call: &Call, answer: &Answer, path: &str, problem: &str) -> Error {
    // serde quotes what it found; a found value may be a secret, and is not needed to repair it.
    let problem = problem.split(": string \"").next().unwrap_or_default().to_owned();
    error(call, query_id(answer), Kind::Undecodable { path: path.to_owned(), problem })
}

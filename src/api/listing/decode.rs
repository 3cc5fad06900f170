//! Answers as objects, one at a time: an object that cannot be decoded loses no other.

use std::fmt::{Formatter, Result as FmtResult};

use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::api::client::{error, query_id};
use crate::api::error::{Error, Kind};
use crate::api::route::Call;
use crate::api::transport::Answer;

use super::identified::{Identified, UNREADABLE, identify};
use super::limits::MOST_ELEMENTS;
use super::quick::quick;

/// The elements of a list, each left unparsed, so that one that can't be read loses no other.
pub(super) fn elements(body: &[u8]) -> serde_json::Result<Vec<&RawValue>> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let elements = json.deserialize_seq(Elements)?;
    json.end()?;
    Ok(elements)
}

/// Reads a list up to the limit, before it takes many times the memory of its text.
struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            if elements.len() == MOST_ELEMENTS {
                return Err(A::Error::custom(too_many()));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

/// The problem of a list above the limit.
pub(super) fn too_many() -> String {
    format!("a list of more than {MOST_ELEMENTS} elements, which is the limit")
}

/// The object itself, with the losses of its spare members.
///
/// # Errors
///
/// It can't be decoded, has no id, or another one than was asked for.
pub(super) fn decode<T: Identified>(
    call: &Call,
    answer: &Answer,
    value: &RawValue,
    asked: Option<&str>,
) -> Result<(T, Vec<Error>), Error> {
    if let Some((object, id)) = quick::<T>(value.get())
        && id.as_deref().zip(asked).is_none_or(|(id, asked)| id == asked)
    {
        return Ok((object, Vec::new()));
    }
    let id = identify::<T>(value);
    let id = id.map_err(|problem| undecodable(call, answer, ".", &problem))?;
    if let (Some(id), Some(asked)) = (id, asked)
        && id != asked
    {
        return Err(undecodable(call, answer, ".", "the answer is a different object"));
    }
    decode_at(call, answer, "", value)
}

/// The object at a place of the answer, with the losses of its spare members. Its id is not looked
/// at.
pub(super) fn decode_at<T: Identified>(
    call: &Call,
    answer: &Answer,
    place: &str,
    value: &RawValue,
) -> Result<(T, Vec<Error>), Error> {
    let mut lost = Vec::new();
    let mut json = serde_json::Deserializer::from_str(value.get());
    let mut result = serde_path_to_error::deserialize(&mut json);
    let mut members: Option<Map<String, Value>> = None;
    loop {
        let problem = match result {
            Ok(object) => return Ok((object, lost)),
            Err(problem) => problem,
        };
        let path = problem.path().to_string();
        let problem = problem.into_inner().to_string();
        // Line and column are those of the element or of its rewritten text, and not of the answer.
        let problem = problem.split(" at line ").next().unwrap_or_default();
        let error = undecodable(call, answer, &format!("{place}.{path}"), problem);
        let member = path.split(['.', '[']).next();
        let Some(spare) = T::SPARE.iter().find(|spare| Some(**spare) == member) else {
            return Err(error);
        };
        let members =
            members.get_or_insert_with(|| serde_json::from_str(value.get()).unwrap_or_default());
        // A type without a place for it would read it again and again.
        let member = members.get_mut(*spare).filter(|member| **member != UNREADABLE);
        let Some(member) = member else { return Err(error) };
        *member = UNREADABLE.into();
        lost.push(unclear(error));
        // A `Value` needs a deserializer for each type; text uses the one of the answers.
        let text = Value::Object(members.clone()).to_string();
        result = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text));
    }
}

/// The loss of a member, where the object is kept.
fn unclear(error: Error) -> Error {
    let kind = match error.kind {
        Kind::Undecodable { path, problem } => Kind::Unclear { path, problem },
        kind => kind,
    };
    Error { kind, ..error }
}

pub(super) fn undecodable(call: &Call, answer: &Answer, path: &str, problem: &str) -> Error {
    // serde quotes what it found; a found value may be a secret, and is not needed to repair it.
    let problem = problem.split(": string \"").next().unwrap_or_default().to_owned();
    error(call, query_id(answer), Kind::Undecodable { path: path.to_owned(), problem })
}

//! The question which actions the credential may do: the one POST to the API that there is. It
//! changes nothing.

use serde::{Deserialize, Deserializer};

use super::client::{Message, Session, error};
use super::error::{Error, Kind};
use super::listing::{CURSOR, MOST_PAGES, next_cursor};
use super::question::Question;

/// The allowed and the denied actions on one resource, of those that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorized {
    /// The resource.
    #[serde(rename = "resourceURN")]
    pub urn: String,
    /// The actions that it may do.
    #[serde(default, rename = "authorizedActions", deserialize_with = "null_is_none")]
    pub allowed: Vec<String>,
    /// The actions that it may not do.
    #[serde(default, rename = "unauthorizedActions", deserialize_with = "null_is_none")]
    pub denied: Vec<String>,
}

impl Session<'_> {
    /// Which of these IAM actions the credential may do on each of these resources. A consumer
    /// key needs the rule `POST /v2/iam/authorization/check` for it.
    ///
    /// # Errors
    ///
    /// The credential may not ask, the call fails, or its pages do not end.
    pub async fn authorized(
        &self,
        urns: &[&str],
        actions: &[&str],
    ) -> Result<Vec<Authorized>, Error> {
        let question = Question::new(urns, actions)?;
        let unreadable = |path: &str, problem: String| {
            error(question.call(), None, Kind::Undecodable { path: path.to_owned(), problem })
        };
        let mut all = Vec::new();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let extra: Vec<_> = cursor.iter().cloned().map(|cursor| (CURSOR, cursor)).collect();
            let message = Message::ask(&question, &extra);
            let answer = self.deliver(message).await?;
            let page: Vec<Authorized> = serde_json::from_slice(&answer.body)
                .map_err(|problem| unreadable(".", problem.to_string()))?;
            all.extend(page);
            let next = next_cursor(&answer);
            match next {
                None => return Ok(all),
                Some(_) if next == cursor => break,
                Some(_) => cursor = next,
            }
        }
        Err(unreadable("X-Pagination-Cursor-Next", "the list would never end".to_owned()))
    }
}

fn null_is_none<'de, D: Deserializer<'de>>(wire: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(wire)?.unwrap_or_default())
}

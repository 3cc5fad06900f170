//! The question which actions the credential may do: the one POST to the API that there is. It
//! changes nothing.

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};

use super::client::{Message, Session, error};
use super::error::{Error, Kind};
use super::listing::{CURSOR, MOST_PAGES};
use super::route::Route;

// It lists no action in OVHcloud's schema (`iam.json` of the second version).
static CHECK: Route = Route::new("/v2/iam/authorization/check", &[]);

/// What the credential may and may not do on one resource, of what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorized {
    /// The resource.
    #[serde(rename = "resourceURN")]
    pub urn: String,
    /// What it may do.
    #[serde(default, rename = "authorizedActions", deserialize_with = "null_is_none")]
    pub allowed: Vec<String>,
    /// What it may not do.
    #[serde(default, rename = "unauthorizedActions", deserialize_with = "null_is_none")]
    pub denied: Vec<String>,
}

/// The body of the question. Only this file makes one, so that no other POST can be made.
#[derive(Debug)]
pub(super) struct Question(Bytes);

impl Question {
    pub(super) fn body(&self) -> Bytes {
        self.0.clone()
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "resourceURNs")]
    urns: &'a [&'a str],
    actions: &'a [&'a str],
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
        let call = CHECK.at(&[]);
        let unreadable = |path: &str, problem: String| {
            error(&call, None, Kind::Undecodable { path: path.to_owned(), problem })
        };
        let body = serde_json::to_vec(&Wire { urns, actions })
            .map_err(|problem| unreadable("the question", problem.to_string()))?;
        let question = Question(body.into());
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let extra: Vec<_> = cursor.iter().map(|cursor| (CURSOR, cursor.clone())).collect();
            let message = Message { call: &call, extra: &extra, question: Some(&question) };
            let answer = self.deliver(message).await?;
            let page: Vec<Authorized> = serde_json::from_slice(&answer.body)
                .map_err(|problem| unreadable(".", problem.to_string()))?;
            all.extend(page);
            let next = answer.header("x-pagination-cursor-next").filter(|next| !next.is_empty());
            match next {
                None => return Ok(all),
                Some(next) if cursor.as_deref() == Some(next) => break,
                Some(next) => cursor = Some(next.to_owned()),
            }
        }
        Err(unreadable("X-Pagination-Cursor-Next", "the list would never end".to_owned()))
    }
}

fn null_is_none<'de, D: Deserializer<'de>>(wire: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(wire)?.unwrap_or_default())
}

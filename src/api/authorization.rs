//! The question which actions the credential may do: the one POST to the API that there is. It
//! changes nothing.

use std::collections::HashSet;

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

/// The answer to the question: what OVHcloud said of each resource, and the names it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authorization {
    /// The resources of the answer, each once. A resource that is missing is unknown.
    pub resources: Vec<Authorized>,
    /// The actions that OVHcloud does not know, which nobody can have.
    pub unknown: Vec<String>,
}

impl Authorization {
    /// Whether OVHcloud answered for each of these actions on the resource.
    pub fn covers(&self, urn: &str, actions: &[&str]) -> bool {
        let resource = self.resources.iter().find(|one| one.urn == urn);
        let of_resource = resource.iter().flat_map(|one| one.allowed.iter().chain(&one.denied));
        let answered: HashSet<&str> =
            of_resource.chain(&self.unknown).map(String::as_str).collect();
        actions.iter().all(|action| answered.contains(action))
    }

    fn add(&mut self, answer: Authorized) {
        match self.resources.iter_mut().find(|one| one.urn == answer.urn) {
            None => self.resources.push(answer),
            Some(known) => {
                known.allowed.extend(answer.allowed);
                known.denied.extend(answer.denied);
            }
        }
    }
}

/// Actions in one request. OVHcloud's limit is not known.
const BATCH: usize = 100;

/// The number of unknown names that are searched for; more rejections are no matter of names.
const MOST_UNKNOWN: usize = 10;

impl Session<'_> {
    /// Which of these IAM actions the credential may do on each of these resources. A consumer
    /// key needs the rule `POST /v2/iam/authorization/check` for it.
    ///
    /// OVHcloud rejects a request as a whole for one unknown name (HTTP 400): the request is
    /// halved until the name is found and left out.
    ///
    /// # Errors
    ///
    /// The credential may not ask, a call fails, its pages do not end, or OVHcloud rejects every
    /// name or more than a few.
    pub async fn authorized(
        &self,
        urns: &[&str],
        actions: &[&str],
    ) -> Result<Authorization, Error> {
        let mut all = Authorization::default();
        let mut waiting: Vec<&[&str]> = actions.chunks(BATCH).rev().collect();
        let mut is_answered = false;
        let mut rejection = None;
        while let Some(names) = waiting.pop() {
            match self.ask(urns, names).await {
                Ok(answers) => {
                    is_answered = true;
                    for answer in answers {
                        all.add(answer);
                    }
                }
                Err(error) if !matches!(error.kind, Kind::Rejected { status: 400, .. }) => {
                    return Err(error);
                }
                Err(error) => match *names {
                    [name] if all.unknown.len() < MOST_UNKNOWN => {
                        all.unknown.push(name.to_owned());
                        rejection = Some(error);
                    }
                    [_] | [] => return Err(error),
                    _ => {
                        let (first, second) = names.split_at(names.len() / 2);
                        waiting.extend([second, first]);
                    }
                },
            }
        }
        match rejection {
            Some(error) if !is_answered => Err(error),
            _ => Ok(all),
        }
    }

    /// One request, with all the pages of its answer.
    async fn ask(&self, urns: &[&str], actions: &[&str]) -> Result<Vec<Authorized>, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_covers_the_actions_that_it_allows_denies_or_does_not_know() {
        let one = |urn: &str, allowed: &[&str], denied: &[&str]| Authorized {
            urn: urn.to_owned(),
            allowed: allowed.iter().map(|&action| action.to_owned()).collect(),
            denied: denied.iter().map(|&action| action.to_owned()).collect(),
        };
        let mut answer = Authorization { unknown: vec!["c".to_owned()], ..<_>::default() };
        answer.add(one("u", &["a"], &[]));
        assert!(answer.covers("u", &["a", "c"]) && !answer.covers("u", &["a", "b"]));
        assert!(!answer.covers("v", &["a"]) && answer.covers("v", &["c"]));
        answer.add(one("u", &[], &["b"]));
        assert!(answer.covers("u", &["a", "b", "c"]));
        assert_eq!(answer.resources.len(), 1);
    }
}

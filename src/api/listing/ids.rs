//! Lists of ids: the objects in batches where the route knows them, and one by one.

use std::collections::HashSet;

use futures_util::future::join_all;
use http::HeaderName;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::api::client::Session;
use crate::api::error::Error;
use crate::api::route::{Call, Route, escape};
use crate::api::transport::Answer;

use super::decode::{decode, undecodable};
use super::fan_out::fan_out;
use super::mode::Mode;
use super::objects::Listing;

const BATCH: HeaderName = HeaderName::from_static("x-ovh-batch");

/// Ids in a batch, as many as the control panel sends.
const BATCH_SIZE: usize = 50;

/// An id list that is read: the list itself and the route of one object.
pub(super) struct Ids<'a> {
    pub(super) list: Call,
    pub(super) object: &'static Route,
    /// The parameters of both, escaped.
    pub(super) parameters: Vec<String>,
    pub(super) session: &'a Session<'a>,
}

/// One element of a batch's answer. The type of `key` is not
/// documented, and neither is `error`, whose value is null where `value` is not.
#[derive(Deserialize)]
struct BatchItem<'a> {
    #[serde(borrow)]
    key: &'a RawValue,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

impl Ids<'_> {
    /// The ids in the answer, escaped. Elements that are no id are lost; the others remain.
    pub(super) fn of<T>(
        &self,
        answer: &Answer,
        elements: &[&RawValue],
    ) -> (Vec<String>, Listing<T>) {
        let is_id = |text: &str| text.starts_with(['"', '-']) || text.starts_with(char::is_numeric);
        let (mut ids, mut listing) = (Vec::new(), Listing::default());
        for (index, element) in elements.iter().enumerate() {
            if is_id(element.get()) {
                ids.push(escape(&text_of(element)));
            } else {
                let path = format!("[{index}]");
                let problem = "neither an id nor an object";
                listing.lost.push(undecodable(&self.list, answer, &path, problem));
            }
        }
        (ids, listing)
    }

    /// The call for one object, or for a batch of them.
    fn call(&self, id: &str) -> Call {
        self.object.at_escaped(self.parameters.iter().map(String::as_str).chain([id]))
    }

    /// The objects with these ids.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        ids: Vec<String>,
        mode: Mode,
    ) -> Result<Listing<T>, Error> {
        if ids.is_empty() {
            return Ok(Listing::default());
        }
        let (mut listing, rest) = if mode == Mode::Batch {
            self.in_batches(&ids).await?
        } else {
            (Listing::default(), ids)
        };
        listing.append(fan_out(rest, |id| self.one(id), || self.listed()).await);
        Ok(listing)
    }

    /// The objects in batches of 50, and the ids that no batch answered. The first batch shows
    /// whether the route knows them at all.
    async fn in_batches<T: DeserializeOwned>(
        &self,
        ids: &[String],
    ) -> Result<(Listing<T>, Vec<String>), Error> {
        let client = self.session.client;
        let route = self.list.route.template;
        // An id that contains the separator would be read as two.
        let (odd, ids): (Vec<&String>, Vec<&String>) =
            ids.iter().partition(|id| id.contains("%2C"));
        let mut rest: Vec<String> = odd.into_iter().cloned().collect();
        let mut chunks = ids.chunks(BATCH_SIZE);
        let mut listing = Listing::default();
        if client.mode(route) != Some(Mode::Batch) {
            let Some(first) = chunks.next() else { return Ok((listing, rest)) };
            let Some((batch, left)) = self.batch(first).await? else {
                client.remember(route, Mode::OneByOne);
                rest.extend(ids.into_iter().cloned());
                return Ok((listing, rest));
            };
            client.remember(route, Mode::Batch);
            listing.append(batch);
            rest.extend(left);
        }
        let chunks: Vec<_> = chunks.collect();
        let batches = join_all(chunks.iter().map(|ids| self.batch(ids))).await;
        for (ids, batch) in chunks.into_iter().zip(batches) {
            match batch {
                Ok(Some((batch, left))) => {
                    listing.append(batch);
                    rest.extend(left);
                }
                Ok(None) => rest.extend(ids.iter().map(|id| (*id).clone())),
                Err(error) => listing.lost.extend(vec![error; ids.len()]),
            }
        }
        Ok((listing, rest))
    }

    /// One batch, and the ids that it left out or failed on: asked for by themselves, they say
    /// why. Nothing if the answer is no batch.
    async fn batch<T: DeserializeOwned>(
        &self,
        ids: &[&String],
    ) -> Result<Option<(Listing<T>, Vec<String>)>, Error> {
        let joined: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let call = self.call(&joined.join(","));
        let answer = match self.session.fetch(&call, &[(BATCH, ",".to_owned())]).await {
            Err(error) if error.kind.may_be_the_headers() => return Ok(None),
            result => result?,
        };
        let Ok(items) = serde_json::from_slice::<Vec<BatchItem<'_>>>(&answer.body) else {
            return Ok(None);
        };
        let mut left: HashSet<&str> = joined.into_iter().collect();
        let mut listing = Listing::default();
        for item in items {
            let Some(value) = item.value.filter(|value| value.get().starts_with('{')) else {
                continue;
            };
            if left.remove(escape(&text_of(item.key)).as_str()) {
                listing.add(decode(&call, &answer, "value", value));
            }
        }
        Ok(Some((listing, left.into_iter().map(str::to_owned).collect())))
    }

    /// The object with this id by itself, decoded as soon as it is there: answers that wait for
    /// each other take much more memory than objects.
    pub(super) async fn one<T: DeserializeOwned>(&self, id: String) -> Listing<T> {
        self.session.object(&self.call(&id)).await.into()
    }

    /// The ids that the list has now, escaped.
    async fn listed(&self) -> Result<Listing<String>, Error> {
        let (answer, elements) = self.session.first_page(&self.list, false).await?;
        let elements = elements.iter().map(AsRef::as_ref).collect::<Vec<&RawValue>>();
        let (objects, Listing { lost, .. }) = self.of::<()>(&answer, &elements);
        Ok(Listing { objects, lost })
    }
}

/// The text of an id, which is a string or a number.
fn text_of(id: &RawValue) -> String {
    serde_json::from_str(id.get()).unwrap_or_else(|_| id.get().to_owned())
}

//! Lists of ids: the objects in batches where the route knows them, and one by one.

use std::collections::HashSet;

use futures_util::future::join_all;
use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::client::Session;
use crate::api::error::Error;
use crate::api::route::{Call, Route, escape};

use super::decode::decode_at;
use super::fan_out::fan_out;
use super::identified::{Identified, identify, text_of};
use super::mode::Mode;
use super::numbered::{End, Form};
use super::objects::Listing;
use super::reading::Reading;

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
    /// The call for one object, or for a batch of them; the ids are escaped.
    fn call(&self, ids: &str) -> Call {
        self.object.at_escaped(self.parameters.iter().map(String::as_str).chain([ids]))
    }

    /// The objects with these ids.
    pub(super) async fn read<T: Identified>(
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
        listing.append(fan_out(rest, |id| self.one(id), || self.listed::<T>()).await);
        Ok(listing)
    }

    /// The objects in batches of 50, and the ids that no batch answered. The first batch shows
    /// whether the route knows them at all.
    async fn in_batches<T: Identified>(
        &self,
        ids: &[String],
    ) -> Result<(Listing<T>, Vec<String>), Error> {
        let client = self.session.client;
        let route = self.list.route.template;
        // An id that contains the separator would be read as two.
        let (odd, ids): (Vec<&String>, Vec<&String>) = ids.iter().partition(|id| id.contains(','));
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
                Err(error) => {
                    let lost = |id: &&String| Listing::from(Err(error.clone())).of(id);
                    ids.iter().map(lost).for_each(|lost| listing.append(lost));
                }
            }
        }
        Ok((listing, rest))
    }

    /// One batch, and the ids that it left out or failed on: asked for by themselves, they say
    /// why. Nothing if the answer is no batch.
    async fn batch<T: Identified>(
        &self,
        ids: &[&String],
    ) -> Result<Option<(Listing<T>, Vec<String>)>, Error> {
        let escaped: Vec<String> = ids.iter().map(|id| escape(id)).collect();
        let call = self.call(&escaped.join(","));
        let separator = HeaderValue::from_static(",");
        let answer = match self.session.fetch(&call, &[(BATCH, separator)]).await {
            Err(error) if error.kind.may_be_the_headers() => return Ok(None),
            result => result?,
        };
        let Ok(items) = serde_json::from_slice::<Vec<BatchItem<'_>>>(&answer.body) else {
            return Ok(None);
        };
        let mut left: HashSet<&str> = ids.iter().map(|id| id.as_str()).collect();
        let mut listing = Listing::default();
        for item in items {
            let Some(value) = item.value.filter(|value| value.get().starts_with('{')) else {
                continue;
            };
            let id = text_of(item.key);
            // An object that is not what its key says is asked for by itself.
            let is_it = identify::<T>(value).is_ok_and(|own| own.is_none_or(|own| own == id));
            if is_it && left.remove(id.as_str()) {
                let object = decode_at(&call, &answer, "value", value);
                listing.append(Listing::of_one(object).of(&id));
            }
        }
        Ok(Some((listing, left.into_iter().map(str::to_owned).collect())))
    }

    /// The object with this id by itself, decoded as soon as it is there: answers that wait for
    /// each other take much more memory than objects.
    pub(super) async fn one<T: Identified>(&self, id: String) -> Listing<T> {
        Listing::of_one(self.session.decoded(&self.call(&escape(&id)), Some(&id)).await).of(&id)
    }

    /// The ids that the list has now.
    async fn listed<T: Identified>(&self) -> Result<Listing<String>, Error> {
        let mut reading = Reading::<T>::new(&self.list);
        let End { answer, cut, .. } = self.session.numbered(&mut reading, Form::Plain).await?;
        if let Some((place, problem)) = cut {
            reading.lose(&answer, place, &problem);
        }
        Ok(reading.known())
    }
}

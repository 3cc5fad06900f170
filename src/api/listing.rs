//! Lists, in as few calls as OVHcloud allows.
//!
//! The first version of the API answers a list with ids, which costs a call per object. Two
//! helpers that OVHcloud does not document avoid that; what a route was seen to know is
//! remembered, and each gives way to the next: expanded lists (`X-Pagination-Mode`), batches
//! (`X-Ovh-Batch`), one by one. The second version pages whole objects by cursor.

mod fan_out;
mod ids;
mod mode;

use std::collections::HashSet;

use http::HeaderName;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::config::api::ListMode;

use super::client::{Session, error, query_id};
use super::error::{Error, Kind};
use super::route::{Call, Route, escape};
use super::transport::Answer;

use ids::Ids;
pub use mode::Mode;

pub use fan_out::fan_out;

const MODE: HeaderName = HeaderName::from_static("x-pagination-mode");
const NUMBER: HeaderName = HeaderName::from_static("x-pagination-number");
const SIZE: HeaderName = HeaderName::from_static("x-pagination-size");
pub(super) const CURSOR: HeaderName = HeaderName::from_static("x-pagination-cursor");
const PRAGMA: HeaderName = HeaderName::from_static("pragma");

/// Objects asked for in one page of an expanded list: the control panel's own number.
const EXPANDED_SIZE: &str = "5000";
/// Objects asked for in one page of a v2 list; OVHcloud's default and maximum are not known.
const PAGE_SIZE: &str = "1000";
/// No list that ends has more pages.
pub(super) const MOST_PAGES: usize = 1000;

/// A list: the objects that could be read, and why the others could not.
#[derive(Debug)]
pub struct Listing<T> {
    /// The objects.
    pub objects: Vec<T>,
    /// One error per object that could not be read.
    pub lost: Vec<Error>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { objects: Vec::new(), lost: Vec::new() }
    }
}

impl<T> Listing<T> {
    fn add(&mut self, result: Result<T, Error>) {
        match result {
            Ok(object) => self.objects.push(object),
            Err(error) => self.lost.push(error),
        }
    }

    fn append(&mut self, mut other: Self) {
        self.objects.append(&mut other.objects);
        self.lost.append(&mut other.lost);
    }

    /// The same list with each object converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Listing<U> {
        Listing { objects: self.objects.into_iter().map(convert).collect(), lost: self.lost }
    }
}

/// One object as a list: itself, or the reason why it is missing.
impl<T> From<Result<T, Error>> for Listing<T> {
    fn from(result: Result<T, Error>) -> Self {
        let mut listing = Self::default();
        listing.add(result);
        listing
    }
}

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

    /// A list of the second version, with all its pages.
    ///
    /// # Errors
    ///
    /// A page fails, a cursor comes back, or the pages do not end.
    pub async fn pages<T: DeserializeOwned>(&self, call: &Call) -> Result<Listing<T>, Error> {
        match self.pages_from_start(call).await {
            // A cursor that OVHcloud forgot on the way: the list is read once more.
            Err(Error { kind: Kind::Rejected { status: 400, message }, .. })
                if message.contains("cursor") =>
            {
                self.pages_from_start(call).await
            }
            result => result,
        }
    }

    async fn pages_from_start<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<Listing<T>, Error> {
        let mut listing = Listing::default();
        let mut seen = HashSet::new();
        let mut cursor = None;
        loop {
            let mut extra = vec![(SIZE, PAGE_SIZE.to_owned())];
            extra.extend(cursor.take().map(|cursor| (CURSOR, cursor)));
            let answer = self.fetch(call, &extra).await?;
            listing.append(decode_all(call, &answer, &elements(call, &answer)?));
            let Some(next) = answer.header("x-pagination-cursor-next").filter(|c| !c.is_empty())
            else {
                return Ok(listing);
            };
            if !seen.insert(next.to_owned()) || seen.len() > MOST_PAGES {
                let problem = "the list's cursor comes back, so that it would never end";
                return Err(undecodable(call, &answer, "X-Pagination-Cursor-Next", problem));
            }
            cursor = Some(next.to_owned());
        }
    }

    /// The objects of an id list: `list` answers the ids, `object` one object, and takes the
    /// list's parameters and then an id.
    ///
    /// # Errors
    ///
    /// The list can't be read. An object that can't be read is in [`Listing::lost`].
    pub async fn each<T: DeserializeOwned>(
        &self,
        list: &'static Route,
        object: &'static Route,
        parameters: &[&str],
    ) -> Result<Listing<T>, Error> {
        let call = list.at(parameters);
        let plain = self.client.listing == ListMode::Plain;
        let mode = if plain { Some(Mode::OneByOne) } else { self.client.mode(list.template) };
        let expand = matches!(mode, None | Some(Mode::Expanded));
        let (answer, elements) = match self.first_page(&call, expand).await {
            Err(error) if expand && error.kind.may_be_the_headers() => {
                self.first_page(&call, false).await?
            }
            result => result?,
        };
        let elements = elements.iter().map(AsRef::as_ref).collect::<Vec<&RawValue>>();
        if elements.iter().any(|element| element.get().starts_with('{')) {
            self.client.remember(list.template, Mode::Expanded);
            return self.expanded(&call, &answer, elements).await;
        }
        let parameters = parameters.iter().map(|text| escape(text)).collect();
        let ids = Ids { list: call, object, parameters, session: self };
        let (known, mut listing) = ids.of(&answer, &elements);
        // Where the list does not expand, batches are tried.
        let mode = mode.filter(|mode| *mode != Mode::Expanded).unwrap_or(Mode::Batch);
        listing.append(ids.read(known, mode).await?);
        Ok(listing)
    }

    /// The objects of an id list of the second version: as [`Self::each`], but that the list is
    /// paged by cursor and no helper is tried, of which no use on such a list is known.
    ///
    /// # Errors
    ///
    /// The list can't be read. An object that can't be read is in [`Listing::lost`].
    pub async fn each_paged<T: DeserializeOwned>(
        &self,
        list: &'static Route,
        object: &'static Route,
        parameters: &[&str],
    ) -> Result<Listing<T>, Error> {
        let call = list.at(parameters);
        let parameters = parameters.iter().map(|text| escape(text)).collect();
        let ids = Ids { list: call.clone(), object, parameters, session: self };
        let list = async || -> Result<Listing<String>, Error> {
            Ok(self.pages::<String>(&call).await?.map(|id| escape(&id)))
        };
        let Listing { objects: listed, lost } = list().await?;
        let mut listing = fan_out(listed, |id| ids.one(id), list).await;
        listing.lost.extend(lost);
        Ok(listing)
    }

    /// The list's first answer and its elements.
    async fn first_page(
        &self,
        call: &Call,
        expand: bool,
    ) -> Result<(Answer, Vec<Box<RawValue>>), Error> {
        let extra = if expand { expanded_page(1).to_vec() } else { Vec::new() };
        let answer = self.fetch(call, &extra).await?;
        let elements = elements(call, &answer)?.into_iter().map(ToOwned::to_owned).collect();
        Ok((answer, elements))
    }

    /// The rest of an expanded list. The page headers may be missing, and size and number may
    /// have been ignored: a page that says nothing new is the end.
    async fn expanded<T: DeserializeOwned>(
        &self,
        call: &Call,
        first: &Answer,
        elements: Vec<&RawValue>,
    ) -> Result<Listing<T>, Error> {
        let total = first.header("x-pagination-total").and_then(|text| text.parse().ok());
        let mut listing = decode_all(call, first, &elements);
        let mut seen: HashSet<String> = HashSet::new();
        if total.unwrap_or(1) > 1 {
            seen.extend(elements.iter().map(|element| element.get().to_owned()));
        }
        for number in 2..=total.unwrap_or(1).min(MOST_PAGES) {
            let answer = self.fetch(call, &expanded_page(number)).await?;
            let mut fresh = self::elements(call, &answer)?;
            fresh.retain(|element| seen.insert(element.get().to_owned()));
            if fresh.is_empty() {
                break;
            }
            listing.append(decode_all(call, &answer, &fresh));
        }
        Ok(listing)
    }
}

fn expanded_page(number: usize) -> [(HeaderName, String); 4] {
    [
        (MODE, "CachedObjectList-Pages".to_owned()),
        (SIZE, EXPANDED_SIZE.to_owned()),
        (NUMBER, number.to_string()),
        // Without it the objects may be minutes old, and the dates of the sections a lie.
        (PRAGMA, "no-cache".to_owned()),
    ]
}

/// The elements of a list, each left unparsed, so that one that can't be read loses no other.
fn elements<'a>(call: &Call, answer: &'a Answer) -> Result<Vec<&'a RawValue>, Error> {
    serde_json::from_slice(&answer.body)
        .map_err(|problem| undecodable(call, answer, ".", &problem.to_string()))
}

fn decode_all<T: DeserializeOwned>(
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

fn decode<T: DeserializeOwned>(
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

fn undecodable(call: &Call, answer: &Answer, path: &str, problem: &str) -> Error {
    // serde quotes what it found; a found value may be a secret, and is not needed to repair it.
    let problem = problem.split(": string \"").next().unwrap_or_default().to_owned();
    error(call, query_id(answer), Kind::Undecodable { path: path.to_owned(), problem })
}

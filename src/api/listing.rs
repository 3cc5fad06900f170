//! Lists, in as few calls as OVHcloud allows.
//!
//! The first version of the API answers a list with ids, which costs a call per object. Two
//! helpers that OVHcloud does not document avoid that; what a route was seen to know is
//! remembered, and each gives way to the next: expanded lists (`X-Pagination-Mode`), batches
//! (`X-Ovh-Batch`), one by one. The second version pages whole objects by cursor.

use std::collections::HashSet;

use futures_util::future::join_all;
use http::HeaderName;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::config::api::ListMode;

use super::client::{Session, error, query_id};
use super::error::{Error, Kind};
use super::route::{Call, Route, escape};
use super::transport::Answer;

const MODE: HeaderName = HeaderName::from_static("x-pagination-mode");
const NUMBER: HeaderName = HeaderName::from_static("x-pagination-number");
const SIZE: HeaderName = HeaderName::from_static("x-pagination-size");
pub(super) const CURSOR: HeaderName = HeaderName::from_static("x-pagination-cursor");
const BATCH: HeaderName = HeaderName::from_static("x-ovh-batch");
const PRAGMA: HeaderName = HeaderName::from_static("pragma");

/// Objects asked for in one page of an expanded list: the control panel's own number.
const EXPANDED_SIZE: &str = "5000";
/// Objects asked for in one page of a v2 list; OVHcloud's default and maximum are not known.
const PAGE_SIZE: &str = "1000";
/// Ids in a batch: what the control panel sends.
const BATCH_SIZE: usize = 50;
/// No list that ends has more pages.
pub(super) const MOST_PAGES: usize = 1000;

/// The way of listing that works on a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The list comes expanded.
    Expanded,
    /// The list is ids; objects come in batches.
    Batch,
    /// The list is ids; objects come one by one.
    OneByOne,
}

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
            // It went between the list and its own call, which is no loss.
            Err(Error { kind: Kind::NotFound(_), .. }) => {}
            Err(error) => self.lost.push(error),
        }
    }

    fn append(&mut self, mut other: Self) {
        self.objects.append(&mut other.objects);
        self.lost.append(&mut other.lost);
    }
}

/// One element of a batch's answer. The types of `key` and `error` are not documented.
#[derive(Deserialize)]
struct BatchItem<'a> {
    #[serde(borrow)]
    key: &'a RawValue,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
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
        let (answer, expand) = match self.first_page(&call, expand).await {
            // A route that does not know the header's meaning may refuse it.
            Err(Error { kind: Kind::Rejected { .. }, .. }) if expand => {
                (self.first_page(&call, false).await?, false)
            }
            result => (result?, expand),
        };
        let elements = elements(&call, &answer)?;
        if elements.iter().any(|element| element.get().starts_with('{')) {
            self.client.remember(list.template, Mode::Expanded);
            return self.expanded(&call, &answer, &elements).await;
        }
        let ids = ids(&call, &answer, &elements)?;
        if ids.is_empty() {
            return Ok(Listing::default());
        }
        let mode = mode.filter(|mode| *mode != Mode::Expanded).unwrap_or_else(|| {
            if expand {
                tracing::debug!(route = list.template, "OVHcloud does not expand this list");
            }
            Mode::Batch
        });
        let parameters: Vec<String> = parameters.iter().map(|text| escape(text)).collect();
        let one = |id: &str| {
            let parameters = parameters.iter().map(String::as_str);
            object.at_escaped(parameters.chain([id]))
        };
        if mode == Mode::Batch
            && let Some(listing) = self.in_batches(list, &ids, &one).await?
        {
            return Ok(listing);
        }
        self.client.remember(list.template, Mode::OneByOne);
        Ok(self.one_by_one(ids.iter().map(|id| one(id))).await)
    }

    async fn first_page(&self, call: &Call, expand: bool) -> Result<Answer, Error> {
        if expand { self.fetch(call, &expanded_page(1)).await } else { self.fetch(call, &[]).await }
    }

    /// The rest of an expanded list. The page headers may be missing, and the size may have been
    /// ignored; then the first page is the whole.
    async fn expanded<T: DeserializeOwned>(
        &self,
        call: &Call,
        first: &Answer,
        elements: &[&RawValue],
    ) -> Result<Listing<T>, Error> {
        let mut listing = decode_all(call, first, elements);
        let total = first.header("x-pagination-total").and_then(|text| text.parse().ok());
        for number in 2..=total.unwrap_or(1).min(MOST_PAGES) {
            let answer = self.fetch(call, &expanded_page(number)).await?;
            if answer.body == first.body {
                break;
            }
            listing.append(decode_all(call, &answer, &self::elements(call, &answer)?));
        }
        Ok(listing)
    }

    /// The objects in batches of 50, or nothing if the route knows no batches.
    async fn in_batches<T: DeserializeOwned>(
        &self,
        list: &'static Route,
        ids: &[String],
        one: &(impl Fn(&str) -> Call + Sync),
    ) -> Result<Option<Listing<T>>, Error> {
        let known = self.client.mode(list.template) == Some(Mode::Batch);
        let mut chunks = ids.chunks(BATCH_SIZE);
        let mut listing = Listing::default();
        if !known {
            // The first one shows whether the route knows batches at all.
            let Some(first) = chunks.next() else { return Ok(Some(listing)) };
            match self.batch(first, one).await? {
                Some(batch) => listing.append(batch),
                None => return Ok(None),
            }
            self.client.remember(list.template, Mode::Batch);
        }
        let chunks: Vec<_> = chunks.collect();
        for (ids, batch) in
            chunks.iter().zip(join_all(chunks.iter().map(|ids| self.batch(ids, one))).await)
        {
            match batch? {
                Some(batch) => listing.append(batch),
                None => listing.append(self.one_by_one(ids.iter().map(|id| one(id))).await),
            }
        }
        Ok(Some(listing))
    }

    /// One batch, or nothing if the answer is none.
    async fn batch<T: DeserializeOwned>(
        &self,
        ids: &[String],
        one: &(impl Fn(&str) -> Call + Sync),
    ) -> Result<Option<Listing<T>>, Error> {
        let call = one(&ids.join(","));
        let answer = match self.fetch(&call, &[(BATCH, ",".to_owned())]).await {
            Ok(answer) => answer,
            Err(Error { kind: Kind::NotFound(_) | Kind::Rejected { .. }, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Ok(items) = serde_json::from_slice::<Vec<BatchItem<'_>>>(&answer.body) else {
            return Ok(None);
        };
        let mut listing = Listing::default();
        let mut answered = HashSet::new();
        for item in items {
            let (Some(value), None) = (item.value, item.error) else { continue };
            answered.insert(escape(&text_of(item.key)));
            listing.add(decode(&call, &answer, "value", value));
        }
        // What the batch left out or failed on is asked for by itself, which says why.
        let rest = ids.iter().filter(|id| !answered.contains(*id)).map(|id| one(id));
        listing.append(self.one_by_one(rest).await);
        Ok(Some(listing))
    }

    async fn one_by_one<T: DeserializeOwned>(
        &self,
        calls: impl Iterator<Item = Call>,
    ) -> Listing<T> {
        let calls: Vec<Call> = calls.collect();
        let answers = join_all(calls.iter().map(|call| self.fetch(call, &[]))).await;
        let mut listing = Listing::default();
        for (call, answer) in calls.iter().zip(answers) {
            listing.add(answer.and_then(|answer| {
                let value = serde_json::from_slice(&answer.body)
                    .map_err(|problem| undecodable(call, &answer, ".", &problem.to_string()))?;
                decode(call, &answer, "", value)
            }));
        }
        listing
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

/// The ids in a list, escaped. A list of anything else is no id list.
fn ids(call: &Call, answer: &Answer, elements: &[&RawValue]) -> Result<Vec<String>, Error> {
    let is_id = |text: &str| text.starts_with(['"', '-']) || text.starts_with(char::is_numeric);
    match elements.iter().position(|element| !is_id(element.get())) {
        Some(index) => {
            Err(undecodable(call, answer, &format!("[{index}]"), "neither an id nor an object"))
        }
        None => Ok(elements.iter().map(|element| escape(&text_of(element))).collect()),
    }
}

/// The text of an id, be it a string or a number.
fn text_of(id: &RawValue) -> String {
    serde_json::from_str(id.get()).unwrap_or_else(|_| id.get().to_owned())
}

fn undecodable(call: &Call, answer: &Answer, path: &str, problem: &str) -> Error {
    // serde quotes what it found; a found value may be a secret, and is not needed to repair it.
    let problem = problem.split(": string \"").next().unwrap_or_default().to_owned();
    error(call, query_id(answer), Kind::Undecodable { path: path.to_owned(), problem })
}

//! A list while it is read: each object once, however often and in whatever form its pages have it.

use std::collections::HashSet;
use std::mem;

use serde_json::value::RawValue;

use crate::api::error::Error;
use crate::api::route::Call;
use crate::api::transport::Answer;

use super::announced::Announced;
use super::decode::{decode_at, elements, too_many, undecodable};
use super::identified::{Identified, identify, is_id, text_of};
use super::limits::{MOST_BYTES, MOST_ELEMENTS};
use super::objects::Listing;

/// The part of a list that was read so far.
pub(super) struct Reading<'a, T> {
    pub(super) call: &'a Call,
    /// The objects, and the errors of those that can't be read.
    listing: Listing<T>,
    /// The ids of objects that only their ids were answered of.
    ids: Vec<String>,
    /// All ids in the list, also of objects that can't be read.
    known: HashSet<String>,
    /// The elements that are no object and no id.
    strange: Vec<Error>,
    /// The number of objects that have no id in the schema.
    nameless: usize,
    elements: usize,
    bytes: usize,
    /// The number of elements that the latest answer with a number announced.
    pub(super) announced: Option<usize>,
}

fn is_object(element: &RawValue) -> bool {
    element.get().starts_with('{')
}

/// What a page brought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// All its elements.
    pub(super) elements: usize,
    /// Those that no page before it had.
    pub(super) fresh: usize,
    /// Whether it has a whole object.
    pub(super) has_objects: bool,
    /// Whether the list is above the limits with it, and ends before it.
    pub(super) is_over: bool,
}

impl<'a, T: Identified> Reading<'a, T> {
    pub(super) fn new(call: &'a Call) -> Self {
        Self {
            call,
            listing: Listing::default(),
            ids: Vec::new(),
            known: HashSet::new(),
            strange: Vec::new(),
            nameless: 0,
            elements: 0,
            bytes: 0,
            announced: None,
        }
    }

    /// Adds a page.
    ///
    /// # Errors
    ///
    /// The answer is no list, or is above the limits by itself.
    pub(super) fn add(&mut self, answer: &Answer) -> Result<Page, Error> {
        self.bytes = self.bytes.saturating_add(answer.body.len());
        let elements = elements(self.call, answer)?;
        self.elements = self.elements.saturating_add(elements.len());
        if self.bytes > MOST_BYTES || self.elements > MOST_ELEMENTS {
            self.lose(answer, ".", &too_many());
            return Ok(Page { elements: 0, fresh: 0, has_objects: false, is_over: true });
        }
        self.announced = Announced::of(answer).elements.or(self.announced);
        let before = self.len();
        for (index, element) in elements.iter().enumerate() {
            self.add_element(answer, &format!("[{index}]"), element);
        }
        let has_objects = elements.iter().any(|element| is_object(element));
        let fresh = self.len() - before;
        Ok(Page { elements: elements.len(), fresh, has_objects, is_over: false })
    }

    fn add_element(&mut self, answer: &Answer, place: &str, element: &RawValue) {
        let lose = |problem: &str| undecodable(self.call, answer, place, problem);
        if is_id(element.get()) {
            let id = text_of(element);
            if self.known.insert(id.clone()) {
                self.ids.push(id);
            }
            return;
        }
        if !is_object(element) {
            self.strange.push(lose("neither an id nor an object"));
            return;
        }
        match identify::<T>(element) {
            Ok(None) => self.nameless += 1,
            Ok(Some(id)) => {
                if !self.known.insert(id) {
                    return;
                }
            }
            Err(problem) => {
                self.strange.push(lose(&problem));
                return;
            }
        }
        self.listing.append(Listing::of_one(decode_at(self.call, answer, place, element)));
    }

    /// The number of different elements.
    pub(super) fn len(&self) -> usize {
        self.known.len() + self.nameless + self.strange.len()
    }

    /// Whether it has elements that are no object and no id.
    pub(super) fn is_strange(&self) -> bool {
        !self.strange.is_empty()
    }

    /// Takes out the elements that are no object and no id: another form of the list may have them
    /// as what they are.
    pub(super) fn take_strange(&mut self) -> Vec<Error> {
        mem::take(&mut self.strange)
    }

    /// Adds losses.
    pub(super) fn lose_all(&mut self, lost: impl IntoIterator<Item = Error>) {
        self.listing.lost.extend(lost);
    }

    /// Adds the loss of what is missing from the list.
    pub(super) fn lose(&mut self, answer: &Answer, place: &str, problem: &str) {
        self.listing.lost.push(undecodable(self.call, answer, place, problem));
    }

    /// All ids of the list.
    pub(super) fn known(self) -> Listing<String> {
        let Self { known, listing: Listing { mut lost, .. }, strange, .. } = self;
        lost.extend(strange);
        Listing { objects: known.into_iter().collect(), lost }
    }

    /// The objects, and the ids to ask for by themselves.
    pub(super) fn parts(self) -> (Listing<T>, Vec<String>) {
        let Self { mut listing, ids, strange, .. } = self;
        listing.lost.extend(strange);
        (listing, ids)
    }

    /// The objects of a list that has nothing else: an id is a loss in it.
    pub(super) fn objects(self, answer: &Answer) -> Listing<T> {
        let call = self.call;
        let (mut listing, ids) = self.parts();
        let lose = |_| undecodable(call, answer, ".", "an id in place of an object");
        listing.lost.extend(ids.iter().map(lose));
        listing
    }
}

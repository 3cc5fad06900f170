//! A list while it is read: each object once, however often and in whatever form its pages have it.

use std::collections::hash_map::Entry;
use std::mem;

use foldhash::HashMap;
use serde_json::value::RawValue;

use crate::api::error::{Error, Kind};
use crate::api::route::Call;
use crate::api::transport::Answer;

use super::announced::Announced;
use super::decode::{decode_at, elements, too_many, undecodable};
use super::identified::{Identified, identify, is_id, text_of};
use super::limits::{MOST_BYTES, MOST_ELEMENTS};
use super::objects::Listing;
use super::quick::{quick, quick_list};

/// The part of a list that was read so far.
pub(super) struct Reading<'a, T> {
    pub(super) call: &'a Call,
    /// The objects, and the errors of those that can't be read.
    listing: Listing<T>,
    /// The ids of objects that only their ids were answered of.
    ids: Vec<String>,
    /// All ids in the list, also of objects that can't be read, and the last page with each.
    known: HashMap<String, usize>,
    /// The number of pages so far.
    pages: usize,
    /// The elements that their own page has more than once, which OVHcloud counts each time. An
    /// element of two pages is one that the list moved meanwhile.
    doubles: usize,
    /// The elements that are no object and no id, added up by their problem.
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

/// The content of a page.
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
            known: HashMap::default(),
            pages: 0,
            doubles: 0,
            strange: Vec::new(),
            nameless: 0,
            elements: 0,
            bytes: 0,
            announced: None,
        }
    }

    /// Adds a page, and drops its text: what waits for the next page must not hold room.
    ///
    /// # Errors
    ///
    /// The answer is no list, or is above the limits by itself.
    pub(super) fn add(&mut self, answer: &mut Answer) -> Result<Page, Error> {
        let body = mem::take(&mut answer.body);
        self.bytes = self.bytes.saturating_add(body.len());
        let (well, is_all) = self.readable(&body);
        // Nothing is added before all of the answer is known to be a list.
        let elements = if is_all { Ok(Vec::new()) } else { elements(&body) }
            .map_err(|problem| undecodable(self.call, answer, ".", &problem.to_string()))?;
        let count = elements.len().max(well.len());
        self.elements = self.elements.saturating_add(count);
        if self.bytes > MOST_BYTES || self.elements > MOST_ELEMENTS {
            self.lose(answer, ".", &too_many());
            return Ok(Page { elements: 0, fresh: 0, has_objects: false, is_over: true });
        }
        self.announced = Announced::of(answer).elements.or(self.announced);
        self.pages += 1;
        let (before, doubles) = (self.len(), self.doubles);
        let rest = elements.get(well.len()..).unwrap_or_default();
        let has_objects = !well.is_empty() || rest.iter().any(|element| is_object(element));
        let first = well.len();
        for (object, id) in well {
            self.add_object(object, id);
        }
        for (index, element) in (first..).zip(rest) {
            self.add_element(answer, index, element);
        }
        let fresh = self.len() - before;
        if fresh == 0 {
            // The page is another one once more.
            self.doubles = doubles;
        }
        Ok(Page { elements: count, fresh, has_objects, is_over: false })
    }

    /// The objects of a page, with their ids, up to the first element that needs a closer look, and
    /// whether they are all.
    fn readable(&self, body: &[u8]) -> (Vec<(T, Option<String>)>, bool) {
        let mut objects = Vec::new();
        let most = MOST_ELEMENTS.saturating_sub(self.elements);
        let is_all = self.bytes <= MOST_BYTES
            && str::from_utf8(body).is_ok_and(|text| {
                quick_list::<T>(text, |object, id| {
                    let is_within = objects.len() < most;
                    if is_within {
                        objects.push((object, id));
                    }
                    is_within
                })
            });
        (objects, is_all)
    }

    /// Adds an object with the id that its list has it by.
    fn add_object(&mut self, object: T, id: Option<String>) {
        let is_new = if let Some(id) = id {
            self.is_new(id)
        } else {
            self.nameless += 1;
            true
        };
        if is_new {
            self.listing.objects.push(object);
        }
    }

    fn add_element(&mut self, answer: &Answer, index: usize, element: &RawValue) {
        if is_id(element.get()) {
            let id = text_of(element);
            if self.is_new(id.clone()) {
                self.ids.push(id);
            }
            return;
        }
        if let Some((object, id)) = quick::<T>(element.get()) {
            self.add_object(object, id);
            return;
        }
        if !is_object(element) {
            self.add_strange(answer, index, "neither an id nor an object");
            return;
        }
        let id = match identify::<T>(element) {
            Ok(id) => id,
            Err(problem) => {
                self.add_strange(answer, index, &problem);
                return;
            }
        };
        let place = format!("[{index}]");
        let object = || Listing::of_one(decode_at(self.call, answer, &place, element));
        match id {
            None => {
                self.nameless += 1;
                self.listing.append(object());
            }
            Some(id) if self.is_new(id.clone()) => self.listing.append(object().of(&id)),
            Some(_) => {}
        }
    }

    /// Adds an element that is no object and no id to those with the same problem.
    fn add_strange(&mut self, answer: &Answer, index: usize, problem: &str) {
        let is_same = |error: &&mut Error| matches!(&error.kind, Kind::Undecodable { problem: known, .. } if known == problem);
        if let Some(error) = self.strange.iter_mut().find(is_same) {
            error.count += 1;
            return;
        }
        self.strange.push(undecodable(self.call, answer, &format!("[{index}]"), problem));
    }

    /// Whether no page had an element with this id.
    fn is_new(&mut self, id: String) -> bool {
        match self.known.entry(id) {
            Entry::Occupied(mut known) => {
                let page = known.insert(self.pages);
                self.doubles += usize::from(page == self.pages);
                false
            }
            Entry::Vacant(new) => {
                new.insert(self.pages);
                true
            }
        }
    }

    /// Begins with another form of the list, which has its own doubles.
    pub(super) fn begin(&mut self) {
        self.doubles = 0;
    }

    /// The number of elements as OVHcloud counts them.
    pub(super) fn count(&self) -> usize {
        self.len() + self.doubles
    }

    /// The number of different elements.
    pub(super) fn len(&self) -> usize {
        let strange: usize = self.strange.iter().map(|error| error.count).sum();
        self.known.len() + self.nameless + strange
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
        Listing { objects: known.into_keys().collect(), lost }
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
        for id in &ids {
            let error = undecodable(call, answer, ".", "an id in place of an object");
            listing.append(Listing::from(Err(error)).of(id));
        }
        listing
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use proptest::prelude::*;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer};
    use serde_json::Value;

    use super::super::identified::UNREADABLE;
    use super::*;
    use crate::api::Route;

    static ROUTE: Route = Route::new("/thing", &[]);

    #[derive(Deserialize)]
    struct Thing {
        id: Option<i64>,
        #[serde(rename = "bornAt", default, deserialize_with = "known")]
        born: Option<bool>,
    }

    fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(known) => Ok(Some(known)),
            unknown if unknown == UNREADABLE => Ok(None),
            _ => Err(D::Error::custom("neither true nor false")),
        }
    }

    const ELEMENTS: &[&str] = &[
        r#"{"id":1}"#,
        r#"{"id":1,"new":[{}]}"#,
        r#"{"id":2}"#,
        r#"{"id":3,"bornAt":"?"}"#,
        r#"{"id":"x"}"#,
        r#"{"id":""}"#,
        "{}",
        "null",
        "1",
        "\"4\"",
        "[2]",
    ];

    impl Identified for Thing {
        const ID: Option<&'static str> = Some("id");
        const SPARE: &'static [&'static str] = &["bornAt"];
    }

    fn answer(body: &str) -> Answer {
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() }
    }

    /// The ids of the objects, those to ask for, and the number of losses of these pages.
    fn read(pages: &[&str]) -> (Vec<i64>, Vec<String>, usize) {
        let call = ROUTE.at(&[]);
        let mut reading = Reading::<Thing>::new(&call);
        for page in pages {
            reading.add(&mut answer(page)).unwrap();
        }
        let (listing, ids) = reading.parts();
        let objects = listing.objects.iter().filter(|thing| thing.born.is_none());
        let objects = objects.filter_map(|thing| thing.id).collect();
        (objects, ids, listing.lost.iter().map(|error| error.count).sum())
    }

    #[test]
    fn an_element_counts_once_whatever_its_form_and_its_page() {
        let pages = [r#"[{"id":1},2,{"id":1},{"id":3}]"#, r#"[{"id":3},2,"4",{"id":1},{"id":5}]"#];
        assert_eq!(read(&pages), (vec![1, 3, 5], vec!["2".to_owned(), "4".to_owned()], 0));
        // Objects that are no objects can't be distinguished.
        assert_eq!(read(&[r#"[{},{},null,{"id":""},{"id":6}]"#]), (vec![6], vec![], 4));
    }

    #[test]
    fn a_spare_member_is_lost_and_its_object_is_not() {
        assert_eq!(read(&[r#"[{"id":1,"bornAt":"?"},{"id":2}]"#]), (vec![1, 2], vec![], 1));
        // Any other member is the object's.
        assert_eq!(read(&[r#"[{"id":"x","bornAt":"?"}]"#]), (vec![], vec![], 1));
    }

    #[test]
    fn a_loss_has_the_id_of_its_object_if_the_list_names_it() {
        let call = ROUTE.at(&[]);
        let mut reading = Reading::<Thing>::new(&call);
        let mut page = answer(r#"[{"id":1},{"id":"x"},{"id":2,"bornAt":"?"},3,{"id":""}]"#);
        reading.add(&mut page).unwrap();
        let lost = reading.objects(&page).lost.into_iter().map(|error| error.object);
        let named = ["x", "2"].map(|id| Some(id.into()));
        let rest = [None, Some("3".into())];
        assert_eq!(lost.collect::<Vec<_>>(), [named, rest].concat());
    }

    #[test]
    fn only_doubles_of_one_page_are_announced_as_elements() {
        let call = ROUTE.at(&[]);
        let mut reading = Reading::<Thing>::new(&call);
        let counts = ["[1,1,2]", "[1,1,2]", "[2,3]"].map(|page| {
            reading.add(&mut answer(page)).unwrap();
            reading.count()
        });
        assert_eq!(counts, [3, 3, 4]);
    }

    #[test]
    fn an_answer_that_is_no_list_adds_nothing() {
        let call = ROUTE.at(&[]);
        let mut reading = Reading::<Thing>::new(&call);
        for page in [r#"[{"id":1},{"id":2}"#, r#"[{"id":1}] x"#, r#"[{"id":1},{"id":"#] {
            assert!(reading.add(&mut answer(page)).is_err(), "{page}");
            assert_eq!((reading.len(), reading.elements, reading.pages), (0, 0, 0), "{page}");
        }
        // Whatever comes after the objects that are well.
        let page = reading.add(&mut answer(r#"[{"id":1},{"id":2},3,null,{"id":1}]"#)).unwrap();
        assert_eq!((page.elements, page.fresh, reading.count()), (5, 4, 5));
    }

    proptest! {
        /// A first element that is none makes the whole list one of doubt.
        #[test]
        fn a_list_in_one_parse_has_what_its_elements_have_by_themselves(
            elements in prop::collection::vec(prop::sample::select(ELEMENTS), 0..8),
        ) {
            let list = elements.join(",");
            let comma = if elements.is_empty() { "" } else { "," };
            let (objects, ids, lost) = read(&[&format!("[{list}]")]);
            let closer = read(&[&format!("[null{comma}{list}]")]);
            prop_assert_eq!((objects, ids, lost + 1), closer);
        }
    }

    #[test]
    fn objects_above_the_limit_are_not_added() {
        let call = ROUTE.at(&[]);
        let mut reading = Reading::<Thing>::new(&call);
        reading.add(&mut answer(r#"[{"id":7}]"#)).unwrap();
        let page = format!("[{}{{\"id\":1}}]", "{\"id\":1},".repeat(MOST_ELEMENTS - 1));
        assert!(reading.add(&mut answer(&page)).unwrap().is_over);
        let (listing, _) = reading.parts();
        assert_eq!((listing.objects.len(), listing.lost.len()), (1, 1));
    }

    #[test]
    fn a_list_above_the_limit_is_refused_before_it_is_in_memory() {
        let call = ROUTE.at(&[]);
        let page = format!("[{}1]", "1,".repeat(MOST_ELEMENTS));
        assert!(Reading::<Thing>::new(&call).add(&mut answer(&page)).is_err());
        // The pages before stay.
        let mut reading = Reading::<Thing>::new(&call);
        reading.add(&mut answer("[7]")).unwrap();
        let page = format!("[{}1]", "1,".repeat(MOST_ELEMENTS - 1));
        assert!(reading.add(&mut answer(&page)).unwrap().is_over);
        let (listing, ids) = reading.parts();
        assert_eq!((listing.lost.len(), ids), (1, vec!["7".to_owned()]));
    }
}

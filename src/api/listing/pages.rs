//! Lists of the second version of the API: pages by cursor.

use std::collections::HashSet;

use http::{HeaderName, HeaderValue};

use crate::api::body::SMALL;
use crate::api::client::Session;
use crate::api::error::{Error, Kind};
use crate::api::route::Call;
use crate::api::transport::Answer;

use super::announced::{Announced, next_cursor};
use super::identified::Identified;
use super::limits::{MOST_PAGES, SIZE};
use super::objects::Listing;
use super::reading::Reading;
use super::whole::{Whole, fingerprint};

pub(in crate::api) const CURSOR: HeaderName = HeaderName::from_static("x-pagination-cursor");

/// Objects asked for in one page; OVHcloud's default and maximum are not known.
const PAGE_SIZE: HeaderValue = HeaderValue::from_static("1000");

/// The number of pages that may wait for the last one of their list.
const MOST_HELD: usize = 100;

/// The place of a problem with the pages.
const NEXT: &str = "X-Pagination-Cursor-Next";

impl Session<'_> {
    /// A list of whole objects of the second version, which is not parsed if it `is_known` and its pages,
    /// but for the last, are few and small enough to wait for that one.
    ///
    /// # Errors
    ///
    /// A page fails. See [`Self::pages`].
    pub async fn pages_unless<T: Identified>(
        &self,
        call: &Call,
        is_known: impl FnOnce(u64) -> bool,
    ) -> Result<Whole<T>, Error> {
        let pages = self.small_pages(call).await;
        let fingerprint = fingerprint(pages.iter().flatten());
        // A part of a list has a fingerprint too, which is never that of a whole one: another page follows.
        let is_whole = matches!(pages.last(), Some(Ok(last)) if next_cursor(last).is_none());
        if is_whole && is_known(fingerprint) {
            return Ok(Whole { listing: None, fingerprint });
        }
        let (reading, answer) = self.paged(call, pages).await?;
        Ok(Whole { listing: Some(reading.objects(&answer)), fingerprint })
    }

    /// The first pages of a list: all of them, or up to the first that fails, or with which they exceed
    /// [`SMALL`] or [`MOST_HELD`].
    async fn small_pages(&self, call: &Call) -> Vec<Result<Answer, Error>> {
        let mut pages = vec![self.fetch(call, &[(SIZE, PAGE_SIZE)]).await];
        let (mut seen, mut bytes) = (HashSet::new(), 0);
        while let Some(Ok(last)) = pages.last()
            && let Some(next) = next_cursor(last)
            && seen.insert(next.clone())
        {
            bytes += last.body.len();
            if last.body.holds_room() || bytes > SMALL || pages.len() >= MOST_HELD {
                break;
            }
            pages.push(self.fetch(call, &[(SIZE, PAGE_SIZE), (CURSOR, next)]).await);
        }
        pages
    }

    /// A list of whole objects of the second version, with all its pages.
    ///
    /// # Errors
    ///
    /// A page fails. A list that does not end is a loss in [`Listing::lost`], as an object that
    /// can't be read.
    pub async fn pages<T: Identified>(&self, call: &Call) -> Result<Listing<T>, Error> {
        let (reading, answer) = self.paged(call, Vec::new()).await?;
        Ok(reading.objects(&answer))
    }

    /// All pages of a list, and its last answer. The `first` pages were read already.
    pub(super) async fn paged<'a, T: Identified>(
        &self,
        call: &'a Call,
        first: Vec<Result<Answer, Error>>,
    ) -> Result<(Reading<'a, T>, Answer), Error> {
        match self.paged_from(call, first).await {
            // A cursor that OVHcloud forgot on the way: the list is read once more.
            Err(Error { kind: Kind::Rejected { status: 400, message }, .. })
                if message.to_lowercase().contains("cursor") =>
            {
                self.paged_from(call, Vec::new()).await
            }
            result => result,
        }
    }

    async fn paged_from<'a, T: Identified>(
        &self,
        call: &'a Call,
        first: Vec<Result<Answer, Error>>,
    ) -> Result<(Reading<'a, T>, Answer), Error> {
        let mut reading = Reading::new(call);
        let mut seen = HashSet::new();
        let mut first = first.into_iter();
        let mut answer = match first.next() {
            Some(page) => page?,
            None => self.fetch(call, &[(SIZE, PAGE_SIZE)]).await?,
        };
        let mut barren = 0;
        loop {
            let page = reading.add(&mut answer)?;
            if page.is_over {
                return Ok((reading, answer));
            }
            barren += usize::from(page.fresh == 0);
            let Some(next) = next_cursor(&answer) else {
                let announced = Announced { elements: reading.announced, ..Announced::NOTHING };
                if let Some((place, problem)) = announced.missing(1, reading.count()) {
                    reading.lose(&answer, place, &problem);
                }
                return Ok((reading, answer));
            };
            if !seen.insert(next.clone()) {
                let problem = "the list's cursor comes back, so that it would never end";
                reading.lose(&answer, NEXT, problem);
                return Ok((reading, answer));
            }
            if barren > MOST_PAGES {
                let problem = format!("more than {MOST_PAGES} pages bring nothing new");
                reading.lose(&answer, NEXT, &problem);
                return Ok((reading, answer));
            }
            answer = match first.next() {
                Some(page) => page?,
                None => self.fetch(call, &[(SIZE, PAGE_SIZE), (CURSOR, next)]).await?,
            };
        }
    }
}

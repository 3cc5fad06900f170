//! Lists of the second version of the API: pages by cursor.

use std::collections::HashSet;

use http::{HeaderName, HeaderValue};

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

/// The place of a problem with the pages.
const NEXT: &str = "X-Pagination-Cursor-Next";

impl Session<'_> {
    /// A list of whole objects of the second version, which is not parsed if it is one page and `is_known`.
    ///
    /// # Errors
    ///
    /// A page fails. See [`Self::pages`].
    pub async fn pages_unless<T: Identified>(
        &self,
        call: &Call,
        is_known: impl FnOnce(u64) -> bool,
    ) -> Result<Whole<T>, Error> {
        let first = self.fetch(call, &[(SIZE, PAGE_SIZE)]).await?;
        let fingerprint = fingerprint(&first);
        if next_cursor(&first).is_none() && is_known(fingerprint) {
            return Ok(Whole { listing: None, fingerprint });
        }
        let (reading, answer) = self.paged(call, Some(first)).await?;
        Ok(Whole { listing: Some(reading.objects(&answer)), fingerprint })
    }

    /// A list of whole objects of the second version, with all its pages.
    ///
    /// # Errors
    ///
    /// A page fails. A list that does not end is a loss in [`Listing::lost`], as an object that
    /// can't be read.
    pub async fn pages<T: Identified>(&self, call: &Call) -> Result<Listing<T>, Error> {
        let (reading, answer) = self.paged(call, None).await?;
        Ok(reading.objects(&answer))
    }

    /// All pages of a list, of which the `first` may have been read, and its last answer.
    pub(super) async fn paged<'a, T: Identified>(
        &self,
        call: &'a Call,
        first: Option<Answer>,
    ) -> Result<(Reading<'a, T>, Answer), Error> {
        match self.paged_from(call, first).await {
            // A cursor that OVHcloud forgot on the way: the list is read once more.
            Err(Error { kind: Kind::Rejected { status: 400, message }, .. })
                if message.to_lowercase().contains("cursor") =>
            {
                self.paged_from(call, None).await
            }
            result => result,
        }
    }

    async fn paged_from<'a, T: Identified>(
        &self,
        call: &'a Call,
        first: Option<Answer>,
    ) -> Result<(Reading<'a, T>, Answer), Error> {
        let mut reading = Reading::new(call);
        let mut seen = HashSet::new();
        let mut answer = match first {
            Some(first) => first,
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
            answer = self.fetch(call, &[(SIZE, PAGE_SIZE), (CURSOR, next)]).await?;
        }
    }
}

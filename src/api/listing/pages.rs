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
        let first = self.first_page(call).await?;
        let fingerprint = fingerprint(&first);
        if next_cursor(&first).is_none() && is_known(fingerprint) {
            return Ok(Whole { listing: None, fingerprint });
        }
        let (reading, answer) = self.paged_after(call, first).await?;
        Ok(Whole { listing: Some(reading.objects(&answer)), fingerprint })
    }

    /// A list of whole objects of the second version, with all its pages.
    ///
    /// # Errors
    ///
    /// A page fails. A list that does not end is a loss in [`Listing::lost`], as an object that
    /// can't be read.
    pub async fn pages<T: Identified>(&self, call: &Call) -> Result<Listing<T>, Error> {
        let (reading, answer) = self.paged(call).await?;
        Ok(reading.objects(&answer))
    }

    /// All pages of a list, and its last answer.
    pub(super) async fn paged<'a, T: Identified>(
        &self,
        call: &'a Call,
    ) -> Result<(Reading<'a, T>, Answer), Error> {
        self.paged_after(call, self.first_page(call).await?).await
    }

    async fn first_page(&self, call: &Call) -> Result<Answer, Error> {
        match self.fetch(call, &[(SIZE, PAGE_SIZE)]).await {
            Err(error) if is_forgotten(&error) => self.fetch(call, &[(SIZE, PAGE_SIZE)]).await,
            result => result,
        }
    }

    async fn paged_after<'a, T: Identified>(
        &self,
        call: &'a Call,
        first: Answer,
    ) -> Result<(Reading<'a, T>, Answer), Error> {
        match self.paged_from(call, first).await {
            Err(error) if is_forgotten(&error) => {
                self.paged_from(call, self.first_page(call).await?).await
            }
            result => result,
        }
    }

    async fn paged_from<'a, T: Identified>(
        &self,
        call: &'a Call,
        first: Answer,
    ) -> Result<(Reading<'a, T>, Answer), Error> {
        let mut reading = Reading::new(call);
        let mut seen = HashSet::new();
        let mut answer = first;
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

/// Whether OVHcloud forgot the cursor on the way.
fn is_forgotten(error: &Error) -> bool {
    match &error.kind {
        Kind::Rejected { status: 400, message } => message.to_lowercase().contains("cursor"),
        _ => false,
    }
}

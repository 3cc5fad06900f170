//! Lists of the second version of the API: pages of whole objects, by cursor.

use std::collections::HashSet;

use http::HeaderName;
use serde::de::DeserializeOwned;

use crate::api::client::Session;
use crate::api::error::{Error, Kind};
use crate::api::route::Call;

use super::decode::{decode_all, elements, undecodable};
use super::limits::{MOST_PAGES, SIZE};
use super::objects::Listing;

pub(in crate::api) const CURSOR: HeaderName = HeaderName::from_static("x-pagination-cursor");

/// Objects asked for in one page; OVHcloud's default and maximum are not known.
const PAGE_SIZE: &str = "1000";

impl Session<'_> {
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
}

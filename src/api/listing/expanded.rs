//! Lists that come expanded: pages of whole objects in place of ids.

use std::collections::HashSet;

use http::HeaderName;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::api::client::Session;
use crate::api::error::Error;
use crate::api::route::Call;
use crate::api::transport::Answer;

use super::decode::{self, decode_all};
use super::limits::{MOST_PAGES, SIZE};
use super::objects::Listing;

const MODE: HeaderName = HeaderName::from_static("x-pagination-mode");
const NUMBER: HeaderName = HeaderName::from_static("x-pagination-number");
const PRAGMA: HeaderName = HeaderName::from_static("pragma");

/// Objects asked for in one page of an expanded list: the control panel's own number.
const EXPANDED_SIZE: &str = "5000";

impl Session<'_> {
    /// The list's first answer and its elements.
    pub(super) async fn first_page(
        &self,
        call: &Call,
        expand: bool,
    ) -> Result<(Answer, Vec<Box<RawValue>>), Error> {
        let extra = if expand { expanded_page(1).to_vec() } else { Vec::new() };
        let answer = self.fetch(call, &extra).await?;
        let elements =
            decode::elements(call, &answer)?.into_iter().map(ToOwned::to_owned).collect();
        Ok((answer, elements))
    }

    /// The rest of an expanded list. The page headers may be missing, and size and number may
    /// have been ignored: a page that says nothing new is the end.
    pub(super) async fn expanded<T: DeserializeOwned>(
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
            let mut fresh = decode::elements(call, &answer)?;
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
        // Without it the objects may be minutes old, and the dates of the sections wrong.
        (PRAGMA, "no-cache".to_owned()),
    ]
}

//! Lists, in as few requests as OVHcloud allows.
//!
//! The first version of the API answers a list with ids, which costs a request per object.
//! Two helpers that OVHcloud does not document avoid that. The client remembers the helper that
//! works on a route, and falls back from each to the next: expanded lists
//! (`X-Pagination-Mode`), batches (`X-Ovh-Batch`), one by one. The second version pages whole
//! objects by cursor.

mod decode;
mod expanded;
mod fan_out;
mod ids;
mod limits;
pub(super) mod mode;
mod objects;
mod pages;
mod whole;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::config::api::ListMode;

use super::client::Session;
use super::error::Error;
use super::route::{Route, escape};

use ids::Ids;

pub use fan_out::fan_out;
pub(super) use limits::MOST_PAGES;
use mode::Mode;
pub use objects::Listing;
pub(super) use pages::CURSOR;

impl Session<'_> {
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
}

//! Lists, in as few requests as OVHcloud allows.
//!
//! The first version of the API answers a list with ids, which costs a request per object.
//! Two helpers that OVHcloud does not document avoid that. The client remembers the helper that
//! works on a route, and falls back from each to the next: expanded lists
//! (`X-Pagination-Mode`), batches (`X-Ovh-Batch`), one by one. The second version pages whole
//! objects by cursor.

mod announced;
mod decode;
mod fan_out;
mod identified;
mod ids;
mod limits;
pub(super) mod mode;
mod numbered;
mod objects;
mod pages;
mod quick;
mod reading;
mod whole;

use crate::config::api::ListMode;

use super::client::Session;
use super::error::Error;
use super::route::{Route, escape};

use ids::Ids;
use mode::Mode;
use numbered::{End, Form};
use reading::Reading;

pub(super) use announced::next_cursor;
pub use fan_out::fan_out;
pub use identified::{Identified, UNREADABLE};
pub(super) use limits::MOST_PAGES;
pub use objects::Listing;
pub(super) use pages::CURSOR;
pub use whole::Whole;

impl Session<'_> {
    /// The objects of an id list: `list` answers the ids, `object` one object, and takes the
    /// list's parameters and then an id. Each object is there once.
    ///
    /// # Errors
    ///
    /// The list can't be read. An object that can't be read is in [`Listing::lost`], and so is the
    /// rest of a list that ends before all that it announced.
    pub async fn each<T: Identified>(
        &self,
        list: &'static Route,
        object: &'static Route,
        parameters: &[&str],
    ) -> Result<Listing<T>, Error> {
        let call = list.at(parameters);
        let plain = self.client.listing == ListMode::Plain;
        let mode = if plain { Some(Mode::OneByOne) } else { self.client.mode(list.template) };
        let mut reading = Reading::<T>::new(&call);
        let mut end = None;
        if matches!(mode, None | Some(Mode::Expanded)) {
            end = match self.numbered(&mut reading, Form::Expanded).await {
                Err(error) if error.kind.may_be_the_headers() => None,
                result => Some(result?),
            };
            if end.as_ref().is_some_and(|end| end.has_objects) {
                self.client.remember(list.template, Mode::Expanded);
            }
        }
        // A list that is cut, or spoilt, may be well as OVHcloud documents it: as ids.
        let is_well = |end: &End| end.cut.is_none() && !reading.is_strange();
        if !end.as_ref().is_some_and(is_well) {
            let strange = reading.take_strange();
            end = match self.numbered(&mut reading, Form::Plain).await {
                Err(error) if reading.len() > 0 => {
                    reading.lose_all(strange.into_iter().chain([error]));
                    None
                }
                result => Some(result?),
            };
        }
        if let Some(End { answer, cut: Some((place, problem)), .. }) = end {
            reading.lose(&answer, place, &problem);
        }
        let (mut listing, rest) = reading.parts();
        let parameters = parameters.iter().map(|text| escape(text)).collect();
        let ids = Ids { list: call, object, parameters, session: self };
        // Where the list does not expand, batches are tried.
        let mode = mode.filter(|mode| *mode != Mode::Expanded).unwrap_or(Mode::Batch);
        match ids.read(rest, mode).await {
            Ok(read) => listing.append(read),
            Err(error) if listing.objects.is_empty() => return Err(error),
            Err(error) => listing.lost.push(error),
        }
        Ok(listing)
    }

    /// The objects of an id list of the second version: as [`Self::each`], but that the list is
    /// paged by cursor and no helper is tried, of which no use on such a list is known.
    ///
    /// # Errors
    ///
    /// The list can't be read. An object that can't be read is in [`Listing::lost`].
    pub async fn each_paged<T: Identified>(
        &self,
        list: &'static Route,
        object: &'static Route,
        parameters: &[&str],
    ) -> Result<Listing<T>, Error> {
        let call = list.at(parameters);
        let parameters = parameters.iter().map(|text| escape(text)).collect();
        let ids = Ids { list: call.clone(), object, parameters, session: self };
        let (reading, _) = self.paged::<T>(&call, Vec::new()).await?;
        let (mut listing, rest) = reading.parts();
        let list_again = async || Ok(self.paged::<T>(&call, Vec::new()).await?.0.known());
        listing.append(fan_out(rest, |id| ids.one(id), list_again).await);
        Ok(listing)
    }
}

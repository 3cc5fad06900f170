//! The instances of a Public Cloud project.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use crate::api::{self, Identified, Listing, Route, Whole};
use crate::collectors::pass::Pass;
use crate::collectors::shared::amounts::Count;
use crate::collectors::shared::dates::date;
use crate::family::Word;
use crate::inventory::Project;

pub(in crate::collectors) static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/instance",
    &["publicCloudProject:apiovh:instance/get"],
);

/// The collectors that read the list, each once.
pub(in crate::collectors) const READERS: [&str; 2] = ["cloud_image", "cloud_instance"];

/// The instances of a project.
#[derive(Debug)]
pub(in crate::collectors) struct Instances {
    /// The instances; `None` if they are those of the last reading.
    pub(in crate::collectors) wires: Option<Vec<Wire>>,
    /// The ids of the images that they were created from.
    pub(in crate::collectors) images: HashSet<Word>,
    /// One error for each instance, or member of one, that could not be read.
    pub(in crate::collectors) lost: Vec<api::Error>,
    /// The fingerprint of the list.
    pub(in crate::collectors) fingerprint: u64,
}

/// The instances of a project, read once in a refresh. They are not parsed if the list is one that
/// `is_known`, which has the images `known_images`.
///
/// # Errors
///
/// The list cannot be read.
pub(in crate::collectors) async fn list(
    pass: &Pass<'_>,
    project: &Project,
    is_known: impl FnOnce(u64) -> bool + Send,
    known_images: impl FnOnce() -> HashSet<Word> + Send,
) -> Result<Arc<Instances>, api::Error> {
    let read = || async {
        let call = LIST.at(&[&project.0]);
        let Whole { listing, fingerprint } = pass.session.objects_unless(&call, is_known).await?;
        let Some(Listing { objects, lost }) = listing else {
            let images = known_images();
            return Ok(Instances { wires: None, images, lost: Vec::new(), fingerprint });
        };
        let images = objects.iter().filter_map(|wire: &Wire| wire.image_id.clone()).collect();
        Ok(Instances { wires: Some(objects), images, lost, fingerprint })
    };
    pass.once_for_each(&READERS, format!("instances of {}", project.0), read).await
}

/// `cloud.instance.Instance`; `flavor` is null in the list, but not in the answer for one instance.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::collectors) struct Wire {
    pub(in crate::collectors) id: Option<Word>,
    pub(in crate::collectors) name: Option<Word>,
    pub(in crate::collectors) region: Option<Word>,
    pub(in crate::collectors) status: Option<Word>,
    pub(in crate::collectors) flavor_id: Option<Word>,
    pub(in crate::collectors) flavor: Option<Flavor>,
    pub(in crate::collectors) ssh_key_id: Option<Word>,
    pub(in crate::collectors) image_id: Option<Word>,
    #[serde(default, deserialize_with = "date")]
    pub(in crate::collectors) created: Option<Timestamp>,
    pub(in crate::collectors) ip_addresses: Option<Vec<WireAddress>>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["created"];
}

/// `cloud.instance.IpAddress`
#[derive(Debug, Deserialize)]
pub(in crate::collectors) struct WireAddress {
    pub(in crate::collectors) ip: Option<Word>,
    #[serde(rename = "type")]
    pub(in crate::collectors) kind: Option<Word>,
    pub(in crate::collectors) version: Option<Count>,
}

/// `cloud.flavor.Flavor`
#[derive(Debug, Deserialize)]
pub(in crate::collectors) struct Flavor {
    pub(in crate::collectors) id: Option<String>,
    pub(in crate::collectors) name: Option<Word>,
}

impl Identified for Flavor {
    const ID: Option<&'static str> = Some("id");
}

//! The S3 buckets of a Public Cloud project, region by region.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Listing, Route};
use crate::collectors::pass::{Gathered, Pass};
use crate::collectors::shared::amounts::Count;
use crate::collectors::shared::dates::date;
use crate::family::Word;
use crate::inventory::{Project, Scope as _};

use super::Shared;
use super::regions::{self, Service};

pub(in crate::collectors) static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}/storage",
    &["publicCloudProject:apiovh:region/storage/get"],
);

/// S3, as a region's document names it.
const S3: Service =
    Service { title: "S3", names: &["storage-s3-high-perf", "storage-s3-standard"] };

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name, unique in its region.
    pub name: String,
    /// The region that lists it.
    pub region: Word,
    /// The number of objects; `None` if missing.
    pub objects: Option<i64>,
    /// Their total size; `None` if missing.
    pub bytes: Option<i64>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

/// The S3 buckets of a project, read once in a refresh.
///
/// # Errors
///
/// The list of regions cannot be read.
pub(in crate::collectors) async fn list(pass: &Pass<'_>, project: &Project) -> Shared<Bucket> {
    pass.once(format!("buckets of {}", project.0), || read(pass, project)).await
}

/// The buckets that a project has now, by region and name. The list lacks a region that can no
/// longer be read, though it was `before`.
///
/// # Errors
///
/// The list of regions cannot be read.
pub(in crate::collectors) async fn places(
    pass: &Pass<'_>,
    project: &Project,
    before: &Gathered<Bucket>,
) -> Result<Listing<(Word, String)>, api::Error> {
    let buckets = read(pass, project).await?;
    let mut places = buckets.keys(|bucket| Some((bucket.region.clone(), bucket.name.clone())));
    let was_read =
        |name: &Word| before.parts.iter().any(|part| part.name == *name && part.error.is_none());
    let unread = buckets.parts.into_iter().filter(|part| was_read(&part.name));
    places.lost.extend(unread.filter_map(|part| part.error));
    Ok(places)
}

async fn read(pass: &Pass<'_>, project: &Project) -> Result<Gathered<Bucket>, api::Error> {
    let id = &project.project_id();
    regions::in_each(pass, project, S3, |region| async move {
        let listed = pass.session.objects(&LIST.at(&[id, &region])).await?;
        Ok(listed.map(|wire: Wire| wire.bucket(region.clone())).of(&region))
    })
    .await
}

/// `cloud.StorageContainerList`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::collectors) struct Wire {
    name: Option<String>,
    objects_count: Option<Count>,
    objects_size: Option<Count>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("name");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

impl Wire {
    pub(in crate::collectors) fn bucket(self, region: Word) -> Bucket {
        Bucket {
            name: self.name.unwrap_or_default(),
            region,
            objects: self.objects_count.and_then(Count::known),
            bytes: self.objects_size.and_then(Count::known),
            created: self.created_at,
        }
    }
}

//! The S3 buckets of a Public Cloud project, region by region.

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Listing, Route, Session};
use crate::collectors::pass::{Gathered, Pass};
use crate::collectors::shared::dates::date;
use crate::collectors::shared::storage::count;
use crate::family::Word;
use crate::inventory::{Project, Scope as _};

use super::Shared;

pub(in crate::collectors) static REGIONS: Route =
    Route::new("/cloud/project/{serviceName}/region", &["publicCloudProject:apiovh:region/get"]);
pub(in crate::collectors) static ONE_REGION: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}",
    &["publicCloudProject:apiovh:region/get"],
);
pub(in crate::collectors) static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}/storage",
    &["publicCloudProject:apiovh:region/storage/get"],
);

/// The services of a region that are S3.
const SERVICES: [&str; 2] = ["storage-s3-high-perf", "storage-s3-standard"];
/// The words for a region or a service that does not work.
const OUT: [&str; 2] = ["DOWN", "MAINTENANCE"];

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

/// The buckets that a project has now, by region and name.
///
/// # Errors
///
/// The list of regions cannot be read.
pub(in crate::collectors) async fn places(
    pass: &Pass<'_>,
    project: &Project,
) -> Result<Listing<(Word, String)>, api::Error> {
    let buckets = read(pass, project).await?;
    Ok(buckets.keys(|bucket| Some((bucket.region.clone(), bucket.name.clone()))))
}

async fn read(pass: &Pass<'_>, project: &Project) -> Result<Gathered<Bucket>, api::Error> {
    let (session, id) = (pass.session, project.project_id());
    let question = format!("regions with S3 of {id}");
    let regions = pass.daily_if(Regions::will_do, question, || regions(session, &id)).await?;
    let lists = join_all(regions.names.iter().map(|region| in_region(session, &id, region))).await;
    let mut gathered = Gathered { items: Vec::new(), lost: regions.lost.clone() };
    for list in lists {
        match list {
            Ok(mut list) => {
                gathered.items.append(&mut list.items);
                gathered.lost.append(&mut list.lost);
            }
            Err(api::Error { kind: Kind::NotFound(_), .. }) => {}
            Err(error) => gathered.lost.push(error),
        }
    }
    Ok(gathered)
}

async fn in_region(
    session: &Session<'_>,
    project: &str,
    region: &Word,
) -> Result<Gathered<Bucket>, api::Error> {
    let listed = session.objects(&LIST.at(&[project, region])).await?;
    Ok(Gathered::from_listing(listed, |wire: Wire| wire.bucket(region.clone())))
}

/// The regions of a project to request buckets from.
#[derive(Debug)]
struct Regions {
    names: Vec<Word>,
    lost: Vec<api::Error>,
}

impl Regions {
    /// Whether another request would give the same result for a while. A right that is missing now
    /// may be granted before the next refresh; an undecodable answer is still undecodable tomorrow.
    fn will_do(&self) -> bool {
        self.lost.iter().all(|error| matches!(error.kind, Kind::Undecodable { .. }))
    }
}

async fn regions(session: &Session<'_>, project: &str) -> Result<Regions, api::Error> {
    let listed = session.each::<Region>(&REGIONS, &ONE_REGION, &[project]).await?;
    let asked = listed.objects.into_iter().filter(Region::may_have_buckets);
    let names = asked.filter_map(|region| region.name.map(Word::from)).collect();
    Ok(Regions { names, lost: listed.lost })
}

/// `cloud.Region`
#[derive(Deserialize)]
struct Region {
    name: Option<String>,
    status: Option<String>,
    services: Option<Vec<Service>>,
}

impl Identified for Region {
    const ID: Option<&'static str> = Some("name");
}

/// `cloud.Component`
#[derive(Deserialize)]
struct Service {
    name: Option<String>,
    status: Option<String>,
}

impl Region {
    /// A missing status, or one unknown to the schema, is no reason to omit a bucket: a region
    /// without buckets reports that itself.
    fn may_have_buckets(&self) -> bool {
        let is_up = |status: &Option<String>| {
            status.as_ref().is_none_or(|status| !OUT.contains(&status.as_str()))
        };
        let is_s3 = |name: &str| SERVICES.contains(&name);
        is_up(&self.status)
            && self.services.as_ref().is_none_or(|services| {
                let mut s3 = services.iter().filter(|one| one.name.as_deref().is_some_and(is_s3));
                s3.any(|service| is_up(&service.status))
            })
    }
}

/// `cloud.StorageContainerList`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::collectors) struct Wire {
    name: Option<String>,
    objects_count: Option<i64>,
    objects_size: Option<i64>,
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
            objects: count(self.objects_count),
            bytes: count(self.objects_size),
            created: self.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_that_may_have_buckets_are_requested() {
        let asked = |json| serde_json::from_str::<Region>(json).unwrap().may_have_buckets();
        for json in [
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"UP"}]}"#,
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"DOWN"},
                {"name":"storage-s3-high-perf","status":"UP"}]}"#,
            r#"{"status":null,"services":[{"name":"storage-s3-high-perf"}]}"#,
            r#"{"status":"BUSY","services":[{"name":"storage-s3-high-perf","status":"SLOW"}]}"#,
            r#"{"status":"UP","services":null}"#,
            "{}",
        ] {
            assert!(asked(json), "{json}");
        }
        for json in [
            r#"{"status":"MAINTENANCE","services":[{"name":"storage-s3-standard","status":"UP"}]}"#,
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"DOWN"}]}"#,
            r#"{"status":"UP","services":[{"name":"storage","status":"UP"},{}]}"#,
            r#"{"status":"UP","services":[]}"#,
        ] {
            assert!(!asked(json), "{json}");
        }
    }
}

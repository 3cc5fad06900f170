//! The S3 buckets of a Public Cloud project, region by region.

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Listing, Route, Session};
use crate::collectors::pass::{Gathered, Part, Pass};
use crate::collectors::shared::amounts::Count;
use crate::collectors::shared::dates::date;
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
    let (session, id) = (pass.session, project.project_id());
    let now = pass.schedule().now;
    let question = format!("regions with S3 of {id}");
    let regions = pass.daily_if(Regions::will_do, question, || regions(session, &id, now)).await?;
    let is_fresh = regions.read_at == now;
    let lists = regions.all.iter().map(|(name, s3)| in_region(session, &id, name, (*s3, is_fresh)));
    let lists = join_all(lists).await;
    let mut gathered = Gathered::new(Vec::new(), regions.lost.clone());
    for ((name, _), list) in regions.all.iter().zip(lists) {
        let error = match list {
            Ok(mut list) => {
                gathered.items.append(&mut list.items);
                gathered.lost.append(&mut list.lost);
                None
            }
            Err(error) => Some(error),
        };
        gathered.parts.push(Part { name: name.clone(), error });
    }
    Ok(gathered)
}

/// Reads the buckets of a region. A region out of service is not asked for them: its document is
/// read again unless it `is_fresh`.
async fn in_region(
    session: &Session<'_>,
    project: &str,
    region: &Word,
    (mut s3, is_fresh): (S3, bool),
) -> Result<Gathered<Bucket>, api::Error> {
    if s3 == S3::Out && !is_fresh {
        let again = session.object::<Region>(&ONE_REGION.at(&[project, region])).await?;
        s3 = again.s3();
    }
    match s3 {
        S3::Offered => {}
        S3::Out => {
            let kind = Kind::Maintenance(format!("S3 in {region}, as its own document reports"));
            return Err(api::Error { kind, ..api::Error::undecodable(&ONE_REGION, "status", "") });
        }
        S3::None => {
            let kind = Kind::NotOffered;
            return Err(api::Error {
                kind,
                ..api::Error::undecodable(&ONE_REGION, "services", "")
            });
        }
    }
    let listed = session.objects(&LIST.at(&[project, region])).await?;
    Ok(Gathered::from_listing(listed, |wire: Wire| wire.bucket(region.clone())))
}

/// The regions of a project.
#[derive(Debug)]
struct Regions {
    read_at: Timestamp,
    all: Vec<(Word, S3)>,
    lost: Vec<api::Error>,
}

/// The S3 service of a region, as its own document reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum S3 {
    /// The region may have buckets, and be asked for them.
    Offered,
    /// The region or its S3 is out of service. It may have buckets.
    Out,
    /// The region has no S3.
    None,
}

impl Regions {
    /// Whether another request would give the same result for a while. A right that is missing now
    /// may be granted before the next refresh; an undecodable answer is still undecodable tomorrow.
    fn will_do(&self) -> bool {
        self.lost.iter().all(|error| matches!(error.kind, Kind::Undecodable { .. }))
    }
}

async fn regions(
    session: &Session<'_>,
    project: &str,
    read_at: Timestamp,
) -> Result<Regions, api::Error> {
    let listed = session.each::<Region>(&REGIONS, &ONE_REGION, &[project]).await?;
    let mut regions = Regions { read_at, all: Vec::new(), lost: listed.lost };
    for region in listed.objects {
        let s3 = region.s3();
        regions.all.extend(region.name.map(|name| (name.into(), s3)));
    }
    Ok(regions)
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
    fn s3(&self) -> S3 {
        let is_up = |status: &Option<String>| {
            status.as_ref().is_none_or(|status| !OUT.contains(&status.as_str()))
        };
        let is_s3 = |service: &&Service| {
            service.name.as_deref().is_some_and(|name| SERVICES.contains(&name))
        };
        let services = self.services.as_ref();
        let s3: Option<Vec<_>> = services.map(|all| all.iter().filter(is_s3).collect());
        match s3 {
            Some(s3) if s3.is_empty() => S3::None,
            Some(s3) if !s3.iter().any(|service| is_up(&service.status)) => S3::Out,
            _ if is_up(&self.status) => S3::Offered,
            _ => S3::Out,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_s3_or_has_it_out_of_service_or_has_none() {
        let s3 = |json| serde_json::from_str::<Region>(json).unwrap().s3();
        for json in [
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"UP"}]}"#,
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"DOWN"},
                {"name":"storage-s3-high-perf","status":"UP"}]}"#,
            r#"{"status":null,"services":[{"name":"storage-s3-high-perf"}]}"#,
            r#"{"status":"BUSY","services":[{"name":"storage-s3-high-perf","status":"SLOW"}]}"#,
            r#"{"status":"UP","services":null}"#,
            "{}",
        ] {
            assert_eq!(s3(json), S3::Offered, "{json}");
        }
        for json in [
            r#"{"status":"MAINTENANCE","services":[{"name":"storage-s3-standard","status":"UP"}]}"#,
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"DOWN"}]}"#,
            r#"{"status":"DOWN","services":null}"#,
        ] {
            assert_eq!(s3(json), S3::Out, "{json}");
        }
        for json in [
            r#"{"status":"UP","services":[{"name":"storage","status":"UP"},{}]}"#,
            r#"{"status":"DOWN","services":[]}"#,
        ] {
            assert_eq!(s3(json), S3::None, "{json}");
        }
    }
}

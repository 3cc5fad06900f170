//! S3 buckets of Public Cloud projects, with their objects and bytes.
//!
//! OVHcloud lists them region by region. Asked are the regions that are up and have S3 that is, as
//! their own documents say; those are read once a day, so that the buckets of a region that is new
//! to a project, or up again, are seen the next day. A region that knows no buckets for all that is
//! passed over. How a bucket is protected is not in the list: see `cloud_storage_s3_bucket`.

use std::borrow::Cow;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Kind, Route, Session};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::shared::storage::{self, Container, count};
use super::{Collect, Gathered, Pass, date};

pub(super) static REGIONS: Route =
    Route::new("/cloud/project/{serviceName}/region", &["publicCloudProject:apiovh:region/get"]);
pub(super) static ONE_REGION: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}",
    &["publicCloudProject:apiovh:region/get"],
);
pub(super) static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}/storage",
    &["publicCloudProject:apiovh:region/storage/get"],
);

/// The services of a region that are S3.
const SERVICES: [&str; 2] = ["storage-s3-high-perf", "storage-s3-standard"];
/// The words for what does not work.
const OUT: [&str; 2] = ["DOWN", "MAINTENANCE"];

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name, unique in its region.
    pub name: String,
    /// The region that lists it.
    pub region: Word,
    /// How many objects it has; `None` if OVHcloud did not say.
    pub objects: Option<i64>,
    /// How large they are together; `None` if OVHcloud did not say.
    pub bytes: Option<i64>,
    /// When it was made; `None` if OVHcloud did not say.
    pub created: Option<Timestamp>,
}

impl Bucket {
    fn counted(&self) -> Container<'_> {
        let Self { name, region, objects, bytes, .. } = self;
        Container { region, name, objects: *objects, bytes: *bytes }
    }
}

/// Reads a project's buckets, for this collector and for the one that reads each of them.
pub(super) async fn list(
    pass: &Pass<'_>,
    project: &Project,
) -> Result<Gathered<Bucket>, api::Error> {
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

/// The regions of a project that are to be asked for buckets.
#[derive(Debug)]
struct Regions {
    names: Vec<Word>,
    lost: Vec<api::Error>,
}

impl Regions {
    /// Whether asking again would tell nothing else for a while. A right that is missing now may be
    /// granted before the next pass; what can't be read can't be read tomorrow either.
    fn will_do(&self) -> bool {
        self.lost.iter().all(|error| matches!(error.kind, Kind::Undecodable { .. }))
    }
}

async fn regions(session: &Session<'_>, project: &str) -> Result<Regions, api::Error> {
    let listed = session.each::<Region>(&REGIONS, &ONE_REGION, &[project]).await?;
    let mut regions = Regions { names: Vec::new(), lost: listed.lost };
    for region in listed.objects.into_iter().filter(Region::may_have_buckets) {
        if let Some(name) = region.name {
            regions.names.push(name.into());
        } else {
            let error = api::Error::undecodable(&ONE_REGION, "name", "a region without a name");
            regions.lost.push(error);
        }
    }
    Ok(regions)
}

impl Collect for Bucket {
    type Scope = Project;
    const NAME: &'static str = "cloud_storage_s3";
    const ROUTES: &'static [&'static Route] = &[&REGIONS, &ONE_REGION, &LIST];
    const FAMILIES: &'static [&'static Desc] = &storage::FAMILIES;

    fn id(&self) -> Cow<'_, str> {
        if self.name.is_empty() {
            return Cow::default();
        }
        format!("{}/{}", self.region, self.name).into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn same_as(&self, before: &Self) -> bool {
        let (objects, bytes) = (before.objects, before.bytes);
        Self { objects, bytes, ..self.clone() } == *before
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        Ok(pass.buckets(scope).await?.as_ref().clone())
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        storage::families("s3", sections, Self::counted)
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        storage::named("s3", sections, Self::counted)
    }
}

/// `cloud.Region`
#[derive(Deserialize)]
struct Region {
    name: Option<String>,
    status: Option<String>,
    services: Option<Vec<Service>>,
}

/// `cloud.Component`
#[derive(Deserialize)]
struct Service {
    name: Option<String>,
    status: Option<String>,
}

impl Region {
    /// What is not told, or in a word that the schema does not know, is no reason to leave a bucket
    /// out: a region that has none says so itself.
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
struct Wire {
    name: Option<String>,
    objects_count: Option<i64>,
    objects_size: Option<i64>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
}

impl Wire {
    fn bucket(self, region: Word) -> Bucket {
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
    use crate::inventory::Section;

    #[test]
    fn asked_are_the_regions_that_may_have_buckets() {
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

    #[test]
    fn what_is_not_known_of_a_bucket_is_in_no_sum() {
        let wires: Vec<Wire> = serde_json::from_str(
            r#"[{"name":"a","objectsCount":2,"objectsSize":100,"region":"other"},
                {"name":"b","objectsCount":null,"objectsSize":-1},{}]"#,
        )
        .unwrap();
        let items = wires.into_iter().map(|wire| wire.bucket("GRA".into())).collect();
        let section = Section { read_at: Timestamp::UNIX_EPOCH, whole: true, items };
        let mut sections = Sections::default();
        sections.by_scope.insert(Project("p".into()), section);
        let labels = ["p", "GRA", "s3"].map(Word::from).to_vec();
        let values: Vec<_> =
            Bucket::families(&sections).iter().map(|family| family.samples[&labels]).collect();
        assert_eq!(values, [3.0, 2.0, 100.0]);
    }

    #[test]
    fn a_bucket_that_fills_is_the_same_and_one_that_is_made_anew_is_another() {
        let bucket = |json| serde_json::from_str::<Wire>(json).unwrap().bucket("GRA".into());
        let before = bucket(r#"{"name":"a","objectsCount":1,"createdAt":"2025-01-01"}"#);
        let fuller = bucket(r#"{"name":"a","objectsCount":2,"createdAt":"2025-01-01"}"#);
        let anew = bucket(r#"{"name":"a","objectsCount":1,"createdAt":"2026-01-01"}"#);
        assert!(fuller.same_as(&before) && !anew.same_as(&before));
        assert_eq!(before.id(), "GRA/a");
    }
}

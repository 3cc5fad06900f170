//! S3 buckets of Public Cloud projects, with their objects and bytes.
//!
//! OVHcloud lists them region by region. The collector asks the regions that are up and have S3
//! that is up, as their own documents report; those documents are read once a day, so that the
//! buckets of a new region appear the next day. The buckets of a region that is out of service are
//! kept until they expire, and so are those of a region whose list is no longer found. A region that
//! never had a list has no buckets, unless no region has one: then nothing is known. The list has no
//! protection of a bucket: see `cloud_storage_s3_bucket`.

use std::borrow::Cow;

use crate::api::{self, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Sections};

use super::collect::Collect;
use super::lists::buckets::{self, LIST};
use super::lists::regions::{ONE_REGION, REGIONS};
use super::pass::{Gathered, Pass};
use super::shared::storage::{self, Container};

pub(crate) use super::lists::buckets::Bucket;

impl Bucket {
    fn counted(&self) -> Container<'_> {
        let Self { name, region, objects, bytes, .. } = self;
        Container { region, name, objects: *objects, bytes: *bytes }
    }
}

impl Collect for Bucket {
    type Scope = Project;
    const NAME: &'static str = "cloud_storage_s3";
    const RESOURCES: &'static str = "S3 buckets of projects";
    const ROUTES: &'static [&'static Route] = &[&REGIONS, &ONE_REGION, &LIST];
    const FAMILIES: &'static [&'static Desc] = &storage::FAMILIES;
    const CONSTANT: &'static [(&'static str, &'static str)] = &[("kind", "s3")];

    fn id(&self) -> Cow<'_, str> {
        if self.name.is_empty() {
            return Cow::default();
        }
        format!("{}/{}", self.region, self.name).into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn part(&self) -> Word {
        self.region.clone()
    }

    fn same_as(&self, before: &Self) -> bool {
        let (objects, bytes) = (before.objects, before.bytes);
        Self { objects, bytes, ..self.clone() } == *before
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        Ok(buckets::list(pass, scope).await?.as_ref().clone())
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        storage::families("s3", sections, Self::counted)
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        storage::named("s3", sections, Self::counted)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::collectors::lists::buckets::Wire;
    use crate::inventory::Section;

    #[test]
    fn unknown_values_of_a_bucket_are_in_no_sum() {
        let wires: Vec<Wire> = serde_json::from_str(
            r#"[{"name":"a","objectsCount":2,"objectsSize":100,"region":"other"},
                {"name":"b","objectsCount":null,"objectsSize":-1},{}]"#,
        )
        .unwrap();
        let items = wires.into_iter().map(|wire| wire.bucket("GRA".into())).collect();
        let section = Section::new(Timestamp::UNIX_EPOCH, true, items);
        let mut sections = Sections::default();
        sections.by_scope.insert(Project("p".into()), section);
        let labels = ["p", "GRA", "s3"].map(Word::from).to_vec();
        let values: Vec<_> =
            Bucket::families(&sections).iter().map(|family| family.samples[&labels]).collect();
        assert_eq!(values, [3.0, 2.0, 100.0]);
    }

    #[test]
    fn more_objects_are_no_change_of_a_bucket_and_a_recreated_bucket_is_one() {
        let bucket = |json| serde_json::from_str::<Wire>(json).unwrap().bucket("GRA".into());
        let before = bucket(r#"{"name":"a","objectsCount":1,"createdAt":"2025-01-01"}"#);
        let fuller = bucket(r#"{"name":"a","objectsCount":2,"createdAt":"2025-01-01"}"#);
        let anew = bucket(r#"{"name":"a","objectsCount":1,"createdAt":"2026-01-01"}"#);
        assert!(fuller.same_as(&before) && !anew.same_as(&before));
        assert_eq!(before.id(), "GRA/a");
    }
}

//! Protection of S3 buckets of Public Cloud projects: encryption, versioning, object lock.
//!
//! The lists do not contain it, so that the collector needs one call per bucket: it is disabled by
//! default and reads less often than the rest. The objects of a bucket are never requested.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::listing::fan_out;
use crate::api::{self, Identified, Listing, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::{buckets, regions};
use super::pass::{Gathered, Pass};
use super::shared::samples::info;

// Without the query the answer has up to a thousand objects.
static ONE: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}/storage/{name}",
    &["publicCloudProject:apiovh:region/storage/get"],
)
.with_query("noObjects=true");

static PROTECTION: Desc = Desc::count(
    "ovhcloud_cloud_storage_buckets",
    "S3 buckets of Public Cloud projects by encryption, versioning and object lock, in OVHcloud's \
     words, empty if OVHcloud does not report it (GET \
     /cloud/project/{serviceName}/region/{regionName}/storage/{name})",
    &["project_id", "ovh_region", "encryption", "versioning", "object_lock"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_storage_bucket_info",
    "Always 1, for each S3 bucket of a Public Cloud project \
     (GET /cloud/project/{serviceName}/region/{regionName}/storage/{name})",
    &["project_id", "ovh_region", "bucket", "encryption", "versioning", "object_lock"],
);

/// The protection of an S3 bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Protection {
    /// The bucket's name.
    pub bucket: String,
    /// Its region.
    pub region: Word,
    /// `AES256` or `plaintext`; empty if missing.
    pub encryption: Word,
    /// `enabled`, `disabled` or `suspended`; empty if missing.
    pub versioning: Word,
    /// `enabled` or `disabled`; empty if missing.
    pub object_lock: Word,
}

impl Collect for Protection {
    type Scope = Project;
    const NAME: &'static str = "cloud_storage_s3_bucket";
    const RESOURCES: &'static str = "encryption, versioning and object lock of S3 buckets";
    const ROUTES: &'static [&'static Route] =
        &[&regions::REGIONS, &regions::ONE_REGION, &buckets::LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&PROTECTION, &INFO];
    const IS_ON: bool = false;
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(6));

    fn id(&self) -> Cow<'_, str> {
        format!("{}/{}", self.region, self.bucket).into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.bucket.as_str().into()
    }

    fn part(&self) -> Word {
        self.region.clone()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let listed = buckets::list(pass, scope).await?;
        let places = listed.keys(|one| Some((one.region.clone(), one.name.clone()))).objects;
        let ask = |(region, name): (Word, String)| async move {
            let id = format!("{region}/{name}");
            Listing::from(of_bucket(pass, scope, region, name).await).of(&id)
        };
        let mut gathered =
            Gathered::from(fan_out(places, ask, || buckets::places(pass, scope, &listed)).await);
        gathered.lost.extend(listed.lost.iter().cloned());
        gathered.parts.clone_from(&listed.parts);
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut buckets = PROTECTION.family();
        for (project, bucket) in sections.items() {
            let Self { region, encryption, versioning, object_lock, .. } = bucket.clone();
            buckets.count([project.project_id(), region, encryption, versioning, object_lock]);
        }
        vec![buckets]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let buckets = info(&INFO, sections, |project, one: &Self| {
            let Self { bucket, region, encryption, versioning, object_lock } = one.clone();
            [project, region, bucket.as_str().into(), encryption, versioning, object_lock]
        });
        vec![buckets]
    }
}

async fn of_bucket(
    pass: &Pass<'_>,
    project: &Project,
    region: Word,
    bucket: String,
) -> Result<Protection, api::Error> {
    let place = [&*project.project_id(), &region, &bucket];
    let wire: Wire = pass.session.object_of(&ONE, &place).await?;
    Ok(wire.protection(region, bucket))
}

/// `cloud.StorageContainer`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    encryption: Option<Encryption>,
    versioning: Option<Switch>,
    object_lock: Option<Switch>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("name");
}

/// `cloud.StorageEncryptionObject`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encryption {
    sse_algorithm: Option<String>,
}

/// `cloud.StorageVersioningObject` and `cloud.StorageLockConfiguration`
#[derive(Deserialize)]
struct Switch {
    status: Option<String>,
}

impl Wire {
    fn protection(self, region: Word, bucket: String) -> Protection {
        let word = |text: Option<String>| text.unwrap_or_default().into();
        let status = |switch: Option<Switch>| word(switch.and_then(|switch| switch.status));
        Protection {
            bucket,
            region,
            encryption: word(self.encryption.and_then(|encryption| encryption.sse_algorithm)),
            versioning: status(self.versioning),
            object_lock: status(self.object_lock),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_is_empty_at_every_depth() {
        let read = |json| {
            let wire: Wire = serde_json::from_str(json).unwrap();
            let read = wire.protection("GRA".into(), "b".to_owned());
            [read.encryption, read.versioning, read.object_lock].map(|word| word.to_string())
        };
        let whole = read(
            r#"{"encryption":{"sseAlgorithm":"AES256"},"versioning":{"status":"suspended"},
                "objectLock":{"status":"enabled","rule":{"mode":"compliance","period":"P30D"}}}"#,
        );
        assert_eq!(whole, ["AES256", "suspended", "enabled"]);
        for nothing in [
            "{}",
            r#"{"encryption":null,"versioning":null,"objectLock":null,"objects":[]}"#,
            r#"{"encryption":{"sseAlgorithm":null},"versioning":{"status":null},"objectLock":{}}"#,
        ] {
            assert_eq!(read(nothing), ["", "", ""], "{nothing}");
        }
    }
}

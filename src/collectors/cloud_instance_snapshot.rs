//! Snapshots of instances of Public Cloud projects, which OpenStack knows as private images:
//! number, size and age. OVHcloud does not report the instance of a snapshot.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::amounts::Gib;
use super::shared::dates::date;
use super::shared::samples::info;
use super::shared::snapshots::{self, Snapshot};

static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/snapshot",
    &["publicCloudProject:apiovh:snapshot/get"],
);

static SNAPSHOTS: Desc = Desc::count(
    "ovhcloud_cloud_instance_snapshots",
    "Instance snapshots of Public Cloud projects (GET /cloud/project/{serviceName}/snapshot)",
    &["project_id", "ovh_region"],
);

static BYTES: Desc = Desc::count(
    "ovhcloud_cloud_instance_snapshots_bytes",
    "Size of the instance snapshots of Public Cloud projects \
     (GET /cloud/project/{serviceName}/snapshot)",
    &["project_id", "ovh_region"],
);

static OLDEST: Desc = Desc::gauge(
    "ovhcloud_cloud_instance_snapshots_oldest_timestamp_seconds",
    "Creation time of the oldest instance snapshot of any status, in Unix time (GET \
     /cloud/project/{serviceName}/snapshot)",
    &["project_id", "ovh_region"],
);

static NEWEST: Desc = Desc::gauge(
    "ovhcloud_cloud_instance_snapshots_newest_timestamp_seconds",
    "Creation time of the newest instance snapshot of any status, in Unix time (GET \
     /cloud/project/{serviceName}/snapshot)",
    &["project_id", "ovh_region"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_instance_snapshot_info",
    "Always 1, for each instance snapshot of a Public Cloud project \
     (GET /cloud/project/{serviceName}/snapshot)",
    &["project_id", "ovh_region", "snapshot_id", "snapshot_name", "status"],
);

/// A snapshot of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceSnapshot {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Its region.
    pub region: Word,
    /// `active`, `queued`, `saving`, … The schema does not limit the values.
    pub status: Word,
    /// `private`, `public`, `shared`, … The schema does not limit the values; empty if missing.
    #[serde(default)]
    pub visibility: Word,
    /// Its size; `None` if missing.
    pub bytes: Option<i64>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl Collect for InstanceSnapshot {
    type Scope = Project;
    const NAME: &'static str = "cloud_instance_snapshot";
    const RESOURCES: &'static str = "snapshots of instances";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&SNAPSHOTS, &BYTES, &OLDEST, &NEWEST, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    /// A visibility that is unknown at one of the two times is no change.
    fn same_as(&self, before: &Self) -> bool {
        let is_known = !self.visibility.is_empty() && !before.visibility.is_empty();
        let old = if is_known { &before.visibility } else { &self.visibility };
        *self == Self { visibility: old.clone(), ..before.clone() }
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        pass.list(&LIST.at(&[&scope.project_id()]), |wire: Wire| wire.into()).await
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        snapshots::families([&SNAPSHOTS, &BYTES, &OLDEST, &NEWEST], sections, |snapshot| {
            let Self { region, bytes, created, .. } = snapshot;
            Snapshot { region, bytes: *bytes, created: *created }
        })
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let named = info(&INFO, sections, |project, snapshot: &Self| {
            let (id, name) = (snapshot.id.as_str().into(), snapshot.name.as_str().into());
            [project, snapshot.region.clone(), id, name, snapshot.status.clone()]
        });
        vec![named]
    }
}

/// `cloud.image.Image`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    region: Option<Word>,
    status: Option<Word>,
    visibility: Option<Word>,
    /// In GiB.
    size: Option<Gib>,
    #[serde(default, deserialize_with = "date")]
    creation_date: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["creationDate"];
}

impl From<Wire> for InstanceSnapshot {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            region: wire.region.unwrap_or_default(),
            status: wire.status.unwrap_or_default(),
            visibility: wire.visibility.unwrap_or_default(),
            bytes: wire.size.and_then(Gib::bytes),
            created: wire.creation_date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> InstanceSnapshot {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn a_visibility_that_an_old_state_lacks_is_no_change() {
        let now = read(r#"{"id":"s","visibility":"public"}"#);
        assert!(now.same_as(&read(r#"{"id":"s"}"#)) && read(r#"{"id":"s"}"#).same_as(&now));
        assert!(!now.same_as(&read(r#"{"id":"s","visibility":"private"}"#)));
    }

    #[test]
    fn a_size_is_a_fraction_of_a_gib_and_may_be_missing() {
        assert_eq!(read(r#"{"size":10.5}"#).bytes, Some(11_274_289_152));
        assert_eq!(read(r#"{"size":2}"#).bytes, Some(2_147_483_648));
        let bare = read(r#"{"size":null,"status":"pending_upload","user":"debian","tags":null}"#);
        assert_eq!((bare.bytes, bare.created, &*bare.status), (None, None, "pending_upload"));
    }
}

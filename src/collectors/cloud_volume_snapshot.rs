//! Snapshots of volumes of Public Cloud projects: number, size and age.

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
    "/cloud/project/{serviceName}/volume/snapshot",
    &["publicCloudProject:apiovh:volume/snapshot/get"],
);

static SNAPSHOTS: Desc = Desc::count(
    "ovhcloud_cloud_volume_snapshots",
    "Volume snapshots of Public Cloud projects (GET /cloud/project/{serviceName}/volume/snapshot)",
    &["project_id", "ovh_region"],
);

static BYTES: Desc = Desc::count(
    "ovhcloud_cloud_volume_snapshots_bytes",
    "Size of the volume snapshots of Public Cloud projects, reported by OVHcloud without a unit \
     and taken as the GiB of OpenStack (GET /cloud/project/{serviceName}/volume/snapshot)",
    &["project_id", "ovh_region"],
);

static OLDEST: Desc = Desc::gauge(
    "ovhcloud_cloud_volume_snapshots_oldest_timestamp_seconds",
    "Creation time of the oldest volume snapshot of any status, in Unix time (GET \
     /cloud/project/{serviceName}/volume/snapshot)",
    &["project_id", "ovh_region"],
);

static NEWEST: Desc = Desc::gauge(
    "ovhcloud_cloud_volume_snapshots_newest_timestamp_seconds",
    "Creation time of the newest volume snapshot of any status, in Unix time (GET \
     /cloud/project/{serviceName}/volume/snapshot)",
    &["project_id", "ovh_region"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_volume_snapshot_info",
    "Always 1, for each volume snapshot of a Public Cloud project \
     (GET /cloud/project/{serviceName}/volume/snapshot)",
    &["project_id", "ovh_region", "snapshot_id", "snapshot_name", "status", "volume_id"],
);

/// A snapshot of a volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeSnapshot {
    /// Its id.
    pub id: Word,
    /// The owner's name for it.
    pub name: Word,
    /// Its region.
    pub region: Word,
    /// `available`, `creating`, `deleting`, `error`, `error_deleting`.
    pub status: Word,
    /// The id of its volume, which may no longer exist.
    pub volume_id: Word,
    /// Its size, taken as GiB; `None` if missing.
    pub bytes: Option<i64>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl Collect for VolumeSnapshot {
    type Scope = Project;
    const NAME: &'static str = "cloud_volume_snapshot";
    const RESOURCES: &'static str = "snapshots of volumes";
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
            let Self { id, name, region, status, volume_id, .. } = snapshot;
            [&project, region, id, name, status, volume_id].map(Word::clone)
        });
        vec![named]
    }
}

/// `cloud.volume.Snapshot`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<Word>,
    name: Option<Word>,
    region: Option<Word>,
    status: Option<Word>,
    volume_id: Option<Word>,
    size: Option<Gib>,
    #[serde(default, deserialize_with = "date")]
    creation_date: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["creationDate"];
}

impl From<Wire> for VolumeSnapshot {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            region: wire.region.unwrap_or_default(),
            status: wire.status.unwrap_or_default(),
            volume_id: wire.volume_id.unwrap_or_default(),
            bytes: wire.size.and_then(Gib::bytes),
            created: wire.creation_date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Section;

    #[test]
    fn the_oldest_and_the_newest_are_of_those_whose_date_is_known() {
        let wires: Vec<Wire> = serde_json::from_str(
            r#"[{"region":"A","size":2,"creationDate":"1970-01-01T00:00:20Z"},
                {"region":"A","size":null,"creationDate":"1970-01-01T00:00:10Z"},
                {"region":"A","size":1,"creationDate":"1970-01-01T00:00:30Z","status":"error"},
                {"region":"A","creationDate":null},{"region":"B"}]"#,
        )
        .unwrap();
        let items = wires.into_iter().map(VolumeSnapshot::from).collect();
        let section = Section::new(Timestamp::UNIX_EPOCH, true, items);
        let mut sections = Sections::default();
        sections.by_scope.insert(Project("p".into()), section);
        let families = VolumeSnapshot::families(&sections);
        let values = |region: &str| {
            let labels = vec![Word::from("p"), region.into()];
            families.iter().map(|family| family.samples.get(&labels).copied()).collect::<Vec<_>>()
        };
        assert_eq!(values("A"), [Some(4.0), Some(3.0 * 1_073_741_824.0), Some(10.0), Some(30.0)]);
        assert_eq!(values("B"), [Some(1.0), None, None, None]);
    }
}

//! Backups of volumes of Public Cloud projects: number and age. Snapshots are another list: see
//! `cloud_volume_snapshot`.
//!
//! OVHcloud lists them region by region, and does not document which service of a region has them:
//! every region that works is asked, and one that does not find the list has none. That is a call
//! per region, so that the collector reads less often than the rest.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::regions::{self, ONE_REGION, REGIONS, Service};
use super::pass::{Gathered, Pass};
use super::shared::amounts::Gib;
use super::shared::dates::date;
use super::shared::samples::info;
use super::shared::snapshots::{self, Snapshot};

static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}/volumeBackup",
    &["publicCloudProject:apiovh:region/volumeBackup/get"],
);

static BACKUPS: Desc = Desc::count(
    "ovhcloud_cloud_volume_backups",
    "Volume backups of Public Cloud projects \
     (GET /cloud/project/{serviceName}/region/{regionName}/volumeBackup)",
    &["project_id", "ovh_region"],
);

static BYTES: Desc = Desc::count(
    "ovhcloud_cloud_volume_backups_bytes",
    "Size of the volume backups of Public Cloud projects, reported by OVHcloud without a unit and \
     taken as the GiB of OpenStack \
     (GET /cloud/project/{serviceName}/region/{regionName}/volumeBackup)",
    &["project_id", "ovh_region"],
);

static OLDEST: Desc = Desc::gauge(
    "ovhcloud_cloud_volume_backups_oldest_timestamp_seconds",
    "Creation time of the oldest volume backup of any status, in Unix time \
     (GET /cloud/project/{serviceName}/region/{regionName}/volumeBackup)",
    &["project_id", "ovh_region"],
);

static NEWEST: Desc = Desc::gauge(
    "ovhcloud_cloud_volume_backups_newest_timestamp_seconds",
    "Creation time of the newest volume backup of any status, in Unix time \
     (GET /cloud/project/{serviceName}/region/{regionName}/volumeBackup)",
    &["project_id", "ovh_region"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_volume_backup_info",
    "Always 1, for each volume backup of a Public Cloud project \
     (GET /cloud/project/{serviceName}/region/{regionName}/volumeBackup)",
    &["project_id", "ovh_region", "backup_id", "backup_name", "status", "volume_id"],
);

const BACKUP: Service = Service { title: "volume backups", names: &[] };

/// A backup of a volume.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct VolumeBackup {
    /// Its id.
    pub id: Word,
    /// The owner's name for it.
    pub name: Word,
    /// The region that lists it.
    pub region: Word,
    /// `ok`, `creating`, `deleting`, `error`, `restoring`; empty if missing.
    pub status: Word,
    /// The id of its volume, which may no longer exist; empty if missing.
    pub volume_id: Word,
    /// Its size, taken as GiB; `None` if missing.
    pub bytes: Option<i64>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl Collect for VolumeBackup {
    type Scope = Project;
    const NAME: &'static str = "cloud_volume_backup";
    const RESOURCES: &'static str = "backups of volumes";
    const ROUTES: &'static [&'static Route] = &[&REGIONS, &ONE_REGION, &LIST];
    const FAMILIES: &'static [&'static Desc] = &[&BACKUPS, &BYTES, &OLDEST, &NEWEST, &INFO];
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(6));

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn part(&self) -> Word {
        self.region.clone()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let id = &scope.project_id();
        regions::in_each(pass, scope, BACKUP, |region| async move {
            let listed = pass.session.objects(&LIST.at(&[id, &region])).await?;
            Ok(listed.map(|wire: Wire| wire.backup(region.clone())))
        })
        .await
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        snapshots::families([&BACKUPS, &BYTES, &OLDEST, &NEWEST], sections, |backup| {
            let Self { region, bytes, created, .. } = backup;
            Snapshot { region, bytes: *bytes, created: *created }
        })
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let named = info(&INFO, sections, |project, backup: &Self| {
            let Self { id, name, region, status, volume_id, .. } = backup;
            [&project, region, id, name, status, volume_id].map(Word::clone)
        });
        vec![named]
    }
}

/// `cloud.volumeBackup.VolumeBackup`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<Word>,
    name: Option<Word>,
    status: Option<String>,
    volume_id: Option<Word>,
    size: Option<Gib>,
    #[serde(default, deserialize_with = "date")]
    creation_date: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["creationDate"];
}

impl Wire {
    fn backup(self, region: Word) -> VolumeBackup {
        VolumeBackup {
            id: self.id.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            region,
            status: self.status.unwrap_or_default().into(),
            volume_id: self.volume_id.unwrap_or_default(),
            bytes: self.size.and_then(Gib::bytes),
            created: self.creation_date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(json: &str) -> VolumeBackup {
        serde_json::from_str::<Wire>(json).unwrap().backup("GRA11".into())
    }

    #[test]
    fn a_backup_is_of_the_region_that_lists_it() {
        let told = backup(
            r#"{"id":"b","name":"daily","region":"gra","status":"ok","volumeId":"v","size":10,
                "creationDate":"2026-11-20T00:00:00Z"}"#,
        );
        assert_eq!((&*told.region, &*told.volume_id, &*told.status), ("GRA11", "v", "ok"));
        assert_eq!((told.bytes, told.created.is_some()), (Some(10 << 30), true));
        let bare = backup(r#"{"id":"b","size":null,"creationDate":null,"new":1}"#);
        assert_eq!((&*bare.volume_id, bare.bytes, bare.created), ("", None, None));
    }

    #[test]
    fn backups_are_counted_by_region() {
        let items = vec![backup(r#"{"id":"b","size":1}"#), backup(r#"{"id":"c"}"#)];
        let sections = Sections::known(Project("p".into()), Timestamp::UNIX_EPOCH, items);
        let [backups, bytes, oldest, newest] =
            <[Family; 4]>::try_from(VolumeBackup::families(&sections)).unwrap();
        let labels = vec![Word::from("p"), Word::from("GRA11")];
        assert_eq!((backups.samples[&labels], bytes.samples[&labels]), (2.0, 1_073_741_824.0));
        assert!(oldest.samples.is_empty() && newest.samples.is_empty());
        assert_eq!(VolumeBackup::named(&sections)[0].samples.len(), 2);
    }
}

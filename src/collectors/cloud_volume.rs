//! Volumes (block storage) of Public Cloud projects, by region, type and status, with their size,
//! and the unattached and the unencrypted volumes.
//!
//! The first version of the API lists them with every needed member except the encryption: there a
//! type whose name ends in `-luks` marks an encrypted volume. The second version reports the
//! encryption itself, but OVHcloud calls that part an alpha version: it is requested as well, and
//! where it fails for good, the type decides.

use std::borrow::Cow;

use foldhash::HashMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Listing, Route};
use crate::family::{Desc, Family, Word, amount};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::amounts::Gib;
use super::shared::dates::date;
use super::shared::is_unchanged;
use super::shared::known::Known;
use super::shared::samples::info;

static LIST: Route =
    Route::new("/cloud/project/{serviceName}/volume", &["publicCloudProject:apiovh:volume/get"]);
static PAGED: Route = Route::new(
    "/v2/publicCloud/project/{projectId}/storage/block/volume",
    &["publicCloudProject:apiovh:volume/get"],
);

static VOLUMES: Desc = Desc::count(
    "ovhcloud_cloud_volumes",
    "Volumes of Public Cloud projects (GET /cloud/project/{serviceName}/volume)",
    &["project_id", "ovh_region", "volume_type", "status"],
);

static BYTES: Desc = Desc::count(
    "ovhcloud_cloud_volumes_bytes",
    "Size of the volumes of Public Cloud projects, OVHcloud's GB taken as the GiB of OpenStack \
     (GET /cloud/project/{serviceName}/volume)",
    &["project_id", "ovh_region", "volume_type", "status"],
);

static UNATTACHED: Desc = Desc::count(
    "ovhcloud_cloud_volumes_unattached",
    "Volumes of Public Cloud projects that are attached to no instance \
     (GET /cloud/project/{serviceName}/volume)",
    &["project_id", "ovh_region"],
);

static UNENCRYPTED: Desc = Desc::count(
    "ovhcloud_cloud_volumes_unencrypted",
    "Volumes of Public Cloud projects that are not encrypted \
     (GET /v2/publicCloud/project/{projectId}/storage/block/volume), or whose type does not end in \
     -luks if the former is unknown (GET /cloud/project/{serviceName}/volume)",
    &["project_id", "ovh_region"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_volume_info",
    "Always 1, for each volume of a Public Cloud project \
     (GET /cloud/project/{serviceName}/volume)",
    &["project_id", "ovh_region", "volume_id", "volume_name", "volume_type", "status"],
);

/// A volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudVolume {
    /// Its id.
    pub id: Word,
    /// The owner's name for it.
    pub name: Word,
    /// Its region.
    pub region: Word,
    /// `classic`, `high-speed`, `high-speed-luks`, …
    pub volume_type: Word,
    /// `available`, `in-use`, `error`, …
    pub status: Word,
    /// Its size, OVHcloud's GB taken as GiB; `None` if missing.
    pub bytes: Option<i64>,
    /// The ids of the instances it is attached to; `None` if missing.
    pub attached_to: Option<Box<[Word]>>,
    /// Whether it is encrypted; `None` if neither OVHcloud nor the type reports it.
    pub is_encrypted: Option<bool>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl Collect for CloudVolume {
    type Scope = Project;
    const NAME: &'static str = "cloud_volume";
    const RESOURCES: &'static str = "volumes of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST, &PAGED];
    const FAMILIES: &'static [&'static Desc] =
        &[&VOLUMES, &BYTES, &UNATTACHED, &UNENCRYPTED, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    /// An encryption known at only one of the two times is no change.
    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self { is_encrypted: None, ..one.clone() };
        is_unchanged(self.is_encrypted.as_ref(), before.is_encrypted.as_ref())
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let id = scope.project_id();
        let (list, paged) = (LIST.at(&[&id]), PAGED.at(&[&id]));
        let before = pass.before::<Self>();
        let is_listed = |one| before.is_some_and(|before| before.source[0] == one);
        let listed = pass.session.objects_unless::<Wire>(&list, is_listed).await?;
        // Another list may have volumes that the page reports and the last reading did not have.
        let is_reported =
            |one| listed.listing.is_none() && before.is_some_and(|before| before.source[1] == one);
        let reported = pass.session.pages_unless::<Paged>(&paged, is_reported).await;
        let source = [listed.fingerprint, reported.as_ref().map_or(0, |one| one.fingerprint)];
        let reported = match reported.map(|page| page.listing) {
            Ok(None) => return Ok(Gathered::again(before)),
            Ok(Some(reported)) => Ok(reported),
            Err(error) => Err(error),
        };
        let volumes = match (listed.listing, before) {
            (Some(listing), _) => Gathered::from_listing(listing, Wire::volume),
            (None, Some(before)) => Gathered::new(before.items.to_vec(), Vec::new()),
            // A bug, and no empty list.
            (None, None) => Gathered::again(None),
        };
        let Encryption { by_id, lost } = Encryption::told(reported);
        let items = volumes.items.into_iter().map(|volume| volume.encrypted(&by_id)).collect();
        Ok(Gathered { items, partly: lost, source: Some(source), ..volumes })
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let (mut volumes, mut bytes) = (VOLUMES.family(), BYTES.family());
        let (mut unattached, mut unencrypted) = (Known::of(&UNATTACHED), Known::of(&UNENCRYPTED));
        for (project, section) in &sections.by_scope {
            let project = project.project_id();
            for volume in &*section.items {
                let Self { region, volume_type, status, .. } = volume;
                let place = [project.clone(), region.clone()];
                let labels = [project.clone(), region.clone(), volume_type.clone(), status.clone()];
                volumes.count(labels.clone());
                if let Some(size) = volume.bytes {
                    bytes.add(labels, amount(size));
                }
                let is_free = volume.attached_to.as_ref().map(|ids| ids.is_empty());
                unattached.count(place.clone(), is_free, section.whole);
                let is_plain = volume.is_encrypted.map(|is| !is);
                unencrypted.count(place, is_plain, section.whole);
            }
        }
        vec![volumes, bytes, unattached.family(), unencrypted.family()]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let volumes = info(&INFO, sections, |project, volume: &Self| {
            let Self { region, id, name, volume_type, status, .. } = volume;
            [&project, region, id, name, volume_type, status].map(Word::clone)
        });
        vec![volumes]
    }
}

impl CloudVolume {
    /// As the second version reports it; by the name of the type where it does not.
    fn encrypted(self, reported: &HashMap<Word, bool>) -> Self {
        let by_type = (!self.volume_type.is_empty()).then(|| self.volume_type.ends_with("-luks"));
        Self { is_encrypted: reported.get(&self.id).copied().or(by_type), ..self }
    }
}

/// The encryption of volumes, as reported by the second version.
#[derive(Default)]
struct Encryption {
    by_id: HashMap<Word, bool>,
    lost: Vec<api::Error>,
}

impl Encryption {
    fn told(paged: Result<Listing<Paged>, api::Error>) -> Self {
        match paged {
            Ok(Listing { objects, mut lost }) => {
                lost.retain(|error| error.kind.may_pass_by_next_time());
                let told =
                    |volume: Paged| Some((volume.id?, volume.current_state?.encryption?.enabled?));
                Self { by_id: objects.into_iter().filter_map(told).collect(), lost }
            }
            Err(error) if error.kind.may_pass_by_next_time() => {
                Self { lost: vec![error], ..Self::default() }
            }
            // An alpha version may be missing for some accounts and may change; the type of the
            // volume is sufficient.
            Err(_) => Self::default(),
        }
    }
}

/// `cloud.volume.Volume`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<Word>,
    name: Option<Word>,
    region: Option<Word>,
    #[serde(rename = "type")]
    volume_type: Option<Word>,
    status: Option<Word>,
    size: Option<Gib>,
    attached_to: Option<Vec<Word>>,
    #[serde(default, deserialize_with = "date")]
    creation_date: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["creationDate"];
}

impl Wire {
    /// The volume, without its encryption.
    fn volume(self) -> CloudVolume {
        CloudVolume {
            is_encrypted: None,
            id: self.id.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            region: self.region.unwrap_or_default(),
            volume_type: self.volume_type.unwrap_or_default(),
            status: self.status.unwrap_or_default(),
            bytes: self.size.and_then(Gib::bytes),
            attached_to: self.attached_to.map(Into::into),
            created: self.creation_date,
        }
    }
}

/// `publicCloud.blockStorage.Block` of the second version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paged {
    id: Option<Word>,
    current_state: Option<CurrentState>,
}

impl Identified for Paged {
    const ID: Option<&'static str> = Some("id");
}

#[derive(Deserialize)]
struct CurrentState {
    encryption: Option<Encrypted>,
}

#[derive(Deserialize)]
struct Encrypted {
    enabled: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::inventory::Section;

    fn volumes(first: &str, second: &str) -> Vec<CloudVolume> {
        let objects = serde_json::from_str(second).unwrap();
        let told = Encryption::told(Ok(Listing { objects, lost: Vec::new() }));
        let wires: Vec<Wire> = serde_json::from_str(first).unwrap();
        wires.into_iter().map(|wire| wire.volume().encrypted(&told.by_id)).collect()
    }

    fn families(items: Vec<CloudVolume>, whole: bool) -> Vec<Vec<(String, f64)>> {
        let section = Section::new(Timestamp::UNIX_EPOCH, whole, items);
        let mut sections = Sections::default();
        sections.by_scope.insert(Project("p".into()), section);
        let name = |labels: &[Word]| labels[1..].iter().map(|l| &**l).collect::<Vec<_>>().join("/");
        let samples = |family: Family| {
            family.samples.iter().map(|(labels, value)| (name(labels), *value)).collect()
        };
        CloudVolume::families(&sections).into_iter().map(samples).collect()
    }

    #[test]
    fn the_second_version_reports_encryption_and_the_type_is_the_fallback() {
        let read = volumes(
            r#"[{"id":"a","type":"classic"},{"id":"b","type":"classic-luks"},
                {"id":"c","type":"classic"},{"id":"d","type":"high-speed-luks"},
                {"id":"e","type":null}]"#,
            r#"[{"id":"a","currentState":{"encryption":{"enabled":true}}},
                {"id":"b","currentState":{"encryption":{"enabled":false}}},
                {"id":"c","currentState":{"encryption":null}},{"id":"d","currentState":null},
                {"id":null}]"#,
        );
        let told: Vec<_> = read.iter().map(|volume| volume.is_encrypted).collect();
        assert_eq!(told, [Some(true), Some(false), Some(false), Some(true), None]);
    }

    #[test]
    fn only_what_may_pass_of_the_alpha_version_is_a_gap() {
        let error = |kind| Err(api::Error { kind, ..api::Error::undecodable(&PAGED, "", "") });
        for (kind, gaps) in [
            (Kind::NotFound("no".to_owned()), 0),
            (Kind::Forbidden { actions: Vec::new() }, 0),
            (Kind::Rejected { status: 400, message: String::new() }, 0),
            (Kind::Server { status: 500, message: String::new() }, 1),
        ] {
            assert_eq!(Encryption::told(error(kind.clone())).lost.len(), gaps, "{kind:?}");
        }
    }

    #[test]
    fn unknown_values_are_in_no_sum() {
        let read = volumes(
            r#"[{"region":"A","type":"classic","status":"available","size":10,"attachedTo":[]},
                {"region":"A","type":"classic","status":"available","size":null,
                 "attachedTo":null},
                {"region":"B","type":"classic-luks","status":"in-use","size":1,
                 "attachedTo":["i"]},{"region":"C"}]"#,
            "[]",
        );
        let [counts, bytes, unattached, unencrypted] =
            <[_; 4]>::try_from(families(read.clone(), true)).unwrap();
        let pair = |name: &str, value| (name.to_owned(), value);
        assert_eq!(
            counts,
            [
                pair("A/classic/available", 2.0),
                pair("B/classic-luks/in-use", 1.0),
                pair("C//", 1.0)
            ]
        );
        let gib = 1_073_741_824.0;
        assert_eq!(
            bytes,
            [pair("A/classic/available", 10.0 * gib), pair("B/classic-luks/in-use", gib)]
        );
        assert_eq!(unattached, [pair("A", 1.0), pair("B", 0.0)]);
        assert_eq!(unencrypted, [pair("A", 2.0), pair("B", 0.0)]);

        let in_part = families(read, false);
        assert_eq!(in_part[2], [pair("A", 1.0)]);
        assert_eq!(in_part[3], [pair("A", 2.0)]);
    }
}

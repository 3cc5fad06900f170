//! The backups of resources: their restore points, and the posture of each kind.
//!
//! Nobody knows the restore points of an instance: OVHcloud's snapshots of instances do not name
//! theirs. Instances are counted as unknown, their volumes by themselves.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use jiff::Timestamp;

use crate::collectors::cloud_database::Database;
use crate::collectors::cloud_volume::CloudVolume;
use crate::collectors::cloud_volume_backup::VolumeBackup;
use crate::collectors::{Collect, Inventory};
use crate::family::{Desc, Family, amount};
use crate::inventory::{Project, Scope as _, Section, Sections};

use super::catalogue::leaving::is_leaving;
use super::result::CheckResult;
use super::verdict::{self, Verdict};

static RESOURCES: Desc = Desc::gauge(
    "ovhcloud_backup_resources",
    "Resources by backup: protected, unprotected, exempt from the check, or unknown; kind is the \
     collector that reads them, thresholds are those of volume_no_backup, database_no_backup and \
     s3_no_versioning; instances are unknown, since their snapshots do not name them",
    &["project_id", "kind", "state"],
);
static NEWEST: Desc = Desc::gauge(
    "ovhcloud_backup_newest_restore_point_timestamp_seconds",
    "Creation time of the newest known restore point of a project's resources: a usable snapshot or \
     backup; no sample without one",
    &["project_id", "kind"],
);
static RESTORE_POINT: Desc = Desc::of_each(
    "ovhcloud_backup_restore_point_timestamp_seconds",
    "Creation time of the newest known restore point of each resource; no sample without one",
    &["project_id", "kind", "resource", "resource_name"],
);

/// The families of this module.
pub(super) static FAMILIES: [&Desc; 3] = [&RESOURCES, &NEWEST, &RESTORE_POINT];

/// The states of a resource; each has a sample, which may be 0.
const STATES: [&str; 4] = ["protected", "unprotected", "exempt", "unknown"];

/// The engines of managed databases without backups: OVHcloud's API has no route for them.
const ENGINES_WITHOUT: [&str; 4] = ["kafka", "kafkaConnect", "kafkaMirrorMaker", "m3aggregator"];

/// The restore points of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RestorePoints {
    /// The newest one.
    pub(crate) newest: Option<Timestamp>,
    /// Whether there may be others, newer ones included.
    pub(crate) may_lack: bool,
}

impl RestorePoints {
    fn add(&mut self, created: Option<Timestamp>) {
        self.newest = self.newest.max(created);
        self.may_lack |= created.is_none();
    }
}

/// The restore points of a project's volumes.
#[derive(Debug)]
pub(crate) struct OfVolumes<'a> {
    by_volume: HashMap<&'a str, RestorePoints>,
    are_snapshots_read: bool,
    backups: Option<&'a Section<VolumeBackup>>,
}

impl<'a> OfVolumes<'a> {
    /// The usable snapshots and backups: those in error or in deletion restore nothing.
    pub(crate) fn of(inventory: &'a Inventory, project: &Project) -> Self {
        let snapshots = inventory.cloud_volume_snapshot.by_scope.get(project);
        let backups = inventory.cloud_volume_backup.by_scope.get(project);
        let mut by_volume = HashMap::<_, RestorePoints>::default();
        for one in snapshots.into_iter().flat_map(|section| &*section.items) {
            if one.status == "available" {
                by_volume.entry(one.volume_id.as_str()).or_default().add(one.created);
            }
        }
        for one in backups.into_iter().flat_map(|section| &*section.items) {
            if matches!(&*one.status, "ok" | "restoring") {
                by_volume.entry(one.volume_id.as_str()).or_default().add(one.created);
            }
        }
        Self { by_volume, are_snapshots_read: snapshots.is_some_and(Section::is_whole), backups }
    }

    /// The restore points of one volume.
    pub(crate) fn get(&self, volume: &CloudVolume) -> RestorePoints {
        let known = self.by_volume.get(volume.id.as_str()).copied().unwrap_or_default();
        let are_backups_read = self.backups.is_some_and(|section| {
            section.whole && section.parts.get(&volume.region) != Some(&None)
        });
        let may_lack = known.may_lack || !self.are_snapshots_read || !are_backups_read;
        RestorePoints { may_lack, ..known }
    }
}

/// The restore points of a database; `None` if its engine has no backups.
pub(crate) fn of_database(
    inventory: &Inventory,
    project: &Project,
    database: &Database,
) -> Option<RestorePoints> {
    if ENGINES_WITHOUT.contains(&&*database.engine) {
        return None;
    }
    let Some(section) = inventory.cloud_database_backup.by_scope.get(project) else {
        return Some(RestorePoints { newest: None, may_lack: true });
    };
    let mut known = section.items.iter();
    match known.find(|backups| backups.database_id == database.id) {
        Some(backups) => {
            Some(RestorePoints { newest: backups.newest, may_lack: backups.has_undated })
        }
        None => Some(RestorePoints { newest: None, may_lack: true }),
    }
}

/// The samples of the backup posture.
pub(super) fn samples(inventory: &Inventory, results: &[CheckResult]) -> Vec<Family> {
    let (mut counts, mut newest) = (RESOURCES.family(), NEWEST.family());
    for kind in kinds(inventory) {
        kind.count(results, &mut counts);
    }
    for RestorePoint { kind, project, created, .. } in each_newest(inventory) {
        let seconds = amount(created.as_second());
        let labels = [project.project_id(), kind.into()];
        let sample = newest.samples.entry(labels.into()).or_insert(seconds);
        *sample = sample.max(seconds);
    }
    vec![counts, newest]
}

/// The samples of each resource with a restore point.
pub fn restore_points(inventory: &Inventory) -> Family {
    let mut each = RESTORE_POINT.family();
    for RestorePoint { kind, project, id, name, created } in each_newest(inventory) {
        let labels = [project.project_id(), kind.into(), id.into(), name.into()];
        each.set(labels, amount(created.as_second()));
    }
    each
}

/// The resources of a kind that may have backups.
struct Kind<'a> {
    name: &'static str,
    /// The check that judges them; `None` if no data judges them.
    check: Option<&'static str>,
    /// The projects whose resources are all known.
    projects: BTreeSet<&'a Project>,
    resources: Box<dyn Iterator<Item = Resource<'a>> + 'a>,
}

/// A resource that may have backups.
struct Resource<'a> {
    project: &'a Project,
    id: Cow<'a, str>,
    known: Known,
}

/// The restore points of a resource, whatever their age.
#[derive(Clone, Copy)]
enum Known {
    /// There is one.
    One,
    /// There is none.
    None,
    /// There may be one.
    Unknown,
}

impl From<RestorePoints> for Known {
    fn from(points: RestorePoints) -> Self {
        match points {
            RestorePoints { newest: Some(_), .. } => Self::One,
            RestorePoints { may_lack: true, .. } => Self::Unknown,
            RestorePoints { .. } => Self::None,
        }
    }
}

/// The verdict of a check about a resource that it does not pass.
#[derive(Clone, Copy)]
enum Fault {
    Violates,
    Exempt,
    Unclear,
}

/// The resources that a check does not pass, by project and id.
fn faults(verdict: &Verdict) -> HashMap<(&str, &str), Fault> {
    fn key(resource: &verdict::Resource) -> (&str, &str) {
        (&resource.project_id, &resource.id)
    }
    let unclear = verdict.unclear.iter().map(|resource| (key(resource), Fault::Unclear));
    let findings = verdict.findings.iter().map(|finding| {
        let fault = if finding.exemption.is_some() { Fault::Exempt } else { Fault::Violates };
        (key(&finding.resource), fault)
    });
    unclear.chain(findings).collect()
}

impl Kind<'_> {
    /// Counts the resources by the check's verdict. A check that is off has none, and judges nobody.
    fn count(self, results: &[CheckResult], counts: &mut Family) {
        let result = self.check.and_then(|check| results.iter().find(|one| *one.id == *check));
        if self.check.is_some() && result.is_none_or(CheckResult::is_off) {
            return;
        }
        let faults = result.map(|result| faults(&result.verdict)).unwrap_or_default();
        let zeros = self.projects.iter().flat_map(|project| STATES.map(|state| (*project, state)));
        let mut numbers: BTreeMap<_, _> = zeros.map(|key| (key, 0.0)).collect();
        for Resource { project, id, known } in self.resources {
            // A resource without a finding may be too young for one: only a restore point protects.
            let state = match (faults.get(&(&*project.0, &*id)), known) {
                (Some(Fault::Exempt), _) => "exempt",
                (Some(Fault::Violates), _) | (None | Some(Fault::Unclear), Known::None) => {
                    "unprotected"
                }
                (Some(Fault::Unclear), _) | (None, Known::Unknown) => "unknown",
                (None, Known::One) => "protected",
            };
            *numbers.entry((project, state)).or_default() += 1.0;
        }
        for ((project, state), number) in numbers {
            counts.add([project.project_id(), self.name.into(), state.into()], number);
        }
    }
}

fn kinds(inventory: &Inventory) -> [Kind<'_>; 4] {
    fn kind<'a, C: Collect<Scope = Project>>(
        sections: &'a Sections<Project, C>,
        check: Option<&'static str>,
        resources: impl Iterator<Item = Resource<'a>> + 'a,
    ) -> Kind<'a> {
        let whole = sections.by_scope.iter().filter(|(_, section)| section.is_whole());
        let projects = whole.map(|(project, _)| project).collect();
        Kind { name: C::NAME, check, projects, resources: Box::new(resources) }
    }
    let volumes = volumes(inventory).filter(|(_, volume, _)| !is_leaving(&volume.status));
    let volumes = volumes.map(|(project, volume, points)| Resource {
        project,
        id: volume.id(),
        known: points.into(),
    });
    let instances = inventory.cloud_instance.items().filter(|(_, one)| !is_leaving(&one.status));
    let instances = instances.map(|(project, instance)| Resource {
        project,
        id: instance.id(),
        known: Known::Unknown,
    });
    let databases = inventory.cloud_database.items().filter(|(_, one)| !is_leaving(&one.status));
    let databases = databases.filter_map(|(project, one)| {
        let known = of_database(inventory, project, one)?.into();
        Some(Resource { project, id: one.id(), known })
    });
    let versions: HashMap<_, _> = inventory
        .cloud_storage_s3_bucket
        .items()
        .map(|(project, one)| ((project, one.id()), &*one.versioning))
        .collect();
    let buckets = inventory.cloud_storage_s3.items().map(move |(project, bucket)| {
        let key = (project, Cow::from(format!("{}/{}", bucket.region, bucket.name)));
        let known = match versions.get(&key) {
            Some(&"enabled") => Known::One,
            Some(&"") | None => Known::Unknown,
            Some(_) => Known::None,
        };
        Resource { project, id: key.1, known }
    });
    [
        kind(&inventory.cloud_volume, Some("volume_no_backup"), volumes),
        kind(&inventory.cloud_instance, None, instances),
        kind(&inventory.cloud_database, Some("database_no_backup"), databases),
        kind(&inventory.cloud_storage_s3, Some("s3_no_versioning"), buckets),
    ]
}

/// The volumes, each with its project and its restore points.
fn volumes(inventory: &Inventory) -> impl Iterator<Item = (&Project, &CloudVolume, RestorePoints)> {
    inventory.cloud_volume.by_scope.iter().flat_map(|(project, section)| {
        let of_volumes = OfVolumes::of(inventory, project);
        section.items.iter().map(move |volume| (project, volume, of_volumes.get(volume)))
    })
}

/// The newest restore point of a resource.
struct RestorePoint<'a> {
    kind: &'static str,
    project: &'a Project,
    id: Cow<'a, str>,
    name: Cow<'a, str>,
    created: Timestamp,
}

impl<'a> RestorePoint<'a> {
    fn of<C: Collect>(project: &'a Project, item: &'a C, created: Timestamp) -> Self {
        Self { kind: C::NAME, project, id: item.id(), name: item.name(), created }
    }
}

/// The newest restore point of each resource that has one.
fn each_newest(inventory: &Inventory) -> impl Iterator<Item = RestorePoint<'_>> {
    let volumes = volumes(inventory).filter_map(|(project, volume, points)| {
        Some(RestorePoint::of(project, volume, points.newest?))
    });
    let databases = inventory.cloud_database.items().filter_map(|(project, database)| {
        let newest = of_database(inventory, project, database)?.newest?;
        Some(RestorePoint::of(project, database, newest))
    });
    volumes.chain(databases)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::access::Access;
    use crate::checks::fixtures::cloud::{database, instance, volume, volume_snapshot};
    use crate::checks::fixtures::{NOW, at, nothing, project};
    use crate::checks::{evaluate, exempt};
    use crate::collectors::cloud_database_backup::DatabaseBackups;
    use crate::config::checks::{CheckSettings, Checks};
    use crate::config::fixtures::exemption;
    use crate::family::Word;

    /// Volumes with a recent snapshot (v1), without one (v2), exempt (v3), with an undated one (v4).
    fn known() -> Inventory {
        let volumes = ["v1", "v2", "v3", "v4"].map(|id| volume(json!({ "id": id }))).into();
        let fresh = volume_snapshot(json!({"id": "s1", "created": NOW}));
        let undated = volume_snapshot(json!({"id": "s4", "volume_id": "v4", "created": null}));
        Inventory {
            cloud_volume: project(volumes),
            cloud_volume_snapshot: project(vec![fresh, undated]),
            cloud_volume_backup: project(vec![]),
            cloud_instance: project(vec![instance(json!({}))]),
            cloud_database: project(vec![database(json!({"id": "d1"}))]),
            cloud_database_backup: project(vec![DatabaseBackups {
                database_id: "d1".to_owned(),
                newest: Some(at("2026-11-20T00:00:00Z")),
                ..DatabaseBackups::default()
            }]),
            ..nothing()
        }
    }

    fn families(inventory: &Inventory, checks: &Checks) -> Vec<Family> {
        let access = Access::of(inventory, at(NOW));
        let mut results = evaluate(inventory, &access, checks, at(NOW));
        let exemptions = [Arc::new(exemption("volume_no_backup", "id: v3"))];
        exempt(&mut results, &exemptions, at(NOW), |_| None);
        samples(inventory, &results)
    }

    /// The samples of a family, as `kind state: value`.
    fn shown(family: &Family) -> Vec<String> {
        let line = |(labels, value): (&Vec<Word>, &f64)| {
            let labels: Vec<_> = labels.iter().skip(1).map(|label| &**label).collect();
            format!("{}: {value}", labels.join(" "))
        };
        family.samples.iter().map(line).collect()
    }

    #[test]
    fn each_resource_is_counted_in_one_state() {
        let [counts, newest] = families(&known(), &Checks::default()).try_into().unwrap();
        assert_eq!(
            shown(&counts),
            [
                "cloud_database exempt: 0",
                "cloud_database protected: 1",
                "cloud_database unknown: 0",
                "cloud_database unprotected: 0",
                "cloud_instance exempt: 0",
                "cloud_instance protected: 0",
                "cloud_instance unknown: 1",
                "cloud_instance unprotected: 0",
                "cloud_volume exempt: 1",
                "cloud_volume protected: 1",
                "cloud_volume unknown: 1",
                "cloud_volume unprotected: 1",
            ]
        );
        assert_eq!(shown(&newest), ["cloud_database: 1795132800", "cloud_volume: 1795219200"]);
        let each = restore_points(&known());
        let shown = shown(&each);
        assert_eq!(
            shown,
            ["cloud_database d1 orders: 1795132800", "cloud_volume v1 data: 1795219200"]
        );
    }

    #[test]
    fn a_check_that_is_off_counts_nothing() {
        let mut off = Checks::default();
        let settings = CheckSettings { enabled: Some(false), ..CheckSettings::default() };
        off.each.insert("volume_no_backup", settings);
        let counts = families(&known(), &off).remove(0);
        assert!(shown(&counts).iter().all(|line| !line.starts_with("cloud_volume")));
    }

    #[test]
    fn only_a_restore_point_protects() {
        let young = json!({"id": "young", "created": NOW});
        let leaving = json!({"id": "leaving", "status": "deleting"});
        let inventory =
            Inventory { cloud_volume: project(vec![volume(young), volume(leaving)]), ..known() };
        let counts = shown(&families(&inventory, &Checks::default())[0]);
        let counted = |line: &str| counts.iter().any(|one| one == line);
        assert!(counted("cloud_volume unprotected: 1"), "{counts:?}");
        assert!(counted("cloud_volume protected: 0"), "{counts:?}");
    }

    #[test]
    fn unread_restore_points_are_unknown() {
        let unread = Inventory { cloud_volume_snapshot: Sections::default(), ..known() };
        let counts = shown(&families(&unread, &Checks::default())[0]);
        assert!(counts.contains(&"cloud_volume unknown: 4".to_owned()), "{counts:?}");
        assert!(counts.contains(&"cloud_volume protected: 0".to_owned()), "{counts:?}");
    }
}

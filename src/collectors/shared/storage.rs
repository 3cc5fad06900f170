//! Counts of object storage, S3 or Swift.

use crate::collectors::shared::samples::info;
use crate::family::{Desc, Family, Word, amount};
use crate::inventory::{Project, Scope as _, Sections};

static CONTAINERS: Desc = Desc::count(
    "ovhcloud_cloud_storage_containers",
    "Object storage containers of Public Cloud projects: S3 buckets \
     (GET /cloud/project/{serviceName}/region/{regionName}/storage) and Swift containers \
     (GET /cloud/project/{serviceName}/storage)",
    &["project_id", "ovh_region", "kind"],
);

static OBJECTS: Desc = Desc::count(
    "ovhcloud_cloud_storage_objects",
    "Objects in the object storage of Public Cloud projects, S3 \
     (GET /cloud/project/{serviceName}/region/{regionName}/storage) and Swift \
     (GET /cloud/project/{serviceName}/storage)",
    &["project_id", "ovh_region", "kind"],
);

static BYTES: Desc = Desc::count(
    "ovhcloud_cloud_storage_bytes",
    "Bytes in the object storage of Public Cloud projects, S3 \
     (GET /cloud/project/{serviceName}/region/{regionName}/storage) and Swift \
     (GET /cloud/project/{serviceName}/storage)",
    &["project_id", "ovh_region", "kind"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_storage_container_info",
    "Always 1, for each S3 bucket (GET /cloud/project/{serviceName}/region/{regionName}/storage) \
     and Swift container (GET /cloud/project/{serviceName}/storage)",
    &["project_id", "ovh_region", "kind", "ovh_container"],
);

/// The families of object storage of either kind.
pub(in crate::collectors) const FAMILIES: [&Desc; 4] = [&CONTAINERS, &OBJECTS, &BYTES, &INFO];

/// The counted values of one container, an S3 bucket or a Swift container.
pub(in crate::collectors) struct Container<'a> {
    pub(in crate::collectors) region: &'a Word,
    pub(in crate::collectors) name: &'a str,
    pub(in crate::collectors) objects: Option<i64>,
    pub(in crate::collectors) bytes: Option<i64>,
}

/// Counts containers of one kind by project and region. Unknown values are omitted from the sums.
pub(in crate::collectors) fn families<T>(
    kind: &'static str,
    sections: &Sections<Project, T>,
    of: impl Fn(&T) -> Container<'_>,
) -> Vec<Family> {
    let [mut counts, mut objects, mut bytes] = [&CONTAINERS, &OBJECTS, &BYTES].map(Desc::family);
    for (project, item) in sections.items() {
        let container = of(item);
        let labels = [project.project_id(), container.region.clone(), kind.into()];
        counts.count(labels.clone());
        if let Some(count) = container.objects {
            objects.add(labels.clone(), amount(count));
        }
        if let Some(size) = container.bytes {
            bytes.add(labels, amount(size));
        }
    }
    vec![counts, objects, bytes]
}

/// A sample for each container of one kind.
pub(in crate::collectors) fn named<T>(
    kind: &'static str,
    sections: &Sections<Project, T>,
    of: impl Fn(&T) -> Container<'_>,
) -> Vec<Family> {
    let containers = info(&INFO, sections, |project, item| {
        let Container { region, name, .. } = of(item);
        [project, region.clone(), kind.into(), name.into()]
    });
    vec![containers]
}

//! Managed Kubernetes clusters, by region, version and status, whether they are up to date, and the
//! addresses that may reach their API servers.
//!
//! Nodes, node pools and the contents of a cluster are not read.

use std::borrow::Cow;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::known::Known;
use super::shared::samples::info;
use super::shared::{is_unchanged, sorted};

static LIST: Route =
    Route::new("/cloud/project/{serviceName}/kube", &["publicCloudProject:apiovh:kube/get"]);
static ONE: Route = Route::new(
    "/cloud/project/{serviceName}/kube/{kubeId}",
    &["publicCloudProject:apiovh:kube/get"],
);
static RESTRICTIONS: Route = Route::new(
    "/cloud/project/{serviceName}/kube/{kubeId}/ipRestrictions",
    &["publicCloudProject:apiovh:kube/ipRestrictions/get"],
)
.optional();

static CLUSTERS: Desc = Desc::count(
    "ovhcloud_cloud_kube_clusters",
    "Managed Kubernetes clusters (GET /cloud/project/{serviceName}/kube/{kubeId})",
    &["project_id", "ovh_region", "version", "status"],
);
static OUTDATED: Desc = Desc::count(
    "ovhcloud_cloud_kube_clusters_outdated",
    "Managed Kubernetes clusters that OVHcloud reports as not up to date (GET \
     /cloud/project/{serviceName}/kube/{kubeId})",
    &["project_id", "ovh_region"],
);
static BY_POLICY: Desc = Desc::count(
    "ovhcloud_cloud_kube_clusters_by_update_policy",
    "Managed Kubernetes clusters by OVHcloud's update policy (GET \
     /cloud/project/{serviceName}/kube/{kubeId})",
    &["project_id", "update_policy"],
);
static UNRESTRICTED: Desc = Desc::count(
    "ovhcloud_cloud_kube_clusters_without_ip_restrictions",
    "Managed Kubernetes clusters with an empty list of IP restrictions; access from any address to \
     their API servers is then likely, but not documented (GET \
     /cloud/project/{serviceName}/kube/{kubeId}/ipRestrictions)",
    &["project_id", "ovh_region"],
);
static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_kube_cluster_info",
    "Always 1, for each managed Kubernetes cluster \
     (GET /cloud/project/{serviceName}/kube/{kubeId})",
    &["project_id", "ovh_region", "cluster_id", "cluster_name", "version", "status"],
);

/// A managed Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Its region.
    pub region: Word,
    /// The version of Kubernetes, with OVHcloud's own patch: `1.33.4-0`.
    pub version: Word,
    /// `READY`, `UPDATING`, `ERROR`, …
    pub status: Word,
    /// `ALWAYS_UPDATE`, `MINIMAL_DOWNTIME`, `NEVER_UPDATE`.
    pub update_policy: Word,
    /// Whether it runs the newest patch; `None` if missing.
    pub is_up_to_date: Option<bool>,
    /// Whether its audit logs are forwarded; `None` if missing.
    pub audit_logs: Option<bool>,
    /// The versions available for an upgrade.
    pub next_versions: Vec<String>,
    /// The blocks of addresses that may reach its API server; `None` if unknown.
    pub ip_restrictions: Option<Vec<String>>,
}

impl Collect for Cluster {
    type Scope = Project;
    const NAME: &'static str = "cloud_kube";
    const RESOURCES: &'static str = "managed Kubernetes clusters of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE, &RESTRICTIONS];
    const FAMILIES: &'static [&'static Desc] =
        &[&CLUSTERS, &OUTDATED, &BY_POLICY, &UNRESTRICTED, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    fn same_as(&self, before: &Self) -> bool {
        let other = |cluster: &Self| Self { ip_restrictions: None, ..cluster.clone() };
        is_unchanged(self.ip_restrictions.as_ref(), before.ip_restrictions.as_ref())
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let project = scope.project_id();
        let clusters = pass.session.each(&LIST, &ONE, &[&project]).await?;
        let mut gathered = Gathered::from_listing(clusters, |wire: Wire| wire.into());
        let asked = gathered
            .items
            .iter()
            .map(|cluster: &Self| async { restrictions(pass, &project, &cluster.id).await });
        let answers = join_all(asked).await;
        for (cluster, answer) in gathered.items.iter_mut().zip(answers) {
            match answer.map_err(|error| error.of(&cluster.id)) {
                Ok(blocks) => cluster.ip_restrictions = blocks,
                // A cluster in creation or deletion may have no list, and a cluster may disappear
                // between two calls: the list is unknown then.
                Err(error) if matches!(error.kind, Kind::NotFound(_)) => {
                    gathered.absent.push(error);
                }
                Err(error) => gathered.lost.push(error),
            }
        }
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let (mut clusters, mut by_policy) = (CLUSTERS.family(), BY_POLICY.family());
        let (mut outdated, mut unrestricted) = (Known::of(&OUTDATED), Known::of(&UNRESTRICTED));
        for (project, section) in &sections.by_scope {
            for cluster in &*section.items {
                let project = project.project_id();
                let Self { region, version, status, update_policy, .. } = cluster.clone();
                by_policy.count([project.clone(), update_policy]);
                let place = [project.clone(), region.clone()];
                outdated.count(place.clone(), cluster.is_up_to_date.map(|is| !is), section.whole);
                let is_open = cluster.ip_restrictions.as_ref().map(Vec::is_empty);
                unrestricted.count(place, is_open, section.whole);
                clusters.count([project, region, version, status]);
            }
        }
        vec![clusters, outdated.family(), by_policy, unrestricted.family()]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let clusters = info(&INFO, sections, |project, cluster: &Self| {
            let (id, name) = (cluster.id.as_str().into(), cluster.name.as_str().into());
            let Self { region, version, status, .. } = cluster.clone();
            [project, region, id, name, version, status]
        });
        vec![clusters]
    }
}

/// The addresses that may reach a cluster's API server; `None` if missing.
async fn restrictions(
    pass: &Pass<'_>,
    project: &str,
    cluster: &str,
) -> Result<Option<Vec<String>>, api::Error> {
    let call = RESTRICTIONS.at(&[project, cluster]);
    let blocks = pass.session.object::<Option<Vec<String>>>(&call).await?;
    // The order has no meaning and may change.
    Ok(blocks.and_then(|blocks| sorted(blocks.into_iter().map(Some))))
}

/// `cloud.kube.Cluster`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    region: Option<String>,
    version: Option<String>,
    status: Option<String>,
    update_policy: Option<String>,
    is_up_to_date: Option<bool>,
    audit_logs_subscribed: Option<bool>,
    next_upgrade_versions: Option<Vec<String>>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

impl From<Wire> for Cluster {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            region: wire.region.unwrap_or_default().into(),
            version: wire.version.unwrap_or_default().into(),
            status: wire.status.unwrap_or_default().into(),
            update_policy: wire.update_policy.unwrap_or_default().into(),
            is_up_to_date: wire.is_up_to_date,
            audit_logs: wire.audit_logs_subscribed,
            next_versions: wire.next_upgrade_versions.unwrap_or_default(),
            ip_restrictions: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Section;

    fn cluster(json: &str) -> Cluster {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn nothing_that_may_be_missing_loses_the_cluster() {
        let bare = cluster(r#"{"id":"k","isUpToDate":null,"nextUpgradeVersions":null,"new":{}}"#);
        assert_eq!((bare.id.as_str(), bare.is_up_to_date, &*bare.status), ("k", None, ""));
        assert!(bare.next_versions.is_empty());
    }

    #[test]
    fn restrictions_that_can_not_be_read_are_no_change() {
        let with = |blocks: Option<&str>| {
            let ip_restrictions = blocks.map(|block| vec![block.to_owned()]);
            Cluster { ip_restrictions, ..cluster("{}") }
        };
        assert!(with(None).same_as(&with(Some("a"))) && with(Some("a")).same_as(&with(Some("a"))));
        assert!(!with(Some("a")).same_as(&with(Some("b"))));
        assert!(!cluster(r#"{"status":"READY"}"#).same_as(&with(None)));
    }

    #[test]
    fn unknown_values_are_not_counted() {
        let with = |up_to_date: &str, blocks: Option<&[&str]>| {
            let json = format!(r#"{{"region":"R","isUpToDate":{up_to_date}}}"#);
            let blocks = blocks.map(|all| all.iter().map(|&block| block.to_owned()).collect());
            Cluster { ip_restrictions: blocks, ..cluster(&json) }
        };
        let counts = |items: Vec<Cluster>| -> [Vec<f64>; 2] {
            let mut sections = Sections::default();
            let read_at = jiff::Timestamp::UNIX_EPOCH;
            let section = Section::new(read_at, true, items);
            sections.by_scope.insert(Project("p".into()), section);
            let families = Cluster::families(&sections);
            [1, 3].map(|family| families[family].samples.values().copied().collect())
        };
        assert_eq!(counts(vec![with("null", None)]), [const { Vec::<f64>::new() }; 2]);
        let known = vec![with("true", Some(&["192.0.2.0/24"])), with("null", None)];
        // The other cluster may have none.
        assert_eq!(counts(known), [const { Vec::<f64>::new() }; 2]);
        let known = vec![with("true", Some(&["192.0.2.0/24"]))];
        assert_eq!(counts(known), [vec![0.0], vec![0.0]]);
        let bad = vec![with("false", Some(&[])), with("true", Some(&[])), with("null", None)];
        assert_eq!(counts(bad), [vec![1.0], vec![2.0]]);
    }
}

//! Managed Kubernetes clusters, and who may reach their API servers.

use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:kube/get"),
    enums: &["status", "kubeProxyMode"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "kube",
    routes: &[
        Route { template: "/cloud/project/{serviceName}/kube", kind: Kind::Ids, ..ROUTE },
        Route {
            template: "/cloud/project/{serviceName}/kube/{kubeId}",
            kind: Kind::One(Batch::IfToldSo),
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/kube/{kubeId}/ipRestrictions",
            action: Some("publicCloudProject:apiovh:kube/ipRestrictions/get"),
            kind: Kind::Objects,
            ..Route::GET
        },
    ],
    generate,
    reference,
};

/// From where the API server can be reached; that none means from anywhere is unverified.
const NONE: &[&str] = &[];
const OFFICE: &[&str] = &["192.0.2.0/24", "198.51.100.7/32"];
const ANYWHERE: &[&str] = &["0.0.0.0/0"];
const CURRENT: &str = "1.33.4-0";
const OLD: &str = "1.31.9-2";
/// A version that upstream still maintains.
const NEWEST: &str = "1.36.1-0";

/// The states that the named clusters of the reference account do not have.
const OTHER_STATUSES: &[&str] = &[
    "DELETED",
    "DELETING",
    "ERROR",
    "INSTALLING",
    "MAINTENANCE",
    "REDEPLOYING",
    "REOPENING",
    "RESETTING",
    "SUSPENDING",
    "UNKNOWN",
    "UPDATING",
    "USER_ERROR",
    "USER_QUOTA_ERROR",
    "USER_WEBHOOK_PREVENTING_OPERATIONS_ERROR",
];

struct Cluster<'a> {
    name: &'a str,
    status: &'a str,
    region: &'a str,
    version: &'a str,
    policy: &'a str,
    from: &'a [&'a str],
    /// With a private network, audit logs and everything that can be customized.
    furnished: bool,
}

impl Cluster<'_> {
    const USUAL: Self = Self {
        name: "",
        status: "READY",
        region: "GRA11",
        version: CURRENT,
        policy: "ALWAYS_UPDATE",
        from: NONE,
        furnished: false,
    };
}

fn reference(account: &mut Account, draw: &mut Draw) {
    for (project, cluster) in [
        ("prod", Cluster { name: "k8s-1", furnished: true, from: OFFICE, ..Cluster::USUAL }),
        ("prod", Cluster { name: "old", version: OLD, policy: "NEVER_UPDATE", ..Cluster::USUAL }),
        ("prod", Cluster { name: "open", region: "SBG5", from: ANYWHERE, ..Cluster::USUAL }),
        ("legacy", Cluster { name: "cms", status: "SUSPENDED", ..Cluster::USUAL }),
    ] {
        let Some(id) = account.project(project) else { continue };
        push(account, &id, &cluster, draw);
    }
    let Some(staging) = account.project("staging") else { return };
    for status in OTHER_STATUSES {
        let name = status.to_lowercase();
        let cluster = Cluster { name: &name, status, policy: "MINIMAL_DOWNTIME", ..Cluster::USUAL };
        push(account, &staging, &cluster, draw);
    }
    let cluster = Cluster { name: "suspended", status: "SUSPENDED", ..Cluster::USUAL };
    push(account, &staging, &cluster, draw);
    let cluster = Cluster { name: "edge", version: NEWEST, from: OFFICE, ..Cluster::USUAL };
    push(account, &staging, &cluster, draw);
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    const FROM: &[&[&str]] = &[OFFICE, OFFICE, NONE, ANYWHERE];
    for_each_project(account, "kube", |account, project, _| {
        let regions = region::with_instances(account, project);
        for number in 0..size.clusters {
            let Some(region) = regions.get(draw.below(regions.len())) else { break };
            let cluster = Cluster {
                name: &format!("k8s-{number}"),
                status: if draw.one_in(20) { "UPDATING" } else { "READY" },
                region,
                version: draw.choose(&[CURRENT, CURRENT, OLD]),
                policy: draw.choose(&["ALWAYS_UPDATE", "MINIMAL_DOWNTIME", "NEVER_UPDATE"]),
                from: draw.choose(FROM),
                furnished: draw.one_in(2),
            };
            push(account, project, &cluster, draw);
        }
    });
}

fn push(account: &mut Account, project: &str, cluster: &Cluster<'_>, draw: &mut Draw) {
    let Cluster { name, status, region, version, policy, from, furnished } = cluster;
    let id = draw.uuid();
    let created = draw.ago(60, 900);
    let updated = draw.ago(1, 50);
    let head = draw.hex(6);
    let place = region.to_lowercase();
    let current = *version != OLD;
    let if_furnished = |value: Value| if *furnished { value } else { Value::Null };
    let network =
        json!({ "defaultVrackGateway": "10.0.0.1", "privateNetworkRoutingAsDefault": true });
    let blocks = json!({ "podsIpv4Cidr": "10.2.0.0/16", "servicesIpv4Cidr": null });
    let object = json!({
        "id": id, "name": name, "region": region, "version": version, "status": status,
        "plan": if *furnished { "standard" } else { "free" }, "updatePolicy": policy,
        "isUpToDate": current, "controlPlaneIsUpToDate": current || draw.one_in(2),
        "nextUpgradeVersions": if current { Value::Null } else { json!(["1.32", "1.33"]) },
        "kubeProxyMode": if *furnished { "ipvs" } else { "iptables" },
        "auditLogsSubscribed": furnished, "privateNetworkId": if_furnished(json!(draw.uuid())),
        "privateNetworkConfiguration": if_furnished(network),
        "nodesSubnetId": if_furnished(json!(draw.uuid())),
        "loadBalancersSubnetId": if_furnished(json!(draw.uuid())),
        "ipAllocationPolicy": if_furnished(blocks), "customization": if_furnished(customization()),
        "nodesUrl": format!("{head}.nodes.c1.{place}.k8s.ovh.net"),
        "url": format!("{head}.c1.{place}.k8s.ovh.net"), "createdAt": draw.v1(created),
        "updatedAt": draw.v1(updated),
    });
    let object = draw.vary_nulls(object);
    let list = format!("/cloud/project/{project}/kube");
    account.list_mut(&list).push(object);
    *account.list_mut(&format!("{list}/{id}/ipRestrictions")) =
        from.iter().map(|block| json!(block)).collect();
}

fn customization() -> Value {
    json!({
        "apiServer": {
            "admissionPlugins": { "enabled": ["NodeRestriction"], "disabled": ["AlwaysPullImages"] },
        },
        "kubeProxy": {
            "iptables": null,
            "ipvs": {
                "scheduler": "rr", "minSyncPeriod": null, "syncPeriod": "PT30S",
                "tcpFinTimeout": null, "tcpTimeout": null, "udpTimeout": null,
            },
        },
        "cilium": null,
    })
}

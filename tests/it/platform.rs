//! Databases, clusters, security groups and quotas of Public Cloud projects.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{Account, Effect, Fault, Listing, Options, Rights, Simulator};
use serde_json::{Value, json};

use crate::exporter::{Exporter, NOW, Scrape, reference, simulator, time};

const SUCCESS: &str = "ovhcloud_collector_success";
const GAPS: &str = "ovhcloud_collector_gaps";
const DATABASES: &str = "ovhcloud_cloud_databases";
const END_OF_LIFE: &str = "ovhcloud_cloud_database_end_of_life_timestamp_seconds";
const CLUSTERS: &str = "ovhcloud_cloud_kube_clusters";
const UNRESTRICTED: &str = "ovhcloud_cloud_kube_clusters_without_ip_restrictions";
const AVAILABILITY: &str = "/cloud/project/{serviceName}/database/availability";
const GROUPS: &str = "/v2/publicCloud/project/{projectId}/securityGroup";

/// The first request of each collector to a project, and its action.
const LISTS: [(&str, &str, &str); 4] = [
    ("cloud_database", "/cloud/project/{serviceName}/database/service", "database/service/get"),
    ("cloud_kube", "/cloud/project/{serviceName}/kube", "kube/get"),
    ("cloud_quota", "/cloud/project/{serviceName}/quota", "quota/get"),
    ("cloud_security_group", GROUPS, "securityGroup/get"),
];

fn project(name: &str) -> String {
    Account::reference(time(NOW)).project(name).unwrap()
}

/// The objects that the reference account has at this place of a project.
fn held(project: &str, place: &str) -> Vec<Value> {
    Account::reference(time(NOW)).list(&format!("/cloud/project/{project}/{place}")).to_vec()
}

/// Those of both projects that are in service.
fn all_held(place: &str) -> Vec<Value> {
    ["prod", "staging"].iter().flat_map(|name| held(&project(name), place)).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// How many objects have each value of a member.
fn counted<'a>(objects: &'a [Value], member: &str) -> BTreeMap<&'a str, f64> {
    let mut counts = BTreeMap::new();
    for object in objects {
        *counts.entry(text(&object[member])).or_default() += 1.0;
    }
    counts
}

#[track_caller]
fn assert_gaps(scrape: &Scrape, collector: &str, reason: &str, count: f64) {
    let labels = [("collector", collector), ("reason", reason)];
    assert_eq!(scrape.sum(GAPS, &labels), count, "{collector} {reason}");
}

#[tokio::test]
async fn databases_are_those_that_the_account_has() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    let databases = all_held("database/service");
    assert!(databases.len() > 10);
    assert_eq!(scrape.sum(DATABASES, &[]), number(databases.len()));
    for member in ["engine", "version", "plan", "status"] {
        for (value, count) in counted(&databases, member) {
            assert_eq!(scrape.sum(DATABASES, &[(member, value)]), count, "{member} {value}");
        }
    }
    for (network, count) in counted(&databases, "networkType") {
        let family = "ovhcloud_cloud_databases_by_network";
        assert_eq!(scrape.sum(family, &[("network", network)]), count, "{network}");
    }
    let nodes: f64 = databases.iter().filter_map(|one| one["nodeNumber"].as_f64()).sum();
    assert_eq!(scrape.sum("ovhcloud_cloud_database_nodes", &[]), nodes);
    // billing and boards; carts.
    let open = |name: &str| {
        let id = project(name);
        scrape.value("ovhcloud_cloud_databases_open", &[("project_id", &id)])
    };
    assert_eq!((open("prod"), open("staging")), (2.0, 1.0));
    assert_eq!(scrape.value(SUCCESS, &[("collector", "cloud_database")]), 1.0);
}

#[tokio::test]
async fn versions_end_when_what_is_on_offer_says_so() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    let offers = all_held("database/availability");
    let end = |engine: &str, version: &str| {
        let is_it = |one: &&Value| one["engine"] == engine && one["version"] == version;
        let dates = offers.iter().filter(is_it).filter_map(|one| {
            one.pointer("/lifecycle/endOfLife").and_then(Value::as_str)?.parse::<Date>().ok()
        });
        let last = dates.max().unwrap().to_zoned(TimeZone::UTC).unwrap();
        number(usize::try_from(last.timestamp().as_second()).unwrap())
    };
    for (engine, version) in [("postgresql", "13"), ("postgresql", "17"), ("mysql", "8")] {
        let values = scrape.values(END_OF_LIFE, &[("engine", engine), ("version", version)]);
        assert!(!values.is_empty(), "{engine} {version}");
        assert!(values.iter().all(|value| *value == end(engine, version)), "{engine} {version}");
    }
    // One that is not on offer, and one without an end.
    scrape.lacks(END_OF_LIFE, &[("engine", "m3aggregator")]);
    scrape.lacks(END_OF_LIFE, &[("engine", "grafana")]);
}

#[tokio::test]
async fn one_project_is_asked_for_the_versions_once_a_day() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let first = exporter.pass().await;
    let asked = || simulator.stats().by_route.get(AVAILABILITY).copied().unwrap_or_default();
    assert_eq!(asked(), 1);
    let later = exporter.pass_at("2026-11-21T23:55:00Z").await;
    assert_eq!(asked(), 1);
    assert_eq!(later.values(END_OF_LIFE, &[]), first.values(END_OF_LIFE, &[]));
    exporter.pass_at("2026-11-22T00:00:00Z").await;
    assert_eq!(asked(), 2);
}

#[tokio::test]
async fn a_project_that_does_not_tell_the_versions_does_not_hide_them() {
    let (prod, staging) = (project("prod"), project("staging"));
    for (effect, reason) in [(403, "forbidden"), (500, "server")] {
        let simulator = reference().await;
        // The other project comes second.
        let path = |id: &str, place: &str| format!("/cloud/project/{id}/database/{place}");
        simulator.fail(&path(&staging, "service"), Effect::Delay(300));
        simulator.fail(&path(&prod, "availability"), Effect::Status(effect));
        let mut exporter = Exporter::new(&simulator);
        let scrape = exporter.pass().await;
        assert_eq!(scrape.sum(DATABASES, &[]), number(all_held("database/service").len()));
        assert_gaps(&scrape, "cloud_database", reason, 1.0);
        scrape.lacks(END_OF_LIFE, &[("project_id", &prod)]);
        assert!(!scrape.values(END_OF_LIFE, &[("project_id", &staging)]).is_empty());
        // The answer of one project serves the other the next time.
        let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
        assert!(!scrape.values(END_OF_LIFE, &[("project_id", &prod)]).is_empty());
        assert_gaps(&scrape, "cloud_database", reason, 0.0);
    }
}

#[tokio::test]
async fn databases_count_where_no_project_has_the_versions() {
    let simulator = reference().await;
    let all = [LISTS[0].2, "get"].map(|action| format!("publicCloudProject:apiovh:{action}"));
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    simulator.rights(Rights::none().grant(&all, &["*"]));
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum(DATABASES, &[]), number(all_held("database/service").len()));
    scrape.lacks(END_OF_LIFE, &[]);
    assert_gaps(&scrape, "cloud_database", "forbidden", 2.0);
    let action = "publicCloudProject:apiovh:database/availability/get";
    let missing = [("collector", "cloud_database"), ("action", action)];
    assert_eq!(scrape.value("ovhcloud_permission_missing_info", &missing), 1.0);
}

#[tokio::test]
async fn a_project_without_databases_is_not_asked_for_versions() {
    let simulator = reference().await;
    simulator.change(|account| {
        for id in account.projects() {
            account.list_mut(&format!("/cloud/project/{id}/database/service")).clear();
        }
    });
    let scrape = Exporter::new(&simulator).pass().await;
    assert!(!simulator.stats().by_route.contains_key(AVAILABILITY));
    for family in [DATABASES, "ovhcloud_cloud_databases_open"] {
        assert_eq!(scrape.values(family, &[]), [0.0, 0.0], "{family}");
    }
}

#[tokio::test]
async fn clusters_are_those_that_the_account_has() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    let clusters = all_held("kube");
    assert_eq!(scrape.sum(CLUSTERS, &[]), number(clusters.len()));
    for (label, member) in [("ovh_region", "region"), ("version", "version"), ("status", "status")]
    {
        for (value, count) in counted(&clusters, member) {
            assert_eq!(scrape.sum(CLUSTERS, &[(label, value)]), count, "{member} {value}");
        }
    }
    for (policy, count) in counted(&clusters, "updatePolicy") {
        let family = "ovhcloud_cloud_kube_clusters_by_update_policy";
        assert_eq!(scrape.sum(family, &[("update_policy", policy)]), count, "{policy}");
    }
    let prod = project("prod");
    let place = |region| [("project_id", prod.as_str()), ("ovh_region", region)];
    let outdated = "ovhcloud_cloud_kube_clusters_outdated";
    // `k8s-1` is current, `old` is not; `open` is open by a restriction, not by a missing one.
    assert_eq!(scrape.value(outdated, &place("GRA11")), 1.0);
    assert_eq!(scrape.value(outdated, &place("SBG5")), 0.0);
    assert_eq!(scrape.value(UNRESTRICTED, &place("GRA11")), 1.0);
    assert_eq!(scrape.value(UNRESTRICTED, &place("SBG5")), 0.0);
}

#[tokio::test]
async fn a_cluster_whose_restrictions_can_not_be_read_counts() {
    let clusters = number(all_held("kube").len());
    let prod = project("prod");
    let old = held(&prod, "kube").iter().find(|one| one["name"] == "old").unwrap().clone();
    let one = format!("/cloud/project/{prod}/kube/{}/ipRestrictions", text(&old["id"]));
    for (effect, reason) in [
        (Effect::Status(404), None),
        (Effect::Status(500), Some("server")),
        (Effect::Body { status: 200, body: "[null]".to_owned() }, Some("undecodable")),
    ] {
        let simulator = reference().await;
        simulator.fail(&one, effect);
        let scrape = Exporter::new(&simulator).pass().await;
        assert_eq!(scrape.sum(CLUSTERS, &[]), clusters);
        let place = [("project_id", prod.as_str()), ("ovh_region", "GRA11")];
        // The other one has restrictions, and this one may have none.
        scrape.lacks(UNRESTRICTED, &place);
        let success = scrape.value(SUCCESS, &[("collector", "cloud_kube")]);
        assert_eq!(success, if reason.is_none() { 1.0 } else { 0.0 }, "{reason:?}");
        if let Some(reason) = reason {
            assert_gaps(&scrape, "cloud_kube", reason, 1.0);
        }
    }
}

#[tokio::test]
async fn without_the_right_to_restrictions_clusters_count() {
    let simulator = reference().await;
    let all = ["publicCloudProject:apiovh:kube/get", "publicCloudProject:apiovh:get"];
    simulator.rights(Rights::none().grant(&all, &["*"]));
    let scrape = Exporter::new(&simulator).pass().await;
    let clusters = number(all_held("kube").len());
    assert_eq!(scrape.sum(CLUSTERS, &[]), clusters);
    scrape.lacks(UNRESTRICTED, &[]);
    assert_gaps(&scrape, "cloud_kube", "forbidden", clusters);
    let action = "publicCloudProject:apiovh:kube/ipRestrictions/get";
    let missing = [("collector", "cloud_kube"), ("action", action)];
    assert_eq!(scrape.value("ovhcloud_permission_missing_info", &missing), 1.0);
}

#[tokio::test]
async fn quotas_are_ovhclouds_numbers_and_what_is_null_is_not_there() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    let mut nulls = 0;
    for (name, id) in ["prod", "staging"].map(|name| (name, project(name))) {
        let quotas = held(&id, "quota");
        assert!(!quotas.is_empty(), "{name}");
        for quota in quotas {
            for (part, used, limit, resource) in [
                ("instance", "usedRAM", "maxRam", "ram"),
                ("instance", "usedInstances", "maxInstances", "instances"),
                ("volume", "volumeCount", "maxVolumeCount", "volumes"),
                ("network", "usedFloatingIPs", "maxFloatingIPs", "floating_ips"),
                ("keypair", "", "maxCount", "keypairs"),
                ("keymanager", "usedSecrets", "maxSecrets", "secrets"),
                ("share", "usedSharesNumber", "maxSharesNumber", "shares"),
            ] {
                let region = text(&quota["region"]);
                let labels = [("project_id", &*id), ("ovh_region", region), ("resource", resource)];
                let told = |member: &str| quota[part][member].as_f64().into_iter().collect();
                let (used, limit): (Vec<f64>, Vec<f64>) = (told(used), told(limit));
                nulls += usize::from(limit.is_empty());
                assert_eq!(scrape.values("ovhcloud_cloud_quota_used", &labels), used);
                assert_eq!(scrape.values("ovhcloud_cloud_quota_limit", &labels), limit);
            }
        }
    }
    assert!(nulls > 0, "no quota that is null was looked at");
}

#[tokio::test]
async fn what_is_used_of_a_quota_is_no_change() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let id = project("prod");
    let change = |member: &str| {
        simulator.change(|account| {
            let quotas = account.list_mut(&format!("/cloud/project/{id}/quota"));
            let quota = quotas.iter_mut().find(|quota| quota["region"] == "GRA11").unwrap();
            quota["instance"][member] = json!(3);
        });
    };
    let labels = [("collector", "cloud_quota"), ("change", "changed")];
    for (minute, member, changes) in [(5, "usedCores", 0.0), (10, "maxCores", 1.0)] {
        change(member);
        let scrape = exporter.pass_at(&format!("2026-11-21T00:{minute:02}:00Z")).await;
        let labels_of = [("project_id", &*id), ("ovh_region", "GRA11"), ("resource", "cores")];
        assert_eq!(scrape.value("ovhcloud_cloud_quota_used", &labels_of), 3.0);
        assert_eq!(scrape.value("ovhcloud_inventory_changes_total", &labels), changes, "{member}");
    }
}

#[tokio::test]
async fn security_groups_and_their_open_rules_are_counted() {
    // Pages of two, so that all of them are read.
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 2;
    let simulator = simulator(options).await;
    let mut exporter = Exporter::new(&simulator);
    exporter.detail = Detail::Full;
    let scrape = exporter.pass().await;
    let prod = project("prod");
    let groups = |region| {
        let labels = [("project_id", prod.as_str()), ("ovh_region", region)];
        scrape.value("ovhcloud_cloud_security_groups", &labels)
    };
    assert_eq!((groups("GRA11"), groups("SBG5"), groups("EU-WEST-PAR")), (3.0, 3.0, 1.0));
    let open = |region, protocol| {
        let labels =
            [("project_id", prod.as_str()), ("ovh_region", region), ("protocol", protocol)];
        scrape.sum("ovhcloud_cloud_security_group_open_rules", &labels)
    };
    // `default` by both IP versions; `web` by no remote and by ::/0; `games` by 0.0.0.0/0. Rules
    // that are planned, for the office, for a group or for egress do not count.
    assert_eq!((open("GRA11", "any"), open("GRA11", "tcp")), (2.0, 2.0));
    assert_eq!((open("SBG5", "udp"), open("SBG5", "icmp"), open("SBG5", "tcp")), (1.0, 1.0, 0.0));
    assert_eq!(open("EU-WEST-PAR", "esp"), 0.0);
    let named = [("security_group_name", "next"), ("status", "CREATION_PLANNED")];
    assert_eq!(scrape.value("ovhcloud_cloud_security_group_info", &named), 1.0);
}

#[tokio::test]
async fn a_project_without_the_route_of_security_groups_is_no_gap() {
    let simulator = reference().await;
    let prod = project("prod");
    simulator.fail(&format!("/v2/publicCloud/project/{prod}/securityGroup"), Effect::Status(404));
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    assert_eq!(scrape.value(SUCCESS, &[("collector", "cloud_security_group")]), 1.0);
    // Nothing is known of it, which is not that it has none.
    let known = &exporter.inventory().cloud_security_group.by_scope;
    assert!(!known.is_empty() && !known.keys().any(|known| &*known.0 == prod.as_str()));
    scrape.lacks("ovhcloud_cloud_security_groups", &[("project_id", &prod)]);
    assert!(scrape.sum("ovhcloud_cloud_security_groups", &[]) > 0.0, "those of the others");
}

#[test]
fn what_is_not_settled_reads_only_when_it_is_asked_to() {
    let is_on = |name: &str| collectors::ALL.iter().find(|one| one.name == name).unwrap().is_on;
    let off: Vec<_> = LISTS.iter().map(|(name, ..)| *name).filter(|name| !is_on(name)).collect();
    assert_eq!(off, ["cloud_security_group"]);
}

#[tokio::test]
async fn a_list_that_may_not_be_read_is_a_gap_with_its_right() {
    let simulator = reference().await;
    simulator.rights(Rights::none().grant(&["publicCloudProject:apiovh:get"], &["*"]));
    let scrape = Exporter::new(&simulator).pass().await;
    for (collector, _, action) in LISTS {
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 0.0, "{collector}");
        assert_gaps(&scrape, collector, "forbidden", 2.0);
        let action = format!("publicCloudProject:apiovh:{action}");
        let missing = [("collector", collector), ("action", action.as_str())];
        assert_eq!(scrape.value("ovhcloud_permission_missing_info", &missing), 1.0);
    }
    for family in ["ovhcloud_cloud_database", "ovhcloud_cloud_kube", "ovhcloud_cloud_quota"] {
        assert!(!scrape.0.contains(&format!("\n{family}")), "{family}");
    }
}

#[tokio::test]
async fn a_suspended_project_is_reported_as_that() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    let legacy = project("legacy");
    for (collector, ..) in LISTS {
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
        assert_gaps(&scrape, collector, "expired", 1.0);
    }
    scrape.lacks(DATABASES, &[("project_id", &legacy)]);
    scrape.lacks(CLUSTERS, &[("project_id", &legacy)]);

    // A refusal there counts as the suspension, whatever its reason.
    for (_, list, _) in LISTS.iter().filter(|(_, list, _)| *list != GROUPS) {
        let path = list.replace("{serviceName}", &legacy);
        simulator.fail(&path, Effect::Status(404));
    }
    let scrape = Exporter::new(&simulator).pass().await;
    for (collector, list, _) in LISTS {
        if list != GROUPS {
            assert_gaps(&scrape, collector, "suspended", 1.0);
            assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
        }
    }
}

#[tokio::test]
async fn an_account_without_projects_has_none_of_it() {
    let simulator = simulator(Options::new(Account::empty())).await;
    let scrape = Exporter::new(&simulator).pass().await;
    for (collector, ..) in LISTS {
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
        scrape.lacks(GAPS, &[("collector", collector)]);
    }
    for family in [DATABASES, CLUSTERS] {
        assert_eq!(scrape.values(family, &[("project_id", "")]), [0.0], "{family}");
    }
}

/// The list still names what the next call does not know.
async fn with_ghost(simulator: &Simulator, place: &str) -> Exporter {
    let prod = project("prod");
    let list = format!("/cloud/project/{prod}/{place}");
    let id = held(&prod, place).first().unwrap()["id"].clone();
    simulator.listing(Listing::PLAIN);
    let body = json!([id, "ghost"]).to_string();
    let effect = Effect::Body { status: 200, body };
    simulator.faults(vec![Fault::new(&list, effect).times(1)]);
    let mut exporter = Exporter::new(simulator);
    exporter.pass().await;
    exporter
}

#[tokio::test]
async fn what_goes_between_the_list_and_its_own_call_is_no_failure() {
    let prod = project("prod");
    for (collector, place, family) in
        [("cloud_database", "database/service", DATABASES), ("cloud_kube", "kube", CLUSTERS)]
    {
        let simulator = reference().await;
        let scrape = with_ghost(&simulator, place).await.scrape(Format::Classic);
        assert_eq!(scrape.sum(family, &[("project_id", &prod)]), 1.0, "{collector}");
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
        assert_gaps(&scrape, collector, "not_found", 0.0);
    }
}

#[tokio::test]
async fn each_object_is_named_where_that_is_asked_for() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let few = exporter.scrape(Format::Classic);
    few.lacks("ovhcloud_cloud_database_info", &[]);
    exporter.detail = Detail::Full;
    let full = exporter.scrape(Format::Classic);
    let databases = number(all_held("database/service").len());
    assert_eq!(full.sum("ovhcloud_cloud_database_info", &[]), databases);
    let orders = [("database_name", "orders"), ("engine", "postgresql"), ("version", "17")];
    assert_eq!(full.value("ovhcloud_cloud_database_info", &orders), 1.0);
    let clusters = number(all_held("kube").len());
    assert_eq!(full.sum("ovhcloud_cloud_kube_cluster_info", &[]), clusters);
    let old = [("cluster_name", "old"), ("version", "1.31.9-2"), ("status", "READY")];
    assert_eq!(full.value("ovhcloud_cloud_kube_cluster_info", &old), 1.0);
}

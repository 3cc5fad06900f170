//! Not known is no sample and no change: regions out of service, refused rights, unknown words.

use std::collections::{BTreeMap, BTreeSet};

use ovhcloud_exporter::collectors::{self, Collector};
use ovhcloud_exporter::family::{Family, Word};
use ovhcloud_exporter::permissions::{actions, optional_actions};
use ovhcloud_simulator::{Account, Effect, Options, Rights, Simulator, Size};
use serde_json::{Value, json};

use crate::exporter::{Exporter, NOW, Scrape, reference, simulator, time};

const CONTAINERS: &str = "ovhcloud_cloud_storage_containers";
const CHANGES: &str = "ovhcloud_inventory_changes_total";
const GAPS: &str = "ovhcloud_collector_gaps";
const MISSING: &str = "ovhcloud_permission_missing_info";
const SUCCESS: &str = "ovhcloud_collector_success";
const S3: (&str, &str) = ("collector", "cloud_storage_s3");

/// A region of the project `prod` with S3 that works.
const REGION: &str = "GRA11";

/// Changes the document of the region.
fn region(simulator: &Simulator, change: impl Fn(&mut Value)) {
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        let regions = account.list_mut(&format!("/cloud/project/{project}/region"));
        change(regions.iter_mut().find(|one| one["name"] == REGION).unwrap());
    });
}

/// The number of buckets in the region of the project and elsewhere.
fn buckets(scrape: &Scrape, prod: &str) -> [f64; 2] {
    let place = [("kind", "s3"), ("ovh_region", REGION), ("project_id", prod)];
    let here = scrape.sum(CONTAINERS, &place);
    [here, scrape.sum(CONTAINERS, &[("kind", "s3")]) - here]
}

#[track_caller]
fn assert_unchanged(scrape: &Scrape) {
    for collector in ["cloud_storage_s3", "cloud_storage_s3_bucket"] {
        for change in ["added", "removed", "changed"] {
            let labels = [("collector", collector), ("change", change)];
            assert_eq!(scrape.value(CHANGES, &labels), 0.0, "{labels:?}");
        }
    }
}

/// The ways for a region to be out of service.
const OUTAGES: [fn(&Simulator); 6] = [
    |simulator| region(simulator, |region| region["status"] = json!("MAINTENANCE")),
    |simulator| region(simulator, |region| region["status"] = json!("DOWN")),
    |simulator| {
        region(simulator, |region| {
            for service in region["services"].as_array_mut().unwrap() {
                service["status"] = json!("DOWN");
            }
        });
    },
    |simulator| region(simulator, |region| region["services"] = json!([])),
    |simulator| simulator.fail(&of_region(simulator), Effect::Status(404)),
    |simulator| {
        let class = "Client::Conflict::RegionInMaintenance";
        let body = json!({ "class": class, "message": "in maintenance" }).to_string();
        simulator.fail(&of_region(simulator), Effect::Body { status: 409, body });
    },
];

/// The path of the region's buckets.
fn of_region(simulator: &Simulator) -> String {
    let mut path = String::new();
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        path = format!("/cloud/project/{project}/region/{REGION}/storage");
    });
    path
}

/// The region is out of service for the outage, and back afterwards.
async fn outage(begin: fn(&Simulator), restart: bool) {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;
    let mut prod = String::new();
    simulator.change(|account| prod = account.project("prod").unwrap());
    let [here, elsewhere] = buckets(&before, &prod);
    assert!(here > 0.0 && elsewhere > 0.0);
    let mut up = Value::Null;
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        let mut regions = account.list(&format!("/cloud/project/{project}/region")).iter();
        up = regions.find(|one| one["name"] == REGION).unwrap().clone();
    });
    let gaps = |scrape: &Scrape| scrape.sum(GAPS, &[S3]);

    if !restart {
        exporter.pass_at("2026-11-21T23:50:00Z").await;
    }
    begin(&simulator);
    if restart {
        exporter.restart();
    }
    // The documents of regions are read once a day.
    let (first, second, late) = if restart {
        ("2026-11-21T00:05:00Z", "2026-11-21T00:10:00Z", "2026-11-21T04:00:00Z")
    } else {
        ("2026-11-21T23:55:00Z", "2026-11-22T00:05:00Z", "2026-11-22T06:00:00Z")
    };
    exporter.pass_at(first).await;
    let scrape = exporter.pass_at(second).await;
    assert_eq!(buckets(&scrape, &prod), [here, elsewhere], "they stand");
    assert_eq!(gaps(&scrape), gaps(&before) + 1.0, "with a gap");
    assert_unchanged(&scrape);

    let scrape = exporter.pass_at(late).await;
    assert_eq!(buckets(&scrape, &prod), [0.0, elsewhere], "they expire");
    assert_unchanged(&scrape);

    simulator.faults(Vec::new());
    region(&simulator, |region| *region = up.clone());
    exporter.restart();
    let scrape = exporter.pass_at("2026-11-22T06:10:00Z").await;
    assert_eq!(buckets(&scrape, &prod), [here, elsewhere]);
    assert_eq!(gaps(&scrape), gaps(&before));
}

#[tokio::test]
async fn the_buckets_of_a_region_that_goes_out_of_service_are_kept_and_not_removed() {
    for begin in OUTAGES {
        outage(begin, false).await;
    }
}

#[tokio::test]
async fn and_so_they_are_over_a_restart() {
    for begin in OUTAGES {
        outage(begin, true).await;
    }
}

/// The counts of the inventory, by name. A family of two collectors has the samples of both.
fn counts(exporter: &Exporter) -> BTreeMap<&'static str, BTreeMap<Vec<Word>, f64>> {
    let mut counts = BTreeMap::<_, BTreeMap<_, _>>::new();
    for Family { desc, samples } in exporter.inventory().families() {
        if desc.is_count {
            counts.entry(desc.name).or_default().extend(samples);
        }
    }
    counts
}

/// The names of all counts.
fn all_counts() -> BTreeSet<&'static str> {
    let families = collectors::ALL.iter().flat_map(|collector| collector.families);
    families.filter(|desc| desc.is_count).map(|desc| desc.name).collect()
}

/// An account with so many empty projects.
async fn empty(projects: usize) -> Simulator {
    let size = Size { projects, ..Size::EMPTY };
    simulator(Options::new(Account::generate(size, time(NOW)))).await
}

#[tokio::test]
async fn every_count_of_an_empty_project_is_zero() {
    let simulator = empty(1).await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let counts = counts(&exporter);
    assert_eq!(counts.keys().copied().collect::<BTreeSet<_>>(), all_counts());
    for (name, samples) in counts {
        assert!(!samples.is_empty(), "{name}");
    }
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    let mut project = String::new();
    simulator.change(|account| project = account.projects()[0].clone());
    let place = [("project_id", project.as_str()), ("ovh_region", ""), ("flavor", "")];
    assert_eq!(scrape.values("ovhcloud_cloud_instances", &place), [0.0]);
    for kind in ["s3", "swift"] {
        let place = [("project_id", project.as_str()), ("ovh_region", ""), ("kind", kind)];
        assert_eq!(scrape.values(CONTAINERS, &place), [0.0], "{kind}");
    }
}

#[tokio::test]
async fn every_count_of_an_account_without_projects_is_zero() {
    let simulator = empty(0).await;
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    for (name, samples) in counts(&exporter) {
        assert!(!samples.is_empty(), "{name}");
    }
    assert_eq!(scrape.values("ovhcloud_cloud_volumes_bytes", &[("project_id", "")]), [0.0]);
}

#[tokio::test]
async fn a_count_that_may_not_be_read_has_no_sample() {
    let simulator = empty(1).await;
    for collector in collectors::ALL {
        simulator.rights(Rights::all());
        let refused = actions(&BTreeSet::from([collector.name]));
        if refused.is_empty() {
            continue;
        }
        simulator.rights(all_but(&refused));
        let mut exporter = Exporter::new(&simulator);
        exporter.pass().await;
        let counts = counts(&exporter);
        for desc in collector.families.iter().filter(|desc| desc.is_count) {
            let place = desc.labels.iter().position(|label| *label == "kind");
            let is_its = |labels: &&Vec<Word>| {
                let kind = place.map(|place| &*labels[place]);
                kind.is_none_or(|kind| collector.name.ends_with(kind))
            };
            let samples = counts.get(desc.name).into_iter().flatten().map(|(labels, _)| labels);
            assert_eq!(samples.filter(is_its).count(), 0, "{} {}", collector.name, desc.name);
        }
    }
}

#[tokio::test]
async fn a_zero_of_a_project_stands_alone() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    for Family { desc, samples } in exporter.inventory().families() {
        let Some(place) = desc.labels.iter().position(|label| *label == "project_id") else {
            continue;
        };
        let is_empty = |labels: &Vec<Word>| {
            let others = labels.iter().zip(desc.labels);
            let mut others = others.filter(|(_, label)| !["project_id", "kind"].contains(label));
            desc.labels.len() > 1 && others.all(|(value, _)| value.is_empty())
        };
        for (labels, value) in &samples {
            if *value == 0.0 && is_empty(labels) {
                let same = samples.keys().filter(|other| other[place] == labels[place]).count();
                assert_eq!(same, 1, "{} {labels:?}", desc.name);
            }
        }
    }
}

/// Every right but these.
fn all_but(refused: &BTreeSet<&'static str>) -> Rights {
    let every = collectors::ALL.iter().map(|collector| collector.name).collect();
    let granted: Vec<_> = actions(&every).difference(refused).copied().collect();
    Rights::none().grant(&granted, &["*"])
}

/// Whether the collector reads something in each project.
fn is_of_projects(collector: &Collector) -> bool {
    let mut routes =
        collector.routes.iter().filter(|route| route.template != "/cloud/project/{serviceName}");
    routes.any(|route| route.template.contains("oject/{"))
}

/// Whether the collector needs the action: always, for details only, or not.
fn need(collector: &Collector, action: &str) -> Option<&'static str> {
    let own = BTreeSet::from([collector.name]);
    // The list of projects is nobody's own.
    let is_listed = action == "publicCloudProject:apiovh:get" && is_of_projects(collector);
    if optional_actions(&own).contains(action) {
        Some("true")
    } else {
        (is_listed || actions(&own).contains(action)).then_some("false")
    }
}

#[tokio::test]
async fn each_right_that_is_refused_is_named_and_hides_its_own_values_alone() {
    let simulator = reference().await;
    simulator.rights(all_but(&BTreeSet::new()));
    let mut whole = Exporter::new(&simulator);
    whole.pass().await.lacks(MISSING, &[]);
    let whole = counts(&whole);
    let every = collectors::ALL.iter().map(|collector| collector.name).collect();
    for action in actions(&every) {
        simulator.rights(all_but(&BTreeSet::from([action])));
        let mut exporter = Exporter::new(&simulator);
        let scrape = exporter.pass().await;
        let counts = counts(&exporter);
        for collector in collectors::ALL {
            let labels = [("collector", collector.name)];
            let need = need(collector, action);
            let success = if need == Some("false") { 0.0 } else { 1.0 };
            assert_eq!(scrape.value(SUCCESS, &labels), success, "{action} {}", collector.name);
            let series = scrape.values(MISSING, &labels).len();
            let Some(optional) = need else {
                assert_eq!(series, 0, "{action} {}", collector.name);
                continue;
            };
            let named = [labels[0], ("action", action), ("optional", optional)];
            if collector.name == "cloud_database_backup" && action.ends_with("/backup/get") {
                // Databases of one engine are in some projects only.
                assert!(series > 0, "{action}");
                assert_eq!(scrape.values(MISSING, &named).len(), series, "{action}");
                continue;
            }
            let everywhere = [named[0], named[1], named[2], ("project_id", "")];
            let everywhere = scrape.values(MISSING, &everywhere);
            let found = (everywhere.as_slice(), series);
            assert_eq!(found, (&[1.0][..], 1), "{action} {}", collector.name);
        }
        for (name, samples) in &counts {
            for (labels, value) in samples {
                let before = whole[name].get(labels);
                assert!(*value > 0.0 || before == Some(value), "{action}: {name}{labels:?}");
            }
        }
        let is_untouched = |name: &str| {
            let of =
                |collector: &&Collector| collector.families.iter().any(|desc| desc.name == name);
            collectors::ALL.iter().filter(of).all(|collector| need(collector, action).is_none())
        };
        for name in all_counts().into_iter().filter(|name| is_untouched(name)) {
            assert_eq!(counts.get(name), whole.get(name), "{action}: {name}");
        }
    }
}

#[tokio::test]
async fn an_optional_right_on_some_projects_is_named_with_the_others() {
    let simulator = reference().await;
    let (mut prod, mut staging) = (String::new(), String::new());
    simulator.change(|account| {
        prod = account.project("prod").unwrap();
        staging = account.project("staging").unwrap();
    });
    let flavors = "publicCloudProject:apiovh:flavor/get";
    let others = format!("urn:v1:eu:resource:publicCloudProject:{prod}");
    simulator.rights(all_but(&BTreeSet::from([flavors])).grant(&[flavors], &[&others]));
    let scrape = Exporter::new(&simulator).pass().await;
    let labels = [("collector", "cloud_instance"), ("optional", "true")];
    assert_eq!(scrape.value(SUCCESS, &labels[..1]), 1.0);
    assert_eq!(scrape.values(MISSING, &labels).len(), 1);
    assert_eq!(scrape.values(MISSING, &[labels[0], ("project_id", &staging)]), [1.0]);
    let named = scrape.sum("ovhcloud_cloud_instances", &[("project_id", &prod), ("flavor", "")]);
    assert_eq!(named, 0.0);
    let unnamed =
        scrape.sum("ovhcloud_cloud_instances", &[("project_id", &staging), ("flavor", "")]);
    assert!(unnamed > 0.0);
}

#[tokio::test]
async fn a_policy_that_is_not_said_to_be_ovhclouds_is_not_the_customers_either() {
    let simulator = reference().await;
    simulator.change(|account| {
        for list in ["/v2/iam/policy", "/v2/iam/resourceGroup"] {
            for object in account.list_mut(list) {
                object.as_object_mut().unwrap().remove("readOnly");
            }
        }
    });
    let scrape = Exporter::new(&simulator).pass().await;
    for name in ["ovhcloud_iam_policies", "ovhcloud_iam_resource_groups"] {
        assert!(scrape.value(name, &[("managed_by", "")]) > 0.0);
        assert_eq!(scrape.values(name, &[]).len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_listed_user_whose_tokens_are_not_found_is_a_gap() {
    let simulator = reference().await;
    simulator.fail("/me/identity/user/{user}/token", Effect::Status(404));
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.value(SUCCESS, &[("collector", "iam_user_token")]), 0.0);
    scrape.lacks("ovhcloud_iam_user_tokens", &[]);
}

//! Not known is no sample and no change: regions out of service, refused rights, unknown words.

use ovhcloud_simulator::{Effect, Simulator};
use serde_json::{Value, json};

use crate::exporter::{Exporter, Scrape, reference};

const CONTAINERS: &str = "ovhcloud_cloud_storage_containers";
const CHANGES: &str = "ovhcloud_inventory_changes_total";
const GAPS: &str = "ovhcloud_collector_gaps";
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

//! New projects: the next refresh finds them, and reports those that the credential cannot read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ovhcloud_exporter::config::refresh::Intervals;
use ovhcloud_simulator::{Effect, Fault, Listing, Rights, Simulator};
use serde_json::{Value, json};

use crate::exporter::{Exporter, Scrape, reference};

/// Takes the project `staging` out of the account.
fn without_staging(simulator: &Simulator) -> (String, Value) {
    let (mut id, mut project) = (String::new(), Value::Null);
    simulator.change(|account| {
        id = account.project("staging").unwrap();
        let projects = account.list_mut("/cloud/project");
        let place = projects.iter().position(|one| one["project_id"] == json!(id)).unwrap();
        project = projects.remove(place);
    });
    (id, project)
}

#[tokio::test]
async fn a_new_project_that_the_policy_does_not_cover_is_found_and_said() {
    let simulator = reference().await;
    let mut known = Vec::new();
    simulator.change(|account| known = account.projects());
    let (staging, project) = without_staging(&simulator);
    let urn = |id: &String| format!("urn:v1:eu:resource:publicCloudProject:{id}");
    let covered: Vec<_> = known.iter().filter(|id| **id != staging).map(urn).collect();
    let covered: Vec<_> = covered.iter().map(String::as_str).collect();
    // It sees all projects, and may read those alone that the policy names.
    let rights = Rights::none()
        .grant(&["account:*"], &["*"])
        .grant(&["publicCloudProject:apiovh:get"], &["*"])
        .grant(&["publicCloudProject:apiovh:*"], &covered);
    simulator.rights(rights.clone());
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;
    before.lacks("ovhcloud_permission_missing_info", &[("collector", "cloud_instance")]);

    simulator.change(|account| account.list_mut("/cloud/project").push(project.clone()));
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(scrape.value("ovhcloud_cloud_project_info", &[("project_id", &staging)]), 1.0);
    let action = ("action", "publicCloudProject:apiovh:instance/get");
    let place = ("project_id", staging.as_str());
    let missing = [("collector", "cloud_instance"), action, ("optional", "false"), place];
    assert_eq!(scrape.value("ovhcloud_permission_missing_info", &missing), 1.0);
    scrape.lacks("ovhcloud_cloud_instances", &[("project_id", &staging)]);
    let instances = scrape.sum("ovhcloud_cloud_instances", &[]);
    assert_eq!(instances, before.sum("ovhcloud_cloud_instances", &[]));
    assert!(exporter.landing().contains(&staging), "it says which project that is");

    // The next refresh uses an extended policy.
    let urn = urn(&staging);
    simulator.rights(rights.grant(&["publicCloudProject:apiovh:*"], &[&urn]));
    let scrape = exporter.pass_at("2026-11-21T00:10:00Z").await;
    scrape.lacks("ovhcloud_permission_missing_info", &[("collector", "cloud_instance")]);
    assert!(scrape.sum("ovhcloud_cloud_instances", &[("project_id", &staging)]) > 0.0);
}

/// An answer that is kept for a day must not hide a new permission.
#[tokio::test]
async fn a_right_on_single_regions_is_used_by_the_pass_after_it_is_granted() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let mut exporter = Exporter::new(&simulator);
    simulator.fail("/cloud/project/{serviceName}/region/{regionName}", Effect::Status(403));
    let success = |scrape: &Scrape| {
        scrape.value("ovhcloud_collector_success", &[("collector", "cloud_storage_s3")])
    };
    let scrape = exporter.pass().await;
    assert_eq!(success(&scrape), 0.0);
    simulator.faults(Vec::new());
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(success(&scrape), 1.0);
    let buckets = [("kind", "s3")];
    assert!(scrape.sum("ovhcloud_cloud_storage_containers", &buckets) > 0.0);
}

/// An exporter that reads this collector every six hours.
fn rarely(simulator: &Simulator, collector: &'static str) -> Exporter {
    let mut exporter = Exporter::new(simulator);
    let six_hours = BTreeMap::from([(collector, Duration::from_hours(6))]);
    exporter.plan.intervals = Arc::new(Intervals(six_hours));
    exporter
}

#[tokio::test]
async fn a_collector_that_is_not_read_now_still_sees_projects_come_and_go() {
    let simulator = reference().await;
    let (staging, project) = without_staging(&simulator);
    let mut exporter = rarely(&simulator, "cloud_ssh_key");
    let keys = "ovhcloud_cloud_ssh_keys";
    exporter.pass().await.lacks(keys, &[("project_id", &staging)]);
    simulator.change(|account| account.list_mut("/cloud/project").push(project.clone()));
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    let held = scrape.value(keys, &[("project_id", &staging)]);
    assert!(held > 0.0, "it is read as soon as it is there");
    without_staging(&simulator);
    simulator.reset_stats();
    let scrape = exporter.pass_at("2026-11-21T00:10:00Z").await;
    scrape.lacks(keys, &[("project_id", &staging)]);
    assert!(!scrape.values(keys, &[]).is_empty(), "those of the others stand");
    let removed = [("collector", "cloud_ssh_key"), ("change", "removed")];
    assert_eq!(scrape.value("ovhcloud_inventory_changes_total", &removed), held);
    let route = "/cloud/project/{serviceName}/sshkey";
    assert_eq!(simulator.stats().by_route.get(route), None, "nothing had to be asked for that");
}

#[tokio::test]
async fn what_is_dear_is_asked_again_if_that_may_help() {
    let simulator = reference().await;
    let route = "/cloud/project/{serviceName}/sshkey";
    for (status, asked) in [(403, false), (404, false), (500, true)] {
        let mut exporter = rarely(&simulator, "cloud_ssh_key");
        simulator.faults(vec![Fault::new(route, Effect::Status(status))]);
        exporter.pass().await;
        simulator.reset_stats();
        exporter.pass_at("2026-11-21T00:05:00Z").await;
        assert_eq!(simulator.stats().by_route.contains_key(route), asked, "{status}");
        simulator.faults(Vec::new());
        let scrape = exporter.pass_at("2026-11-21T06:00:00Z").await;
        assert!(scrape.sum("ovhcloud_cloud_ssh_keys", &[]) > 0.0);
    }
}

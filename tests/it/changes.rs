//! Resources added, removed and changed between two refreshes.

use ovhcloud_simulator::{Effect, Fault, Simulator};
use serde_json::{Value, json};

use crate::exporter::{Exporter, Scrape, reference};

const CHANGES: &str = "ovhcloud_inventory_changes_total";

fn changes(scrape: &Scrape, collector: &str) -> [f64; 3] {
    ["added", "removed", "changed"]
        .map(|change| scrape.value(CHANGES, &[("collector", collector), ("change", change)]))
}

/// The SSH keys of a project, to be changed.
fn keys(simulator: &Simulator, change: impl Fn(&mut Vec<Value>)) {
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        change(account.list_mut(&format!("/cloud/project/{project}/sshkey")));
    });
}

#[tokio::test]
async fn a_key_that_lived_for_one_pass_only_is_seen() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [0.0, 0.0, 0.0], "the first reading is no news");
    keys(&simulator, |keys| {
        let mut key = keys[0].clone();
        key["id"] = json!("evil");
        keys.push(key);
    });
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [1.0, 0.0, 0.0]);
    keys(&simulator, |keys| drop(keys.pop()));
    let scrape = exporter.pass_at("2026-11-21T00:10:00Z").await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [1.0, 1.0, 0.0]);
    keys(&simulator, |keys| keys[0]["name"] = json!("another"));
    let scrape = exporter.pass_at("2026-11-21T00:15:00Z").await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [1.0, 1.0, 1.0]);
}

#[tokio::test]
async fn what_can_not_be_read_has_not_gone_and_does_not_come_back() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    for (minute, effect) in
        [Effect::Status(403), Effect::Status(500), Effect::WrongType].into_iter().enumerate()
    {
        simulator.faults(vec![
            Fault::new("/cloud/project/{serviceName}/sshkey", effect.clone()),
            Fault::new("/me/identity/user", effect),
        ]);
        exporter.pass_at(&format!("2026-11-21T01:{minute}1:00Z")).await;
        simulator.faults(Vec::new());
        let scrape = exporter.pass_at(&format!("2026-11-21T01:{minute}2:00Z")).await;
        for collector in ["cloud_ssh_key", "iam_user"] {
            assert_eq!(changes(&scrape, collector), [0.0, 0.0, 0.0], "{collector}");
        }
    }
}

#[tokio::test]
async fn a_new_project_and_a_deleted_one_bring_and_take_what_they_hold() {
    let simulator = reference().await;
    let mut staging = String::new();
    let mut object = Value::Null;
    simulator.change(|account| {
        staging = account.project("staging").unwrap();
        let projects = account.list_mut("/cloud/project");
        let place = projects.iter().position(|one| one["project_id"] == staging.as_str()).unwrap();
        object = projects.remove(place);
    });
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    simulator.change(|account| account.list_mut("/cloud/project").push(object.clone()));
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    let [added, removed, changed] = changes(&scrape, "cloud_ssh_key");
    assert!(added > 0.0 && removed == 0.0 && changed == 0.0);
    assert_eq!(changes(&scrape, "cloud_project"), [1.0, 0.0, 0.0]);
    simulator.change(|account| drop(account.list_mut("/cloud/project").pop()));
    let scrape = exporter.pass_at("2026-11-21T00:10:00Z").await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [added, added, 0.0]);
}

#[tokio::test]
async fn what_moves_by_itself_is_no_change() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    simulator.change(|account| {
        for credential in account.list_mut("/me/api/credential") {
            credential["lastUse"] = json!("2026-11-21T00:04:00Z");
        }
    });
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(changes(&scrape, "api_credential"), [0.0, 0.0, 0.0]);
}

#[tokio::test]
async fn a_name_that_can_not_be_joined_any_more_is_no_change() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    // The next day, when they are asked for again.
    simulator.fail("/cloud/project/{serviceName}/flavor", Effect::Status(403));
    let scrape = exporter.pass_at("2026-11-22T00:05:00Z").await;
    assert!(scrape.sum("ovhcloud_cloud_instances", &[("flavor", "")]) > 0.0);
    assert_eq!(changes(&scrape, "cloud_instance"), [0.0, 0.0, 0.0]);
    simulator.faults(Vec::new());
    let scrape = exporter.pass_at("2026-11-22T00:10:00Z").await;
    assert_eq!(changes(&scrape, "cloud_instance"), [0.0, 0.0, 0.0]);
}

/// An unreadable list within an object is no change of the object.
#[tokio::test]
async fn a_key_that_can_not_be_read_does_not_change_its_service() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let (mut id, mut keys) = (String::new(), Vec::new());
    simulator.change(|account| {
        let services = account.list("/v2/okms/resource").iter();
        let ids: Vec<_> = services.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let keys_of = |id: &String| account.list(&format!("/v2/okms/resource/{id}/serviceKey"));
        id = ids.into_iter().max_by_key(|id| keys_of(id).len()).unwrap();
        keys = keys_of(&id).to_vec();
    });
    assert!(keys.len() > 1);
    keys[0] = json!(7);
    let body = json!(keys).to_string();
    let path = format!("/v2/okms/resource/{id}/serviceKey");
    simulator.faults(vec![Fault::new(&path, Effect::Body { status: 200, body })]);
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "okms")]), 0.0);
    assert_eq!(changes(&scrape, "okms"), [0.0, 0.0, 0.0]);
    simulator.faults(Vec::new());
    let scrape = exporter.pass_at("2026-11-21T00:10:00Z").await;
    assert_eq!(changes(&scrape, "okms"), [0.0, 0.0, 0.0]);
}

/// An object that nobody can ever read must not hide what comes and goes beside it.
#[tokio::test]
async fn what_is_lost_each_time_hides_no_change() {
    let simulator = reference().await;
    keys(&simulator, |keys| keys[0]["id"] = json!(7));
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    let gap = [("collector", "cloud_ssh_key"), ("reason", "undecodable")];
    assert_eq!(scrape.value("ovhcloud_collector_gaps", &gap), 1.0);
    keys(&simulator, |keys| {
        let mut key = keys[1].clone();
        key["id"] = json!("evil");
        keys.push(key);
        keys[2]["name"] = json!("another");
    });
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [1.0, 0.0, 1.0]);
    keys(&simulator, |keys| drop(keys.pop()));
    let scrape = exporter.pass_at("2026-11-21T00:10:00Z").await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [1.0, 1.0, 1.0]);
    // One that can be read again is nothing new.
    keys(&simulator, |keys| keys[0]["id"] = json!("7"));
    let scrape = exporter.pass_at("2026-11-21T00:15:00Z").await;
    assert_eq!(changes(&scrape, "cloud_ssh_key"), [1.0, 1.0, 1.0]);
}

//! Values that cannot be read are neither zero nor nothing: lists that are refused, not offered, expired,
//! empty, or whose objects lack their members.

use std::collections::BTreeMap;

use ovhcloud_simulator::{Effect, Fault, Simulator};

use crate::exporter::{Exporter, Scrape, reference};

const GAPS: &str = "ovhcloud_collector_gaps";
const SUCCESS: &str = "ovhcloud_collector_success";

/// A collector, its own list, its count, and the reason of a list that is not found: none if that is
/// a state of OVHcloud's service.
struct Case {
    collector: &'static str,
    path: &'static str,
    count: &'static str,
    not_found: Option<&'static str>,
}

const fn case(collector: &'static str, path: &'static str, count: &'static str) -> Case {
    Case { collector, path, count, not_found: Some("not_found") }
}

const CASES: [Case; 10] = [
    case("account_ssh_key", "/me/sshKey", "ovhcloud_account_ssh_keys"),
    case("contact_change", "/me/task/contactChange", "ovhcloud_contact_changes"),
    case("iam_resource", "/v2/iam/resource", "ovhcloud_iam_resources"),
    case(
        "cloud_project_acl",
        "/cloud/project/{serviceName}/acl",
        "ovhcloud_cloud_project_acl_entries",
    ),
    case(
        "cloud_budget_alert",
        "/cloud/project/{serviceName}/alerting",
        "ovhcloud_cloud_budget_alerts",
    ),
    case("cloud_image", "/cloud/project/{serviceName}/image", "ovhcloud_cloud_images"),
    Case { not_found: None, ..case("audit_log", "/me/logs/audit", "ovhcloud_audit_log_events") },
    Case {
        not_found: None,
        ..case(
            "cloud_volume_backup",
            "/cloud/project/{serviceName}/region/{regionName}/volumeBackup",
            "ovhcloud_cloud_volume_backups",
        )
    },
    Case {
        not_found: None,
        ..case(
            "cloud_floating_ip",
            "/cloud/project/{serviceName}/region/{regionName}/floatingip",
            "ovhcloud_cloud_floating_ips",
        )
    },
    Case {
        not_found: None,
        ..case(
            "cloud_s3_user_policy",
            "/cloud/project/{serviceName}/user/{userId}/policy",
            "ovhcloud_cloud_s3_user_policies_unlimited",
        )
    },
];

/// The scrape and the number of known objects of each collector.
async fn read(simulator: &Simulator) -> (Scrape, BTreeMap<&'static str, usize>) {
    let mut exporter = Exporter::new(simulator);
    let scrape = exporter.pass().await;
    let states = exporter.inventory().states();
    (scrape, states.into_iter().map(|state| (state.name, state.objects)).collect())
}

#[tokio::test]
async fn a_list_that_is_not_to_be_had_is_no_zero() {
    let simulator = reference().await;
    for status in [403, 404, 460] {
        let fault = |case: &Case| Fault::new(case.path, Effect::Status(status));
        simulator.faults(CASES.iter().map(fault).collect());
        let (scrape, _) = read(&simulator).await;
        for Case { collector, count, not_found, .. } in &CASES {
            scrape.lacks(count, &[]);
            let collector = ("collector", *collector);
            let reason = match status {
                403 => Some("forbidden"),
                404 => *not_found,
                _ => None,
            };
            let success = if reason.is_some() { 0.0 } else { 1.0 };
            assert_eq!(scrape.value(SUCCESS, &[collector]), success, "{collector:?} {status}");
            if let Some(reason) = reason {
                let gaps = scrape.sum(GAPS, &[collector, ("reason", reason)]);
                assert!(gaps > 0.0, "{collector:?} {status}");
            }
        }
    }
}

#[tokio::test]
async fn an_empty_list_is_a_zero() {
    let simulator = reference().await;
    let lists = CASES.iter().filter(|case| case.collector != "cloud_s3_user_policy");
    let empty =
        |case: &Case| Fault::new(case.path, Effect::Body { status: 200, body: "[]".to_owned() });
    simulator.faults(lists.clone().map(empty).collect());
    let (scrape, objects) = read(&simulator).await;
    for Case { collector, count, .. } in lists {
        let values = scrape.values(count, &[]);
        assert!(!values.is_empty() && values.iter().all(|value| *value == 0.0), "{count}");
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
        // The audit log is one object, which may be empty.
        assert_eq!(objects[collector], usize::from(*collector == "audit_log"), "{collector}");
    }
}

#[tokio::test]
async fn objects_without_members_are_kept() {
    let simulator = reference().await;
    let (_, before) = read(&simulator).await;
    for effect in [Effect::MissingMembers, Effect::NullMembers, Effect::UnknownEnums] {
        let fault = |case: &Case| Fault::new(case.path, effect.clone());
        simulator.faults(CASES.iter().map(fault).collect());
        let (scrape, objects) = read(&simulator).await;
        for Case { collector, .. } in &CASES {
            let success = scrape.value(SUCCESS, &[("collector", collector)]);
            assert_eq!(success, 1.0, "{collector} {effect:?}");
            let (found, expected) = (objects[collector], before[collector]);
            // An image of unknown visibility may be the project's own.
            let is_well =
                if *collector == "cloud_image" { found >= expected } else { found == expected };
            assert!(is_well, "{collector} {effect:?}: {found} of {expected}");
        }
    }
}

/// A database whose backups are not found is a loss: it may have some.
#[tokio::test]
async fn backups_of_a_database_that_are_not_to_be_had_are_not_none() {
    let simulator = reference().await;
    let (before, all) = read(&simulator).await;
    let count = "ovhcloud_cloud_database_backups";
    assert_eq!(before.sum(count, &[("engine", "redis")]), 0.0);
    for (status, reason) in [(403, "forbidden"), (404, "not_found")] {
        let path = "/cloud/project/{serviceName}/database/redis/{clusterId}/backup";
        simulator.faults(vec![Fault::new(path, Effect::Status(status))]);
        let (scrape, objects) = read(&simulator).await;
        scrape.lacks(count, &[("engine", "redis")]);
        assert_eq!(objects["cloud_database_backup"], all["cloud_database_backup"] - 1, "{status}");
        let gap = [("collector", "cloud_database_backup"), ("reason", reason)];
        assert_eq!(scrape.value(GAPS, &gap), 1.0, "{status}");
        let mysql = [("engine", "mysql")];
        assert_eq!(scrape.sum(count, &mysql), before.sum(count, &mysql), "{status}");
    }
}

/// One region without backups is no gap, since not every region has them.
#[tokio::test]
async fn a_region_without_the_list_of_backups_has_none() {
    let simulator = reference().await;
    let (before, _) = read(&simulator).await;
    let path = "/cloud/project/{serviceName}/region/GRA11/volumeBackup";
    let mut prod = String::new();
    simulator.change(|account| prod = account.project("prod").unwrap());
    simulator.fail(&path.replace("{serviceName}", &prod), Effect::Status(404));
    let (scrape, _) = read(&simulator).await;
    let count = "ovhcloud_cloud_volume_backups";
    let here = [("project_id", prod.as_str()), ("ovh_region", "GRA11")];
    let there = [("project_id", prod.as_str()), ("ovh_region", "EU-WEST-PAR")];
    assert!(before.value(count, &here) > 0.0);
    scrape.lacks(count, &here);
    assert_eq!(scrape.value(count, &there), before.value(count, &there));
    let success = scrape.value(SUCCESS, &[("collector", "cloud_volume_backup")]);
    assert_eq!(success, 1.0);
}

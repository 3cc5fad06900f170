//! Alertmanager routes the alerts by the labels that they keep.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ovhcloud_exporter::catalogue;
use yaml_serde::Value as Yaml;

use super::{OPERATOR_LABELS, TARGET_LABELS, read};
use crate::tools::{absent, run};

/// The configuration of Alertmanager in the runbooks, as a file.
fn configuration() -> PathBuf {
    let runbooks = read("docs/runbooks.md");
    let block = runbooks.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alertmanager.yml");
    fs::write(&path, block.expect("a block of YAML")).expect("a file");
    path
}

/// The labels of each alert that fires for an account with the label `team`.
fn alerts_with_team() -> Vec<BTreeMap<String, String>> {
    let tests: Yaml = yaml_serde::from_str(&read("alerts/tests/labels.yaml")).expect("YAML");
    let mut found = Vec::new();
    for case in tests["tests"][0]["alert_rule_test"].as_sequence().expect("cases") {
        let fired = case.get("exp_alerts").and_then(Yaml::as_sequence);
        for alert in fired.into_iter().flatten() {
            let mut labels: BTreeMap<String, String> =
                yaml_serde::from_value(alert["exp_labels"].clone()).expect("labels");
            labels.insert(
                "alertname".to_owned(),
                case["alertname"].as_str().expect("a name").to_owned(),
            );
            if labels.contains_key("account") {
                found.push(labels);
            }
        }
    }
    found
}

#[test]
fn alertmanager_routes_the_alerts_of_an_account_by_its_team() {
    if Command::new("amtool").arg("--version").output().is_err() {
        absent("amtool");
        return;
    }
    let file = configuration();
    run("amtool", Command::new("amtool").arg("check-config").arg(&file));
    let alerts = alerts_with_team();
    assert!(alerts.len() > 5, "{alerts:?}");
    for mut labels in alerts {
        for (team, receiver) in [("platform", "platform"), ("data", "default")] {
            assert_eq!(
                labels.insert("team".to_owned(), team.to_owned()).as_deref(),
                Some("platform")
            );
            let mut command = Command::new("amtool");
            command
                .args(["config", "routes", "test"])
                .arg(format!("--verify.receivers={receiver}"));
            command.arg("--config.file").arg(&file);
            run(
                "amtool",
                command.args(labels.iter().map(|(name, value)| format!("{name}={value}"))),
            );
            labels.insert("team".to_owned(), "platform".to_owned());
        }
    }
}

#[test]
fn no_label_of_the_exporter_has_the_name_of_a_label_of_targets() {
    let taken = TARGET_LABELS.iter().chain(&OPERATOR_LABELS).chain(&["region", "cluster"]);
    for label in taken {
        for desc in catalogue() {
            assert!(!desc.labels.contains(label), "{}: {label}", desc.name);
        }
    }
}

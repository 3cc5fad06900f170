//! The reference account as the measure of the catalogue: it violates each check and passes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ovhcloud_exporter::checks;
use ovhcloud_exporter::collectors;
use ovhcloud_simulator::{Auth, Simulator};
use serde_json::Value;

use crate::configuration::Directory;
use crate::exporter::reference;
use crate::program::ended;

/// The document of `inventory` with every collector and every check on.
fn document(simulator: &Simulator) -> Value {
    let directory = Directory::new();
    let mut text = include_str!("rules/exporter.yaml").to_owned();
    text += "exemptions: []\nchecks:\n";
    for check in checks::ALL {
        writeln!(text, "  {}:\n    enabled: true", check.id).unwrap();
        match check.id {
            "resource_untagged" => text += "    tags: [env]\n",
            "sshkey_unlisted" => {
                text +=
                    "    fingerprints: ['SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']\n";
            }
            _ => {}
        }
    }
    let text = text.replace("exemption_files: [exempt.yaml]\n", "");
    directory.write("f.yaml", &text, 0o600);
    let mut arguments = vec!["inventory", "--format=json", "--config.file=f.yaml"];
    let on: Vec<_> =
        collectors::ALL.iter().map(|one| format!("--collector.{}", one.name)).collect();
    arguments.extend(on.iter().map(String::as_str));
    let mut command = directory.program(&arguments);
    command.envs(simulator.environment(Auth::ApplicationKey));
    let (_, document, log) = ended(&mut command);
    serde_json::from_str(&document).unwrap_or_else(|error| panic!("{error}: {log}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_account_violates_each_check_and_passes_it() {
    let simulator = reference().await;
    let document = tokio::task::spawn_blocking(move || document(&simulator)).await.unwrap();
    let account = &document["accounts"][0];
    let of = |name: &str| account[name].as_array().unwrap();
    let mut findings = BTreeMap::<&str, BTreeSet<String>>::new();
    for finding in of("findings") {
        let key = format!("{}/{}", finding["project_id"], finding["resource"]);
        findings.entry(finding["check"].as_str().unwrap()).or_default().insert(key);
    }
    let (mut unviolated, mut unpassed) = (Vec::new(), Vec::new());
    for check in checks::ALL {
        let state = of("checks").iter().find(|one| one["check"] == check.id).unwrap();
        let found = findings.get(check.id).map_or(0, BTreeSet::len);
        if found == 0 {
            unviolated.push(format!("{} {} {}", check.id, state["status"], state["reason"]));
        }
        let unclear = state["unclear"].as_array().map_or(0, Vec::len);
        let objects = account["inventory"][check.needs[0]].as_array().map_or(0, Vec::len);
        if objects <= found + unclear {
            unpassed
                .push(format!("{}: {objects} objects, {found} found, {unclear} unclear", check.id));
        }
    }
    assert!(unviolated.is_empty() && unpassed.is_empty(), "{unviolated:#?} {unpassed:#?}");
}

//! Allow lists and exemptions as an operator has them: files beside the configuration.

use std::fs::{self, File};
use std::io::BufReader;
use std::process::{Command, Stdio};

use ovhcloud_simulator::{Auth, Simulator};
use serde_json::Value;

use crate::configuration::{Directory, one_account};
use crate::exporter::{Scrape, reference};
use crate::program::{ended, logged_url, scrape, signal, wait};

const KEYS: [(&str, &str); 1] = [("check", "sshkey_unlisted")];
const VIOLATIONS: &str = "ovhcloud_policy_violations";
const EXEMPTED: &str = "ovhcloud_policy_exempted";

/// A configuration for the simulated account, with these further keys.
pub(crate) fn configured(simulator: &Simulator, keys: &str) -> String {
    let variables = simulator.environment(Auth::OAuth2);
    let value = |name: &str| variables.iter().find(|(key, _)| *key == name).unwrap().1.clone();
    format!(
        "{keys}accounts:\n  - name: a\n    endpoint: {}\n    credential: {{client_id: {}, \
         client_secret: {}}}\n",
        value("OVH_ENDPOINT"),
        value("OVH_CLIENT_ID"),
        value("OVH_CLIENT_SECRET")
    )
}

/// An exemption of every SSH key until this day.
pub(crate) fn every_key(until: &str) -> String {
    format!(
        "- check: sshkey_unlisted\n  resource: {{kind: cloud_ssh_key}}\n  reason: inventory under \
         way\n  owner: team-a\n  until: {until}\n"
    )
}

pub(crate) const FILES: &str =
    "lists: {ssh_keys: {files: [keys]}}\nexemption_files: [exempt.yaml]\n";

#[tokio::test(flavor = "multi_thread")]
async fn files_are_read_again_while_it_serves_and_bad_ones_change_nothing() {
    let simulator = reference().await;
    let directory = Directory::new();
    let keys = format!("refresh: {{interval: 1s}}\n{FILES}");
    directory.write("f.yaml", &configured(&simulator, &keys), 0o600);
    directory.write("keys", "", 0o600).write("exempt.yaml", "", 0o600);
    let mut command = directory.program(&["--web.listen-address=127.0.0.1:0"]);
    let mut child = command.arg("--config.file=f.yaml").stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let url = &logged_url(&mut log);
    let page = async |until: fn(&Scrape) -> bool| {
        Scrape(scrape(url, |page| until(&Scrape(page.to_owned()))).await)
    };
    let before = page(|page| page.sum(VIOLATIONS, &KEYS) > 0.0).await;
    before.lacks(EXEMPTED, &KEYS);
    let count = before.sum(VIOLATIONS, &KEYS);

    directory.write("exempt.yaml", &every_key("2999-12-31"), 0o600);
    let exempt = page(|page| page.sum(EXEMPTED, &KEYS) > 0.0).await;
    assert_eq!(exempt.sum(EXEMPTED, &KEYS), count);
    assert_eq!(exempt.sum(VIOLATIONS, &KEYS), 0.0);
    exempt.lacks("ovhcloud_policy_violation_info", &KEYS);
    let state = |state| [("check", "sshkey_unlisted"), ("state", state)];
    assert_eq!(exempt.value("ovhcloud_policy_exemptions", &state("active")), 1.0);

    let landing =
        reqwest::get(url.trim_end_matches("metrics")).await.unwrap().text().await.unwrap();
    let exemption = "<b>exempt until 2999-12-31:</b> <bdi>inventory under way</bdi> (owner \
                     <bdi>team-a</bdi>)";
    assert!(landing.contains(exemption), "{landing}");

    directory.write("exempt.yaml", "- check: sshkey_unlisted\n", 0o600);
    let file = [("file", "exempt.yaml")];
    let read = "ovhcloud_policy_file_success";
    let bad = page(|page| page.values("ovhcloud_policy_file_success", &[]).contains(&0.0)).await;
    assert_eq!((bad.value(read, &file), bad.value(read, &[("file", "keys")])), (0.0, 1.0));
    assert_eq!(bad.sum(VIOLATIONS, &KEYS), 0.0, "the last good exemptions remain");

    // A reload refuses what a refresh bears with.
    signal(&child, "HUP");
    let good = "ovhcloud_exporter_config_last_reload_successful";
    let refused =
        page(|page| page.values("ovhcloud_exporter_config_last_reload_successful", &[]) == [0.0]);
    assert_eq!(refused.await.sum(VIOLATIONS, &KEYS), 0.0);

    directory.write("exempt.yaml", &every_key("2020-01-01"), 0o600);
    let expired = page(|page| page.sum(VIOLATIONS, &KEYS) > 0.0).await;
    assert_eq!(expired.sum(VIOLATIONS, &KEYS), count);
    assert_eq!(expired.value("ovhcloud_policy_exemptions", &state("expired")), 1.0);
    assert_eq!(expired.value(read, &file), 1.0);
    assert_eq!(expired.value(good, &[]), 0.0);
    signal(&child, "TERM");
    assert_eq!(wait(&mut child), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn exempt_findings_stay_in_the_inventory_and_fail_nothing() {
    let simulator = reference().await;
    let directory = Directory::new();
    directory.write("f.yaml", &configured(&simulator, FILES), 0o600).write("keys", "", 0o600);
    let run = |arguments: &[&str]| {
        let mut command = directory.program(&["inventory", "--config.file=f.yaml"]);
        ended(command.args(arguments))
    };
    let of_keys = |text: &str| {
        let document: Value = serde_json::from_str(text).unwrap();
        let found = document["accounts"][0]["findings"].as_array().unwrap().clone();
        found.into_iter().filter(|one| one["check"] == "sshkey_unlisted").collect::<Vec<_>>()
    };
    directory.write("exempt.yaml", "", 0o600);
    let (_, before, _) = run(&["--format=json"]);
    let before = of_keys(&before);
    assert!(before.iter().all(|one| one["exemption"].is_null()));

    directory.write("exempt.yaml", &every_key("2999-12-31"), 0o600);
    let (_, after, _) = run(&["--format=json"]);
    let after = of_keys(&after);
    assert_eq!((before.len() > 1, after.len()), (true, before.len()));
    let exemption = serde_json::json!({
        "reason": "inventory under way", "owner": "team-a", "until": "2999-12-31"
    });
    assert!(after.iter().all(|one| one["exemption"] == exemption), "{after:?}");
    let (_, text, _) = run(&[]);
    assert!(text.contains("exempt until 2999-12-31 by team-a: inventory under way"), "{text}");
    assert!(text.contains(&format!(", {} of them exempt", after.len())), "{text}");
    let (_, _, error) = run(&["--fail-on=high"]);
    assert!(!error.contains("sshkey_unlisted: "), "{error}");
}

#[test]
fn a_list_that_is_no_file_or_too_large_is_refused() {
    let directory = Directory::new();
    fs::create_dir(directory.0.join("directory")).unwrap();
    let made = Command::new("mkfifo").arg(directory.0.join("pipe")).status().unwrap();
    assert!(made.success());
    let large = File::create(directory.0.join("large")).unwrap();
    large.set_len(100 * 1024 * 1024).unwrap();
    let account = one_account("{access_token: hunter2}");
    let files = "lists: {users: {files: [directory, pipe, large, /dev/zero]}}\n";
    directory.write("f.yaml", &format!("{files}{account}"), 0o600);
    let (code, output) = directory.check();
    assert_eq!(code, 64);
    assert_eq!(
        output,
        "f.yaml:1:25: lists.users.files[0]: `directory`: is a directory; expected a YAML list\n\
         f.yaml:1:36: lists.users.files[1]: `pipe`: can't be read (not a regular file: a pipe, a \
         socket or a device); expected a YAML list\n\
         f.yaml:1:42: lists.users.files[2]: `large`: can't be read (104857600 bytes, more than the \
         limit of 1048576); expected a YAML list\n\
         f.yaml:1:49: lists.users.files[3]: `/dev/zero`: can't be read (not a regular file: a \
         pipe, a socket or a device); expected a YAML list\n"
    );
}

#[test]
fn check_warns_of_exemptions_that_are_expired_or_cover_everything() {
    let directory = Directory::new();
    let account = one_account("{access_token: hunter2}");
    directory.write("f.yaml", &format!("exemption_files: [exempt.yaml]\n{account}"), 0o600).write(
        "exempt.yaml",
        &every_key("2020-01-01").replace("kind: cloud_ssh_key", "glob: '*'"),
        0o600,
    );
    let arguments = ["check", "--config-only", "--config.file=f.yaml"];
    let (code, _, error) = ended(&mut directory.program(&arguments));
    assert_eq!(code, 0);
    for warning in [
        "exempt.yaml:1:3: [0]: exempts every finding of sshkey_unlisted; name the resources",
        "exempt.yaml:1:3: [0]: expired on 2020-01-01 and exempts nothing",
    ] {
        assert!(error.contains(warning), "{error}");
    }
}

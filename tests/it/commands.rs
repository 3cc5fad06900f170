//! The commands that read once and end: `inventory` and `once`.

use std::cmp::Reverse;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ovhcloud_simulator::{Auth, Effect, Rights, Simulator};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::exporter::{Scrape, reference};
use crate::program::{ended, program};
use crate::tools::run;

pub(crate) fn command(simulator: &Simulator, arguments: &[&str]) -> Command {
    let mut command = program(arguments);
    command.envs(simulator.environment(Auth::OAuth2));
    command
}

/// Runs in a thread of its own, since the simulator answers meanwhile.
pub(crate) async fn end(simulator: &Simulator, arguments: &[&str]) -> (i32, String, String) {
    let mut command = command(simulator, arguments);
    spawn_blocking(move || ended(&mut command)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_has_every_object_and_finding() {
    let simulator = reference().await;
    let (code, said, log) = end(&simulator, &["inventory", "--format=json"]).await;
    assert_eq!(code, 0, "{log}");
    assert!(!log.contains('\u{1b}'), "no bar where there is no terminal: {log}");
    let said: Value = serde_json::from_str(&said).unwrap();
    let account = &said["accounts"][0];
    let users = account["inventory"]["iam_user"].as_array().unwrap();
    let mut expected = 0;
    simulator.change(|account| expected = account.list("/me/identity/user").len());
    assert_eq!(users.len(), expected);
    assert!(users.iter().any(|user| user["login"] == "alice" && user["project_id"] == ""));
    let mut prod = String::new();
    simulator.change(|account| prod = account.project("prod").unwrap());
    let keys = account["inventory"]["cloud_ssh_key"].as_array().unwrap();
    assert_eq!(keys.iter().filter(|key| key["project_id"] == prod.as_str()).count(), 3);
    let findings = account["findings"].as_array().unwrap();
    let is_break_glass = |one: &&Value| {
        one["resource_name"] == "break-glass" && one["check"] == "policy_wildcard_action"
    };
    assert_eq!(findings.iter().find(is_break_glass).unwrap()["severity"], "critical");
    let unjudged = account["not_evaluated"].as_array().unwrap();
    assert!(unjudged.iter().any(|one| one["check"] == "sshkey_unlisted"));
    let gaps = account["gaps"].as_array().unwrap();
    assert!(
        gaps.iter().any(|gap| gap["reason"] == "expired" && gap["collector"] == "cloud_ssh_key")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_is_a_table_for_each_resource() {
    let simulator = reference().await;
    simulator.change(|account| {
        account.list_mut("/me/identity/user")[0]["group"] = "a\u{1b}[31m\nb\u{202e}c".into();
    });
    let (code, said, _) = end(&simulator, &["inventory"]).await;
    assert_eq!(code, 0);
    let lines: Vec<_> =
        said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert!(lines.contains(&vec!["iam_user:", "14"]), "{said}");
    assert!(lines.contains(&vec!["login", "alice"]), "{said}");
    assert!(lines.contains(&vec!["group", "a[31mbc"]), "what is no text is left out: {said}");
    assert!(lines.iter().any(|line| line.first() == Some(&"Findings:")), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{202e}']));
}

const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_fails_on_findings_that_are_bad_enough() {
    let simulator = reference().await;
    let (_, said, _) = end(&simulator, &["inventory", "--format=json"]).await;
    let said: Value = serde_json::from_str(&said).unwrap();
    let findings = said["accounts"][0]["findings"].as_array().unwrap();
    let rank = |severity: &Value| SEVERITIES.iter().position(|one| severity == one).unwrap();
    let worst = findings.iter().map(|finding| rank(&finding["severity"])).max().unwrap();
    for (rank, severity) in SEVERITIES.iter().enumerate() {
        let flag = format!("--fail-on={severity}");
        let expected = if rank <= worst { 2 } else { 0 };
        assert_eq!(end(&simulator, &["inventory", &flag]).await.0, expected, "{severity}");
    }
    // A check without data has not passed, and a finding outweighs it.
    simulator.fail("/v2/iam/policy", Effect::Status(403));
    assert_eq!(end(&simulator, &["inventory", "--fail-on=low"]).await.0, 2);
    // No check judges quotas.
    let only = ["--collector.disable-defaults", "--collector.cloud_quota"];
    let policies = ["inventory", "--fail-on=high", "--collector.iam_policy", only[0], only[1]];
    let (code, _, log) = end(&simulator, &policies).await;
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("account `xx1111-ovh` is incomplete: not read: iam_policy"), "{log}");
    assert!(log.contains("policy_wildcard_action"), "{log}");
    // A disabled collector is the operator's decision.
    assert_eq!(end(&simulator, &["inventory", "--fail-on=low", only[0], only[1]]).await.0, 0);
    let (code, _, said) = end(&simulator, &["inventory", "--fail-on=grave"]).await;
    assert_eq!(code, 64);
    assert!(said.contains("critical"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_key_beside_an_unlisted_one_is_named() {
    let simulator = reference().await;
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        let keys = account.list_mut(&format!("/cloud/project/{project}/sshkey"));
        keys[0]["publicKey"] = "garbage".into();
    });
    let fingerprint =
        "--check.sshkey-unlisted.fingerprint=SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let (_, said, _) = end(&simulator, &["inventory", "--format=json", fingerprint]).await;
    let document: Value = serde_json::from_str(&said).unwrap();
    let checks = document["accounts"][0]["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == "sshkey_unlisted").unwrap();
    assert_eq!(
        (check["status"].as_str(), check["reason"].as_str()),
        (Some("fail"), Some("unclear"))
    );
    assert_eq!(check["unclear"].as_array().unwrap().len(), 1, "{check}");
    let (_, said, _) = end(&simulator, &["inventory", fingerprint]).await;
    // The names of checks and resources do not fit side by side: each row is a block of lines.
    let lines: Vec<Vec<_>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    let start = lines.iter().position(|line| *line == ["check", "sshkey_unlisted"]).unwrap();
    let block = [["check", "sshkey_unlisted"], ["status", "fail"], ["reason", "unclear"]];
    assert_eq!(lines[start..start + 3], block, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_off_has_no_verdict_and_fails_nothing() {
    let simulator = reference().await;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check-off.yaml");
    let off = "checks:\n  policy_wildcard_action: {enabled: false}\n  credential_stale: {severity: critical}\n";
    fs::write(&file, off).unwrap();
    let config = format!("--config.file={}", file.display());
    let (_, page, _) = end(&simulator, &["once", &config]).await;
    let not_evaluated = "ovhcloud_policy_check_not_evaluated_info{account=\"xx1111-ovh\",\
        check=\"policy_wildcard_action\",reason=\"disabled\"} 1";
    assert!(page.contains(not_evaluated), "{page}");
    assert!(page.contains("check=\"credential_stale\",severity=\"critical\",project_id"), "{page}");
    assert_eq!(end(&simulator, &["inventory", "--fail-on=critical", &config]).await.0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_which_nothing_is_known_is_no_success() {
    let simulator = reference().await;
    simulator.fail("*", Effect::Status(403));
    for command in ["inventory", "once"] {
        let (code, said, log) = end(&simulator, &[command]).await;
        assert_eq!(code, 1, "{log}");
        assert!(log.contains("nothing could be read: account `EU.0123456789abcdef`: "), "{log}");
        // The report exists, without objects.
        assert!(said.contains("cloud_project"), "{said}");
    }
}

/// The credential's own properties need no permission, and are no data of the account.
#[tokio::test(flavor = "multi_thread")]
async fn a_credential_without_any_right_is_no_success() {
    let simulator = reference().await;
    simulator.rights(Rights::none());
    for arguments in [&["inventory", "--fail-on=low"][..], &["once"]] {
        let (code, _, log) = end(&simulator, arguments).await;
        assert_eq!(code, 1, "{log}");
        assert!(log.contains("nothing could be read: account `xx1111-ovh`: "), "{log}");
    }
}

/// As `head` does, which has read enough.
#[tokio::test(flavor = "multi_thread")]
async fn who_closes_the_pipe_is_no_failure() {
    let simulator = reference().await;
    let mut command = command(&simulator, &["inventory"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn once_is_a_scrape_without_the_exporter_itself() {
    let simulator = reference().await;
    let (code, page, log) = end(&simulator, &["once"]).await;
    assert_eq!(code, 0, "{log}");
    let scrape = Scrape(page);
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), 14.0);
    for own in ["process_", "ovhcloud_exporter_api", "# EOF"] {
        assert!(!scrape.0.contains(own), "{own}");
    }
    let directory = directory("once");
    let file = directory.join("ovhcloud.prom");
    let flag = format!("--output={}", file.display());
    let (code, page, log) = end(&simulator, &["once", &flag]).await;
    assert_eq!((code, page.as_str()), (0, ""), "{log}");
    assert!(fs::read_to_string(&file).unwrap().contains("ovhcloud_iam_users{"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    let page = fs::File::open(&file).unwrap();
    run("promtool", Command::new("promtool").args(["check", "metrics"]).stdin(page));

    let nowhere = format!("--output={}/missing/x.prom", directory.display());
    let (code, _, log) = end(&simulator, &["once", &nowhere]).await;
    assert_eq!(code, 1);
    assert!(log.contains("can't write"), "{log}");
}

/// A line of a terminal without the codes that move the cursor.
fn without_codes(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap().to_owned();
    let rest = parts.map(|part| part.trim_start_matches(|c: char| !c.is_ascii_alphabetic()));
    rest.fold(first, |text, part| text + part.get(1..).unwrap_or_default())
}

/// On a terminal there is a bar; `script` is one.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_sees_how_far_the_pass_has_come() {
    let simulator = reference().await;
    simulator.fail("/v2/iam/policy", Effect::Delay(600));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typescript");
    let program = env!("CARGO_BIN_EXE_ovhcloud-exporter");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty cols 80; {program} inventory")]).arg(&path);
    script
        .env_clear()
        .env("TERM", "xterm")
        .env("PATH", "/usr/bin:/bin")
        .envs(simulator.environment(Auth::OAuth2));
    spawn_blocking(move || run("script", &mut script)).await.unwrap();
    // Where there is no `script`, that was said.
    let Ok(seen) = fs::read_to_string(path) else { return };
    assert!(seen.contains(" lists, ") && seen.contains(" calls, "), "{seen}");
    assert!(seen.contains(" found, about ") && seen.contains("iam_user: 14"), "{seen}");
    for line in seen.split(['\r', '\n']).filter(|line| !line.starts_with("Script ")) {
        assert!(without_codes(line).chars().count() <= 80, "{line:?}");
    }
}

/// An empty directory for the files of a test.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory).unwrap();
    directory
}

const COMMANDS: [&str; 4] = ["inventory", "once", "check", "permissions"];

#[test]
fn a_format_in_the_place_of_a_file_is_an_error_that_names_the_flag() {
    let directory = directory("format-word");
    for command in COMMANDS {
        let mut command = program(&[command, "--output", "json"]);
        let (code, said, error) = ended(command.current_dir(&directory));
        assert_eq!((code, said.as_str()), (64, ""), "{error}");
        assert!(error.contains("give --format json, or ./json for a file"), "{error}");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_writes_to_standard_output_or_to_a_file() {
    let simulator = reference().await;
    let directory = directory("output");
    for (name, mode) in COMMANDS.into_iter().zip([0o600, 0o644, 0o600, 0o600]) {
        let file = directory.join(name);
        for place in ["-", file.to_str().unwrap()] {
            let mut command = command(&simulator, &[name, "--format=text", "--output", place]);
            command.current_dir(&directory);
            let (code, said, log) = spawn_blocking(move || ended(&mut command)).await.unwrap();
            assert_eq!((code, said.is_empty()), (0, place != "-"), "{name} {place}: {log}");
        }
        assert!(!fs::read(&file).unwrap().is_empty());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
    assert!(!directory.join("-").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_textfile_collector_ignores_is_a_warning() {
    let simulator = reference().await;
    let directory = directory("textfile");
    for (name, is_read) in [("x.prom", true), ("x.txt", false), ("x", false)] {
        let flag = format!("--output={}", directory.join(name).display());
        let (code, _, log) = end(&simulator, &["once", &flag]).await;
        assert_eq!((code, !log.contains("names that end in .prom")), (0, is_read), "{log}");
    }
}

const USERS: &str = "/me/identity/user";

fn state<'a>(document: &'a Value, collector: &str) -> &'a Value {
    let states = document["accounts"][0]["collectors"].as_array().unwrap();
    states.iter().find(|state| state["collector"] == collector).unwrap()
}

/// A refused list is no empty list.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_has_no_number() {
    let simulator = reference().await;
    let mut staging = String::new();
    simulator.change(|account| {
        staging = account.project("staging").unwrap();
        account.list_mut("/me/api/application").clear();
    });
    simulator.fail(USERS, Effect::Status(403));
    simulator.fail("/v2/iam/policy", Effect::Status(500));
    simulator.fail(&format!("/cloud/project/{staging}/sshkey"), Effect::Status(403));
    let (code, said, log) = end(&simulator, &["inventory", "--format=json"]).await;
    assert_eq!(code, 1, "{log}");
    let summary = "account `xx1111-ovh` is incomplete: not read: ";
    assert!(log.contains(summary) && log.contains("; partly read: cloud_ssh_key"), "{log}");
    let document: Value = serde_json::from_str(&said).unwrap();
    let inventory = &document["accounts"][0]["inventory"];
    for collector in ["iam_user", "iam_policy"] {
        assert_eq!(state(&document, collector)["state"], "not_read");
        assert_eq!(state(&document, collector)["objects"], Value::Null);
        assert_eq!(state(&document, collector)["read_at"], Value::Null);
        assert_eq!(inventory[collector], Value::Null);
    }
    let keys = state(&document, "cloud_ssh_key");
    assert_eq!((&keys["state"], &keys["objects"]), (&json!("partial"), &json!(3)), "{keys}");
    assert_eq!(keys["projects"]["not_read"], 1, "{keys}");
    let applications = state(&document, "api_application");
    assert_eq!((&applications["state"], &applications["objects"]), (&json!("complete"), &json!(0)));
    assert!(applications["read_at"].is_string(), "{applications}");
    assert_eq!(state(&document, "cloud_s3_credential")["state"], "off");

    let (code, said, _) = end(&simulator, &["inventory"]).await;
    assert_eq!(code, 1);
    let text = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("\niam_user: not read\n"), "{said}");
    assert!(said.contains("\niam_policy: not read\n"), "{said}");
    assert!(said.contains("\napi_application: 0\n"), "{said}");
    assert!(text.contains("grant it account:apiovh:me/identity/user/get"), "{said}");
    let heading = "cloud_ssh_key: at least 3 (1 of 3 projects not read, 1 of 3 projects out of";
    assert!(text.contains(heading), "{said}");
    assert!(text.contains(&format!("project staging ({staging}): ")), "{said}");
    assert!(text.contains("Incomplete: "), "{said}");
}

/// All lists of projects are unknown without the projects.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_list_of_projects_leaves_no_number_below_it() {
    let simulator = reference().await;
    simulator.rights(Rights::none().grant(&["account:*"], &["*"]));
    let (code, said, _) = end(&simulator, &["inventory"]).await;
    assert_eq!(code, 1);
    for collector in ["cloud_project", "cloud_instance", "cloud_ssh_key"] {
        assert!(said.contains(&format!("\n{collector}: not read\n")), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_fits_eighty_columns_and_cuts_no_fingerprint() {
    let simulator = reference().await;
    let (_, said, _) = end(&simulator, &["inventory"]).await;
    for line in said.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let (_, json, _) = end(&simulator, &["inventory", "--format=json"]).await;
    let document: Value = serde_json::from_str(&json).unwrap();
    let keys = document["accounts"][0]["inventory"]["cloud_ssh_key"].as_array().unwrap();
    for key in keys {
        assert!(said.contains(key["fingerprints"]["sha256"].as_str().unwrap()), "{key}");
    }
    let project = keys[0]["project_id"].as_str().unwrap();
    assert!(said.contains(&format!("  project prod ({project})\n")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_findings_come_first_and_the_failing_ones_are_counted() {
    let simulator = reference().await;
    let (code, said, log) =
        end(&simulator, &["inventory", "--format=json", "--fail-on=high"]).await;
    assert_eq!(code, 2, "{log}");
    let document: Value = serde_json::from_str(&said).unwrap();
    let findings = document["accounts"][0]["findings"].as_array().unwrap();
    let rank = |found: &Value| SEVERITIES.iter().position(|one| found["severity"] == *one).unwrap();
    let text = |found: &Value, member: &str| found[member].as_str().unwrap().to_owned();
    let key = |found: &Value| {
        let names = ["check", "project_id", "resource_name"].map(|member| text(found, member));
        (Reverse(rank(found)), names)
    };
    assert!(findings.is_sorted_by_key(key), "{findings:?}");
    let high = SEVERITIES.iter().position(|one| *one == "high").unwrap();
    let bad = findings.iter().filter(|found| rank(found) >= high).count();
    let wildcards = findings.iter().filter(|found| found["check"] == "policy_wildcard_action");
    let wildcards = wildcards.count();
    assert!(log.contains(&format!("{bad} findings of severity high or above (")), "{log}");
    assert!(log.contains(&format!("policy_wildcard_action: {wildcards}")), "{log}");
}

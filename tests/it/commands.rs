//! The commands that read once and end: `inventory` and `once`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use ovhcloud_simulator::{Auth, Effect, Rights, Simulator};
use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::exporter::{Scrape, reference};
use crate::program::{ended, program};
use crate::tools::run;

fn command(simulator: &Simulator, arguments: &[&str]) -> Command {
    let mut command = program(arguments);
    command.envs(simulator.environment(Auth::OAuth2));
    command
}

/// Runs in a thread of its own, since the simulator answers meanwhile.
async fn end(simulator: &Simulator, arguments: &[&str]) -> (i32, String, String) {
    let mut command = command(simulator, arguments);
    spawn_blocking(move || ended(&mut command)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_has_every_object_and_finding() {
    let simulator = reference().await;
    let (code, said, log) = end(&simulator, &["inventory", "--output=json"]).await;
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
    let is_break_glass = |one: &&Value| one["resource_name"] == "break-glass";
    assert_eq!(findings.iter().find(is_break_glass).unwrap()["severity"], "high");
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
        account.list_mut("/me/identity/user")[0]["group"] = "a\u{1b}[31m\nb".into();
    });
    let (code, said, _) = end(&simulator, &["inventory"]).await;
    assert_eq!(code, 0);
    let lines: Vec<_> =
        said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert!(lines.contains(&vec!["iam_user:", "7"]), "{said}");
    assert!(lines.contains(&vec!["login", "group", "status"]), "{said}");
    assert!(lines.contains(&vec!["alice", "a[31mb", "OK"]), "what is no text is left out: {said}");
    assert!(lines.iter().any(|line| line.first() == Some(&"Findings:")), "{said}");
    assert!(!said.contains('\u{1b}'));
}

const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_fails_on_findings_that_are_bad_enough() {
    let simulator = reference().await;
    let (_, said, _) = end(&simulator, &["inventory", "--output=json"]).await;
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
    let only = ["--collector.disable-defaults", "--collector.cloud_project"];
    let policies = ["inventory", "--fail-on=high", "--collector.iam_policy", only[0], only[1]];
    let (code, _, log) = end(&simulator, &policies).await;
    assert_eq!(code, 1, "{log}");
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
    let (_, said, _) = end(&simulator, &["inventory", "--output=json", fingerprint]).await;
    let document: Value = serde_json::from_str(&said).unwrap();
    let checks = document["accounts"][0]["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == "sshkey_unlisted").unwrap();
    assert_eq!(
        (check["status"].as_str(), check["reason"].as_str()),
        (Some("fail"), Some("unclear"))
    );
    assert_eq!(check["unclear"].as_array().unwrap().len(), 1, "{check}");
    let (_, said, _) = end(&simulator, &["inventory", fingerprint]).await;
    let line = said.lines().find(|line| line.trim_start().starts_with("sshkey_unlisted")).unwrap();
    assert!(line.contains("fail") && line.contains("unclear"), "{said}");
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
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), 7.0);
    for own in ["process_", "ovhcloud_exporter_api", "# EOF"] {
        assert!(!scrape.0.contains(own), "{own}");
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("once");
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory).unwrap();
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

/// On a terminal there is a bar; `script` is one.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_sees_how_far_the_pass_has_come() {
    let simulator = reference().await;
    simulator.fail("/v2/iam/policy", Effect::Delay(600));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typescript");
    let program = env!("CARGO_BIN_EXE_ovhcloud-exporter");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{program} inventory")]).arg(&path);
    script
        .env_clear()
        .env("TERM", "xterm")
        .env("PATH", "/usr/bin:/bin")
        .envs(simulator.environment(Auth::OAuth2));
    spawn_blocking(move || run("script", &mut script)).await.unwrap();
    // Where there is no `script`, that was said.
    let Ok(seen) = fs::read_to_string(path) else { return };
    assert!(seen.contains(" lists, ") && seen.contains(" calls, "), "{seen}");
    assert!(seen.contains(" found, about ") && seen.contains("iam_user: 7"), "{seen}");
}

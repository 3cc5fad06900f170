//! The state file: the restored inventory after a restart, rejected files, and atomic writes of a
//! killed process.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::refresh::{Intervals, Refresh};
use ovhcloud_exporter::config::{Config, ConfigErrors};
use ovhcloud_simulator::{Account, Auth, Effect, Fault, Options, Simulator, Size};
use serde_json::Value;
use tokio::time::sleep;

use crate::commands::end;
use crate::exporter::{NOW, Scrape, account, reference, simulator, time};
use crate::program::{ended, program, serving, signal};
use crate::running::{Running, configuration};

/// How soon after its start an exporter serves what it kept: 100 ms, and more for a build that is
/// not optimised and shares the machine with every other test.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2000 } else { 100 });

/// A directory of its own for each test.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("state-{name}"));
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn kept_in(file: &Path, simulator: &Simulator) -> Config {
    let config = configuration(vec![account(simulator, ListMode::Auto)]);
    Config { state_file: Some(file.to_owned()), ..config }
}

fn nothing_else() -> Result<Config, ConfigErrors> {
    Err(ConfigErrors(vec!["no other configuration".to_owned()]))
}

/// A file that an exporter of this simulator kept.
pub(crate) async fn kept(file: &Path, simulator: &Simulator) {
    let running = Running::of(kept_in(file, simulator), nothing_else).await;
    running.scrape(|page| page.0.contains("ovhcloud_cloud_instances{")).await;
    running.stop().await;
}

/// The file matches its first line.
fn assert_whole(file: &Path) {
    let bytes = fs::read(file).unwrap();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let line = str::from_utf8(&bytes[..end]).unwrap();
    let words: Vec<_> = line.split(' ').collect();
    assert_eq!(words[..2], ["ovhcloud-exporter-state", "1"]);
    let body = &bytes[end + 1..];
    assert_eq!(words[2].parse::<usize>().unwrap(), body.len());
    serde_json::from_slice::<Value>(body).unwrap();
}

#[tokio::test]
async fn a_restart_serves_what_was_known_at_once_and_with_its_true_dates() {
    let simulator = reference().await;
    let file = directory("restart").join("state");
    kept(&file, &simulator).await;
    assert_whole(&file);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);

    simulator.fail("*", Effect::Hang);
    let later = || time("2026-11-21T00:30:00Z");
    let running = Running::at(kept_in(&file, &simulator), later, nothing_else).await;
    // At once, not when it is ready.
    let scrape = Scrape(running.get("/metrics").await.text().await.unwrap());
    assert!(scrape.sum("ovhcloud_cloud_instances", &[]) > 0.0);
    assert!(scrape.sum("ovhcloud_policy_violations", &[]) > 0.0);
    let date = 1_795_219_200.0;
    assert_eq!(scrape.value("ovhcloud_account_last_refresh_timestamp_seconds", &[]), date);
    let success = "ovhcloud_collector_last_success_timestamp_seconds";
    assert_eq!(scrape.value(success, &[("collector", "iam_user")]), date);
    assert_eq!(running.get("/-/ready").await.status(), 200);
    running.stop().await;

    // It goes on from there: what happened meanwhile is a change.
    simulator.faults(Vec::new());
    simulator.change(|account| drop(account.list_mut("/me/identity/user").pop()));
    let running = Running::at(kept_in(&file, &simulator), later, nothing_else).await;
    let removed = [("collector", "iam_user"), ("change", "removed")];
    let changes = "ovhcloud_inventory_changes_total";
    running.scrape(|page| page.values(changes, &removed) == [1.0]).await;
    running.stop().await;
}

/// The times since when policies violate `policy_wildcard_action`, which no date of theirs holds.
fn since(page: &Scrape) -> Vec<f64> {
    let check = [("check", "policy_wildcard_action")];
    page.values("ovhcloud_policy_violation_since_timestamp_seconds", &check)
}

#[tokio::test]
async fn a_violation_keeps_its_first_sight_over_a_restart() {
    let simulator = reference().await;
    let file = directory("since").join("state");
    kept(&file, &simulator).await;
    let later = || time("2026-11-21T00:30:00Z");
    let refreshed = |page: &Scrape| {
        page.values("ovhcloud_account_last_refresh_timestamp_seconds", &[]) == [1_795_221_000.0]
    };
    let running = Running::at(kept_in(&file, &simulator), later, nothing_else).await;
    let page = running.scrape(refreshed).await;
    let first = since(&page);
    assert!(first.len() > 2, "{first:?}");
    assert!(
        first.iter().all(|since| *since == 1_795_219_200.0),
        "first seen at midnight: {first:?}"
    );
    running.stop().await;

    // A file of an exporter that kept no first sights is read all the same.
    let old = without_first_sights(&file);
    fs::write(&file, old).unwrap();
    simulator.fail("*", Effect::Hang);
    let running = Running::at(kept_in(&file, &simulator), later, nothing_else).await;
    let page = Scrape(running.get("/metrics").await.text().await.unwrap());
    assert!(page.sum("ovhcloud_iam_users", &[]) > 0.0);
    let renewed = since(&page);
    assert_eq!(renewed, vec![1_795_221_000.0; first.len()], "first seen at the restart");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_read_once_know_the_first_sights_of_the_file() {
    let simulator = reference().await;
    let file = directory("once").join("state");
    kept(&file, &simulator).await;
    let state = format!("--state.file={}", file.display());
    let first: Timestamp = time(NOW);
    for (arguments, is_first) in [
        (vec!["inventory", "--format=json", &state], true),
        (vec!["report", "--format=json", &state], true),
        (vec!["report", "--format=json", &state, "--from-state"], true),
        (vec!["report", "--format=json"], false),
    ] {
        let (_, said, log) = end(&simulator, &arguments).await;
        let said: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{log}"));
        let findings = said["accounts"][0]["findings"].as_array().unwrap().iter();
        let undated = findings.filter(|found| found["check"] == "policy_wildcard_action");
        let since: Vec<Timestamp> =
            undated.map(|found| found["since"].as_str().unwrap().parse().unwrap()).collect();
        assert!(since.len() > 2, "{arguments:?}: {log}");
        assert!(since.iter().all(|one| (*one == first) == is_first), "{arguments:?}: {since:?}");
    }
}

/// The file as an exporter writes it that keeps no first sights.
fn without_first_sights(file: &Path) -> Vec<u8> {
    edited(file, |account| {
        assert!(account.as_object_mut().unwrap().remove("findings").is_some());
    })
}

/// The file with its accounts edited, and a first line that matches.
fn edited(file: &Path, edit: impl Fn(&mut Value)) -> Vec<u8> {
    let bytes = fs::read(file).unwrap();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let mut accounts: Vec<Value> = serde_json::from_slice(&bytes[end + 1..]).unwrap();
    accounts.iter_mut().for_each(edit);
    let body = serde_json::to_vec(&accounts).unwrap();
    let line = format!("ovhcloud-exporter-state 1 {} {:08x}\n", body.len(), crc32fast::hash(&body));
    [line.into_bytes(), body].concat()
}

/// The members that version 0.1 did not keep, by collector, with a family of the collector.
const YOUNG: [(&str, &str, &[&str]); 7] = [
    (
        "api_credential",
        "ovhcloud_api_credentials",
        &["expires", "rules", "allowed_ips", "ovh_support"],
    ),
    ("iam_user", "ovhcloud_iam_users", &["groups", "kind", "urn", "created", "password_updated"]),
    (
        "cloud_instance",
        "ovhcloud_cloud_instances",
        &["ssh_key", "image", "created", "public_addresses"],
    ),
    ("iam_policy", "ovhcloud_iam_policies", &["conditions", "updated"]),
    ("cloud_ssh_key", "ovhcloud_cloud_ssh_keys", &["algorithm"]),
    ("cloud_database", "ovhcloud_cloud_databases", &["backups", "without_tls"]),
    ("okms", "ovhcloud_okms_resources", &["bits", "curve"]),
];

/// Removes members at any depth; how many there were.
fn remove(value: &mut Value, members: &[&str]) -> usize {
    match value {
        Value::Object(map) => {
            let removed = members.iter().filter(|name| map.remove(**name).is_some()).count();
            removed + map.values_mut().map(|value| remove(value, members)).sum::<usize>()
        }
        Value::Array(items) => items.iter_mut().map(|item| remove(item, members)).sum(),
        _ => 0,
    }
}

#[tokio::test]
async fn a_file_without_the_members_of_later_versions_loses_no_object_and_makes_no_change() {
    let simulator = reference().await;
    let file = directory("young").join("state");
    kept(&file, &simulator).await;
    let old = edited(&file, |account| {
        for (collector, _, members) in YOUNG {
            let removed = remove(&mut account["inventory"][collector], members);
            assert!(removed > members.len(), "{collector}: {removed}");
        }
    });
    fs::write(&file, old).unwrap();
    simulator.fail("*", Effect::Hang);
    let later = || time("2026-11-21T00:30:00Z");
    let running = Running::at(kept_in(&file, &simulator), later, nothing_else).await;
    let page = Scrape(running.get("/metrics").await.text().await.unwrap());
    for (collector, family, _) in YOUNG {
        assert!(page.sum(family, &[]) > 0.0, "{collector} is lost");
    }
    // Unknown, not 0.
    for family in [
        "ovhcloud_api_credentials_unrestricted",
        "ovhcloud_api_credentials_by_access",
        "ovhcloud_cloud_instance_public_addresses",
        "ovhcloud_cloud_databases_without_tls",
    ] {
        page.lacks(family, &[]);
    }
    running.stop().await;

    simulator.faults(Vec::new());
    let running = Running::at(kept_in(&file, &simulator), later, nothing_else).await;
    let page =
        running.scrape(|page| page.sum("ovhcloud_api_credentials_unrestricted", &[]) > 0.0).await;
    for (collector, ..) in YOUNG {
        let changed = page.values("ovhcloud_inventory_changes_total", &[("collector", collector)]);
        assert!(changed.iter().all(|count| *count == 0.0), "{collector}: {changed:?}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_restart_of_a_large_account_is_prompt() {
    let size = Size { projects: 20, instances: 100, credentials: 200, ..Size::default() };
    let simulator = simulator(Options::new(Account::generate(size, time(NOW)))).await;
    let file = directory("large").join("state");
    kept(&file, &simulator).await;
    simulator.fail("*", Effect::Hang);
    let began = Instant::now();
    let running = Running::of(kept_in(&file, &simulator), nothing_else).await;
    let scrape = Scrape(running.get("/metrics").await.text().await.unwrap());
    let took = began.elapsed();
    assert!(scrape.sum("ovhcloud_cloud_instances", &[]) > 1000.0);
    assert!(took < AT_ONCE, "{took:?}");
    running.stop().await;
}

#[tokio::test]
async fn what_is_too_old_or_of_another_account_or_collector_is_not_served() {
    let simulator = reference().await;
    let file = directory("others").join("state");
    kept(&file, &simulator).await;
    simulator.fail("*", Effect::Hang);
    let page = async |config: Config, clock: fn() -> Timestamp| {
        let running = Running::at(config, clock, nothing_else).await;
        let page = Scrape(running.get("/metrics").await.text().await.unwrap());
        running.stop().await;
        page
    };
    let now = || time("2026-11-21T00:01:00Z");
    page(kept_in(&file, &simulator), || time("2026-11-21T01:00:01Z"))
        .await
        .lacks("ovhcloud_cloud_instances", &[]);
    // Before it was written.
    page(kept_in(&file, &simulator), || time("2026-11-20T00:00:00Z"))
        .await
        .lacks("ovhcloud_cloud_instances", &[]);
    let mut other = kept_in(&file, &simulator);
    other.accounts[0].name = "other".to_owned();
    other.accounts[0].is_named = true;
    page(other, now).await.lacks("ovhcloud_cloud_instances", &[]);
    let mut fewer = kept_in(&file, &simulator);
    fewer.accounts[0].collectors.remove("cloud_instance");
    let fewer = page(fewer, now).await;
    fewer.lacks("ovhcloud_cloud_instances", &[]);
    assert!(fewer.sum("ovhcloud_iam_users", &[]) > 0.0);
}

/// The program against this simulator, with this file. Its account has a name, so that the first
/// line of the log does not wait for OVHcloud.
fn started(simulator: &Simulator, file: &Path) -> Child {
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("one-named-account.yaml");
    fs::write(&config, "accounts: [{name: default}]\n").unwrap();
    let config = format!("--config.file={}", config.display());
    let file = format!("--state.file={}", file.display());
    let mut command = program(&["--web.listen-address=127.0.0.1:0", &file, &config]);
    command.envs(simulator.environment(Auth::OAuth2));
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The standard error of the program until it is killed.
async fn said(simulator: &Simulator, file: &Path, after: Duration) -> String {
    let mut child = started(simulator, file);
    sleep(after).await;
    child.kill().unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

#[tokio::test]
async fn a_file_that_is_not_to_be_believed_is_refused_with_a_warning() {
    let simulator = reference().await;
    let directory = directory("refused");
    let good = directory.join("good");
    kept(&good, &simulator).await;
    let good = fs::read(&good).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    simulator.fail("*", Effect::Hang);
    for (name, content, warning) in [
        ("empty", Vec::new(), "truncated or edited"),
        ("cut", good[..good.len() / 2].to_vec(), "truncated or edited"),
        ("edited", text.replacen("ACTIVE", "ATTIVE", 1).into(), "truncated or edited"),
        ("newer", text.replacen("state 1 ", "state 2 ", 1).into(), "it is of version 2"),
        ("foreign", b"[accounts]\n".to_vec(), "not a state file of this program"),
        ("binary", vec![0xff; 4096], "not a state file of this program"),
    ] {
        let file = directory.join(name);
        fs::write(&file, &content).unwrap();
        let said = said(&simulator, &file, Duration::from_millis(700)).await;
        assert!(said.contains(warning), "{name}: {said}");
        assert_eq!(said.matches("level=warn").count(), 1, "{name}: {said}");
        assert!(said.contains("msg=serving") || said.contains("serving"), "{name}: {said}");
        assert_eq!(fs::read(&file).unwrap(), content, "{name}");
    }
    // A foreign file is not replaced either when there is state to save.
    simulator.faults(Vec::<Fault>::new());
    for (name, is_replaced) in [("cut", true), ("newer", true), ("foreign", false)] {
        let mut child = started(&simulator, &directory.join(name));
        serving(&mut child, "ovhcloud_cloud_instances{").await;
        sleep(Duration::from_millis(300)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let is_ours =
            fs::read(directory.join(name)).unwrap().starts_with(b"ovhcloud-exporter-state 1 ");
        assert_eq!(is_ours, is_replaced, "{name}");
    }
}

#[tokio::test]
async fn the_log_reports_that_the_kept_inventory_is_served() {
    let simulator = reference().await;
    let file = directory("told").join("state");
    let mut child = started(&simulator, &file);
    serving(&mut child, "ovhcloud_cloud_instances{").await;
    signal(&child, "TERM");
    child.wait().unwrap();
    simulator.fail("*", Effect::Hang);
    let said = said(&simulator, &file, Duration::from_millis(700)).await;
    assert!(said.contains("serving the saved state until the next refresh"), "{said}");
    assert!(said.contains("account=default began="), "{said}");
}

#[tokio::test]
async fn a_path_that_can_not_be_written_to_is_reported_and_stops_nothing() {
    let simulator = reference().await;
    let file = directory("missing").join("nowhere/state");
    let said = said(&simulator, &file, Duration::from_secs(5)).await;
    assert!(said.contains("the state was not written"), "{said}");
    assert!(said.contains("refresh complete"), "{said}");
}

/// Many accounts that are read every second, so that the file is written nearly all the time.
/// The simulator answers in other threads, so that it delays no kill.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_killed_at_any_moment_leaves_a_whole_file() {
    let size = Size { projects: 10, instances: 100, ..Size::default() };
    let simulator = simulator(Options::new(Account::generate(size, time(NOW)))).await;
    let directory = directory("killed");
    let (file, config) = (directory.join("state"), directory.join("config.yaml"));
    let variables = simulator.environment(Auth::OAuth2);
    let variable = |name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).unwrap()
    };
    let (endpoint, id) = (variable("OVH_ENDPOINT"), variable("OVH_CLIENT_ID"));
    let (token_url, secret) =
        (endpoint.replace("/1.0", "/auth/oauth2/token"), variable("OVH_CLIENT_SECRET"));
    let accounts = (0..8).map(|number| {
        format!(
            "  - {{name: a{number}, endpoint: '{endpoint}', token_url: '{token_url}', \
             credential: {{client_id: {id}, client_secret: {secret}}}}}\n"
        )
    });
    let head =
        format!("refresh: {{interval: 1s, jitter: 1s}}\nstate: {{file: {}}}", file.display());
    let text = format!("{head}\naccounts:\n{}", accounts.collect::<String>());
    fs::write(&config, text).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    let config = format!("--config.file={}", config.display());
    let (code, said, _) = ended(&mut program(&["check", "--config-only", &config]));
    assert_eq!(code, 0, "{said}");
    let beside = || {
        let entries = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        let is_beside = |path: &PathBuf| path.to_str().unwrap().contains("/.state.");
        entries.filter(is_beside).collect::<Vec<_>>()
    };
    let mut cut_short = 0;
    for round in 0..6 {
        let mut command = program(&["--web.listen-address=127.0.0.1:0", &config]);
        let mut child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_mins(3);
        while !file.exists() {
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("it was never written");
            }
            sleep(Duration::from_millis(1)).await;
        }
        // Killed while it writes if this thread sees one of the writes, and at any other moment on a
        // machine that is too busy for it.
        let deadline = Instant::now() + Duration::from_secs(10);
        while beside().is_empty() && Instant::now() < deadline {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_millis(round)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_whole(&file);
        // Leftovers beside it are those of a killed writer.
        for path in beside() {
            cut_short += 1;
            fs::remove_file(path).unwrap();
        }
    }
    println!("killed in the middle of writing: {cut_short} of 6");
}

/// A part of an inventory must not count as a complete one.
#[tokio::test]
async fn what_is_too_old_in_a_file_that_is_not_is_not_judged() {
    let simulator = reference().await;
    let file = directory("aged").join("state");
    let rarely = || {
        let mut config = kept_in(&file, &simulator);
        let hours = |count| Duration::from_hours(count);
        config.refresh = Refresh::new(None, Some(hours(10))).unwrap();
        config.intervals = Intervals([("iam_policy", hours(3))].into());
        config
    };
    let last_pass = "ovhcloud_account_last_refresh_timestamp_seconds";
    for clock in [(|| time(NOW)) as fn() -> Timestamp, || time("2026-11-21T02:30:00Z")] {
        let running = Running::at(rarely(), clock, nothing_else).await;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit 52 bits")]
        let now = clock().as_second() as f64;
        running.scrape(|page| page.values(last_pass, &[]) == [now]).await;
        running.stop().await;
    }
    simulator.fail("*", Effect::Hang);
    let status = |word| [("check", "policy_wildcard_action"), ("status", word)];
    for (clock, word) in [
        ((|| time("2026-11-21T11:00:00Z")) as fn() -> Timestamp, "fail"),
        (|| time("2026-11-21T12:20:00Z"), "not_evaluated"),
    ] {
        let running = Running::at(rarely(), clock, nothing_else).await;
        let page = Scrape(running.get("/metrics").await.text().await.unwrap());
        assert_eq!(page.value("ovhcloud_policy_check_status", &status(word)), 1.0, "{word}");
        assert!(page.sum("ovhcloud_iam_users", &[]) > 0.0, "what is young is served");
        running.stop().await;
    }
}

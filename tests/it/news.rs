//! The log of a running exporter: a line for each resource and finding that came, went or changed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use std::{fs, thread};

use ovhcloud_simulator::{Auth, Simulator};
use serde_json::{Value, json};

use crate::exporter::{Scrape, reference};
use crate::program::{program, scrape, signal, wait};

/// How long a line may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that serves, and the lines of its log.
struct Served {
    child: Child,
    lines: Receiver<String>,
    /// The lines so far.
    seen: Vec<Value>,
}

impl Served {
    /// Refreshes every second, and logs JSON.
    fn start(simulator: &Simulator, more: &[&str]) -> Self {
        let usual =
            ["--web.listen-address=127.0.0.1:0", "--refresh.interval=1s", "--log.format=json"];
        let mut child = program(&[&usual[..], more].concat())
            .envs(simulator.environment(Auth::OAuth2))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = child.stderr.take().unwrap();
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(log).lines() {
                if send.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a line, and gives its place.
    fn until(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no {what}: {:#?}", self.seen));
            let line: Value = serde_json::from_str(&line).unwrap();
            self.seen.push(line.clone());
            if is_it(&line) {
                return line;
            }
        }
    }

    /// Waits for the end of this many refreshes.
    fn refreshes(&mut self, count: usize) {
        for _ in 0..count {
            self.until("refresh", |line| line["msg"] == "refresh complete");
        }
    }

    /// The lines of changes so far.
    fn news(&self) -> Vec<&Value> {
        let is_news = |line: &&Value| {
            let text = line["msg"].as_str().unwrap();
            text.starts_with("resource ")
                || text.starts_with("finding ")
                || text.starts_with("more changes")
        };
        self.seen.iter().filter(is_news).collect()
    }

    fn stop(mut self) {
        signal(&self.child, "TERM");
        assert_eq!(wait(&mut self.child), Some(0));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
    }
}

/// The SSH keys of the project prod, to be changed.
fn keys(simulator: &Simulator, change: impl Fn(&mut Vec<Value>)) {
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        change(account.list_mut(&format!("/cloud/project/{project}/sshkey")));
    });
}

const EVIL: &str = "door\nlevel=info msg=\"forged\"\u{1b}[31m";

fn add_evil(simulator: &Simulator) {
    keys(simulator, |keys| {
        let mut key = keys[0].clone();
        key["id"] = "evil".into();
        key["name"] = EVIL.into();
        keys.push(key);
    });
}

fn is(msg: &'static str, id: &'static str) -> impl Fn(&Value) -> bool {
    move |line| line["msg"] == msg && line["id"] == id
}

/// The log has everything that the counters count, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_lived_for_one_refresh_only_has_a_name_and_the_counters_agree() {
    let simulator = reference().await;
    let mut served = Served::start(&simulator, &[]);
    let url = served.until("address", |line| line["msg"] == "serving")["url"].clone();
    served.refreshes(2);
    assert_eq!(
        served.news(),
        Vec::<&Value>::new(),
        "the first refresh has nothing to compare with"
    );
    add_evil(&simulator);
    let line = served.until("key", is("resource added", "evil"));
    assert_eq!((&line["kind"], &line["name"]), (&json!("cloud_ssh_key"), &json!(EVIL)));
    assert_eq!((&line["level"], &line["account"]), (&json!("info"), &json!("xx1111-ovh")));
    assert_eq!(line["project_id"].as_str().unwrap().len(), 32);
    keys(&simulator, |keys| drop(keys.pop()));
    served.until("end of the key", is("resource removed", "evil"));
    simulator.change(|account| {
        let users = account.list_mut("/me/identity/user");
        let bob = users.iter_mut().find(|user| user["login"] == "bob").unwrap();
        (bob["group"], bob["groups"]) = (json!("DEFAULT"), json!(["DEFAULT"]));
    });
    let line = served
        .until("repair", |line| line["msg"] == "finding resolved" && line["check"] == "user_admin");
    assert_eq!((&line["kind"], &line["id"]), (&json!("iam_user"), &json!("bob")));
    assert_eq!(line["severity"], "high");
    simulator.change(|account| {
        account.list_mut("/me/identity/user").retain(|user| user["login"] != "bob");
    });
    served.until("end of bob", is("resource removed", "bob"));
    let line = served.until("finding", |line| {
        line["msg"] == "finding appeared" && line["check"] == "policy_dangling_identity"
    });
    assert_eq!(line["evidence"], "names user bob");
    served.refreshes(2);
    let mut counts: BTreeMap<(String, String), f64> = BTreeMap::new();
    for line in served.news() {
        if let Some(change) = line["msg"].as_str().unwrap().strip_prefix("resource ") {
            let kind = line["kind"].as_str().unwrap().to_owned();
            *counts.entry((kind, change.to_owned())).or_default() += 1.0;
        }
    }
    let page = Scrape(scrape(url.as_str().unwrap(), |_| true).await);
    let family = "ovhcloud_inventory_changes_total";
    for ((kind, change), count) in &counts {
        let labels = [("collector", kind.as_str()), ("change", change.as_str())];
        assert_eq!(page.value(family, &labels), *count, "{kind} {change}");
    }
    assert_eq!(page.sum(family, &[]), counts.values().sum::<f64>(), "{counts:?}");
    served.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_refresh_are_bounded_and_the_rest_is_counted() {
    let simulator = reference().await;
    let mut served = Served::start(&simulator, &[]);
    served.refreshes(1);
    keys(&simulator, |keys| {
        let key = keys[0].clone();
        for index in 0..130 {
            let mut key = key.clone();
            (key["id"], key["name"]) = (format!("key-{index:03}").into(), "many".into());
            keys.push(key);
        }
    });
    let line = served.until("bound", |line| line["msg"] == "more changes than a refresh logs");
    let named = served.news().len() - 1;
    let (left, kinds) = (line["left_out"].as_u64().unwrap(), line["kinds"].as_str().unwrap());
    assert_eq!(named, 100);
    assert!(left >= 30 && kinds.contains("cloud_ssh_key:30"), "{line}");
    served.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_are_off_by_flag_by_file_and_with_counts() {
    let simulator = reference().await;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("news");
    fs::create_dir_all(&directory).unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        format!("--config.file={}", path.display())
    };
    let by_file = file("off.yaml", "log: {changes: false}\n");
    let by_detail = file("counts.yaml", "detail: counts\n");
    let mut all: Vec<_> = ["--no-log.changes", &by_file, &by_detail]
        .map(|flag| Served::start(&simulator, &[flag]))
        .into();
    for served in &mut all {
        served.refreshes(1);
    }
    add_evil(&simulator);
    for mut served in all {
        served.refreshes(3);
        assert_eq!(served.news(), Vec::<&Value>::new());
        served.stop();
    }
}

/// The saved state is the refresh before, and a collector that is read for the first time is no news.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_continues_from_the_saved_state() {
    let simulator = reference().await;
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("news-state");
    fs::remove_file(&state).ok();
    let flag = format!("--state.file={}", state.display());
    let mut first = Served::start(&simulator, &[&flag, "--no-collector.iam_group"]);
    first.refreshes(2);
    first.stop();
    add_evil(&simulator);
    let mut second = Served::start(&simulator, &[&flag]);
    second.refreshes(1);
    let news = second.news();
    assert!(news.iter().any(|line| is("resource added", "evil")(line)), "{news:?}");
    let of_groups: Vec<_> = news.iter().filter(|line| line["kind"] == "iam_group").collect();
    let is_old = |line: &Value| line["msg"] == "finding may be older";
    assert_eq!(of_groups.into_iter().find(|line| !is_old(line)), None);
    second.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_name_forges_no_line_of_the_log() {
    let simulator = reference().await;
    let mut child = program(&["--web.listen-address=127.0.0.1:0", "--refresh.interval=1s"])
        .envs(simulator.environment(Auth::OAuth2))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("refresh complete")));
    add_evil(&simulator);
    let line = lines.find(|line| line.contains("resource added")).unwrap();
    assert!(line.contains(r#"name="door\nlevel=info msg=\"forged\"\u001b[31m""#), "{line}");
    signal(&child, "TERM");
    assert_eq!(wait(&mut child), Some(0));
}

fn user(simulator: &Simulator, login: &str, group: &str) {
    simulator.change(|account| {
        let users = account.list_mut("/me/identity/user");
        let user = users.iter_mut().find(|user| user["login"] == login).unwrap();
        let groups = if group.is_empty() { json!([]) } else { json!([group]) };
        (user["group"], user["groups"]) = (group.into(), groups);
    });
}

/// A resource that is never clear hides no other.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_violation_beside_an_unclear_resource_has_a_line() {
    let simulator = reference().await;
    user(&simulator, "bob", "DEFAULT");
    user(&simulator, "dave", "nobody");
    let mut served = Served::start(&simulator, &[]);
    served.refreshes(1);
    user(&simulator, "alice", "ADMIN");
    let line = served.until("user", is("resource changed", "alice"));
    let members = line["members"].as_str().unwrap();
    assert!(members.split(',').any(|member| member == "group"), "{line}");
    let is_it = |line: &Value| line["check"] == "user_admin" && line["id"] == "alice";
    let line = served.until("finding", is_it);
    assert_eq!(line["msg"], "finding appeared");
    user(&simulator, "dave", "ADMIN");
    let line =
        served.until("another", |line| line["check"] == "user_admin" && line["id"] == "dave");
    assert_eq!(
        (&line["msg"], &line["reason"]),
        (&json!("finding may be older"), &json!("unclear"))
    );
    simulator.change(|account| {
        account.list_mut("/me/identity/user").retain(|user| user["login"] != "alice");
    });
    let line = served.until("its end", is_it);
    assert_eq!(line["msg"], "finding gone with its resource");
    served.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn other_settings_resolve_nothing_and_an_exemption_changes_a_finding() {
    let simulator = reference().await;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("news");
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("settings.yaml");
    fs::write(&path, "detail: full\n").unwrap();
    let mut served = Served::start(&simulator, &[&format!("--config.file={}", path.display())]);
    served.refreshes(2);
    let exemption = "exemptions:\n  - {check: user_admin, resource: {id: bob}, reason: known, \
                     owner: team, until: 2099-01-01}\n";
    fs::write(&path, exemption).unwrap();
    signal(&served.child, "HUP");
    let line = served.until("exemption", |line| line["check"] == "user_admin");
    assert_eq!((&line["msg"], &line["members"]), (&json!("finding changed"), &json!("exemption")));
    assert_eq!(line["exempt"], true);
    fs::write(&path, "checks: {user_admin: {severity: low}}\n").unwrap();
    signal(&served.child, "HUP");
    let line = served.until("severity", |line| line["check"] == "user_admin");
    assert_eq!(line["members"], "exemption,severity");
    served.seen.clear();
    fs::write(&path, "checks: {credential_stale: {after: 800d}}\n").unwrap();
    signal(&served.child, "HUP");
    served.until("settings", |line| {
        line["msg"]
            .as_str()
            .unwrap()
            .starts_with("settings of the checks changed: findings are not")
    });
    served.refreshes(2);
    assert!(served.news().iter().all(|line| line["check"] != "credential_stale"));
    served.stop();
}

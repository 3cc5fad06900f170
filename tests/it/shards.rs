//! Several processes that divide the accounts of one configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use ovhcloud_exporter::collectors;
use ovhcloud_simulator::{Auth, Simulator};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::exporter::{Scrape, reference};
use crate::program::{ended, logged_url, program, scrape, signal, wait};

const INTERVAL: &str = "ovhcloud_account_refresh_interval_seconds";
const READ: &str = "ovhcloud_account_last_refresh_timestamp_seconds";
const WATCHED: &str = "ovhcloud_exporter_accounts";

/// The names of the accounts of all shards.
fn names() -> Vec<String> {
    (0..13).map(|number| format!("team-{number}")).collect()
}

fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shards-{name}"));
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// A configuration with these accounts, all of one simulator.
fn configured(directory: &Path, simulator: &Simulator, names: &[String]) -> PathBuf {
    let variables: BTreeMap<_, _> = simulator.environment(Auth::OAuth2).into_iter().collect();
    let account = |name: &String| {
        json!({
            "name": name,
            "endpoint": variables["OVH_ENDPOINT"],
            "credential": {
                "client_id": variables["OVH_CLIENT_ID"],
                "client_secret": variables["OVH_CLIENT_SECRET"],
            },
        })
    };
    let is_on = |name: &str| name == "iam_user";
    let collectors: Value = collectors::ALL.iter().map(|it| (it.name, is_on(it.name))).collect();
    let config = json!({
        "accounts": names.iter().map(account).collect::<Vec<_>>(),
        "collectors": collectors,
        "web": { "listen_addresses": ["127.0.0.1:0"] },
    });
    let file = directory.join("config.yaml");
    fs::write(&file, config.to_string()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// A process of a shard, the URL of its metrics, and the accounts that it watches.
struct Process {
    child: Child,
    url: String,
    page: Scrape,
    accounts: BTreeSet<String>,
}

impl Process {
    fn spawn(file: &Path, index: usize, total: usize, more: &[&str]) -> (Child, String) {
        let mut child = program(&["--config.file"])
            .arg(file)
            .arg(format!("--shard.total={total}"))
            .args(more)
            // As the Downward API has it.
            .env("OVHCLOUD_EXPORTER_SHARD_INDEX", format!("ovhcloud-exporter-{index}"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let url = logged_url(&mut BufReader::new(child.stderr.as_mut().unwrap()));
        (child, url)
    }

    /// Starts it, and waits until each of its accounts was read.
    async fn start(file: &Path, index: usize, total: usize, more: &[&str]) -> Self {
        let (child, url) = Self::spawn(file, index, total, more);
        let is_read = |page: &str| {
            let page = Scrape(page.to_owned());
            let watched = page.values(INTERVAL, &[]).len();
            page.values(READ, &[]).len() == watched
                && page.value(WATCHED, &[]) == f64::from(u32::try_from(watched).unwrap())
        };
        let page = Scrape(scrape(&url, is_read).await);
        let accounts = accounts(&page, INTERVAL);
        assert_eq!(accounts, accounts_of(&page));
        Self { child, url, page, accounts }
    }

    fn stop(mut self) {
        signal(&self.child, "TERM");
        assert_eq!(wait(&mut self.child), Some(0));
    }
}

/// The accounts of a family.
fn accounts(page: &Scrape, family: &str) -> BTreeSet<String> {
    let of_family = |line: &&str| line.starts_with(&format!("{family}{{"));
    let lines = page.0.lines().filter(of_family);
    lines.map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

/// Every account that a page names in a label.
fn accounts_of(page: &Scrape) -> BTreeSet<String> {
    let named = page.0.split("account=\"").skip(1);
    named.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// All processes of a division, which together watch each account once.
async fn division(file: &Path, total: usize) -> Vec<Process> {
    let mut processes = Vec::new();
    for index in 0..total {
        processes.push(Process::start(file, index, total, &[]).await);
    }
    let every = processes.iter().flat_map(|process| process.accounts.iter().cloned());
    let mut every: Vec<_> = every.collect();
    every.sort();
    let mut all = names();
    all.sort();
    assert_eq!(every, all, "each account is in one shard");
    for (index, process) in processes.iter().enumerate() {
        assert_eq!(
            process.page.value("ovhcloud_exporter_shard_index", &[]),
            f64::from(u32::try_from(index).unwrap())
        );
        assert_eq!(
            process.page.value("ovhcloud_exporter_shards", &[]),
            f64::from(u32::try_from(total).unwrap())
        );
    }
    processes
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_divide_the_accounts_and_a_fourth_takes_from_them() {
    let simulator = reference().await;
    let directory = directory("division");
    let file = configured(&directory, &simulator, &names());
    let three = division(&file, 3).await;
    assert!(three.iter().all(|process| !process.accounts.is_empty()));
    let before: Vec<_> = three.iter().map(|process| process.accounts.clone()).collect();
    three.into_iter().for_each(Process::stop);
    // Neither the order of the file nor a new label matters.
    let mut turned = names();
    turned.reverse();
    configured(&directory, &simulator, &turned);
    let four = division(&file, 4).await;
    for (index, process) in four.iter().take(3).enumerate() {
        assert!(process.accounts.is_subset(&before[index]), "nothing moves to shard {index}");
    }
    let moved = four[3].accounts.len();
    assert!((1..=6).contains(&moved), "{moved} of 13 accounts moved");
    four.into_iter().for_each(Process::stop);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_without_accounts_is_ready_and_says_so() {
    let simulator = reference().await;
    let directory = directory("empty");
    let file = configured(&directory, &simulator, &["only".to_owned()]);
    let mut empty = 0;
    for index in 0..2 {
        let process = Process::start(&file, index, 2, &[]).await;
        let origin = process.url.trim_end_matches("/metrics").to_owned();
        assert_eq!(reqwest::get(format!("{origin}/-/ready")).await.unwrap().status(), 200);
        let page = reqwest::get(origin).await.unwrap().text().await.unwrap();
        let count = process.accounts.len();
        let words = format!("Shard {index} of the shards 0 to 1 watches {count} of 1 accounts.");
        assert!(page.contains(&words), "{page}");
        assert!(count == 1 || page.contains(&format!("only (shard {})", 1 - index)), "{page}");
        assert_eq!(process.page.value(WATCHED, &[]), f64::from(u32::try_from(count).unwrap()));
        empty += usize::from(count == 0);
        assert!(count == 1 || !page.contains("class=\"badge good\""), "{page}");
        process.stop();
    }
    assert_eq!(empty, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_shard_keeps_its_own_accounts_in_its_state_file() {
    let simulator = reference().await;
    let directory = directory("state");
    let file = configured(&directory, &simulator, &names());
    let state = directory.join("state");
    let flag = format!("--state.file={}", state.display());
    let first = Process::start(&file, 0, 3, &[&flag]).await;
    let own = first.accounts.clone();
    first.stop();
    let text = fs::read_to_string(&state).unwrap();
    for name in names() {
        assert_eq!(
            text.contains(&format!("\"account\":\"{name}\"")),
            own.contains(&name),
            "{name}"
        );
    }
    // The file of another shard: its accounts are ignored, and those of this one begin without it.
    let second = Process::start(&file, 1, 3, &[&flag]).await;
    assert!(second.accounts.is_disjoint(&own));
    second.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_the_shard_and_the_accounts_of_the_others() {
    let simulator = reference().await;
    let directory = directory("check");
    let file = configured(&directory, &simulator, &names());
    let asked = move |arguments: &[&str]| {
        let mut command = program(arguments);
        command.arg("--config.file").arg(&file).args(["--shard.index=1", "--shard.total=2"]);
        spawn_blocking(move || ended(&mut command))
    };
    let (code, text, _) = asked(&["check", "--config-only"]).await.unwrap();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\nShard 1 of the shards 0 to 1 watches "), "{text}");
    assert!(text.contains(" of 13 accounts. The other shards watch: team-"), "{text}");
    assert!(text.contains(" (shard 0)") && !text.contains(" (shard 1)"), "{text}");
    let (_, text, _) = asked(&["check", "--format=json"]).await.unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let count = json["accounts"].as_array().unwrap().len();
    let words = json["shard"].as_str().unwrap();
    assert!(
        (1..13).contains(&count) && words.contains(&format!("watches {count} of 13")),
        "{text}"
    );
    // A report is about all accounts.
    let (_, text, _) = asked(&["inventory", "--format=json"]).await.unwrap();
    assert!(names().iter().all(|name| text.contains(&format!("\"{name}\""))), "{text}");
}

#[test]
fn a_division_that_is_none_names_the_repair() {
    for (arguments, words) in [
        (&["--shard.index=3", "--shard.total=3"][..], "raise shard.total (--shard.total)"),
        (&["--shard.index=0"], "set shard.total (--shard.total)"),
        (&["--shard.total=3"], "set shard.index (--shard.index)"),
        (&["--shard.index=0", "--shard.total=0"], "a number of shards from 1 to 1000"),
        (&["--shard.index=exporter"], "a name that ends in one, such as ovhcloud-exporter-2"),
    ] {
        let mut command = program(arguments);
        let (code, _, said) = ended(command.env("OVH_ACCESS_TOKEN", "t"));
        assert_eq!(code, 64, "{said}");
        assert!(said.contains(words), "{said}");
    }
    let mut child = program(&["check", "--config-only"])
        .envs([("OVH_ACCESS_TOKEN", "t"), ("OVHCLOUD_EXPORTER_SHARD_TOTAL", "2")])
        .env("OVHCLOUD_EXPORTER_SHARD_INDEX", "exporter-2")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(wait(&mut child), Some(64));
    assert!(text.contains("OVHCLOUD_EXPORTER_SHARD_INDEX: index 2 of 2 shards"), "{text}");
}

//! Faults around a running process: files that never end, names that nobody reports, reloads that come
//! faster than a refresh, and a signal to stop in the middle of each.

use std::fs;
use std::io::{BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::{Config, ConfigErrors};
use ovhcloud_simulator::{Auth, Effect, Simulator};
use reqwest::{Method, StatusCode};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::exporter::{Scrape, account, reference, time};
use crate::program::{ended, logged_url, program, scrape, signal, wait};
use crate::running::{Running, configuration};

/// A process listens for signals after this, also on a busy machine.
const STARTED: Duration = Duration::from_secs(2);
/// A second, and the addition of a busy machine.
const SOON: Duration = Duration::from_millis(2500);

fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("daemon-{name}"));
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn fifo(path: &Path) {
    fs::remove_file(path).ok();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The program against a simulator, with its secret in a file.
fn serving(simulator: &Simulator, secret: &Path) -> Command {
    let mut command = program(&["--web.listen-address=127.0.0.1:0", "--refresh.interval=1s"]);
    for (name, value) in simulator.environment(Auth::OAuth2) {
        if name == "OVH_CLIENT_SECRET" {
            private(secret, &value);
            command.env("OVH_CLIENT_SECRET_FILE", secret);
        } else {
            command.env(name, value);
        }
    }
    command.stderr(Stdio::piped());
    command
}

fn stops_soon(mut child: Child) {
    let began = Instant::now();
    signal(&child, "TERM");
    assert_eq!(wait(&mut child), Some(0));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_becomes_a_pipe_stops_neither_scrapes_nor_the_end() {
    let simulator = reference().await;
    let secret = directory("secret").join("secret");
    let mut child = serving(&simulator, &secret).spawn().unwrap();
    let url = logged_url(&mut BufReader::new(child.stderr.as_mut().unwrap()));
    scrape(&url, |page| page.contains("ovhcloud_iam_users{")).await;
    fifo(&secret);
    simulator.expire_tokens();
    signal(&child, "HUP");
    let failing = |page: &str| {
        page.contains("ovhcloud_exporter_config_last_reload_successful 0")
            && page.contains("reason=\"credentials\"")
    };
    scrape(&url, failing).await;
    stops_soon(child);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_becomes_a_pipe_does_not_delay_the_end() {
    let simulator = reference().await;
    let directory = directory("configuration");
    let (file, secret) = (directory.join("config.yaml"), directory.join("secret"));
    fs::write(&file, "detail: full\n").unwrap();
    let mut command = serving(&simulator, &secret);
    let mut child = command.arg("--config.file").arg(&file).spawn().unwrap();
    let url = logged_url(&mut BufReader::new(child.stderr.as_mut().unwrap()));
    fifo(&file);
    signal(&child, "HUP");
    sleep(Duration::from_millis(200)).await;
    scrape(&url, |page| page.contains("ovhcloud_exporter_build_info")).await;
    stops_soon(child);
    // At the start too.
    let mut command = serving(&simulator, &secret);
    let child = command.arg("--config.file").arg(&file).spawn().unwrap();
    sleep(STARTED).await;
    stops_soon(child);
}

#[test]
fn check_does_not_wait_for_the_writer_of_a_pipe() {
    let directory = directory("check");
    let (pipe, secret) = (directory.join("pipe"), directory.join("secret"));
    fifo(&pipe);
    fifo(&secret);
    let check = |command: &mut Command| ended(command.args(["check", "--config-only"]));
    let (code, said, _) = check(program(&[]).env("OVH_ACCESS_TOKEN_FILE", &secret));
    assert_eq!(code, 64);
    assert!(said.contains("can't be read (not a regular file: a pipe"), "{said}");
    let began = Instant::now();
    let (code, said, _) = check(program(&["--config.file"]).arg(&pipe));
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("a pipe that has no end after 5s"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    // A process substitution is a pipe with a writer.
    let mut command = program(&["--config.file=/dev/stdin", "check", "--config-only"]);
    let mut child = command.env("OVH_ACCESS_TOKEN", "t").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"detail: full\n").unwrap();
    assert_eq!(wait(&mut child), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_does_not_wait_for_the_name_of_an_account() {
    let simulator = reference().await;
    simulator.fail("/auth/details", Effect::Hang);
    let secret = directory("name").join("secret");
    let child = serving(&simulator, &secret).spawn().unwrap();
    sleep(STARTED).await;
    stops_soon(child);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_does_not_wait_for_a_refresh_or_a_reload() {
    let simulator = reference().await;
    let secret = directory("refresh").join("secret");
    let mut child = serving(&simulator, &secret).spawn().unwrap();
    let url = logged_url(&mut BufReader::new(child.stderr.as_mut().unwrap()));
    simulator.fail("*", Effect::Hang);
    scrape(&url, |page| page.contains("ovhcloud_exporter_build_info")).await;
    signal(&child, "HUP");
    stops_soon(child);
}

fn named(simulator: &Simulator, name: &str) -> Account {
    Account { name: name.to_owned(), is_named: true, ..account(simulator, ListMode::Auto) }
}

fn reloadable(accounts: Vec<Account>) -> Config {
    let mut config = configuration(accounts);
    config.web.enable_lifecycle = true;
    config
}

async fn reload(running: &Running) {
    let answer = running.ask(Method::POST, "/-/reload", &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn reloads_faster_than_a_refresh_do_not_keep_it_from_its_end() {
    let simulator = reference().await;
    simulator.fail("/me", Effect::Delay(2000));
    let config = reloadable(vec![named(&simulator, "kept")]);
    let again = config.clone();
    let running = Running::of(config, move || Ok(again.clone())).await;
    let began = Instant::now();
    let mut reloads = 0;
    while running.get("/-/ready").await.status() != StatusCode::OK {
        assert!(began.elapsed() < Duration::from_mins(1), "never ready in {reloads} reloads");
        reload(&running).await;
        reloads += 1;
        sleep(Duration::from_millis(300)).await;
    }
    assert!(reloads > 2, "{reloads}");
    let tokens = simulator.stats().tokens;
    // Neither a refresh nor a token comes of further ones.
    let calls = simulator.stats().requests;
    for _ in 0..5 {
        reload(&running).await;
    }
    sleep(Duration::from_millis(300)).await;
    assert_eq!((simulator.stats().requests, simulator.stats().tokens), (calls, tokens));
    assert_eq!(tokens, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_touches_only_the_accounts_that_change() {
    const CALLS: &str = "ovhcloud_exporter_api_requests_total";
    const READ: &str = "ovhcloud_account_last_refresh_timestamp_seconds";
    let (kept, other) = (reference().await, reference().await);
    let config = reloadable(vec![named(&kept, "kept"), named(&other, "gone")]);
    let mut changed = named(&other, "changed");
    changed.labels.insert("team".to_owned(), "a".to_owned());
    let next = reloadable(vec![changed, named(&kept, "kept")]);
    let running = Running::of(config, move || Ok(next.clone())).await;
    let both = |page: &Scrape| page.values(READ, &[]).len() == 2;
    let of_kept = [("account", "kept")];
    let before = running.scrape(both).await;
    let calls = kept.stats().requests;
    reload(&running).await;
    let of_changed = [("account", "changed"), ("team", "a")];
    let after = running.scrape(|page| !page.values(READ, &of_changed).is_empty()).await;
    assert_eq!(after.sum(CALLS, &of_kept), before.sum(CALLS, &of_kept));
    assert_eq!(kept.stats().requests, calls, "the account that stays is not read again");
    assert!(after.sum(READ, &of_kept) > 0.0);
    for family in [CALLS, READ, "ovhcloud_exporter_api_requests_per_second_limit"] {
        after.lacks(family, &[("account", "gone")]);
    }
    assert_eq!(after.values("ovhcloud_account_refresh_interval_seconds", &[]).len(), 2);
}

const WRITTEN: &str = "ovhcloud_exporter_state_last_write_successful";

fn kept_in(file: &Path, simulator: &Simulator) -> Config {
    let mut config = reloadable(vec![named(simulator, "kept")]);
    config.refresh.interval = Duration::from_secs(1);
    config.state_file = Some(file.to_owned());
    config
}

fn nothing_else() -> Result<Config, ConfigErrors> {
    Err(ConfigErrors(vec!["no other configuration".to_owned()]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_file_of_any_size_is_left_alone_unread() {
    let simulator = reference().await;
    let file = directory("foreign").join("state");
    // It has no blocks on the disk.
    fs::File::create(&file).unwrap().set_len(3 << 30).unwrap();
    let began = Instant::now();
    let running = Running::of(kept_in(&file, &simulator), nothing_else).await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let page = running.scrape(|page| !page.values(WRITTEN, &[]).is_empty()).await;
    assert_eq!(page.value(WRITTEN, &[]), 0.0);
    running.stop().await;
    assert_eq!(fs::metadata(&file).unwrap().len(), 3 << 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_is_a_metric_until_it_succeeds() {
    let simulator = reference().await;
    let directory = directory("write");
    let (missing, file) = (directory.join("missing"), directory.join("missing/state"));
    let running = Running::of(kept_in(&file, &simulator), nothing_else).await;
    running.scrape(|page| page.values(WRITTEN, &[]) == [0.0]).await;
    fs::create_dir(&missing).unwrap();
    running.scrape(|page| page.values(WRITTEN, &[]) == [1.0]).await;
    assert!(file.exists());
    running.stop().await;
    let without = Running::of(reloadable(vec![named(&simulator, "a")]), nothing_else).await;
    without.scrape(|page| page.0.contains("ovhcloud_iam_users{")).await.lacks(WRITTEN, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_by_minutes_costs_no_state() {
    let simulator = reference().await;
    let file = directory("clock").join("state");
    let running = Running::of(kept_in(&file, &simulator), nothing_else).await;
    running.scrape(|page| page.values(WRITTEN, &[]) == [1.0]).await;
    running.stop().await;
    simulator.fail("*", Effect::Hang);
    for (clock, is_served) in [
        ((|| time("2026-11-20T23:50:00Z")) as fn() -> Timestamp, true),
        (|| time("2026-11-20T12:00:00Z"), false),
        (|| time("2026-11-21T12:00:00Z"), false),
    ] {
        let running = Running::at(kept_in(&file, &simulator), clock, nothing_else).await;
        let page = running.get("/metrics").await.text().await.unwrap();
        assert_eq!(page.contains("\novhcloud_iam_users{"), is_served, "{}", clock());
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_keeps_the_permissions_of_the_file_it_replaces() {
    let simulator = reference().await;
    let directory = directory("once");
    for (name, mode) in [("private.prom", Some(0o600)), ("new.prom", None)] {
        let file = directory.join(name);
        if let Some(mode) = mode {
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut command =
            program(&["once", "--collector.disable-defaults", "--collector.iam_user"]);
        command.arg("--output").arg(&file).envs(simulator.environment(Auth::OAuth2));
        let (code, _, said) = spawn_blocking(move || ended(&mut command)).await.unwrap();
        assert_eq!(code, 0, "{said}");
        let found = fs::metadata(&file).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, mode.unwrap_or(0o644), "{name}");
        assert!(found.len() > 0);
    }
}

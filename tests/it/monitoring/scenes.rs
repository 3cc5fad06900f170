//! The values of the dashboards in scenes that have to differ. The exporter reads the
//! simulator, its page becomes the series of a scene, and promtool evaluates the panels' expressions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use ovhcloud_exporter::checks::Severity;
use ovhcloud_exporter::config::ConfigErrors;
use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::checks::{CheckSettings, Checks};
use ovhcloud_exporter::report::Rules;
use ovhcloud_simulator::{Rights, Simulator};
use serde_json::{Value as Json, json};

use super::{OPERATOR_LABELS, dashboards, list, panels, without_variables};
use crate::exporter::{Exporter, NOW, Scrape, account, reference, time};
use crate::running::{Running, configuration};
use crate::tools::run;

/// Minutes of each scene, and the minute at which the panels are evaluated.
const LENGTH: usize = 30;
const EARLY: &str = "5m";

pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// One target of Prometheus: its labels, and the page that it serves.
pub(super) struct Target<'a> {
    pub(super) labels: Labels<'a>,
    pub(super) page: &'a Scrape,
}

impl Target<'_> {
    /// A series with one value for the whole scene, and with the labels of the target.
    fn constant(&self, name: &str, labels: &str, value: &str) -> Json {
        let mut all: Vec<_> =
            self.labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
        all.extend((!labels.is_empty()).then(|| labels.to_owned()));
        let series = format!("{name}{{{}}}", all.join(","));
        json!({"series": series, "values": format!("{value}x{LENGTH}")})
    }

    /// Its series. Times count from the beginning of the scene, at which the process starts.
    pub(super) fn series(&self) -> Vec<Json> {
        let mut made = vec![
            self.constant("up", "", "1"),
            self.constant("process_start_time_seconds", "", "0"),
        ];
        let samples = self.page.0.lines().filter(|line| line.starts_with("ovhcloud_"));
        for line in samples.filter(|line| !line.contains("_request_duration_seconds")) {
            let (series, value) = line.rsplit_once(' ').expect("a sample");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.strip_suffix('}').expect("labels");
            if name.ends_with("_timestamp_seconds") {
                let since =
                    value.parse::<f64>().expect("a time") - time(NOW).as_duration().as_secs_f64();
                made.push(self.constant(name, labels, &since.to_string()));
            } else {
                made.push(self.constant(name, labels, value));
            }
        }
        made
    }
}

/// The expressions of the panels of a type, by title.
fn expressions(kind: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (_, dashboard) in dashboards() {
        for panel in panels(&dashboard).filter(|panel| panel["type"] == kind) {
            let targets = list(panel, "/targets").iter();
            let text = |target: &Json| without_variables(target["expr"].as_str().expect("expr"));
            let title = panel["title"].as_str().expect("title").to_owned();
            found.push((title, targets.map(text).collect()));
        }
    }
    found
}

/// How many scenes there were, for the names of their files.
static SCENES: AtomicUsize = AtomicUsize::new(0);

/// Has promtool evaluate expressions, each with the samples that it expects.
fn evaluate(series: &[Json], at: &str, expected: &[(String, Json)]) {
    let case = |(text, samples): &(String, Json)| json!({"expr": text, "eval_time": at, "exp_samples": samples});
    let cases: Vec<_> = expected.iter().map(case).collect();
    let test = json!({"interval": "1m", "input_series": series, "promql_expr_test": cases});
    let name = format!("scene-{}.yaml", SCENES.fetch_add(1, Ordering::Relaxed));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let scene = json!({"evaluation_interval": "1m", "tests": [test]});
    fs::write(&file, scene.to_string()).expect("a file");
    run("promtool", Command::new("promtool").args(["test", "rules"]).arg(&file));
}

/// Expects these values of tiles, and of all others no data if `others_are_unknown`.
fn assert_tiles(
    targets: &[Target<'_>],
    at: &str,
    tiles: &[(&str, Option<f64>)],
    others_are_unknown: bool,
) {
    let series: Vec<_> = targets.iter().flat_map(Target::series).collect();
    assert_series(&series, at, tiles, others_are_unknown);
}

fn assert_series(
    series: &[Json],
    at: &str,
    tiles: &[(&str, Option<f64>)],
    others_are_unknown: bool,
) {
    let mut left: BTreeMap<_, _> = tiles.iter().copied().collect();
    let mut expected = Vec::new();
    for (title, expressions) in expressions("stat") {
        let samples = match left.remove(title.as_str()) {
            Some(Some(value)) => json!([{"labels": "{}", "value": value}]),
            Some(None) => json!([]),
            None if others_are_unknown => json!([]),
            None => continue,
        };
        expected.extend(expressions.into_iter().map(|text| (text, samples.clone())));
    }
    assert!(left.is_empty(), "no such tile: {left:?}");
    evaluate(series, at, &expected);
}

pub(super) const A: Labels<'static> = &[("job", "ovhcloud"), ("instance", "a:10045")];

fn named(simulator: &Simulator, name: &str) -> Account {
    Account { name: name.to_owned(), is_named: true, ..account(simulator, ListMode::Auto) }
}

pub(super) async fn page(simulator: &Simulator, name: &str) -> Scrape {
    Exporter::of(named(simulator, name)).pass().await
}

#[test]
fn without_an_exporter_no_panel_has_a_value() {
    let mut expected = Vec::new();
    for kind in ["stat", "table", "timeseries", "bargauge"] {
        let texts = expressions(kind).into_iter().flat_map(|(_, expressions)| expressions);
        expected.extend(texts.map(|text| (text, json!([]))));
    }
    // Another exporter, so that there is a Prometheus that works.
    let other = json!({"series": "up{job=\"node\", instance=\"a:9100\"}", "values": "1x30"});
    evaluate(&[other], EARLY, &expected);
}

#[test]
fn an_exporter_that_ends_is_down_whatever_its_job_is_called() {
    let exporter = Target {
        labels: &[("job", "inventory"), ("instance", "a:10045")],
        page: &Scrape(String::new()),
    };
    let other = Target { labels: &[("job", "node"), ("instance", "a:9100")], ..exporter };
    let mut build = exporter.constant("ovhcloud_exporter_build_info", "", "1");
    build["values"] = json!("1 stale");
    let series = [exporter.constant("up", "", "0"), build, other.constant("up", "", "0")];
    let tiles = expressions("stat");
    let (_, tile) = tiles.iter().find(|(title, _)| title == "Exporters down").expect("a tile");
    let down = json!([{"labels": "{}", "value": 1.0}]);
    evaluate(&series, EARLY, &[(tile[0].clone(), down)]);
}

/// The number of checks without a verdict that nobody asked to leave out.
fn unjudged(page: &Scrape) -> f64 {
    const INFO: &str = "ovhcloud_policy_check_not_evaluated_info";
    let of = |reason| page.sum(INFO, &[("reason", reason)]);
    page.sum(INFO, &[])
        - of("not_collected")
        - of("not_configured")
        - of("not_evaluable")
        - of("disabled")
}

/// The number of critical and high findings.
fn severe(page: &Scrape) -> f64 {
    let of = |severity| page.sum("ovhcloud_policy_violations", &[("severity", severity)]);
    of("critical") + of("high")
}

#[tokio::test]
async fn a_refused_secret_leaves_every_tile_without_a_value_but_those_that_say_so() {
    let simulator = reference().await;
    simulator.revoke();
    let page = page(&simulator, "main").await;
    let collectors = page.values("ovhcloud_collector_success", &[]).len();
    let count = |count: usize| Some(f64::from(u32::try_from(count).expect("a count")));
    let alarms = [
        ("Exporters down", Some(0.0)),
        ("Collectors failing", count(collectors)),
        ("Checks not evaluated", Some(unjudged(&page))),
    ];
    let targets = [Target { labels: A, page: &page }];
    assert_tiles(&targets, EARLY, &alarms, true);
    let late = [alarms.as_slice(), &[("Accounts not refreshed", Some(1.0))]].concat();
    assert_tiles(&targets, "20m", &late, true);
}

#[tokio::test]
async fn a_missing_right_leaves_its_tiles_without_a_value() {
    let simulator = reference().await;
    let granted = Rights::none()
        .grant(&["account:apiovh:me/identity/user/get"], &["*"])
        .grant(&["publicCloudProject:apiovh:*"], &["*"]);
    simulator.rights(granted);
    let page = page(&simulator, "main").await;
    let missing = page.values("ovhcloud_permission_missing_info", &[("optional", "false")]).len();
    let tiles = [
        ("API credentials", None),
        ("Stale API credentials", None),
        // Those that were found stand, whatever else there may be.
        ("Critical and high findings", Some(severe(&page))),
        ("IAM users", Some(page.sum("ovhcloud_iam_users", &[]))),
        ("Instances", Some(page.sum("ovhcloud_cloud_instances", &[]))),
        ("Missing permissions", Some(f64::from(u32::try_from(missing).expect("a count")))),
        (UNJUDGED, Some(unjudged(&page))),
    ];
    assert!(unjudged(&page) > 0.0);
    assert_tiles(&[Target { labels: A, page: &page }], EARLY, &tiles, false);
}

const DOWN: &str = "Exporters down";
const UNJUDGED: &str = "Checks not evaluated";
/// Tiles that are 0 for the reference account.
const ZEROS: [&str; 5] =
    [DOWN, UNJUDGED, "Accounts not refreshed", "Collectors failing", "Missing permissions"];

#[tokio::test]
async fn a_zero_needs_every_account_to_be_read() {
    let (good, refused) = (reference().await, reference().await);
    refused.revoke();
    let (good, refused) = (page(&good, "good").await, page(&refused, "refused").await);
    let zeros = ZEROS.map(|title| (title, Some(0.0)));
    assert_tiles(&[Target { labels: A, page: &good }], EARLY, &zeros, false);

    let b = &[("job", "ovhcloud"), ("instance", "b:10045")];
    let both = [Target { labels: A, page: &good }, Target { labels: b, page: &refused }];
    let unknown = [("Accounts not refreshed", None), ("Missing permissions", None)];
    assert_tiles(&both, EARLY, &unknown, false);
}

#[tokio::test]
async fn a_zero_needs_every_exporter_to_be_up_or_a_replica_in_its_place() {
    let good = page(&reference().await, "good").await;
    let target = Target { labels: A, page: &good };
    let ended = Target { labels: REPLICA, page: &Scrape(String::new()) };
    let name = "ovhcloud_account_refresh_interval_seconds";
    for (account, zero) in [("good", Some(0.0)), ("other", None)] {
        let mut interval = ended.constant(name, &format!("account={account:?}"), "300");
        interval["values"] = json!("300 stale");
        let gone = [ended.constant("up", "", "0"), interval];
        let series = [target.series(), gone.to_vec()].concat();
        let tiles = ZEROS.map(|title| (title, if title == DOWN { Some(1.0) } else { zero }));
        assert_series(&series, EARLY, &tiles, false);
    }
}

/// Tiles that count, each with the family and the labels of its samples.
const COUNTS: [(&str, &str, Labels<'static>); 11] = [
    ("Projects", "ovhcloud_cloud_projects", &[]),
    ("Instances", "ovhcloud_cloud_instances", &[]),
    ("SSH keys", "ovhcloud_cloud_ssh_keys", &[]),
    ("IAM users", "ovhcloud_iam_users", &[]),
    ("API credentials", "ovhcloud_api_credentials", &[]),
    ("Stale API credentials", "ovhcloud_api_credentials_stale", &[]),
    ("Volumes", "ovhcloud_cloud_volumes", &[]),
    ("Unattached volumes", "ovhcloud_cloud_volumes_unattached", &[]),
    ("Unencrypted volumes", "ovhcloud_cloud_volumes_unencrypted", &[]),
    ("Public containers", "ovhcloud_cloud_storage_public_containers", &[]),
    ("Containers", "ovhcloud_cloud_storage_containers", &[]),
];

/// The values of the counting tiles for accounts with these pages.
fn counts(pages: &[&Scrape]) -> Vec<(&'static str, Option<f64>)> {
    let sum = |name: &str, labels| pages.iter().map(|page| page.sum(name, labels)).sum::<f64>();
    let counted = COUNTS.map(|(title, name, labels)| (title, Some(sum(name, labels))));
    let severe = pages.iter().map(|page| severe(page)).sum();
    let counted = [counted.as_slice(), &[("Critical and high findings", Some(severe))]].concat();
    assert!(counted.iter().all(|(_, count)| *count > Some(0.0)), "{counted:?}");
    counted
}

const REPLICA: Labels<'static> = &[("job", "ovhcloud"), ("instance", "b:10045")];
const OTHER_JOB: Labels<'static> = &[("job", "inventory"), ("instance", "c:10045")];

#[tokio::test]
async fn an_account_counts_once_whichever_replicas_and_jobs_watch_it() {
    let main = page(&reference().await, "main").await;
    let expected = counts(&[&main]);
    for others in [&[][..], &[REPLICA], &[OTHER_JOB], &[REPLICA, OTHER_JOB]] {
        let target = |labels: &&'static [_]| Target { labels, page: &main };
        let targets: Vec<_> = [A].iter().chain(others).map(target).collect();
        assert_tiles(&targets, EARLY, &expected, false);
    }
}

#[tokio::test]
async fn different_accounts_add_up_in_one_process_and_in_two() {
    let (first, second) = (reference().await, reference().await);
    let alone = [page(&first, "first").await, page(&second, "second").await];
    let expected = counts(&[&alone[0], &alone[1]]);
    for labels in [REPLICA, OTHER_JOB] {
        let targets = [Target { labels: A, page: &alone[0] }, Target { labels, page: &alone[1] }];
        assert_tiles(&targets, EARLY, &expected, false);
    }
    let accounts = vec![named(&first, "first"), named(&second, "second")];
    let running = Running::of(configuration(accounts), || Err(ConfigErrors::default())).await;
    let all = |page: &Scrape| {
        page.values("ovhcloud_collector_success", &[]).len()
            == 2 * alone[0].values("ovhcloud_collector_success", &[]).len()
    };
    let both = running.scrape(all).await;
    assert_tiles(&[Target { labels: A, page: &both }], EARLY, &expected, false);
}

#[tokio::test]
async fn the_labels_of_targets_change_no_count() {
    let main = page(&reference().await, "main").await;
    let target = [
        ("job", "ovhcloud"),
        ("instance", "10.0.0.1:10045"),
        ("namespace", "monitoring"),
        ("service", "ovhcloud-exporter"),
        ("pod", "exporter-0"),
        ("container", "exporter"),
        ("endpoint", "http"),
        ("region", "eu-west-1"),
        ("cluster", "east"),
    ];
    assert!(OPERATOR_LABELS.iter().all(|name| target.iter().any(|(label, _)| label == name)));
    assert_tiles(&[Target { labels: &target, page: &main }], EARLY, &counts(&[&main]), false);
}

#[tokio::test]
async fn a_table_shows_the_account_behind_each_name() {
    let main = page(&reference().await, "default").await;
    let other = Scrape(main.0.replace("xx1111-ovh", "xx2222-ovh"));
    let refused = reference().await;
    refused.revoke();
    let refused = page(&refused, "refused").await;
    let row = |account: &str, nichandle: &str, names: f64| {
        let labels = format!(
            "{{account={account:?}, nichandle={nichandle:?}, ovh_endpoint=\"http://127.0.0.1\"}}"
        );
        json!({"labels": labels, "value": names})
    };
    let text =
        &expressions("table").into_iter().find(|(title, _)| title == "Accounts").unwrap().1[0];
    // The port of the simulator is another one each time.
    let text = format!(
        r#"label_replace({text}, "ovh_endpoint", "$1", "ovh_endpoint", "(http://127.0.0.1):.*")"#
    );
    let unknown = json!({"labels": "{account=\"refused\"}", "value": 0.0});
    let targets = [
        Target { labels: A, page: &main },
        Target { labels: REPLICA, page: &other },
        Target { labels: OTHER_JOB, page: &refused },
    ];
    let series: Vec<_> = targets.iter().flat_map(Target::series).collect();
    let rows =
        json!([row("default", "xx1111-ovh", 2.0), row("default", "xx2222-ovh", 2.0), unknown]);
    evaluate(&series, EARLY, &[(text, rows)]);
}

#[tokio::test]
async fn a_check_is_critical_where_the_configuration_makes_it_so() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let critical = CheckSettings { severity: Some(Severity::Critical), ..<_>::default() };
    let mut checks = Checks::default();
    checks.each.insert("policy_wildcard_action", critical);
    exporter.plan.rules = Rules::new(checks);
    let page = exporter.pass().await;
    let labels = [("check", "policy_wildcard_action"), ("severity", "critical")];
    assert!(page.value("ovhcloud_policy_violations", &labels) > 0.0);
}

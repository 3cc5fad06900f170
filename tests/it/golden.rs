//! Whole scrapes of the reference account, reviewed like code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use ovhcloud_exporter::config::checks::Checks;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::config::environment::Machine;
use ovhcloud_exporter::config::{Config, Options, Registry};
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::Names;
use ovhcloud_exporter::report::Rules;
use ovhcloud_exporter::{catalogue, checks, collectors};
use ovhcloud_simulator::{Auth, Effect, Fault, Simulator};
use ssh_key::{HashAlg, PublicKey};

use crate::credentials::good;
use crate::exporter::{Exporter, reference};
use crate::tools::run;

/// Families whose values are different each time.
const VOLATILE: [&str; 5] = [
    "process_",
    "ovhcloud_exporter_api_request_duration_seconds",
    "ovhcloud_collector_duration_seconds",
    "ovhcloud_account_refresh_duration_seconds",
    "ovhcloud_exporter_build_info",
];

/// The scrape with a constant in place of each volatile value, and the samples of a family sorted:
/// the exporter's own counters have no order.
fn settled(scrape: &str) -> String {
    let mut settled = Vec::new();
    let mut samples: Vec<String> = Vec::new();
    for line in scrape.lines() {
        if line.starts_with('#') {
            samples.sort();
            settled.append(&mut samples);
            settled.push(line.to_owned());
        } else if VOLATILE.iter().any(|family| line.starts_with(family)) {
            let (series, _) = line.rsplit_once(' ').unwrap();
            if series.starts_with("ovhcloud_exporter_build_info") {
                samples.push("ovhcloud_exporter_build_info{…} 1".to_owned());
            } else if !series.contains("_bucket{") {
                samples.push(format!("{series} …"));
            }
        } else {
            samples.push(without_port(line));
        }
    }
    settled.append(&mut samples);
    settled.join("\n") + "\n"
}

/// The line without the simulator's port, which differs at each start.
fn without_port(line: &str) -> String {
    const ADDRESS: &str = "http://127.0.0.1:";
    let Some((before, after)) = line.split_once(ADDRESS) else { return line.to_owned() };
    format!("{before}{ADDRESS}…{}", after.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

/// The checks as `tests/it/rules` configures them.
fn rules() -> Checks {
    let collectors: Vec<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
    let specs: Vec<_> = checks::ALL.iter().map(|check| check.spec()).collect();
    let known = Registry {
        collectors: &collectors,
        on: &BTreeSet::new(),
        intervals: &BTreeMap::new(),
        checks: &specs,
        labels: &BTreeSet::new(),
    };
    let asked = Options { file: Some("tests/it/rules/exporter.yaml".into()), ..Default::default() };
    let token = |name: &str| (name == "OVH_ACCESS_TOKEN").then(|| "hunter2".to_owned());
    Config::resolve(&asked, &known, &Machine { variable: &token }).unwrap().checks
}

/// An exporter that knows one of the account's SSH keys.
fn exporter(simulator: &Simulator) -> Exporter {
    let mut exporter = Exporter::new(simulator);
    let mut fingerprint = String::new();
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        let key = &account.list(&format!("/cloud/project/{project}/sshkey"))[0];
        let key: PublicKey = key["publicKey"].as_str().unwrap().parse().unwrap();
        fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    });
    exporter.plan.rules = Rules::new(rules());
    exporter.allow_keys(&[&fingerprint]);
    exporter
}

fn assert_golden(name: &str, scrape: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, settled(scrape)));
}

/// One account after a refresh, in both formats.
struct Page {
    classic: String,
    open_metrics: String,
}

impl Page {
    async fn of(mut exporter: Box<Exporter>) -> Self {
        let classic = exporter.pass().await.0;
        Self { classic, open_metrics: exporter.scrape(Format::OpenMetrics).0 }
    }
}

/// All golden scrapes, one after the other.
pub(crate) async fn scrapes() -> String {
    let pages = [
        Box::pin(usual()).await,
        Box::pin(with_faults()).await,
        Box::pin(in_full()).await,
        Box::pin(own_credential()).await,
    ];
    pages.map(|page| settled(&page.open_metrics)).concat()
}

async fn usual() -> Page {
    Page::of(Box::new(exporter(&reference().await))).await
}

#[tokio::test]
async fn the_reference_account() {
    let page = Box::pin(usual()).await;
    assert_golden("reference", &page.open_metrics);
    lint("reference", &page.classic);
}

async fn with_faults() -> Page {
    let simulator = reference().await;
    let mut staging = String::new();
    simulator.change(|account| staging = account.project("staging").unwrap());
    simulator.faults(vec![
        Fault::new("/me/api/credential", Effect::Status(403)),
        Fault::new(&format!("/cloud/project/{staging}/instance"), Effect::Status(400)),
        Fault::new("/v2/iam/policy", Effect::WrongType),
    ]);
    Page::of(Box::new(exporter(&simulator))).await
}

#[tokio::test]
async fn the_reference_account_with_three_faults() {
    let page = Box::pin(with_faults()).await;
    assert_golden("faults", &page.open_metrics);
    lint("faults", &page.classic);
}

async fn in_full() -> Page {
    let simulator = reference().await;
    let mut exporter = Box::new(exporter(&simulator));
    exporter.detail = Detail::Full;
    Page::of(exporter).await
}

/// Only the families with a series for each resource: the others are in `reference`.
#[tokio::test]
async fn the_reference_account_in_full() {
    let page = Box::pin(in_full()).await;
    lint("full", &page.classic);
    let mut named = catalogue();
    named.retain(|desc| desc.names == Names::Each);
    let is_named = |line: &&str| {
        let line = line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ");
        let name = line.split([' ', '{']).next().unwrap();
        named.iter().any(|desc| desc.name == name)
    };
    assert_golden(
        "full",
        &page.open_metrics.lines().filter(is_named).collect::<Vec<_>>().join("\n"),
    );
}

/// A consumer key that expires.
async fn own_credential() -> Page {
    let simulator = reference().await;
    simulator.change(|account| {
        account.list_mut("/me/api/credential")[0]["expiration"] =
            "2026-12-01T01:00:00+01:00".into();
    });
    Page::of(Box::new(Exporter::of(good(&simulator, Auth::ApplicationKey)))).await
}

#[tokio::test]
async fn the_exporters_own_credential() {
    let page = Box::pin(own_credential()).await;
    let own = |line: &&str| line.contains("exporter_credential");
    assert_golden(
        "consumer_key",
        &page.open_metrics.lines().filter(own).collect::<Vec<_>>().join("\n"),
    );
}

/// Prometheus' own linter, where it is installed.
fn lint(name: &str, scrape: &str) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.prom"));
    fs::write(&path, scrape).unwrap();
    let page = File::open(path).unwrap();
    run("promtool", Command::new("promtool").args(["check", "metrics"]).stdin(page));
}

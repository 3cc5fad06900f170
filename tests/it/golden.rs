//! Whole scrapes of the reference account, reviewed like code.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use ovhcloud_exporter::catalogue;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::Names;
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

/// The scrape with one value for all that is different each time, and the samples of a family in
/// order: the exporter's own counters have none.
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

/// The line with no port of the simulator's, which is another one at each start.
fn without_port(line: &str) -> String {
    const ADDRESS: &str = "http://127.0.0.1:";
    let Some((before, after)) = line.split_once(ADDRESS) else { return line.to_owned() };
    format!("{before}{ADDRESS}…{}", after.trim_start_matches(|digit: char| digit.is_ascii_digit()))
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

#[tokio::test]
async fn the_reference_account() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator);
    let classic = exporter.pass().await.0;
    assert_golden("reference", &exporter.scrape(Format::OpenMetrics).0);
    lint("reference", &classic);
}

#[tokio::test]
async fn the_reference_account_with_three_faults() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator);
    let mut staging = String::new();
    simulator.change(|account| staging = account.project("staging").unwrap());
    simulator.faults(vec![
        Fault::new("/me/api/credential", Effect::Status(403)),
        Fault::new(&format!("/cloud/project/{staging}/instance"), Effect::Status(400)),
        Fault::new("/v2/iam/policy", Effect::WrongType),
    ]);
    let classic = exporter.pass().await.0;
    assert_golden("faults", &exporter.scrape(Format::OpenMetrics).0);
    lint("faults", &classic);
}

/// What names every resource.
#[tokio::test]
async fn the_reference_account_in_full() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator);
    exporter.detail = Detail::Full;
    let classic = exporter.pass().await.0;
    lint("full", &classic);
    let scrape = exporter.scrape(Format::OpenMetrics).0;
    let mut named = catalogue();
    named.retain(|desc| desc.names == Names::Each);
    let is_named = |line: &&str| {
        let line = line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ");
        let name = line.split([' ', '{']).next().unwrap();
        named.iter().any(|desc| desc.name == name)
    };
    assert_golden("full", &scrape.lines().filter(is_named).collect::<Vec<_>>().join("\n"));
}

/// What only a consumer key that ends shows.
#[tokio::test]
async fn the_exporters_own_credential() {
    let simulator = reference().await;
    simulator.change(|account| {
        account.list_mut("/me/api/credential")[0]["expiration"] =
            "2026-12-01T01:00:00+01:00".into();
    });
    let mut exporter = Exporter::of(good(&simulator, Auth::ApplicationKey));
    exporter.pass().await;
    let scrape = exporter.scrape(Format::OpenMetrics).0;
    let own = |line: &&str| line.contains("exporter_credential");
    assert_golden("consumer_key", &scrape.lines().filter(own).collect::<Vec<_>>().join("\n"));
}

/// Prometheus' own linter, where it is installed.
fn lint(name: &str, scrape: &str) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.prom"));
    fs::write(&path, scrape).unwrap();
    let page = File::open(path).unwrap();
    run("promtool", Command::new("promtool").args(["check", "metrics"]).stdin(page));
}

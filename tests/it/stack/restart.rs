//! A single exporter that is killed between two scrapes, several times: with the state file
//! Prometheus has every sample, and no counter of the inventory begins again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ovhcloud_simulator::Size;
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use super::exporters::{Exporter, Watched};
use super::servers::{POLL, Prometheus, Servers, directory, get};
use super::{PATIENCE, print};

/// From one scrape to the next, in seconds, as operators configure it.
const SCRAPE: u64 = 15;
/// From a scrape to the next kill, in seconds.
const KILLS: [f64; 4] = [2.0, 5.0, 8.0, 10.0];
/// Longer than the test: Prometheus has nothing before its first scrape.
const WINDOW: &str = "[30m]";
/// Counts since the start of the process: their resets are true.
const OF_THE_PROCESS: [&str; 2] = ["process_", "ovhcloud_exporter_api_"];

/// The labels of a series, and its samples as times and values.
type Series = BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>>;

/// The series of an answer of Prometheus.
fn series(answer: &Json) -> Series {
    assert_eq!(answer["status"], "success", "{answer}");
    let number = |text: &Json| text.as_str().unwrap().parse::<f64>().unwrap();
    let sample = |pair: &Json| (pair[0].as_f64().unwrap(), number(&pair[1]));
    let one = |one: &Json| {
        let labels = serde_json::from_value(one["metric"].clone()).unwrap();
        (labels, one["values"].as_array().unwrap().iter().map(sample).collect())
    };
    answer["data"]["result"].as_array().unwrap().iter().map(one).collect()
}

fn is_counter(name: &str) -> bool {
    ["_total", "_bucket", "_count", "_sum"].iter().any(|end| name.ends_with(end))
}

/// Whether a value is less than the one before.
fn falls(samples: &[(f64, f64)]) -> bool {
    samples.windows(2).any(|pair| pair[1].1 < pair[0].1)
}

/// The time of the last scrape, if there was one.
async fn last_scrape(prometheus: &Prometheus) -> Option<f64> {
    let answer = prometheus.ask("timestamp(up)").await;
    answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}

/// Waits for a scrape after this time.
async fn next_scrape(prometheus: &Prometheus, after: f64) -> f64 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(at) = last_scrape(prometheus).await.filter(|at| *at > after) {
            return at;
        }
        assert!(Instant::now() < deadline, "no scrape");
        sleep(POLL).await;
    }
}

fn now() -> f64 {
    Timestamp::now().as_duration().as_secs_f64()
}

/// Removes an SSH key of the account, and waits until the state file no longer has it.
async fn remove_key(account: &Watched, state: &Path) {
    let path = account.paths("/sshkey").remove(0);
    let mut id = String::new();
    account.simulator.change(|account| {
        let removed = account.list_mut(&path).pop().expect("a key");
        removed["id"].as_str().expect("an id").clone_into(&mut id);
    });
    let deadline = Instant::now() + PATIENCE;
    while fs::read_to_string(state).is_ok_and(|text| text.contains(&id)) {
        assert!(Instant::now() < deadline, "the state file keeps a removed key");
        sleep(POLL).await;
    }
}

/// Kills the exporter twice, the second time in the first refresh after its start, and starts it.
async fn kill(exporter: &mut Exporter) {
    for _ in 0..2 {
        exporter.stop();
        exporter.start().await;
    }
}

/// An exporter with two accounts and a state file, and both have been read.
async fn exporter(directory: &Path, accounts: &[Watched], state: &Path) -> Exporter {
    let entries: Vec<_> = accounts.iter().map(|account| account.entry(account.name)).collect();
    let more = json!({
        // The rare collectors run once, so restarts must keep what they read.
        "refresh": { "interval": "2s", "max_age": "1h" },
        "state": { "file": state },
    });
    let mut exporter = Exporter::new(directory, "exporter", &entries, more);
    exporter.start().await;
    let deadline = Instant::now() + PATIENCE;
    let page = format!("http://{}/-/ready", exporter.address());
    while get(&page).await.is_none_or(|(status, _)| status != 200) || !state.exists() {
        assert!(Instant::now() < deadline, "the exporter does not become ready");
        sleep(POLL).await;
    }
    exporter
}

/// Fails for a hole in a series of the inventory, and for a reset of a counter of the inventory.
fn assert_whole(series: &Series, scrapes: &[f64]) -> usize {
    let (mut holes, mut resets, mut true_resets) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut whole = 0;
    for (labels, samples) in series {
        let name = labels["__name__"].as_str();
        if OF_THE_PROCESS.iter().any(|beginning| name.starts_with(beginning)) {
            if is_counter(name) && falls(samples) {
                true_resets.insert(name);
            }
            continue;
        }
        if is_counter(name) && falls(samples) {
            resets.push((labels, samples));
        }
        let times: Vec<_> = samples.iter().map(|sample| sample.0).collect();
        // A removed resource takes its series with it.
        let is_removed = labels.get("account").is_some_and(|account| account == "changing")
            && scrapes.starts_with(&times);
        if times == scrapes {
            whole += 1;
        } else if !is_removed {
            holes.push((labels, times));
        }
    }
    assert!(holes.is_empty(), "{} series lack samples: {:?}", holes.len(), holes.first());
    assert!(resets.is_empty(), "{} counters begin again: {:?}", resets.len(), resets.first());
    // Otherwise nothing was killed, and the rest proves nothing.
    assert!(true_resets.contains("ovhcloud_exporter_api_requests_total"), "{true_resets:?}");
    whole
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_between_scrapes_leave_no_hole_and_reset_no_counter_of_the_inventory() {
    let Some(servers) = Servers::find() else { return };
    let began = Instant::now();
    let directory = directory("stack-restart");
    let state = directory.join("state");
    let keys = Size { projects: 1, regions: 1, ssh_keys: KILLS.len() + 1, ..Size::EMPTY };
    let accounts = [
        Watched::reference("kept").await,
        Watched::generated("changing", keys).await.by(&["cloud_project", "cloud_ssh_key"]),
    ];
    let mut exporter = exporter(&directory, &accounts, &state).await;
    let prometheus = servers.prometheus(&directory, SCRAPE, None).await;
    prometheus.scrape(&[exporter.address()]);

    let mut scrape = next_scrape(&prometheus, 0.0).await;
    for after in KILLS {
        remove_key(&accounts[1], &state).await;
        sleep(Duration::from_secs_f64((scrape + after - now()).max(0.0))).await;
        kill(&mut exporter).await;
        let is_over = last_scrape(&prometheus).await.is_some_and(|at| at > scrape);
        assert!(!is_over, "too slow a machine: no restart between two scrapes");
        scrape = next_scrape(&prometheus, scrape).await;
    }

    let whole = series(&prometheus.ask(&format!("{{job=\"ovhcloud\"}}{WINDOW}")).await);
    let of = |name| whole.iter().find(|(labels, _)| labels["__name__"] == name).expect(name).1;
    let up = of("up");
    let scrapes: Vec<_> = up.iter().map(|sample| sample.0).collect();
    assert!(up.iter().all(|sample| sample.1 == 1.0), "the exporter was down: {up:?}");
    assert_eq!(scrapes.len(), KILLS.len() + 1, "{scrapes:?}");
    let starts = of("process_start_time_seconds").iter();
    let starts: BTreeSet<_> = starts.map(|sample| sample.1.to_bits()).collect();
    assert_eq!(starts.len(), KILLS.len() + 1, "an exporter was not killed");
    let count = assert_whole(&whole, &scrapes);
    asked(&prometheus, &scrapes).await;
    print(&format!(
        "\n{}: {} restarts, each of two kills, between scrapes every {SCRAPE} s: {count} series \
         without a hole; {:.0} s\n",
        servers.versions(),
        KILLS.len(),
        began.elapsed().as_secs_f64(),
    ));
}

/// The same questions, as operators ask them.
async fn asked(prometheus: &Prometheus, scrapes: &[f64]) {
    for nothing in [
        format!("absent_over_time(ovhcloud_cloud_instances{WINDOW})"),
        format!("changes(ovhcloud_cloud_instances{WINDOW}) > 0"),
        format!("count_over_time(ovhcloud_cloud_instances{WINDOW}) != {}", scrapes.len()),
        format!("resets(ovhcloud_inventory_changes_total{WINDOW}) > 0"),
        format!("min_over_time(up{WINDOW}) < 1"),
    ] {
        let answer = prometheus.ask(&nothing).await;
        assert_eq!(answer["data"]["result"], json!([]), "{nothing}");
    }
    let (from, to) = (scrapes[0], *scrapes.last().expect("scrapes"));
    let gauges = [
        "ovhcloud_cloud_instances",
        "ovhcloud_policy_violations",
        "ovhcloud_collector_last_success_timestamp_seconds",
    ];
    for gauge in gauges {
        let query = format!("{gauge}{{account=\"kept\"}}");
        let steps = series(&prometheus.range(&query, from, to, SCRAPE).await);
        assert!(!steps.is_empty(), "{gauge}: no series");
        let gap = steps.iter().find(|(_, points)| points.len() != scrapes.len());
        assert!(gap.is_none(), "{gauge}: {gap:?}");
    }
    let removed = r#"ovhcloud_inventory_changes_total{account="changing",collector="cloud_ssh_key",change="removed"}"#;
    let answer = prometheus.ask(removed).await;
    assert_eq!(answer["data"]["result"][0]["value"][1], KILLS.len().to_string(), "{answer}");
}

//! The whole chain on real servers: simulator, exporter, Prometheus, Alertmanager, webhook.
//!
//! Prometheus and Alertmanager are the programs in `PATH`; without them these tests report that they
//! did not run (see `tools::absent`). `.ci/servers.sh` downloads them. The unit tests of the alerts,
//! with their real delays, are in `alerts/tests/`.

#![expect(clippy::disallowed_methods, reason = "the programs judge by the machine's clock")]

mod causes;
mod exporters;
mod queries;
mod restart;
mod rules;
mod scenes;
mod servers;
mod webhook;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Write as _, stderr};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use exporters::INTERVAL;
use rules::{CHANGES, Key, is_momentary};
use scenes::{ALONE, HOSTILE, Scene, TOGETHER};
use servers::{POLL, SCRAPE, Servers, directory};
use webhook::{Notice, Webhook};
use world::World;

/// The time in which every alert of some scenes fires, and the time in which every one ends.
const PATIENCE: Duration = Duration::from_mins(2);

/// The observations of a scene.
struct Row<'a> {
    scene: &'a Scene,
    fired: Option<Duration>,
    /// The faults of the text; none if it is good.
    text: Vec<String>,
    resolved: Option<Duration>,
}

/// The faults of the texts of a notification.
fn faults(notice: &Notice, says: &[&str]) -> Vec<String> {
    let text = notice.annotations.values().map(String::as_str).collect::<Vec<_>>().join("\n");
    let missing = says.iter().filter(|words| !text.contains(**words));
    let missing = missing.map(|words| format!("lacks {words:?}"));
    // A resource may have a name that looks like a template.
    let text = text.replace(HOSTILE, "");
    let broken = ["{{", "}}", "<no value>", "error expanding", "%!", "<nil>"];
    let broken = broken.iter().filter(|words| text.contains(**words));
    let mut faults: Vec<_> = missing.chain(broken.map(|words| format!("has {words:?}"))).collect();
    for name in ["summary", "description", "runbook_url"] {
        if notice.annotations.get(name).is_none_or(|text| text.trim().is_empty()) {
            faults.push(format!("no {name}"));
        }
    }
    if !faults.is_empty() {
        faults.push(format!("in {:?}", notice.annotations));
    }
    faults
}

/// Brings about the causes of all scenes, waits for their alerts, repairs, and waits for their ends.
async fn play<'a>(world: &mut World, webhook: &Webhook, scenes: &'a [Scene]) -> Vec<Row<'a>> {
    let addresses: BTreeMap<_, _> =
        world.exporters.iter().map(|(name, exporter)| (*name, exporter.address())).collect();
    let of = |scene: &Scene, notice: &Notice| {
        let is = |&(name, value): &(&str, &str)| {
            let address = addresses.get(value).filter(|_| name == "instance");
            notice.label(name) == address.map_or(value, String::as_str)
        };
        notice.label("alertname") == scene.alert && scene.labels.iter().all(is)
    };
    // At the start some alerts fire rightly, until the first scrapes and refreshes.
    let early = || {
        let last = |scene: &&Scene| webhook.notices().into_iter().rfind(|notice| of(scene, notice));
        let fires = |scene: &&Scene| last(scene).is_some_and(|notice| notice.is_firing());
        scenes.iter().filter(fires).map(|scene| scene.cause).collect::<Vec<_>>()
    };
    assert!(until(|| early().is_empty()).await, "these alerts precede their cause: {:?}", early());

    let began = Instant::now();
    for scene in scenes {
        (scene.set)(world, true);
    }
    let first = |scene: &Scene| {
        let mut later = webhook.notices().into_iter().filter(|notice| notice.at > began);
        later.find(|notice| notice.is_firing() && of(scene, notice))
    };
    until(|| scenes.iter().all(|scene| first(scene).is_some())).await;

    let repaired = Instant::now();
    for scene in scenes {
        (scene.set)(world, false);
    }
    let end = |fired: &Notice| {
        let mut later =
            webhook.notices().into_iter().filter(|notice| notice.labels == fired.labels);
        let last = later.next_back().filter(|last| !last.is_firing() && last.at > fired.at);
        last.filter(|end| end.at > repaired || is_momentary(&fired.labels["alertname"]))
    };
    until(|| scenes.iter().filter_map(first).all(|fired| end(&fired).is_some())).await;

    let row = |scene: &'a Scene| {
        let fired = first(scene);
        let resolved = fired.as_ref().and_then(end);
        Row {
            scene,
            text: fired.as_ref().map_or_else(Vec::new, |notice| faults(notice, scene.says)),
            fired: fired.map(|notice| notice.at - began),
            resolved: resolved.map(|notice| notice.at.saturating_duration_since(repaired)),
        }
    };
    scenes.iter().map(row).collect()
}

/// Waits for a condition; `false` at the end of patience.
async fn until(condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(POLL).await;
    }
    true
}

/// The table of the observations.
fn table(rows: &[Row<'_>]) -> String {
    let seconds = |time: Option<Duration>| {
        time.map_or_else(|| "NO".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
    };
    let mut table = format!(
        "{:32}{:10}{:43}{:>8}  {:6}{:>9}\n",
        "alert", "severity", "cause", "fired", "text", "resolved"
    );
    for row in rows {
        let alert = row.scene.alert.trim_start_matches("Ovhcloud");
        let text = if row.fired.is_some() && row.text.is_empty() { "good" } else { "BAD" };
        let (fired, resolved) = (seconds(row.fired), seconds(row.resolved));
        let (severity, cause) = (severity(row.scene), row.scene.cause);
        writeln!(table, "{alert:32}{severity:10}{cause:43}{fired:>8}  {text:6}{resolved:>9}")
            .expect("text");
        for fault in &row.text {
            writeln!(table, "    {fault}").expect("text");
        }
    }
    for change in CHANGES {
        writeln!(table, "changed in {}: {} to {}", change.alert, change.from, change.to)
            .expect("text");
    }
    table
}

fn severity(scene: &Scene) -> &'static str {
    scene.labels.iter().find(|(name, _)| *name == "severity").expect("severity").1
}

/// Not by a macro: a test that passes would swallow it.
fn print(text: &str) {
    stderr().write_all(text.as_bytes()).unwrap();
}

#[test]
fn every_alert_has_a_scene_and_every_scene_an_alert() {
    let key = |scene: &Scene| (scene.alert.to_owned(), severity(scene).to_owned());
    let scenes: BTreeSet<Key> = TOGETHER.iter().chain(ALONE).map(key).collect();
    assert_eq!(scenes, rules::keys());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_alert_fires_says_what_is_wrong_and_is_resolved() {
    let Some(servers) = Servers::find() else { return };
    let began = Instant::now();
    let directory = directory("stack-alerts");
    let file = directory.join("rules.yaml");
    let short = rules::short(rules::shipped(), CHANGES);
    fs::write(&file, yaml_serde::to_string(&short).unwrap()).unwrap();
    let webhook = Webhook::start().await;
    let alertmanager = servers.alertmanager(&directory, &webhook.url).await;
    let prometheus = servers.prometheus(&directory, SCRAPE, Some((&file, &alertmanager))).await;
    let mut world = World::new(&directory, prometheus).await;
    for scene in TOGETHER.iter().chain(ALONE) {
        (scene.set)(&mut world, false);
    }
    world.start().await;
    // Long enough for an alert without a cause to fire: all rules know the exporters.
    let known = format!(
        "count(time() - process_start_time_seconds > {}) == {}",
        3 * INTERVAL + 6,
        world.exporters.len(),
    );
    world.prometheus.until(&known, Instant::now() + PATIENCE).await;

    let mut rows = play(&mut world, &webhook, TOGETHER).await;
    rows.extend(play(&mut world, &webhook, ALONE).await);
    print(&format!(
        "\n{}: {} alerts, {} notifications, {:.0} s\n{}",
        servers.versions(),
        rules::keys().len(),
        webhook.notices().len(),
        began.elapsed().as_secs_f64(),
        table(&rows),
    ));
    let is_good = |row: &Row<'_>| row.resolved.is_some() && row.text.is_empty();
    assert!(rows.iter().all(is_good), "see the table; the logs are in {}", directory.display());
    for notice in webhook.notices() {
        assert_eq!(faults(&notice, &[]), [""; 0], "{notice:?}");
    }
}

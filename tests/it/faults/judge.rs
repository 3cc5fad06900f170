//! The judgement of a refresh under a fault: what an operator sees must be true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use ovhcloud_exporter::exposition::Format;

use super::kind::{COLLECTORS, Kind};
use crate::exporter::{Exporter, Scrape};

pub(super) const SUCCESS: &str = "ovhcloud_collector_success";
pub(super) const GAPS: &str = "ovhcloud_collector_gaps";
const LAST: &str = "ovhcloud_collector_last_success_timestamp_seconds";

/// The families about the exporter and its refreshes, which a fault changes.
const OWN: [&str; 7] = [
    "ovhcloud_account_last_refresh_",
    "ovhcloud_account_refresh_",
    "ovhcloud_exporter_",
    "ovhcloud_collector_",
    "ovhcloud_permission_missing_info",
    "ovhcloud_policy_check_",
    "process_",
];

/// The family that counts identities of unknown level beside those of known ones.
const ACCESS: &str = "ovhcloud_iam_identity_access{";

/// A defect of a cell: the letter in the table, and the observation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Defect(pub(super) char, pub(super) String);

/// The meaning of each letter.
pub(super) const LETTERS: [(char, &str); 9] = [
    ('X', "the refresh panicked or did not end"),
    ('V', "a known value changed or ended"),
    ('N', "a series shows a value that is not the true one, such as 0 for unknown"),
    ('R', "a collector that the fault does not strike failed"),
    ('G', "a loss without a reason in `ovhcloud_collector_gaps`"),
    ('D', "the time of the last success moved without a success"),
    ('L', "a secret in the log, on the landing page or in the metrics"),
    ('F', "a redirect was followed"),
    ('H', "not healed after the end of the fault"),
];

/// The series of the account with their values.
pub(super) fn values(scrape: &Scrape) -> BTreeMap<String, String> {
    let lines = scrape.0.lines().filter(|line| !line.starts_with('#'));
    let of_account = lines.filter(|line| !OWN.iter().any(|own| line.starts_with(own)));
    of_account
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, value)| (series.to_owned(), value.to_owned()))
        .collect()
}

/// The first differences between two sets of series.
pub(super) fn differences(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<String> {
    let gone = before.iter().filter(|(series, _)| !after.contains_key(*series));
    let other = after.iter().filter(|(series, value)| before.get(*series) != Some(value));
    gone.map(|(series, value)| format!("{series} {value} -> none"))
        .chain(other.map(|(series, value)| {
            format!("{series} {} -> {value}", before.get(series).map_or("none", |old| old))
        }))
        .collect()
}

/// One line for many differences.
pub(super) fn in_short(differences: &[String]) -> String {
    let shown = differences.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
    format!("{} series: {shown}", differences.len())
}

/// Known values stay while they can not be read.
pub(super) fn warm(kind: &Kind, before: &Scrape, during: &Scrape) -> Vec<Defect> {
    let mut defects = reported(kind, during);
    let samples = |page| {
        let values = values(page);
        if kind.name == "flavor" { summed(&values, &OTHERS) } else { values }
    };
    let (known, shown) = (samples(before), samples(during));
    let lost = differences(&known, &shown);
    if !lost.is_empty() {
        defects.push(Defect('V', in_short(&lost)));
    }
    for collector in COLLECTORS {
        let label = [("collector", collector)];
        let moved = before.values(LAST, &label) != during.values(LAST, &label);
        if moved && during.sum(SUCCESS, &label) < 1.0 {
            defects.push(Defect('D', format!("{collector}: {LAST}")));
        }
    }
    defects
}

/// An exporter that starts into the fault shows what it knows and nothing else.
pub(super) fn fresh(kind: &Kind, truth: &Scrape, during: &Scrape) -> Vec<Defect> {
    let mut defects = reported(kind, during);
    let (truth, shown) = (values(truth), values(during));
    let (levels, shown_levels) = (summed(&truth, &["level"]), summed(&shown, &["level"]));
    let (truth, shown) = (summed(&truth, &OTHERS), summed(&shown, &OTHERS));
    let number = |text: &str| text.parse::<f64>().unwrap();
    let is_known_part = |series: &str, value: &str| {
        let all = truth.get(series).map_or(0.0, |all| number(all));
        // Violations that are known are reported while others may be unknown; none is not known.
        if series.starts_with("ovhcloud_policy_violations") {
            return (1.0..all).contains(&number(value));
        }
        // An identity of unknown level has a level of its own, and is in the sum of all levels.
        if series.starts_with(ACCESS) {
            let (before, after) = series.split_once(",level=\"").unwrap();
            let sum = format!("{before},level=\"\"{}", after.split_once('"').unwrap().1);
            let is_more = number(value) > all;
            return levels.get(&sum) == shown_levels.get(&sum)
                && is_more == after.starts_with("unknown");
        }
        false
    };
    let unknown: Vec<_> = shown
        .into_iter()
        .filter(|(series, value)| truth.get(series) != Some(value) && !is_known_part(series, value))
        .map(|(series, value)| format!("{series} {value}, not {:?}", truth.get(&series)))
        .collect();
    if !unknown.is_empty() {
        defects.push(Defect('N', in_short(&unknown)));
    }
    defects
}

/// The labels that another list adds: the name of an object that a finding is about comes from the list of
/// its kind, and the flavor's name from that of flavors.
const OTHERS: [&str; 2] = ["resource_name", "flavor"];

/// The series without the values of these labels; the samples that differ in them alone are summed.
fn summed(values: &BTreeMap<String, String>, labels: &[&str]) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for (series, value) in values {
        let mut series = series.clone();
        for label in labels {
            if let Some((before, rest)) = series.split_once(&format!(",{label}=\"")) {
                let (_, after) = rest.split_once('"').unwrap();
                series = format!("{before},{label}=\"\"{after}");
            }
        }
        *sums.entry(series).or_default() += value.parse::<f64>().unwrap();
    }
    sums.into_iter().map(|(series, sum)| (series, sum.to_string())).collect()
}

/// Whether each collector that lost something says so, and no other has a failure.
fn reported(kind: &Kind, during: &Scrape) -> Vec<Defect> {
    let (mut defects, mut others) = (Vec::new(), Vec::new());
    for collector in COLLECTORS {
        let label = [("collector", collector)];
        let is_complete = during.values(SUCCESS, &label) == [1.0];
        let gaps = during.sum(GAPS, &label);
        if kind.takes(collector) {
            if gaps < 1.0 {
                defects.push(Defect('G', format!("{collector}: no gap")));
            }
        } else if !is_complete && !kind.reaches_others {
            let is_its_reason =
                |line: &&str| line.starts_with(GAPS) && line.contains(&format!("\"{collector}\""));
            let reasons = during.0.lines().filter(is_its_reason);
            let reasons: Vec<_> = reasons.filter_map(|line| line.split("reason=").nth(1)).collect();
            others.push(format!("{collector} {reasons:?}"));
        }
    }
    if !others.is_empty() {
        defects.push(Defect('R', format!("{} collectors: {}", others.len(), others.join(", "))));
    }
    defects
}

/// Searches every text that leaves the process for secrets.
pub(super) fn secrets(exporter: &Exporter, log: &str, secrets: &BTreeSet<String>) -> Vec<Defect> {
    let state = serde_json::to_string(exporter.inventory()).unwrap();
    let pages = exporter.exposition();
    let text = |pieces: Arc<[Bytes]>| String::from_utf8_lossy(&pieces.concat()).into_owned();
    let texts = [
        ("metrics", text(pages.metrics(Format::Classic, false))),
        ("landing page", text(pages.landing(false))),
        ("log", log.to_owned()),
        ("state", state),
    ];
    let mut defects = Vec::new();
    for secret in secrets {
        for (place, _) in texts.iter().filter(|(_, text)| text.contains(secret)) {
            defects.push(Defect('L', format!("{place}: {secret}")));
        }
    }
    defects
}

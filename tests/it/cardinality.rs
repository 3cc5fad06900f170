//! The number of series at each level of detail, on a large account.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_simulator::{Account, Options, Size};

use crate::documents;
use crate::exporter::{Exporter, LARGE, NOW, large, simulator, time, usual};

/// How many series of each family there are, with the exporter's own.
fn series(exporter: &mut Exporter, detail: Detail) -> BTreeMap<String, usize> {
    exporter.detail = detail;
    let scrape = exporter.scrape(Format::Classic).0;
    let mut series = BTreeMap::new();
    for line in scrape.lines().filter(|line| !line.starts_with('#')) {
        let family = line.split(['{', ' ']).next().unwrap();
        *series.entry(family.to_owned()).or_insert(0) += 1;
    }
    series
}

#[tokio::test]
async fn each_level_costs_what_it_says() {
    let simulator = large().await;
    let mut exporter = usual(&simulator, ListMode::Auto);
    exporter.pass().await;
    let counts = series(&mut exporter, Detail::Counts);
    let findings = series(&mut exporter, Detail::Findings);
    let full = series(&mut exporter, Detail::Full);
    let mut table = String::new();
    let sum = |series: &BTreeMap<String, usize>| series.values().sum::<usize>();
    writeln!(table, "{:>6} {:>8} {:>6}", "counts", "findings", "full").unwrap();
    let line = |counts: usize, findings: usize, full: usize, name: &str| {
        format!("{counts:>6} {findings:>8} {full:>6}  {name}\n")
    };
    table += &line(sum(&counts), sum(&findings), sum(&full), "all");
    for (name, full) in &full {
        let of = |series: &BTreeMap<String, usize>| series.get(name).copied().unwrap_or_default();
        table += &line(of(&counts), of(&findings), *full, name);
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("series", table));
    let sums = [&counts, &findings, &full].map(|series| thousands(sum(series)));
    let quotas = counts.iter().filter(|(name, _)| name.starts_with("ovhcloud_cloud_quota_"));
    let quotas = thousands(quotas.map(|(_, count)| count).sum());
    documents::assert_part("README.md", "series", &figures(&sums, &quotas));
    // Nothing that is shown with less detail is lost with more.
    for (less, more) in [(&counts, &findings), (&findings, &full)] {
        assert!(less.iter().all(|(name, count)| more.get(name) == Some(count)));
    }
}

/// The figures in `README.md`: the sums of the three levels, and the share of the quotas.
fn figures([counts, findings, full]: &[String; 3], quotas: &str) -> String {
    let Size { projects, instances, users, credentials, .. } = LARGE;
    format!(
        "| `detail` | published | series of a large account |\n\
         |---|---|---|\n\
         | `counts` | counts and sums, no series that names a resource | {counts} |\n\
         | `findings` (the default) | also two series for each finding, and one for each project and each \
         certificate of the identity provider | {findings} |\n\
         | `full` | also one series for each resource, and one for each of its dates | {full} |\n\n\
         The large account has {projects} projects with {instances} instances, 5 regions, 2 \
         databases and a cluster each, {users} users and {credentials} credentials; \
         `tests/it/golden/series.snap` lists its series by family. {quotas} of them are quotas, two \
         for each resource and region of a project: `--no-collector.cloud_quota` drops them.\n"
    )
}

/// The number with a comma after its thousands.
fn thousands(number: usize) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{},{:03}", thousands(number / 1000), number % 1000)
}

/// Twice the instances are no more counts, and at most twice the series in full.
#[tokio::test]
async fn counts_do_not_grow_with_what_is_counted() {
    let mut costs = Vec::new();
    for instances in [200, 400] {
        let size = Size { projects: 3, instances, ..LARGE };
        let simulator = simulator(Options::new(Account::generate(size, time(NOW)))).await;
        let mut exporter = usual(&simulator, ListMode::Auto);
        exporter.pass().await;
        let counts = series(&mut exporter, Detail::Counts);
        let full = series(&mut exporter, Detail::Full);
        costs.push((counts["ovhcloud_cloud_instances"], full["ovhcloud_cloud_instance_info"]));
    }
    assert!(costs[1].0 < costs[0].0 * 3 / 2, "{costs:?}");
    assert_eq!(costs[1].1, costs[0].1 * 2, "{costs:?}");
}

//! Objects that can't be read keep their last values, and no object is counted as new or as gone
//! for it.

use std::collections::BTreeSet;

use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_simulator::{Effect, Fault, Listing, Simulator};

use crate::exporter::{Exporter, Scrape, account, reference};

const CHANGES: &str = "ovhcloud_inventory_changes_total";
const GAPS: &str = "ovhcloud_collector_gaps";
const GROUPS: &str = "ovhcloud_iam_groups";
const RESOURCES: &str = "ovhcloud_collector_resources";
const ROUTE: &str = "/me/identity/group/{group}";

/// The reasons that a gateway, a maintenance or a credential may have for one object.
fn effects() -> [Effect; 9] {
    let statuses = [400, 401, 403, 404, 409, 460].map(Effect::Status);
    let [bad, refused, forbidden, missing, conflict, expired] = statuses;
    let others = [Effect::Html(200), Effect::Garbage, Effect::CutBody];
    let [html, garbage, cut] = others;
    [bad, refused, forbidden, missing, conflict, expired, html, garbage, cut]
}

/// An exporter of these collectors, against lists that answer ids.
fn exporter(simulator: &Simulator, collectors: &[&'static str]) -> Exporter {
    simulator.listing(Listing::PLAIN);
    let mut account = account(simulator, ListMode::Auto);
    account.collectors = collectors.iter().copied().collect();
    Exporter::of(account)
}

/// The series of the inventory: those of the exporter itself and of its last reading left out.
fn series(scrape: &Scrape) -> BTreeSet<&str> {
    let own =
        ["ovhcloud_exporter_", "ovhcloud_collector_", "ovhcloud_account_", "ovhcloud_permission"];
    let lines = scrape.0.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter(|line| !own.iter().any(|prefix| line.starts_with(prefix)));
    lines.filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series)).collect()
}

/// Reads with each fault, and without it.
async fn stay(collectors: &[&'static str], path: &str) {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator, collectors);
    let before = exporter.pass_at("2026-11-21T00:00:00Z").await;
    for (index, effect) in effects().into_iter().enumerate() {
        simulator.fail(path, effect.clone());
        for minute in [2 * index + 1, 2 * index + 2] {
            let during = exporter.pass_at(&format!("2026-11-21T00:{minute:02}:00Z")).await;
            let gone: Vec<_> = series(&before).difference(&series(&during)).copied().collect();
            assert!(gone.is_empty(), "{effect:?} {gone:?}");
            assert_eq!(during.sum(CHANGES, &[]), 0.0, "{effect:?}");
            let gaps = during.sum(GAPS, &[]) + during.sum("ovhcloud_permission_missing_info", &[]);
            assert!(gaps > 0.0, "{effect:?} is a gap");
        }
        simulator.faults(Vec::new());
        let healed = exporter.pass_at(&format!("2026-11-21T00:{:02}:30Z", 2 * index + 2)).await;
        assert_eq!(series(&healed), series(&before), "{effect:?}");
        assert_eq!(healed.sum(GAPS, &[]), 0.0, "{effect:?}");
        assert_eq!(healed.sum(CHANGES, &[]), 0.0, "{effect:?}");
    }
}

#[tokio::test]
async fn no_series_of_an_object_that_is_read_by_itself_vanishes() {
    Box::pin(stay(&["iam_group"], "/me/identity/group/auditors")).await;
}

#[tokio::test]
async fn no_series_of_what_an_object_contains_vanishes() {
    Box::pin(stay(&["okms"], "/v2/okms/resource/{okmsId}/credential")).await;
}

#[tokio::test]
async fn no_series_of_a_cluster_vanishes_without_its_restrictions() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator, &["cloud_project", "cloud_kube"]);
    let before = exporter.pass().await;
    let count = "ovhcloud_cloud_kube_clusters_without_ip_restrictions";
    assert!(!before.values(count, &[]).is_empty(), "{}", before.0);
    simulator
        .fail("/cloud/project/{serviceName}/kube/{kubeId}/ipRestrictions", Effect::Status(404));
    let after = exporter.pass_at("2026-11-21T00:01:00Z").await;
    assert_eq!(after.values(count, &[]), before.values(count, &[]));
}

#[tokio::test]
async fn a_count_is_absent_until_every_object_was_read_once() {
    let simulator = reference().await;
    let all = exporter(&simulator, &["iam_group"]).pass().await.sum(GROUPS, &[]);
    for effect in effects() {
        simulator.fail("/me/identity/group/auditors", effect.clone());
        let mut exporter = exporter(&simulator, &["iam_group"]);
        let partial = exporter.pass_at("2026-11-21T00:00:00Z").await;
        partial.lacks(GROUPS, &[]);
        assert_eq!(partial.value(RESOURCES, &[]), all - 1.0, "{effect:?}: the others are known");
        assert_eq!(partial.value(GAPS, &[("collector", "iam_group")]), 1.0, "{effect:?}");
        simulator.faults(Vec::new());
        let whole = exporter.pass_at("2026-11-21T00:01:00Z").await;
        assert_eq!(whole.sum(GROUPS, &[]), all);
        assert_eq!(whole.sum(CHANGES, &[]), 0.0, "{effect:?}: the object was there before");
    }
}

#[tokio::test]
async fn an_object_ends_with_its_own_age_though_its_section_is_read() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator, &["iam_group"]);
    let all = exporter.pass_at("2026-11-21T00:00:00Z").await.sum(GROUPS, &[]);
    simulator.fail("/me/identity/group/auditors", Effect::Status(403));
    for minute in [20, 40, 60] {
        let now = format!("2026-11-21T{:02}:{:02}:00Z", minute / 60, minute % 60);
        let kept = exporter.pass_at(&now).await;
        assert_eq!(kept.sum(GROUPS, &[]), all, "{now}");
        exporter.restart();
    }
    let expired = exporter.pass_at("2026-11-21T01:00:01Z").await;
    expired.lacks(GROUPS, &[]);
    assert_eq!(expired.value(RESOURCES, &[]), all - 1.0);
    assert_eq!(expired.sum(CHANGES, &[]), 0.0);
}

#[tokio::test]
async fn a_deleted_object_ends_at_once_beside_one_that_can_not_be_read() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator, &["iam_group"]);
    let all = exporter.pass().await.sum(GROUPS, &[]);
    simulator.fail("/me/identity/group/auditors", Effect::Status(403));
    simulator.change(|account| {
        account.list_mut("/me/identity/group").retain(|group| group["name"] != "developers");
    });
    let after = exporter.pass_at("2026-11-21T00:01:00Z").await;
    assert_eq!(after.sum(GROUPS, &[]), all - 1.0);
    assert_eq!(after.value(RESOURCES, &[]), all - 1.0);
    assert_eq!(after.value(CHANGES, &[("change", "removed")]), 1.0);
}

#[tokio::test]
async fn an_undecodable_element_of_an_expanded_list_keeps_its_value() {
    let simulator = reference().await;
    let mut account = account(&simulator, ListMode::Auto);
    account.collectors = ["iam_group"].into();
    let mut exporter = Exporter::of(account);
    let before = exporter.pass().await;
    simulator.faults(vec![
        Fault::new("/me/identity/group", Effect::WrongType),
        Fault::new(ROUTE, Effect::WrongType),
    ]);
    let during = exporter.pass_at("2026-11-21T00:01:00Z").await;
    assert!(during.sum(GAPS, &[]) > 0.0);
    assert_eq!(series(&during), series(&before));
}

#[tokio::test]
async fn a_404_everywhere_removes_nothing_and_adds_nothing() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;
    assert_eq!(before.value("ovhcloud_identity_providers", &[]), 1.0);
    simulator.fail("*", Effect::Status(404));
    let during = exporter.pass_at("2026-11-21T00:01:00Z").await;
    assert_eq!(during.value("ovhcloud_identity_providers", &[]), 1.0);
    simulator.faults(Vec::new());
    let healed = exporter.pass_at("2026-11-21T00:02:00Z").await;
    assert_eq!(healed.value("ovhcloud_identity_providers", &[]), 1.0);
    for collector in ["cloud_storage_s3", "identity_provider", "iam_group", "okms", "account"] {
        assert_eq!(healed.sum(CHANGES, &[("collector", collector)]), 0.0, "{collector}");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_twice_is_gone() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator, &["identity_provider"]);
    exporter.pass().await;
    simulator.fail("/me/identity/provider", Effect::Status(404));
    let first = exporter.pass_at("2026-11-21T00:01:00Z").await;
    assert_eq!(first.value("ovhcloud_identity_providers", &[]), 1.0);
    assert_eq!(first.value(GAPS, &[("reason", "not_found")]), 1.0);
    exporter.restart();
    let second = exporter.pass_at("2026-11-21T00:02:00Z").await;
    assert_eq!(second.value("ovhcloud_identity_providers", &[]), 0.0);
    assert_eq!(second.sum(GAPS, &[]), 0.0);
    assert_eq!(second.value(CHANGES, &[("change", "removed")]), 1.0);
}

//! The three ways of listing: what each costs, and that all of them say the same.

use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_simulator::{Account, Effect, Fault, Listing, Options, Simulator, Size, Unverified};
use serde_json::json;

use crate::exporter::{Exporter, NOW, account, reference, simulator, time};

const EXPANDED: Listing = Listing { expanded: true, batch: false };
const BATCH: Listing = Listing { expanded: false, batch: true };

/// An account of a size that people have.
async fn large() -> Simulator {
    let size = Size {
        projects: 20,
        instances: 25,
        users: 50,
        credentials: 200,
        applications: 20,
        ..Size::default()
    };
    simulator(Options::new(Account::generate(size, time(NOW)))).await
}

/// The inventory part of a scrape: what does not depend on how it was read.
fn inventory(exporter: &Exporter) -> Vec<String> {
    let scrape = exporter.scrape(Format::Classic).0;
    let of_inventory = |line: &&str| {
        !line.contains("_exporter_")
            && !line.contains("duration_seconds")
            && !line.starts_with("process_")
    };
    scrape
        .lines()
        .filter(of_inventory)
        .filter(|l| l.starts_with("ovhcloud_"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn each_way_of_listing_says_the_same_and_costs_what_it_must() {
    let simulator = large().await;
    let mut seen = Vec::new();
    let mut costs = Vec::new();
    for (offered, mode) in [
        (EXPANDED, ListMode::Auto),
        (BATCH, ListMode::Auto),
        (Listing::PLAIN, ListMode::Auto),
        (Listing::ALL, ListMode::Plain),
    ] {
        simulator.listing(offered);
        let mut exporter = Exporter::of(account(&simulator, mode));
        simulator.reset_stats();
        exporter.pass().await;
        costs.push(simulator.stats().requests);
        seen.push(inventory(&exporter));
    }
    assert!(seen[0].len() > 100);
    assert!(seen.iter().all(|one| *one == seen[0]));
    // Two account-wide pages, three id lists, three lists for each of 20 projects.
    let lists = 2 + 3 + 3 * 20;
    let batches = 1 + 4 + 1;
    assert_eq!(costs[0], lists);
    assert_eq!(costs[1], lists + batches);
    let objects = 50 + 200 + 20;
    assert_eq!(costs[3], lists + objects);
    // Where nothing helps, the first pass finds that out with one call per list.
    assert_eq!(costs[2], lists + objects + 3);
    assert!(costs[0] <= 90);
}

#[tokio::test]
async fn what_a_route_knows_is_remembered() {
    let simulator = large().await;
    simulator.listing(Listing::PLAIN);
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    simulator.reset_stats();
    exporter.pass().await;
    assert_eq!(simulator.stats().requests, 2 + 3 + 3 * 20 + 270, "no second try");

    // A helper that goes away gives way to the next.
    simulator.listing(Listing::ALL);
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let before = inventory(&exporter);
    for offered in [BATCH, Listing::PLAIN] {
        simulator.listing(offered);
        let scrape = exporter.pass().await;
        assert_eq!(scrape.sum("ovhcloud_collector_success", &[]), 7.0, "{offered:?}");
        assert_eq!(inventory(&exporter), before, "{offered:?}");
    }
}

#[tokio::test]
async fn an_expansion_without_pages_is_taken_whole() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.unverified = Unverified { whole_expansion: true, ..Unverified::default() };
    let one = simulator(options).await;
    let other = reference().await;
    let (mut a, mut b) = (Exporter::new(&one), Exporter::new(&other));
    a.pass().await;
    b.pass().await;
    assert_eq!(inventory(&a), inventory(&b));
}

#[tokio::test]
async fn every_page_is_read() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 2;
    let paged = simulator(options).await;
    let other = reference().await;
    let (mut a, mut b) = (Exporter::new(&paged), Exporter::new(&other));
    a.pass().await;
    b.pass().await;
    assert_eq!(inventory(&a), inventory(&b));
    assert!(paged.stats().by_route["/v2/iam/policy"] > 2);
}

#[tokio::test]
async fn a_cursor_that_comes_back_is_an_error_and_no_loop() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 1;
    let simulator = simulator(options).await;
    simulator.fail("/v2/iam/policy", Effect::RepeatCursor);
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    let gap = [("collector", "iam_policy"), ("reason", "undecodable")];
    assert_eq!(scrape.value("ovhcloud_collector_gaps", &gap), 1.0);
    assert!(exporter.landing().contains("cursor comes back"));
    assert!(simulator.stats().by_route["/v2/iam/policy"] < 5);
}

#[tokio::test]
async fn a_cursor_that_ovhcloud_forgot_restarts_the_list() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 2;
    let simulator = simulator(options).await;
    let stale = r#"{"class":"Client::BadRequest","message":"invalid cursor"}"#;
    let effect = Effect::Body { status: 400, body: stale.to_owned() };
    simulator.faults(vec![Fault::new("/v2/iam/policy", effect).times(1)]);
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "iam_policy")]), 1.0);
}

#[tokio::test]
async fn an_object_gone_between_the_list_and_its_own_call_is_no_failure() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let users = Exporter::new(&simulator).pass().await.sum("ovhcloud_iam_users", &[]);
    simulator.fail("/me/identity/user/alice", Effect::Status(404));
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), users - 1.0);
    assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "iam_user")]), 1.0);
    scrape.lacks("ovhcloud_collector_gaps", &[("collector", "iam_user")]);
}

#[tokio::test]
async fn what_a_batch_fails_on_is_asked_for_by_itself() {
    let simulator = reference().await;
    simulator.listing(BATCH);
    let users = Exporter::new(&simulator).pass().await.sum("ovhcloud_iam_users", &[]);
    let batch = json!([
        {"key": "alice", "value": {"login": "alice", "status": "OK"}, "error": null},
        {"key": "nobody", "value": null, "error": {"class": "Client::NotFound"}},
    ]);
    // Only the call with the batch in its path has a comma.
    let effect = Effect::Body { status: 200, body: batch.to_string() };
    simulator.fail("/me/identity/user/*,*", effect);
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), users);
    assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "iam_user")]), 1.0);
}

//! The three ways of listing: what each costs, and that all of them say the same.

use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{Account, Effect, Fault, Listing, Options, Simulator, Size, Unverified};
use serde_json::json;

use crate::exporter::{Exporter, NOW, account, reference, simulator, time};

const EXPANDED: Listing = Listing { expanded: true, batch: false };
const BATCH: Listing = Listing { expanded: false, batch: true };

/// Two account-wide pages, three id lists, two lists for each of 20 projects, and two questions
/// about the credential itself.
const LISTS: u64 = 2 + 3 + 2 * 20 + 2;
/// The flavors of the projects that have instances: two are suspended. Once a day.
const FLAVORS: u64 = 18;

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
    let lists = LISTS + FLAVORS;
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
    assert_eq!(simulator.stats().requests, LISTS + 270, "no second try");

    // A helper that goes away gives way to the next.
    simulator.listing(Listing::ALL);
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let before = inventory(&exporter);
    for offered in [BATCH, Listing::PLAIN] {
        simulator.listing(offered);
        let scrape = exporter.pass().await;
        let succeeded = scrape.sum("ovhcloud_collector_success", &[]);
        assert_eq!(succeeded, number(collectors::ALL.len()), "{offered:?}");
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
async fn an_expansion_of_several_pages_is_read_to_its_end() {
    let size = Size { credentials: 5001, ..Size::default() };
    let simulator = simulator(Options::new(Account::generate(size, time(NOW)))).await;
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum("ovhcloud_api_credentials", &[]), 5001.0);
    assert_eq!(simulator.stats().by_route["/me/api/credential"], 2);
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
    // The list still names somebody whom the next one does not.
    let body = json!(["alice", "ghost"]).to_string();
    let effect = Effect::Body { status: 200, body };
    simulator.faults(vec![Fault::new("/me/identity/user", effect).times(1)]);
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), 1.0);
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

/// A list of ids whose objects are all unknown is no empty list.
#[tokio::test]
async fn an_object_that_the_list_still_has_is_lost_when_it_is_not_known() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    simulator.fail("/me/api/credential/{credentialId}", Effect::Status(404));
    let scrape = Exporter::new(&simulator).pass().await;
    let collector = ("collector", "api_credential");
    assert!(scrape.value("ovhcloud_collector_gaps", &[collector, ("reason", "not_found")]) > 1.0);
    scrape.lacks("ovhcloud_api_credentials", &[]);
    scrape.lacks("ovhcloud_policy_violations", &[("check", "credential_stale")]);
}

#[tokio::test]
async fn whatever_a_helper_is_answered_with_the_next_is_tried() {
    let simulator = reference().await;
    let expected = Exporter::new(&simulator).pass().await.sum("ovhcloud_iam_users", &[]);
    let nothing = Effect::Body { status: 200, body: "{}".to_owned() };
    for effect in
        [Effect::Status(403), Effect::Status(400), Effect::Status(404), Effect::Garbage, nothing]
    {
        simulator.listing(Listing::PLAIN);
        // The first call of the list is the one that asks for expansion, and only a batch has a
        // comma in its path.
        simulator.faults(vec![
            Fault::new("/me/identity/user", effect.clone()).times(1),
            Fault::new("/me/identity/user/*,*", effect.clone()),
        ]);
        let scrape = Exporter::new(&simulator).pass().await;
        assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), expected, "{effect:?}");
        let success = scrape.value("ovhcloud_collector_success", &[("collector", "iam_user")]);
        assert_eq!(success, 1.0, "{effect:?}");
    }
}

#[tokio::test]
async fn an_element_that_is_no_id_loses_no_other() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let body = r#"["alice", null, "ci-bot"]"#.to_owned();
    simulator.fail("/me/identity/user", Effect::Body { status: 200, body });
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), 2.0);
    let gap = [("collector", "iam_user"), ("reason", "undecodable")];
    assert_eq!(scrape.value("ovhcloud_collector_gaps", &gap), 1.0);
}

#[tokio::test]
async fn a_batch_is_believed_only_what_was_asked_and_once() {
    let simulator = reference().await;
    simulator.listing(BATCH);
    let expected = Exporter::new(&simulator).pass().await.sum("ovhcloud_iam_users", &[]);
    let item = |key: &str| json!({"key": key, "value": {"login": key, "status": "OK"}});
    let batch = json!([item("alice"), item("alice"), item("mallory")]);
    let effect = Effect::Body { status: 200, body: batch.to_string() };
    simulator.fail("/me/identity/user/*,*", effect);
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), expected);
}

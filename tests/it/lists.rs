//! The three ways of listing: what each costs, and that all of them say the same.

use std::collections::BTreeMap;

use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{Account, Effect, Fault, Listing, Options, Simulator, Size, Unverified};
use serde_json::json;

use crate::exporter::{Exporter, NOW, account, large, reference, simulator, time, usual};

const EXPANDED: Listing = Listing { expanded: true, batch: false };
const BATCH: Listing = Listing { expanded: false, batch: true };

/// What a pass costs.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    account: u64,
    projects: u64,
}

/// The calls since the counts were last reset, none of which was made twice.
fn cost(simulator: &Simulator) -> Cost {
    let stats = simulator.stats();
    assert_eq!(stats.repeated, BTreeMap::new());
    let is_below = |route: &str| {
        route.starts_with("/cloud/project/{") || route.starts_with("/v2/publicCloud/project/{")
    };
    let projects = stats.by_route.iter().filter(|(route, _)| is_below(route));
    let projects = projects.map(|(_, count)| count).sum();
    simulator.reset_stats();
    Cost { account: stats.requests - projects, projects }
}

/// The inventory part of a scrape: what does not depend on how it was read, nor from where.
fn inventory(exporter: &Exporter) -> Vec<String> {
    let scrape = exporter.scrape(Format::Classic).0;
    let of_inventory = |line: &&str| {
        !line.contains("_exporter_")
            && !line.contains("duration_seconds")
            && !line.starts_with("process_")
            && !line.starts_with("ovhcloud_account_info")
    };
    scrape
        .lines()
        .filter(of_inventory)
        .filter(|l| l.starts_with("ovhcloud_"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn each_way_of_listing_says_the_same() {
    let simulator = large().await;
    let mut seen = Vec::new();
    for (offered, mode) in [
        (EXPANDED, ListMode::Auto),
        (BATCH, ListMode::Auto),
        (Listing::PLAIN, ListMode::Auto),
        (Listing::ALL, ListMode::Plain),
    ] {
        simulator.listing(offered);
        let mut exporter = Exporter::of(account(&simulator, mode));
        exporter.pass().await;
        seen.push(inventory(&exporter));
    }
    assert!(seen[0].len() > 1000, "{}", seen[0].len());
    assert!(seen.iter().all(|one| *one == seen[0]));
}

/// How many objects the account has in these lists.
fn listed(simulator: &Simulator, is_meant: impl Fn(&str) -> bool) -> u64 {
    let mut count = 0;
    simulator.change(|account| {
        let paths: Vec<_> = account.paths().filter(|path| is_meant(path)).collect();
        count = paths.into_iter().map(|path| account.list(path).len()).sum();
    });
    u64::try_from(count).unwrap()
}

/// With the helpers 15 calls for the account and less than 16 for each project; without them one
/// more for each id that a list has.
#[tokio::test]
async fn a_pass_over_everything_costs_few_calls() {
    let simulator = large().await;
    let mut costs = Vec::new();
    for (offered, listing) in [(EXPANDED, ListMode::Auto), (Listing::ALL, ListMode::Plain)] {
        simulator.listing(offered);
        let mut exporter = usual(&simulator, listing);
        simulator.reset_stats();
        exporter.pass().await;
        let first = cost(&simulator);
        exporter.pass_at("2026-11-21T00:05:00Z").await;
        costs.push([first, cost(&simulator)]);
    }
    let (projects, in_service) = (20, 18);
    // The regions of a project that is suspended are asked again in each pass, as are its lists.
    let each_pass = Cost {
        account: 15,
        projects: 11 * projects + (3 + 1) * in_service + (projects - in_service),
    };
    assert!(each_pass.projects < 16 * projects);
    // Once an hour the account itself, the exporter's credential, and a list for each user.
    let once_an_hour = 8 + 2 + 50;
    // Once a day regions and flavors, and the versions of databases once for all.
    let once_a_day = 2 * in_service + 1;
    let first = Cost {
        account: each_pass.account + once_an_hour,
        projects: each_pass.projects + once_a_day,
    };
    let ids = [
        "/me/identity/user",
        "/me/identity/group",
        "/me/api/credential",
        "/me/api/application",
        "/me/api/oauth2/client",
    ];
    let ids = ids.map(|list| listed(&simulator, |path| path == list)).iter().sum::<u64>();
    let tokens = listed(&simulator, |path| path.ends_with("/token"));
    let factors = listed(&simulator, |path| path.starts_with("/me/accessRestriction/"));
    let below = (2 + 1) * in_service;
    let plain = Cost { account: each_pass.account + ids, projects: each_pass.projects + below };
    let plain_first = Cost {
        account: first.account + ids + tokens + factors,
        projects: first.projects + below + 5 * in_service,
    };
    assert_eq!(costs, [[first, each_pass], [plain_first, plain]]);
}

#[tokio::test]
async fn what_is_constant_for_a_day_is_read_once_a_day() {
    let simulator = large().await;
    let mut exporter = usual(&simulator, ListMode::Auto);
    let constant = [
        "/cloud/project/{serviceName}/flavor",
        "/cloud/project/{serviceName}/region",
        "/cloud/project/{serviceName}/database/availability",
    ];
    let mut seen = Vec::new();
    for time in ["2026-11-21T00:00:00Z", "2026-11-21T23:59:00Z", "2026-11-22T00:00:00Z"] {
        simulator.reset_stats();
        exporter.pass_at(time).await;
        let stats = simulator.stats();
        seen.push(constant.map(|route| stats.by_route.get(route).copied().unwrap_or_default()));
    }
    // Versions on offer are the same for all projects; suspended ones are asked each time.
    assert_eq!(seen, [[18, 20, 1], [0, 2, 0], [18, 20, 1]]);
}

#[tokio::test]
async fn what_a_route_knows_is_remembered() {
    let simulator = large().await;
    simulator.listing(Listing::PLAIN);
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    simulator.reset_stats();
    exporter.pass().await;
    assert_eq!(simulator.stats().repeated, BTreeMap::new(), "no second try");

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

//! The three ways of listing: their calls, and their equal results.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::number;
use ovhcloud_exporter::iam::danger;
use ovhcloud_simulator::{Account, Effect, Fault, Listing, Options, Simulator, Size, Unverified};
use serde_json::{Value, json};

use crate::exporter::{Exporter, NOW, Scrape, account, large, reference, simulator, time, usual};

const EXPANDED: Listing = Listing { expanded: true, batch: false };
const BATCH: Listing = Listing { expanded: false, batch: true };

/// Asked about the exporter's own credential. It is no reading, and no collector names it.
const QUESTION: &str = "/v2/iam/authorization/check";

const VOLUMES_V2: &str = "/v2/publicCloud/project/{projectId}/storage/block/volume";

/// Calls by route template.
type Calls = BTreeMap<String, u64>;

/// The calls since the counts were last reset, none of which was made twice.
fn calls(simulator: &Simulator) -> Calls {
    let stats = simulator.stats();
    assert_eq!(stats.repeated, BTreeMap::new());
    simulator.reset_stats();
    stats.by_route
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
    let series = scrape.lines().filter(of_inventory).filter(|l| l.starts_with("ovhcloud_"));
    let mut series: Vec<_> = series.map(str::to_owned).collect();
    // The order of the series of one family has no meaning.
    series.sort();
    series
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

/// Whether a concrete path belongs to a template.
fn is_of(path: &str, template: &str) -> bool {
    let (mut path, mut template) = (path.split('/'), template.split('/'));
    loop {
        match (path.next(), template.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || other.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// The most calls that a route may cost: one, or one for each object of the list above its last
/// parameter.
fn budget(simulator: &Simulator, template: &str) -> u64 {
    if template == QUESTION {
        // The dangerous actions in hundreds, on the account and on the projects.
        let count = |kind| u64::try_from(danger::actions(kind).len().div_ceil(100)).unwrap();
        return count("account") + count("publicCloudProject");
    }
    let Some((list, _)) = template.rsplit_once("/{") else { return 1 };
    // Both versions of the API list the same projects.
    let list = if list == "/v2/publicCloud/project" { "/cloud/project" } else { list };
    let mut count = 0;
    simulator.change(|account| {
        let paths: Vec<_> = account.paths().filter(|path| is_of(path, list)).collect();
        count = paths.into_iter().map(|path| account.list(path).len()).sum();
    });
    u64::try_from(count).unwrap()
}

/// The routes of the collectors that are enabled by default, without those of an interval if it is
/// not over.
fn routes(with_intervals: bool) -> BTreeSet<&'static str> {
    let due = collectors::ALL
        .iter()
        .filter(|collector| collector.is_on && (with_intervals || collector.interval.is_none()));
    due.flat_map(|collector| collector.routes).map(|route| route.template).collect()
}

/// The calls of each route in the first refresh and in the next one, with the list helpers and
/// without. Budgets follow from the registry; `golden/calls.snap` has the exact figures.
#[tokio::test]
async fn a_refresh_over_everything_costs_few_calls() {
    let simulator = large().await;
    let mut columns: Vec<Calls> = Vec::new();
    for (offered, listing) in [(EXPANDED, ListMode::Auto), (Listing::ALL, ListMode::Plain)] {
        simulator.listing(offered);
        let mut exporter = usual(&simulator, listing);
        simulator.reset_stats();
        exporter.pass().await;
        columns.push(calls(&simulator));
        exporter.pass_at("2026-11-21T00:05:00Z").await;
        columns.push(calls(&simulator));
    }
    for (calls, with_intervals) in columns.iter().zip([true, false, true, false]) {
        let due = routes(with_intervals);
        for (route, count) in calls {
            // Ids and objects of one list are two routes, of which the registry may name one.
            let list = route.rsplit_once("/{").map_or(route.as_str(), |(list, _)| list);
            let is_due = due.contains(route.as_str()) || due.contains(list) || route == QUESTION;
            assert!(is_due, "{route} is read and no enabled collector that is due names it");
            let most = budget(&simulator, route);
            assert!(*count <= most, "{route}: {count} calls, and the budget is {most}");
        }
    }
    let sum = |calls: &Calls| calls.values().sum::<u64>();
    assert!(sum(&columns[1]) <= sum(&columns[0]) && sum(&columns[0]) <= sum(&columns[2]));
    let names: BTreeSet<_> = columns.iter().flat_map(BTreeMap::keys).collect();
    let mut table = format!("{:>7} {:>7} {:>7} {:>7}\n", "first", "next", "plain", "next");
    let mut line = |of: &dyn Fn(&Calls) -> u64, name: &str| {
        for calls in &columns {
            write!(table, "{:>7} ", of(calls)).unwrap();
        }
        writeln!(table, " {name}").unwrap();
    };
    line(&sum, "all");
    for name in names {
        line(&|calls| calls.get(name).copied().unwrap_or_default(), name);
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("calls", table));
}

#[tokio::test]
async fn a_list_without_a_readable_element_is_requested_again() {
    let success = "ovhcloud_collector_success";
    for (route, collector) in [
        ("/cloud/project/{serviceName}/flavor", "cloud_instance"),
        ("/cloud/project/{serviceName}/region", "cloud_storage_s3"),
    ] {
        let simulator = large().await;
        let mut exporter = usual(&simulator, ListMode::Auto);
        let body = Effect::Body { status: 200, body: "[null]".to_owned() };
        simulator.faults(vec![Fault::new(route, body)]);
        let failing = exporter.pass_at("2026-11-21T00:00:00Z").await;
        assert_eq!(failing.value(success, &[("collector", collector)]), 0.0, "{route}");
        simulator.faults(Vec::new());
        let healed = exporter.pass_at("2026-11-21T00:05:00Z").await;
        assert_eq!(healed.value(success, &[("collector", collector)]), 1.0, "{route}");
    }
}

#[tokio::test]
async fn constant_data_is_read_once_a_day() {
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
    for message in ["invalid cursor", "Invalid Cursor"] {
        let stale = json!({ "class": "Client::BadRequest", "message": message }).to_string();
        let effect = Effect::Body { status: 400, body: stale };
        simulator.faults(vec![Fault::new("/v2/iam/policy", effect).times(1)]);
        let scrape = Exporter::new(&simulator).pass().await;
        let success = scrape.value("ovhcloud_collector_success", &[("collector", "iam_policy")]);
        assert_eq!(success, 1.0, "{message}");
    }
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
    let known = scrape.value("ovhcloud_collector_resources", &[("collector", "iam_user")]);
    assert_eq!(known, 2.0);
    scrape.lacks("ovhcloud_iam_users", &[]);
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

/// A list that is the same as at the last reading is not parsed, and its objects still follow what is read
/// beside it.
#[tokio::test]
async fn a_refresh_that_knows_the_lists_finds_what_a_first_one_finds() {
    type Change = fn(&mut Account, &str);
    let changes: [(&str, Change); 5] = [
        ("2026-11-21T00:05:00Z", |_, _| {}),
        ("2026-11-21T00:10:00Z", |account, project| {
            let list = account.list_mut(&format!("/cloud/project/{project}/instance"));
            list[0]["status"] = json!("SHUTOFF");
        }),
        ("2026-11-21T00:15:00Z", |account, project| {
            let list = account.list_mut(&format!("/cloud/project/{project}/volume"));
            list[0]["attachedTo"] = json!([]);
        }),
        // Beside the list of instances, and read once a day.
        ("2026-11-22T00:20:00Z", |account, project| {
            for flavor in account.list_mut(&format!("/cloud/project/{project}/flavor")) {
                flavor["name"] = json!("renamed");
            }
        }),
        ("2026-11-22T00:25:00Z", |account, project| {
            account.list_mut(&format!("/cloud/project/{project}/instance")).pop();
        }),
    ];
    // The pages of the second version are known together.
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 2;
    let simulator = simulator(options).await;
    let mut knowing = Exporter::new(&simulator);
    knowing.pass().await;
    assert!(simulator.stats().by_route[VOLUMES_V2] > 4);
    let cloud = |exporter: &Exporter| {
        let series = inventory(exporter).into_iter();
        series.filter(|line| line.starts_with("ovhcloud_cloud_")).collect::<BTreeSet<_>>()
    };
    let mut before = cloud(&knowing);
    for (now, change) in changes {
        simulator.change(|account| {
            let project = account.project("prod").unwrap();
            change(account, &project);
        });
        knowing.pass_at(now).await;
        let mut first = Exporter::new(&simulator);
        first.pass_at(now).await;
        let [knows, finds] = [cloud(&knowing), cloud(&first)];
        let differences: Vec<_> = knows.symmetric_difference(&finds).collect();
        assert!(differences.is_empty(), "{now}: {differences:#?}");
        let has_changed = knows != before;
        assert_eq!(has_changed, now != "2026-11-21T00:05:00Z", "{now}");
        before = knows;
    }
}

#[tokio::test]
async fn a_change_that_the_second_version_alone_reports_is_found() {
    let simulator = reference().await;
    let mut knowing = Exporter::new(&simulator);
    knowing.pass().await;
    let mut volumes = Vec::new();
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        volumes = account.list(&format!("/cloud/project/{project}/volume")).to_vec();
    });
    let spec = json!({"encryption": {"enabled": true}});
    let reported = |volume: &Value| json!({"id": volume["id"], "currentState": spec});
    let body = volumes.iter().map(reported).collect::<Value>().to_string();
    let unencrypted = |scrape: &Scrape| scrape.sum("ovhcloud_cloud_volumes_unencrypted", &[]);
    let before = unencrypted(&knowing.pass_at("2026-11-22T00:30:00Z").await);
    simulator.faults(vec![Fault::new(VOLUMES_V2, Effect::Body { status: 200, body })]);
    let now = "2026-11-22T00:35:00Z";
    let knows = unencrypted(&knowing.pass_at(now).await);
    assert!(knows < before, "{knows} {before}");
    assert_eq!(knows, unencrypted(&Exporter::new(&simulator).pass_at(now).await));
}

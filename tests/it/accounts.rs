//! Many accounts in one process, each for itself, and another configuration while running.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::config::refresh::Intervals;
use ovhcloud_exporter::config::{Config, ConfigErrors};
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{Effect, Simulator};
use reqwest::{Method, StatusCode};

use crate::exporter::{Exporter, Scrape, account, reference};
use crate::running::{Running, configuration};

const SUCCESS: &str = "ovhcloud_collector_success";
const USERS: &str = "ovhcloud_iam_users";
const GOOD: &str = "ovhcloud_exporter_config_last_reload_successful";

fn named(simulator: &Simulator, name: &str) -> Account {
    Account { name: name.to_owned(), is_named: true, ..account(simulator, ListMode::Auto) }
}

#[tokio::test]
async fn an_account_in_trouble_changes_nothing_for_a_hundred_others() {
    let (good, refused, silent) = (reference().await, reference().await, reference().await);
    refused.revoke();
    silent.fail("*", Effect::Hang);
    let mut accounts: Vec<_> = (0..100).map(|i| named(&good, &format!("good-{i}"))).collect();
    accounts.push(named(&refused, "refused"));
    accounts.push(named(&silent, "silent"));
    let mut slow = named(&good, "slow");
    (slow.api.rate, slow.api.burst) = (0.1, 1);
    accounts.push(slow);
    // Isolation does not depend on the number of collectors; the time of the test does.
    let some = BTreeSet::from(["cloud_instance", "cloud_project", "iam_user"]);
    for account in &mut accounts {
        account.collectors.clone_from(&some);
    }
    let running = Running::of(configuration(accounts), || Err(ConfigErrors::default())).await;
    // The refused one is read as well, without success; the silent and the slow one take longer.
    let all = |scrape: &Scrape| scrape.values(SUCCESS, &[("collector", "iam_user")]).len() >= 101;
    let scrape = running.scrape(all).await;
    for name in ["good-0", "good-99"] {
        let succeeded = scrape.sum(SUCCESS, &[("account", name)]);
        assert_eq!(succeeded, number(some.len()), "{name}");
    }
    for name in ["silent", "slow"] {
        scrape.lacks(USERS, &[("account", name)]);
    }
    let gap = [("account", "refused"), ("collector", "iam_user"), ("reason", "credentials")];
    let refused = running.scrape(|scrape| !scrape.values(SUCCESS, &[gap[0]]).is_empty()).await;
    assert_eq!(refused.value("ovhcloud_collector_gaps", &gap), 1.0);
    // A family's samples stand together, whichever account they belong to.
    assert_eq!(refused.0.matches("# TYPE ovhcloud_iam_users gauge").count(), 1);
}

#[tokio::test]
async fn the_operators_labels_are_on_every_series_of_the_account() {
    let simulator = reference().await;
    let labels = BTreeMap::from([("team".to_owned(), "platform \"a\"".to_owned())]);
    let mut exporter = Exporter::of(Account { labels, ..named(&simulator, "prod") });
    let scrape = exporter.pass().await;
    let of_account = scrape.0.lines().filter(|line| line.contains("account=\"prod\""));
    assert!(of_account.clone().count() > 100);
    for line in of_account {
        assert!(line.contains(r#",team="platform \"a\"""#), "{line}");
    }
}

#[tokio::test]
async fn only_counts_name_no_resource() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let findings = exporter.pass().await;
    exporter.detail = Detail::Counts;
    let counts = exporter.scrape(Format::Classic);
    for family in ["ovhcloud_policy_violation_info", "ovhcloud_cloud_project_info"] {
        assert!(!findings.values(family, &[]).is_empty());
        counts.lacks(family, &[]);
    }
    let violations = "ovhcloud_policy_violations";
    assert_eq!(counts.sum(violations, &[]), findings.sum(violations, &[]));
}

#[tokio::test]
async fn a_collector_may_be_read_less_often_but_not_after_what_may_pass() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    // Two collectors read the list of users.
    let hour = Duration::from_hours(1);
    let hourly = BTreeMap::from([("iam_user", hour), ("iam_user_token", hour)]);
    exporter.plan.intervals = Arc::new(Intervals(hourly));
    let asked = || simulator.stats().by_route["/me/identity/user"];
    simulator.fail("/me/identity/user", Effect::Status(500));
    exporter.pass_at("2026-11-21T00:00:00Z").await;
    simulator.faults(vec![]);
    let before = asked();
    let first = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(asked(), before + 1, "what may have passed is asked again at once");
    // Passes are five minutes apart, and the nearest one to the hour counts.
    let second = exporter.pass_at("2026-11-21T01:02:29Z").await;
    assert_eq!(asked(), before + 1);
    assert_eq!(second.sum(USERS, &[]), first.sum(USERS, &[]));
    exporter.pass_at("2026-11-21T01:02:30Z").await;
    assert_eq!(asked(), before + 2);
}

#[tokio::test]
async fn a_reload_changes_the_accounts_and_a_bad_one_nothing() {
    let simulator = reference().await;
    let mut first = configuration(vec![named(&simulator, "kept"), named(&simulator, "dropped")]);
    first.web.enable_lifecycle = true;
    let mut second = configuration(vec![named(&simulator, "kept"), named(&simulator, "new")]);
    second.web = first.web.clone();
    let reads = AtomicUsize::new(0);
    let running = Running::of(first, move || match reads.fetch_add(1, Ordering::Relaxed) {
        0 => Err(ConfigErrors(vec!["file.yaml:3:5: accounts: an error".to_owned()])),
        _ => Ok(second.clone()),
    })
    .await;
    let names = |scrape: &Scrape| -> BTreeSet<&'static str> {
        let known = ["kept", "dropped", "new"].into_iter();
        known.filter(|name| !scrape.values(USERS, &[("account", name)]).is_empty()).collect()
    };
    let both = BTreeSet::from(["kept", "dropped"]);
    assert_eq!(running.scrape(|s| names(s) == both).await.value(GOOD, &[]), 1.0);

    let answer = running.ask(Method::POST, "/-/reload", &[]).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.text().await.unwrap(), "file.yaml:3:5: accounts: an error\n");
    assert_eq!(running.scrape(|s| names(s) == both).await.value(GOOD, &[]), 0.0);

    let answer = running.ask(Method::POST, "/-/reload", &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let scrape = running.scrape(|s| names(s) == BTreeSet::from(["kept", "new"])).await;
    assert_eq!(scrape.value(GOOD, &[]), 1.0);
    scrape.lacks("ovhcloud_exporter_api_requests_total", &[("account", "dropped")]);
    let get = running.get("/-/reload").await;
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_reload_by_http_must_be_enabled() {
    let simulator = reference().await;
    let running = Running::start(&simulator).await;
    let answer = running.ask(Method::POST, "/-/reload", &[]).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("--web.enable-lifecycle"));
}

#[tokio::test]
async fn an_account_that_has_only_kept_its_name_is_another_one() {
    let (one, other) = (reference().await, reference().await);
    other.fail("*", Effect::Status(404));
    let mut first = configuration(vec![named(&one, "prod")]);
    first.web.enable_lifecycle = true;
    let mut second = configuration(vec![named(&other, "prod")]);
    second.web = first.web.clone();
    let running = Running::of(first, move || Ok(second.clone())).await;
    running.scrape(|scrape| !scrape.values(USERS, &[]).is_empty()).await;
    let answer = running.ask(Method::POST, "/-/reload", &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let failing = |scrape: &Scrape| scrape.values(SUCCESS, &[]).contains(&0.0);
    running.scrape(failing).await.lacks(USERS, &[]);
}

/// The label `account` of the first families that name one.
async fn label(running: &Running) -> String {
    let scrape = running.scrape(|page| !page.values(SUCCESS, &[]).is_empty()).await;
    let line = scrape.0.lines().find(|line| line.starts_with(SUCCESS)).unwrap().to_owned();
    line.split('"').nth(1).unwrap().to_owned()
}

fn no_reload() -> Result<Config, ConfigErrors> {
    Err(ConfigErrors(vec!["no other configuration".to_owned()]))
}

fn unnamed(simulator: &Simulator) -> Config {
    configuration(vec![account(simulator, ListMode::Auto)])
}

#[tokio::test]
async fn accounts_without_a_name_are_named_after_their_nichandles() {
    let (first, second) = (reference().await, reference().await);
    let body = r#"{"account":"yy2222-ovh","identities":[],"allowedRoutes":null}"#.to_owned();
    second.fail("/auth/details", Effect::Body { status: 200, body });
    for (simulator, expected) in [(&first, "xx1111-ovh"), (&second, "yy2222-ovh")] {
        let running = Running::of(unnamed(simulator), no_reload).await;
        assert_eq!(label(&running).await, expected);
        running.stop().await;
    }
}

#[tokio::test]
async fn a_name_that_ovhcloud_does_not_report_is_the_credentials_until_the_process_ends() {
    let simulator = reference().await;
    simulator.fail("/auth/details", Effect::Status(403));
    let same = account(&simulator, ListMode::Auto);
    let mut config = unnamed(&simulator);
    config.web.enable_lifecycle = true;
    let running = Running::of(config, move || Ok(configuration(vec![same.clone()]))).await;
    assert_eq!(label(&running).await, "EU.0123456789abcdef");
    simulator.faults(Vec::new());
    let reloaded = running.ask(Method::POST, "/-/reload", &[]).await;
    assert_eq!(reloaded.status(), StatusCode::OK);
    assert_eq!(label(&running).await, "EU.0123456789abcdef");
    running.stop().await;
    // The next process asks again.
    let running = Running::of(unnamed(&simulator), no_reload).await;
    assert_eq!(label(&running).await, "xx1111-ovh");
}

#[tokio::test]
async fn a_saved_name_needs_no_call() {
    let simulator = reference().await;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("named-state");
    fs::remove_file(&file).ok();
    let kept = || Config { state_file: Some(file.clone()), ..unnamed(&simulator) };
    let running = Running::of(kept(), no_reload).await;
    running.scrape(|page| !page.values(USERS, &[]).is_empty()).await;
    running.stop().await;
    simulator.fail("*", Effect::Hang);
    let began = Instant::now();
    let running = Running::of(kept(), no_reload).await;
    assert_eq!(label(&running).await, "xx1111-ovh");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    running.stop().await;
}

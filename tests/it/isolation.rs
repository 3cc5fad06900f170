//! One route that is throttled or hangs takes no other collector with it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ovhcloud_exporter::collectors::{self, Collector};
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{Account, Effect, Fault, Options, Simulator, Size};
use tokio::time::sleep;

use crate::exporter::{Exporter, NOW, Scrape, account, reference, simulator, time};

const SUCCESS: &str = "ovhcloud_collector_success";
const GAPS: &str = "ovhcloud_collector_gaps";
const CLOSED: &str = "ovhcloud_exporter_api_route_closed_until_timestamp_seconds";
const REQUESTS: &str = "ovhcloud_exporter_api_requests_total";
const KEYS: &str = "/cloud/project/{serviceName}/sshkey";
const POLICIES: &str = "/v2/iam/policy";
/// A route of each region of each project.
const STORAGE: &str = "/cloud/project/{serviceName}/region/{regionName}/storage";

/// The year 2099, from the day of the tests, in seconds.
const DECADES: u64 = 73 * 365 * 24 * 3600;

/// The collectors that are not complete.
fn failing(scrape: &Scrape) -> BTreeSet<&'static str> {
    let is_failing =
        |name: &&str| scrape.value(SUCCESS, &[("collector", *name)]).total_cmp(&1.0).is_ne();
    collectors::ALL.iter().map(|collector| collector.name).filter(is_failing).collect()
}

/// Seconds from now to the end of a closing.
#[expect(clippy::disallowed_methods, reason = "the closing ends by the machine's clock")]
fn remaining(scrape: &Scrape, route: &str) -> f64 {
    let now = Timestamp::now().as_second();
    scrape.value(CLOSED, &[("route", route)]) - number(usize::try_from(now).unwrap())
}

fn throttle(simulator: &Simulator, routes: &[&str], status: u16, seconds: u64) {
    let effect = Effect::RetryAfter { status, seconds };
    simulator.faults(routes.iter().map(|route| Fault::new(route, effect.clone())).collect());
}

#[tokio::test]
async fn a_throttled_route_fails_its_own_collectors_whatever_the_time_to_wait() {
    let simulator = reference().await;
    for (route, status, seconds) in [
        (POLICIES, 429, 100_000),
        (POLICIES, 429, DECADES),
        (STORAGE, 503, 100_000),
        (KEYS, 503, 110),
    ] {
        let requests =
            |collector: &&Collector| collector.routes.iter().any(|other| other.template == route);
        let expected = collectors::ALL.iter().filter(requests).map(|collector| collector.name);
        let expected: BTreeSet<_> = expected.collect();
        throttle(&simulator, &[route], status, seconds);
        let mut exporter = Exporter::new(&simulator);
        for refresh in 1..=2 {
            let began = Instant::now();
            let scrape = exporter.pass().await;
            assert!(began.elapsed() < Duration::from_secs(20), "no call waits");
            assert_eq!(failing(&scrape), expected, "{route}, refresh {refresh}");
            for collector in &expected {
                let gap = [("collector", *collector), ("reason", "throttled")];
                assert!(scrape.sum(GAPS, &gap) >= 1.0, "{collector}");
            }
            let left = remaining(&scrape, route);
            assert!((60.0..=120.0).contains(&left), "{left}");
            scrape.lacks(CLOSED, &[("route", "")]);
        }
        let page = exporter.landing();
        let text = format!("by HTTP {status} for no more requests of this route until 20");
        assert!(page.contains(&text), "{page}");
    }
}

#[tokio::test]
async fn a_route_that_is_closed_is_not_requested() {
    let simulator = reference().await;
    throttle(&simulator, &[KEYS], 429, 100_000);
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let asked = |simulator: &Simulator| simulator.stats().by_route.get(KEYS).copied();
    simulator.reset_stats();
    exporter.pass().await;
    assert_eq!(asked(&simulator), None);
}

#[tokio::test]
async fn a_short_wait_is_waited_for_and_the_route_heals() {
    let simulator = reference().await;
    let effect = Effect::RetryAfter { status: 429, seconds: 2 };
    simulator.faults(vec![Fault::new(POLICIES, effect).times(1)]);
    let mut exporter = Exporter::new(&simulator);
    let began = Instant::now();
    let scrape = exporter.pass().await;
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert!(failing(&scrape).is_empty());
    scrape.lacks(CLOSED, &[]);

    // Too long to be waited for, and over before the next refresh has waited too long.
    throttle(&simulator, &[POLICIES], 429, 31);
    let scrape = exporter.pass().await;
    assert_eq!(failing(&scrape), BTreeSet::from(["iam_policy"]));
    simulator.faults(vec![]);
    sleep(Duration::from_secs(5)).await;
    let scrape = exporter.pass().await;
    assert!(failing(&scrape).is_empty());
    scrape.lacks(CLOSED, &[]);
}

/// Every route but those of the credential.
const EVERYTHING: [&str; 4] = ["/me", "/me/*", "/v2/*", "/cloud/*"];

#[tokio::test]
async fn several_routes_close_the_account_for_two_minutes_at_most() {
    let simulator = reference().await;
    throttle(&simulator, &EVERYTHING, 429, 100_000);
    let mut exporter = Exporter::new(&simulator);
    simulator.reset_stats();
    let scrape = exporter.pass().await;
    let well = collectors::ALL.len() - failing(&scrape).len();
    assert!(well <= 1, "it is closed for all but what was read before");
    // Those in flight before it closed.
    let requests = simulator.stats().requests;
    assert!(requests < 40, "{requests}");
    let left = remaining(&scrape, "");
    assert!((0.0..=120.0).contains(&left), "{left}");
    assert!(exporter.landing().contains("no more requests of the account until 20"));
}

#[tokio::test]
async fn a_closed_account_opens_by_one_call() {
    let simulator = reference().await;
    let effect = Effect::RetryAfter { status: 429, seconds: 3 };
    let fault = |path| Fault::new(path, effect.clone()).times(2);
    simulator.faults(EVERYTHING.map(fault).into());
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    assert!(failing(&scrape).is_empty(), "{:?}", failing(&scrape));
    scrape.lacks(CLOSED, &[]);
}

/// An exporter of a hundred projects whose calls wait for three seconds.
async fn hundred() -> (Simulator, Exporter) {
    let size = Size { projects: 100, instances: 2, buckets: 1, containers: 1, ..Size::default() };
    let simulator = simulator(Options::new(Account::generate(size, time(NOW)))).await;
    let mut account = account(&simulator, ListMode::Auto);
    account.api.read_timeout = Duration::from_secs(3);
    account.collectors = [
        "cloud_project",
        "cloud_ssh_key",
        "cloud_instance",
        "cloud_user",
        "cloud_kube",
        "iam_policy",
        "iam_user",
        "okms",
    ]
    .into();
    (simulator, Exporter::of(account))
}

fn failing_of_hundred(scrape: &Scrape) -> f64 {
    8.0 - scrape.sum(SUCCESS, &[])
}

#[tokio::test]
async fn a_hanging_route_costs_a_few_calls_and_no_other_collector() {
    let (simulator, mut exporter) = hundred().await;
    simulator.fail(KEYS, Effect::Hang);
    let timeouts = |scrape: &Scrape| scrape.sum(REQUESTS, &[("route", KEYS), ("code", "timeout")]);
    let mut before = 0.0;
    for (refresh, most) in [(1, 20.0), (2, 2.0), (3, 2.0)] {
        let scrape = exporter.pass().await;
        assert_eq!(scrape.value(SUCCESS, &[("collector", "cloud_ssh_key")]), 0.0);
        assert_eq!(failing_of_hundred(&scrape), 1.0, "refresh {refresh}");
        let gap = [("collector", "cloud_ssh_key"), ("reason", "timeout")];
        assert_eq!(scrape.sum(GAPS, &gap), 100.0, "every project is missing");
        let now = timeouts(&scrape);
        assert!((1.0..=most).contains(&(now - before)), "refresh {refresh}: {now} after {before}");
        before = now;
        scrape.value(CLOSED, &[("route", KEYS)]);
    }
    assert!(exporter.landing().contains("repeatedly: the route is not requested again before"));

    simulator.faults(vec![]);
    let healed = exporter.pass().await;
    assert_eq!(failing_of_hundred(&healed), 0.0);
    healed.lacks(CLOSED, &[]);
}

#[tokio::test]
async fn one_project_that_hangs_keeps_no_other_project_from_being_read() {
    let (simulator, mut exporter) = hundred().await;
    let mut first = String::new();
    simulator.change(|account| first = account.projects().into_iter().min().unwrap());
    simulator.fail(&format!("/cloud/project/{first}/sshkey"), Effect::Hang);
    for refresh in 1..=3 {
        let scrape = exporter.pass().await;
        let gap = [("collector", "cloud_ssh_key"), ("reason", "timeout")];
        assert_eq!(scrape.sum(GAPS, &gap), 1.0, "refresh {refresh}");
        assert_eq!(failing_of_hundred(&scrape), 1.0, "refresh {refresh}");
    }
    simulator.faults(vec![]);
    assert_eq!(failing_of_hundred(&exporter.pass().await), 0.0);
}

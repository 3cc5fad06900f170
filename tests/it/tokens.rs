//! Tokens are asked for once, renewed in time, and a refused credential heals by itself.

use std::time::{Duration, Instant};

use ovhcloud_exporter::collectors;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{Account, Effect, Fault, Options};

use tokio::time::sleep;

use crate::exporter::{Exporter, NOW, reference, simulator, time};

const SUCCESS: &str = "ovhcloud_collector_success";

/// The sum of successes when every collector succeeds.
fn all() -> f64 {
    number(collectors::ALL.len())
}

#[tokio::test]
async fn however_many_calls_wait_one_token_is_asked_for() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    exporter.pass().await;
    assert_eq!(simulator.stats().tokens, 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.token_lifetime = Duration::from_secs(4);
    let simulator = simulator(options).await;
    let mut exporter = Exporter::new(&simulator);
    let deadline = Instant::now() + Duration::from_secs(20);
    while simulator.stats().tokens < 2 {
        let scrape = exporter.pass().await;
        assert_eq!(scrape.sum(SUCCESS, &[]), all());
        scrape.lacks("ovhcloud_exporter_api_requests_total", &[("code", "401")]);
        assert!(Instant::now() < deadline, "the token is not renewed");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_token_that_is_refused_early_is_renewed_once() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    simulator.expire_tokens();
    let scrape = exporter.pass().await;
    assert_eq!(scrape.sum(SUCCESS, &[]), all());
    assert_eq!(simulator.stats().tokens, 2);
}

#[tokio::test]
async fn a_route_that_refuses_every_token_ends() {
    let simulator = reference().await;
    simulator.fail("/v2/iam/policy", Effect::Status(401));
    let scrape = Exporter::new(&simulator).pass().await;
    let gap = [("collector", "iam_policy"), ("reason", "credentials")];
    assert_eq!(scrape.value("ovhcloud_collector_gaps", &gap), 1.0);
    assert_eq!(simulator.stats().by_route["/v2/iam/policy"], 2);
    assert_eq!(simulator.stats().tokens, 2);
}

#[tokio::test]
async fn an_account_that_refuses_every_token_is_given_two_of_them() {
    let simulator = reference().await;
    for path in ["/me", "/me/*", "/v2/*", "/cloud/*"] {
        simulator.fail(path, Effect::Status(401));
    }
    let mut exporter = Exporter::new(&simulator);
    for _ in 0..2 {
        let scrape = exporter.pass().await;
        let gap = [("collector", "iam_policy"), ("reason", "credentials")];
        assert_eq!(scrape.value("ovhcloud_collector_gaps", &gap), 1.0);
    }
    assert_eq!(simulator.stats().tokens, 2, "a third at the earliest a minute later");
    simulator.faults(vec![]);
    assert_eq!(exporter.pass().await.sum(SUCCESS, &[]), all());
}

#[tokio::test]
async fn a_refused_client_is_reported_keeps_the_last_values_and_heals() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;
    simulator.revoke();
    simulator.expire_tokens();
    let refused = exporter.pass().await;
    assert_eq!(refused.sum(SUCCESS, &[]), 0.0);
    for collector in ["iam_user", "cloud_instance"] {
        let gap = [("collector", collector), ("reason", "credentials")];
        assert!(refused.value("ovhcloud_collector_gaps", &gap) >= 1.0);
    }
    let users = "ovhcloud_iam_users";
    assert_eq!(refused.sum(users, &[]), before.sum(users, &[]), "the last good values stay");
    assert!(exporter.landing().contains("OVHcloud refuses the credential"));

    simulator.restore();
    // A failure stands for some seconds, so that a pass does not ask once per call.
    let deadline = Instant::now() + Duration::from_secs(20);
    while exporter.pass().await.sum(SUCCESS, &[]) < all() {
        assert!(Instant::now() < deadline, "it does not heal");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_client_that_is_taken_in_the_form_body_only_is_sent_there() {
    let simulator = reference().await;
    // The first, which is HTTP Basic, is refused.
    let refusal = r#"{"error":"invalid_client","error_description":"no Basic here"}"#;
    let effect = Effect::Body { status: 401, body: refusal.to_owned() };
    simulator.faults(vec![Fault::new("/auth/oauth2/token", effect).times(1)]);
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(scrape.sum(SUCCESS, &[]), all());
    let route = ("route", "/auth/oauth2/token");
    let requests = "ovhcloud_exporter_api_requests_total";
    assert_eq!(scrape.value(requests, &[route, ("code", "401")]), 1.0);
    assert_eq!(scrape.value(requests, &[route, ("code", "200")]), 1.0);
}

#[tokio::test]
async fn an_error_in_a_good_answer_of_the_token_endpoint_is_an_error() {
    let simulator = reference().await;
    for (status, body, reason) in [
        (200, r#"{"error":"invalid_client","error_description":"gone"}"#, "credentials"),
        (200, r#"{"access_token":"","expires_in":3599}"#, "credentials"),
        (200, "<html>hello</html>", "undecodable"),
        (503, "<html>later</html>", "throttled"),
    ] {
        let effect = Effect::Body { status, body: body.to_owned() };
        simulator.faults(vec![Fault::new("/auth/oauth2/token", effect)]);
        let scrape = Exporter::new(&simulator).pass().await;
        let gap = [("collector", "iam_user"), ("reason", reason)];
        assert_eq!(scrape.values("ovhcloud_collector_gaps", &gap), [1.0], "{status} {body}");
    }
}

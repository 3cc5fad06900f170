//! The permissions of the exporter's own credential, and their report.

use ovhcloud_simulator::{Auth, Effect, Rights, Simulator};

use crate::credentials::{good, projects_alone};
use crate::exporter::{Exporter, Scrape, reference};

const ACCOUNT: &str = "urn:v1:eu:resource:account:xx1111-ovh";
const ENDS: &str = "ovhcloud_exporter_credential_expiration_timestamp_seconds";
const CHECK: (&str, &str) = ("check", "exporter_credential_writes");
const COLLECTOR: (&str, &str) = ("collector", "exporter_credential");
const SUCCESS: &str = "ovhcloud_collector_success";

async fn pass(simulator: &Simulator, auth: Auth) -> Scrape {
    Exporter::of(good(simulator, auth)).pass().await
}

/// The status that the check has.
#[track_caller]
fn assert_status(scrape: &Scrape, status: &str) {
    let value = scrape.value("ovhcloud_policy_check_status", &[CHECK, ("status", status)]);
    assert_eq!(value, 1.0, "{status}");
}

#[tokio::test]
async fn a_service_account_that_may_write_is_found() {
    let simulator = reference().await;
    let mut project = String::new();
    simulator.change(|account| project = account.project("prod").unwrap());
    let project = format!("urn:v1:eu:resource:publicCloudProject:{project}");
    let read = Rights::none().grant(&["*get"], &["*"]);
    for (action, urn) in [
        ("account:apiovh:iam/policy/create", ACCOUNT),
        ("publicCloudProject:apiovh:instance/*", &project),
        ("publicCloudProject:apiovh:delete", &project),
    ] {
        simulator.rights(read.clone().grant(&[action], &[urn]));
        assert_status(&pass(&simulator, Auth::OAuth2).await, "fail");
    }
    simulator.rights(read.clone());
    simulator.rights_of(Auth::Token, read);
    for auth in [Auth::OAuth2, Auth::Token, Auth::ApplicationKey] {
        let scrape = pass(&simulator, auth).await;
        assert_status(&scrape, "pass");
        scrape.lacks(ENDS, &[]);
    }
}

#[tokio::test]
async fn a_consumer_key_with_another_method_than_get_is_found() {
    let simulator = reference().await;
    let key = Rights::all().rule("GET", "/*");
    for (rights, status) in [
        (key.clone(), "pass"),
        (key.clone().rule("POST", "/v2/iam/authorization/check"), "pass"),
        (key.rule("PUT", "/me"), "fail"),
        (projects_alone(), "not_evaluated"),
    ] {
        simulator.rights_of(Auth::ApplicationKey, rights);
        assert_status(&pass(&simulator, Auth::ApplicationKey).await, status);
    }
}

#[tokio::test]
async fn what_ovhcloud_refuses_to_tell_of_the_credential_is_not_known_and_no_gap() {
    let simulator = reference().await;
    let calls = ["/auth/details", "/auth/currentCredential", "/v2/iam/authorization/check"];
    for auth in [Auth::OAuth2, Auth::Token, Auth::ApplicationKey] {
        for effect in [Effect::Status(403), Effect::Status(404), Effect::Status(400)] {
            simulator.faults(Vec::new());
            for call in calls {
                simulator.fail(call, effect.clone());
            }
            let scrape = pass(&simulator, auth).await;
            assert_eq!(scrape.value(SUCCESS, &[COLLECTOR]), 1.0, "{auth:?} {effect:?}");
            scrape.lacks(ENDS, &[]);
            assert_status(&scrape, "not_evaluated");
        }
    }
}

#[tokio::test]
async fn what_ovhcloud_fails_to_tell_of_the_credential_is_a_gap() {
    let simulator = reference().await;
    for call in ["/auth/details", "/v2/iam/authorization/check"] {
        simulator.faults(Vec::new());
        simulator.fail(call, Effect::Status(500));
        let scrape = pass(&simulator, Auth::OAuth2).await;
        assert_eq!(scrape.value(SUCCESS, &[COLLECTOR]), 0.0, "{call}");
        assert_status(&scrape, "not_evaluated");
    }
}

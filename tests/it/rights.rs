//! The permissions of the exporter's own credential, and their report.

use ovhcloud_exporter::iam::danger;
use ovhcloud_simulator::{Account, Auth, Effect, Options, Rights, Simulator, Size};
use serde_json::json;

use crate::credentials::{good, projects_alone};
use crate::exporter::{Exporter, NOW, Scrape, reference, simulator, time};

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
    let project = project_urn(&project);
    let read = Rights::none().grant(&["*get"], &["*"]);
    for (action, urn) in [
        ("account:apiovh:iam/policy/create", ACCOUNT),
        // A service account that may create service accounts.
        ("account:apiovh:me/api/oauth2/client/create", ACCOUNT),
        ("account:apiovh:me/identity/user/delete", ACCOUNT),
        ("publicCloudProject:apiovh:instance/*", &project),
        ("publicCloudProject:apiovh:terminate", &project),
        ("publicCloudProject:apiovh:database/mysql/user/create", &project),
    ] {
        simulator.rights(read.clone().grant(&[action], &[urn]));
        let scrape = pass(&simulator, Auth::OAuth2).await;
        assert_status(&scrape, "fail");
    }
    simulator.rights(read.clone());
    simulator.rights_of(Auth::Token, read);
    for auth in [Auth::OAuth2, Auth::Token, Auth::ApplicationKey] {
        let scrape = pass(&simulator, auth).await;
        assert_status(&scrape, "pass");
        scrape.lacks(ENDS, &[]);
    }
}

fn project_urn(id: &str) -> String {
    format!("urn:v1:eu:resource:publicCloudProject:{id}")
}

#[tokio::test]
async fn a_right_on_the_last_of_many_projects_is_found() {
    let size = Size { projects: 60, instances: 0, ..Size::default() };
    let simulator = simulator(Options::new(Account::generate(size, time(NOW)))).await;
    let mut projects = Vec::new();
    simulator.change(|account| projects = account.projects());
    let read = Rights::none().grant(&["*get"], &["*"]);
    let delete = "publicCloudProject:apiovh:instance/delete";
    let last = project_urn(&projects[59]);
    simulator.rights(read.grant(&[delete], &[&last]));
    assert_status(&pass(&simulator, Auth::OAuth2).await, "fail");
}

/// OVHcloud rejects a question with one unknown name as a whole.
#[tokio::test]
async fn a_name_that_ovhcloud_does_not_know_is_left_out_and_hides_no_right() {
    let simulator = reference().await;
    let read = Rights::none().grant(&["*get"], &["*"]);
    let create = "account:apiovh:me/identity/user/create";
    let forgotten = |names: &[&str]| {
        let known = danger::actions("account").into_iter();
        let known = known.chain(danger::actions("publicCloudProject"));
        let known: Vec<_> = known.filter(|name| !names.contains(name)).collect();
        simulator.change(|account| {
            *account.list_mut("/v2/iam/reference/action") =
                known.iter().map(|name| json!({ "action": name })).collect();
        });
    };
    let edit = "account:apiovh:me/identity/user/edit";
    for (unknown, granted, status) in [
        (&[edit][..], &["*get"][..], "pass"),
        (&[edit, "publicCloudProject:apiovh:terminate"], &["*get"], "pass"),
        (&[edit], &[create], "fail"),
        (&[create], &[create], "pass"),
    ] {
        forgotten(unknown);
        simulator.rights(read.clone().grant(granted, &["*"]));
        assert_status(&pass(&simulator, Auth::OAuth2).await, status);
    }
    // Where OVHcloud knows none of the names, nothing is known.
    simulator.change(|account| account.list_mut("/v2/iam/reference/action").clear());
    assert_status(&pass(&simulator, Auth::OAuth2).await, "not_evaluated");
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

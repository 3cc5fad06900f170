//! Each fault does what it says, where it says, as often as it says.

use std::time::{Duration, Instant};

use ovhcloud_simulator::{Account, Auth, Effect, Fault, Options, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::client::{ask_token, call, get, now, reference, start, try_get, variable};

const ME: &str = "/1.0/me";
const USERS: &str = "/1.0/me/identity/user";
const MODE: (&str, &str) = ("x-pagination-mode", "CachedObjectList-Pages");

async fn with(path: &str, effect: Effect) -> Simulator {
    let simulator = reference().await;
    simulator.fail(path, effect);
    simulator
}

#[tokio::test]
async fn a_status_comes_with_ovhclouds_body() {
    let simulator = with("/me/api/credential", Effect::Status(403)).await;
    let answer = get(&simulator, "/1.0/me/api/credential", &[]).await;
    let missing = &answer.json()["details"]["unauthorizedActionsByIAM"];
    assert_eq!((answer.status, missing), (403, &json!("account:apiovh:me/api/credential/get")));
    simulator.fail("/me/api/credential", Effect::Status(502));
    let answer = get(&simulator, "/1.0/me/api/credential", &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (502, Some("text/html")));
    simulator.fail("/me/api/credential", Effect::Status(503));
    let answer = get(&simulator, "/1.0/me/api/credential", &[]).await;
    assert_eq!(answer.code(), (503, "Server::InternalServerError::Maintenance".to_owned()));
}

#[tokio::test]
async fn a_caller_can_be_asked_to_wait() {
    let simulator = with("/me", Effect::RetryAfter { status: 429, seconds: 7 }).await;
    let answer = get(&simulator, ME, &[]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
}

#[tokio::test]
async fn an_answer_can_be_late() {
    let simulator = with("/me", Effect::Delay(200)).await;
    let start = Instant::now();
    assert_eq!(get(&simulator, ME, &[]).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_body_can_be_cut_after_good_headers() {
    let simulator = with("/me", Effect::CutBody).await;
    let error = try_get(&simulator, ME, &[]).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("IncompleteMessage") || text.contains("Body"), "{text}");
    // Its neighbours stand.
    assert_eq!(get(&simulator, USERS, &[]).await.status, 200);
}

#[tokio::test]
async fn an_answer_can_be_no_json() {
    let simulator = with("/me", Effect::Garbage).await;
    let answer = get(&simulator, ME, &[]).await;
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
    simulator.fail("/me", Effect::Html(200));
    let answer = get(&simulator, ME, &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html")));
    assert!(answer.body.starts_with(b"<html>"));
    simulator.fail("/me", Effect::Body { status: 418, body: "{\"a\":".to_owned() });
    let answer = get(&simulator, ME, &[]).await;
    assert_eq!((answer.status, &answer.body[..]), (418, &b"{\"a\":"[..]));
}

#[tokio::test]
async fn members_can_be_missing_null_more_or_unknown() {
    let simulator = with("/me/identity/user", Effect::MissingMembers).await;
    let users = get(&simulator, USERS, &[MODE]).await.json();
    assert_eq!(users[0], json!({ "login": "alice" }));
    simulator.fail("/me/identity/user", Effect::NullMembers);
    let users = get(&simulator, USERS, &[MODE]).await.json();
    assert_eq!((&users[0]["login"], &users[0]["status"]), (&json!("alice"), &json!(null)));
    assert!(users[0].as_object().unwrap().contains_key("status"));
    simulator.fail("/me/identity/user", Effect::UnknownEnums);
    let users = get(&simulator, USERS, &[MODE]).await.json();
    assert_eq!(users[0]["status"], "SIMULATED_UNKNOWN");
    assert_eq!(users[0]["login"], "alice");
    simulator.fail("/me/identity/user", Effect::ExtraMembers);
    let users = get(&simulator, USERS, &[MODE]).await.json();
    assert!(users[0]["simulatedExtra"].is_object());
    assert_eq!(users[0]["status"], "OK");
    // In a batch the objects are spoilt, not the items.
    simulator.fail("/me/identity/user/{user}", Effect::MissingMembers);
    let items = get(&simulator, "/1.0/me/identity/user/alice,bob", &[("x-ovh-batch", ",")]).await;
    assert_eq!(
        items.json()[1],
        json!({ "key": "alice", "value": { "login": "alice" }, "error": null })
    );
}

#[tokio::test]
async fn one_object_of_a_list_can_have_a_wrong_type() {
    let simulator = reference().await;
    let good = get(&simulator, USERS, &[MODE]).await.json();
    simulator.fail("/me/identity/user", Effect::WrongType);
    let bad = get(&simulator, USERS, &[MODE]).await.json();
    let (good, bad) = (good.as_array().unwrap(), bad.as_array().unwrap());
    let spoilt: Vec<_> = (0..good.len()).filter(|&place| good[place] != bad[place]).collect();
    assert_eq!(spoilt, [good.len() / 2]);
    assert!(bad[spoilt[0]]["status"].is_object() && bad[spoilt[0]]["login"].is_object());
    // Identifiers, too, and objects that are alone.
    let ids = get(&simulator, USERS, &[]).await.json();
    assert_eq!(ids.as_array().unwrap().iter().filter(|id| !id.is_string()).count(), 1);
    simulator.fail("/me", Effect::WrongType);
    assert!(get(&simulator, ME, &[]).await.json()["state"].is_object());
}

#[tokio::test]
async fn a_list_can_be_cut_and_have_other_headers() {
    let headers = [("x-pagination-elements", "120"), ("x-pagination-cursor-next", "é"), ("a", "b")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let simulator =
        with("/me/identity/user", Effect::Page { list: None, keep: Some(1), headers }).await;
    for mode in [&[MODE][..], &[]] {
        let answer = get(&simulator, USERS, mode).await;
        assert_eq!(answer.json().as_array().unwrap().len(), 1);
        assert_eq!(answer.header("x-pagination-elements"), Some("120"));
        assert_eq!((answer.header("x-pagination-total"), answer.header("a")), (None, None));
    }
}

#[tokio::test]
async fn an_object_can_be_another_with_the_identifier_that_is_asked_for() {
    let like = |object: &str| Effect::Like(object.to_owned());
    let simulator = with("/me/identity/user/{user}", like(r#"{"status":"NEW"}"#)).await;
    let user = get(&simulator, "/1.0/me/identity/user/a%2Fb", &[]).await.json();
    assert_eq!(user, json!({ "login": "a/b", "status": "NEW" }));
    simulator.fail("/me/api/credential/{credentialId}", like(r#"{"credentialId":1}"#));
    let credential = get(&simulator, "/1.0/me/api/credential/7", &[]).await.json();
    assert_eq!(credential, json!({ "credentialId": 7 }));
}

#[tokio::test]
async fn a_cursor_can_go_round_in_a_circle() {
    let simulator = with("/v2/iam/policy", Effect::RepeatCursor).await;
    let first = get(&simulator, "/v2/iam/policy", &[]).await;
    let cursor = first.header("x-pagination-cursor-next").unwrap().to_owned();
    for _ in 0..3 {
        let answer = get(&simulator, "/v2/iam/policy", &[("x-pagination-cursor", &cursor)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-pagination-cursor-next"), Some(cursor.as_str()));
    }
}

#[tokio::test]
async fn a_call_can_hang_and_be_reset() {
    let simulator = with("/me", Effect::Hang).await;
    let hung = timeout(Duration::from_millis(200), get(&simulator, ME, &[])).await;
    assert!(hung.is_err());
    simulator.fail("/me", Effect::Reset);
    let error = try_get(&simulator, ME, &[]).await.unwrap_err();
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    assert_eq!(get(&simulator, USERS, &[]).await.status, 200);
}

#[tokio::test]
async fn the_token_endpoint_can_fail_too() {
    let simulator = with("/auth/oauth2/token", Effect::Html(503)).await;
    let answer = ask_token(&simulator, &[], "grant_type=client_credentials").await;
    assert_eq!((answer.status, answer.header("content-type")), (503, Some("text/html")));
}

#[tokio::test]
async fn a_fault_strikes_its_calls_only_and_so_often() {
    let account = Account::reference(now());
    let (prod, staging) = (account.project("prod").unwrap(), account.project("staging").unwrap());
    let simulator = start(Options::new(account)).await;
    let path = |id: &str| format!("/1.0/cloud/project/{id}/instance");
    let status = async |target: &str| get(&simulator, target, &[]).await.status;
    // A concrete path, a template, a wildcard.
    simulator.fail(&format!("/cloud/project/{prod}/instance"), Effect::Status(500));
    assert_eq!((status(&path(&prod)).await, status(&path(&staging)).await), (500, 200));
    simulator
        .faults(vec![Fault::new("/cloud/project/{serviceName}/instance", Effect::Status(500))]);
    assert_eq!((status(&path(&prod)).await, status(&path(&staging)).await), (500, 500));
    assert_eq!(status("/1.0/cloud/project").await, 200);
    simulator.faults(vec![Fault::new("/v2/*", Effect::Status(500))]);
    assert_eq!((status("/v2/iam/policy").await, status(ME).await), (500, 200));
    // So often, and by method.
    simulator.faults(vec![Fault::new("/me", Effect::Status(500)).times(2)]);
    assert_eq!([status(ME).await, status(ME).await, status(ME).await], [500, 500, 200]);
    let fault = Fault { method: Some("POST".to_owned()), ..Fault::new("/me", Effect::Status(500)) };
    simulator.faults(vec![fault]);
    assert_eq!(status(ME).await, 200);
}

#[tokio::test]
async fn faults_are_set_over_http() {
    let simulator = reference().await;
    let put =
        async |body: &str| call(&simulator, "PUT", "/_simulator/faults", &[], body).await.unwrap();
    let body = r#"[
        {"path": "/me", "times": 1, "effect": {"retry_after": {"status": 503, "seconds": 1}}},
        {"path": "/me", "effect": "cut_body"}
    ]"#;
    assert_eq!(put(body).await.status, 200);
    let answer = get(&simulator, ME, &[]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(try_get(&simulator, ME, &[]).await.is_err());
    for (bad, place) in [
        ("[", "line 1 column 1"),
        (r#"[{"path":"/me","effect":"explode"}]"#, "explode"),
        (r#"[{"path":"/me","effect":"hang","how":1}]"#, "how"),
    ] {
        let answer = put(bad).await;
        assert_eq!(answer.status, 400);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(place), "{message}");
    }
    // A bad list changes nothing; an empty one ends all faults.
    assert!(try_get(&simulator, ME, &[]).await.is_err());
    assert_eq!(put("[]").await.status, 200);
    assert_eq!(get(&simulator, ME, &[]).await.status, 200);
    assert_eq!(simulator.stats().requests, 4);
}

#[tokio::test]
async fn the_faults_of_the_readme_are_faults() {
    let readme = include_str!("../../README.md");
    let (_, list) = readme.split_once("```json").unwrap();
    let (list, _) = list.split_once("```").unwrap();
    let simulator = reference().await;
    let answer = call(&simulator, "PUT", "/_simulator/faults", &[], list).await.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let set = call(&simulator, "GET", "/_simulator/faults", &[], "").await.unwrap().json();
    assert_eq!(set, serde_json::from_str::<Value>(list).unwrap());
}

#[tokio::test]
async fn latency_is_each_answers_own() {
    let options = Options::new(Account::reference(now()));
    let simulator = start(Options { latency: Duration::from_millis(200), ..options }).await;
    let start = Instant::now();
    let me = || get(&simulator, ME, &[]);
    let answers = tokio::join!(me(), me(), me(), me(), me());
    assert_eq!(answers.0.status, 200);
    let taken = start.elapsed();
    assert!(taken >= Duration::from_millis(200) && taken < Duration::from_millis(900), "{taken:?}");
    assert_eq!(simulator.stats().max_in_flight, 5);
}

#[tokio::test]
async fn calls_under_way_are_counted_until_they_end() {
    let simulator = reference().await;
    for _ in 0..3 {
        get(&simulator, ME, &[]).await;
    }
    assert_eq!(simulator.stats().max_in_flight, 1);
    simulator.fail("/me", Effect::Hang);
    simulator.fail("/me/identity/group", Effect::Delay(100));
    let hung = async { tokio::join!(get(&simulator, ME, &[]), get(&simulator, ME, &[])) };
    let others = async {
        sleep(Duration::from_millis(50)).await;
        get(&simulator, USERS, &[]).await;
        let group = || get(&simulator, "/1.0/me/identity/group", &[]);
        tokio::join!(group(), group())
    };
    tokio::select! {
        _ = hung => unreachable!("nobody answers"),
        _ = others => {}
    }
    assert_eq!(simulator.stats().max_in_flight, 4);
    // Callers that went away are not under way any more.
    sleep(Duration::from_millis(50)).await;
    simulator.reset_stats();
    assert_eq!(simulator.stats().max_in_flight, 0);
}

#[tokio::test]
async fn long_bodies_are_refused_and_a_dropped_simulator_is_gone() {
    let simulator = reference().await;
    let bearer = format!("Bearer {}", variable(&simulator, Auth::Token, "OVH_ACCESS_TOKEN"));
    let headers = [("authorization", bearer.as_str())];
    let long = " ".repeat(2 << 20);
    let answer = call(&simulator, "POST", "/v2/iam/authorization/check", &headers, &long).await;
    assert!(answer.map_or(true, |answer| answer.status == 413));
    let address = simulator.address();
    drop(simulator);
    sleep(Duration::from_millis(50)).await;
    assert!(TcpStream::connect(address).await.is_err());
}

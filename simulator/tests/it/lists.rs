//! Lists in all their modes, and the switches.

use std::collections::BTreeSet;

use ovhcloud_simulator::{Account, Auth, Listing, Options, Rights, Simulator, Size, Unverified};
use serde_json::{Value, json};

use crate::client::{Answer, get, now, reference, start};

const MODE: (&str, &str) = ("x-pagination-mode", "CachedObjectList-Pages");
const BATCH: (&str, &str) = ("x-ovh-batch", ",");

fn length(answer: &Answer) -> usize {
    answer.json().as_array().unwrap().len()
}

async fn generated() -> Simulator {
    start(Options::new(Account::generate(Size::default(), now()))).await
}

#[tokio::test]
async fn an_expanded_list_has_objects_and_headers() {
    let simulator = generated().await;
    let ids = get(&simulator, "/1.0/me/api/credential", &[]).await.json();
    let answer = get(&simulator, "/1.0/me/api/credential", &[MODE]).await;
    let objects = answer.json();
    let keys: Value =
        objects.as_array().unwrap().iter().map(|object| object["credentialId"].clone()).collect();
    assert_eq!(keys, ids);
    for (name, value) in [("number", "1"), ("size", "5000"), ("total", "1"), ("elements", "60")] {
        assert_eq!(answer.header(&format!("x-pagination-{name}")), Some(value), "{name}");
    }
    let updated = answer.header("x-pagination-cache-update").unwrap();
    assert!(updated.parse::<jiff::Timestamp>().is_ok(), "{updated}");
    let plain = get(&simulator, "/1.0/me/api/credential/100000003", &[]).await.json();
    assert_eq!(objects[2], plain);
}

#[tokio::test]
async fn an_expanded_list_has_pages() {
    let simulator = generated().await;
    let mut seen = BTreeSet::new();
    for (number, count) in [("1", 25), ("2", 25), ("3", 10), ("4", 0)] {
        let headers = [MODE, ("x-pagination-size", "25"), ("x-pagination-number", number)];
        let answer = get(&simulator, "/1.0/me/api/credential", &headers).await;
        assert_eq!(answer.header("x-pagination-total"), Some("3"));
        assert_eq!(answer.header("x-pagination-number"), Some(number));
        assert_eq!(length(&answer), count, "page {number}");
        let body = answer.json();
        seen.extend(body.as_array().unwrap().iter().map(|one| one["credentialId"].to_string()));
    }
    assert_eq!(seen.len(), 60);
}

#[tokio::test]
async fn only_the_mode_may_have_effect() {
    let simulator = generated().await;
    simulator.unverified(Unverified { whole_expansion: true, ..Unverified::default() });
    let headers = [MODE, ("x-pagination-size", "7"), ("x-pagination-number", "3")];
    let answer = get(&simulator, "/1.0/me/api/credential", &headers).await;
    assert_eq!(length(&answer), 60);
    assert_eq!(answer.header("x-pagination-total"), None);
}

#[tokio::test]
async fn filters_hold_in_both_forms() {
    let simulator = reference().await;
    let target = "/1.0/me/api/credential?status=refused";
    assert_eq!(length(&get(&simulator, target, &[]).await), 1);
    let expanded = get(&simulator, target, &[MODE]).await.json();
    assert_eq!(
        (expanded.as_array().unwrap().len(), &expanded[0]["status"]),
        (1, &json!("refused"))
    );
    let target = "/1.0/me/api/credential?applicationId=200001";
    let own = get(&simulator, target, &[MODE]).await.json();
    assert!(own.as_array().unwrap().iter().all(|one| one["applicationId"] == 200_001));
    assert_eq!(get(&simulator, "/1.0/me/api/credential?page=1", &[]).await.status, 400);
}

#[tokio::test]
async fn objects_are_filtered_by_region() {
    let account = Account::reference(now());
    let id = account.project("prod").unwrap();
    let simulator = start(Options::new(account)).await;
    for (list, count) in [("instance", 3), ("sshkey", 3), ("flavor", 6)] {
        let target = format!("/1.0/cloud/project/{id}/{list}?region=GRA11");
        assert_eq!(length(&get(&simulator, &target, &[]).await), count, "{list}");
        let target = format!("/1.0/cloud/project/{id}/{list}?region=NONE");
        assert_eq!(length(&get(&simulator, &target, &[]).await), 0, "{list}");
    }
}

#[tokio::test]
async fn policies_are_filtered() {
    let simulator = reference().await;
    for (query, names) in [
        ("readOnly=true", &["ovh-default-admin", "ovh-default-account"][..]),
        ("action=dnsZone:apiovh:record/*", &["dns"]),
        ("identity=urn:v1:eu:identity:user:xx1111-ovh/bob", &["break-glass"]),
        ("resourceURN=urn%3Av1%3Aeu%3Aresource%3AdnsZone%3Aexample.com", &["dns"]),
        ("resourceURN=none", &[]),
    ] {
        let list = get(&simulator, &format!("/v2/iam/policy?{query}"), &[]).await.json();
        let found: Vec<_> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|policy| policy["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{query}");
    }
    assert_eq!(get(&simulator, "/v2/iam/policy?readOnly=maybe", &[]).await.status, 400);
}

#[tokio::test]
async fn a_batch_has_an_item_for_each_identifier() {
    let simulator = reference().await;
    let target = "/1.0/me/api/credential/100000001,7,100000003";
    let items = get(&simulator, target, &[BATCH]).await.json();
    let items = items.as_array().unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        let key = item["key"].as_str().unwrap();
        if key == "7" {
            assert_eq!(
                (&item["value"], &item["error"]["class"]),
                (&json!(null), &json!("Client::NotFound"))
            );
        } else {
            assert_eq!(item["value"]["credentialId"].to_string(), key);
            assert_eq!(item["error"], json!(null));
        }
    }
    // Another separator, identifiers encoded, a single one.
    let target = "/1.0/me/identity/user/alice;ci%2Dbot";
    assert_eq!(length(&get(&simulator, target, &[("x-ovh-batch", ";")]).await), 2);
    assert_eq!(length(&get(&simulator, "/1.0/me/identity/user/alice", &[BATCH]).await), 1);
}

#[tokio::test]
async fn a_batch_has_fifty_identifiers_at_most() {
    let simulator = generated().await;
    let ids: Vec<_> = (100_000_001..100_000_052).map(|id| id.to_string()).collect();
    assert_eq!(ids.len(), 51);
    let target = |ids: &[String]| format!("/1.0/me/api/credential/{}", ids.join(","));
    assert_eq!(length(&get(&simulator, &target(&ids[..50]), &[BATCH]).await), 50);
    assert_eq!(get(&simulator, &target(&ids), &[BATCH]).await.status, 400);
}

#[tokio::test]
async fn helpers_that_are_off_are_ignored() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let list = get(&simulator, "/1.0/me/api/credential", &[MODE]).await;
    assert!(list.json()[0].is_i64());
    assert_eq!(list.header("x-pagination-total"), None);
    let batch = "/1.0/me/api/credential/100000001,100000002";
    assert_eq!(get(&simulator, batch, &[BATCH]).await.status, 404);

    simulator.listing(Listing { expanded: false, batch: true });
    assert!(get(&simulator, "/1.0/me/api/credential", &[MODE]).await.json()[0].is_i64());
    assert_eq!(length(&get(&simulator, batch, &[BATCH]).await), 2);
}

#[tokio::test]
async fn projects_come_in_a_batch_only_if_configured() {
    let account = Account::reference(now());
    let ids = account.projects().join(",");
    let simulator = start(Options::new(account)).await;
    let target = format!("/1.0/cloud/project/{ids}");
    assert_eq!(get(&simulator, &target, &[BATCH]).await.status, 404);
    simulator.unverified(Unverified { batch_projects: true, ..Unverified::default() });
    assert_eq!(length(&get(&simulator, &target, &[BATCH]).await), 3);
    assert_eq!(length(&get(&simulator, "/1.0/cloud/project", &[MODE]).await), 3);
    // Each item needs its own right.
    let granted =
        format!("urn:v1:eu:resource:publicCloudProject:{}", ids.split(',').next().unwrap());
    simulator.rights_of(Auth::Token, Rights::none().grant(&["publicCloudProject:*"], &[&granted]));
    let items = get(&simulator, &target, &[BATCH]).await.json();
    let refused = |item: &&Value| item["error"]["class"] == "Client::Forbidden";
    assert_eq!(items.as_array().unwrap().iter().filter(refused).count(), 2);
    assert_eq!(length(&get(&simulator, "/1.0/cloud/project", &[MODE]).await), 1);
}

#[tokio::test]
async fn a_v2_list_is_paged_by_cursor() {
    let options = Options::new(Account::generate(Size::default(), now()));
    let simulator = start(Options { page_size: 6, ..options }).await;
    let mut seen = BTreeSet::new();
    let mut cursor = None;
    let mut calls = 0;
    loop {
        let headers: Vec<_> =
            cursor.as_deref().map(|cursor| ("x-pagination-cursor", cursor)).into_iter().collect();
        // More than the server gives.
        let headers = [&headers[..], &[("x-pagination-size", "1000")]].concat();
        let answer = get(&simulator, "/v2/iam/policy", &headers).await;
        let page = answer.json();
        seen.extend(page.as_array().unwrap().iter().map(|policy| policy["id"].to_string()));
        calls += 1;
        let next = answer.header("x-pagination-cursor-next").map(str::to_owned);
        // The same cursor again is the same page again.
        let again = get(&simulator, "/v2/iam/policy", &headers).await;
        assert_eq!(
            (again.json(), again.header("x-pagination-cursor-next")),
            (page, next.as_deref())
        );
        if next.is_none() {
            break;
        }
        cursor = next;
    }
    assert_eq!((calls, seen.len()), (3, 15));
    let small = get(&simulator, "/v2/iam/policy", &[("x-pagination-size", "2")]).await;
    assert_eq!(length(&small), 2);
    assert_eq!(simulator.stats().by_mode["cursor"], 7);
}

#[tokio::test]
async fn a_cursor_that_points_nowhere_is_refused() {
    let options = Options::new(Account::generate(Size::default(), now()));
    let simulator = start(Options { page_size: 2, ..options }).await;
    let first = get(&simulator, "/v2/publicCloud/project", &[]).await;
    let elsewhere = first.header("x-pagination-cursor-next").unwrap().to_owned();
    for cursor in ["nonsense", "", elsewhere.as_str()] {
        let headers = [("x-pagination-cursor", cursor)];
        let answer = get(&simulator, "/v2/iam/policy", &headers).await;
        assert_eq!(answer.status, 400, "{cursor}");
        assert_eq!(answer.json()["message"], "invalid cursor");
    }
    // A list that became shorter.
    simulator.change(|account| account.list_mut("/cloud/project").truncate(1));
    let headers = [("x-pagination-cursor", elsewhere.as_str())];
    assert_eq!(get(&simulator, "/v2/publicCloud/project", &headers).await.status, 400);
}

#[tokio::test]
async fn calls_are_counted_by_route_and_mode() {
    let simulator = reference().await;
    get(&simulator, "/1.0/me/api/credential", &[MODE]).await;
    get(&simulator, "/v1/me/api/credential/100000001,7", &[BATCH]).await;
    get(&simulator, "/1.0/me/api/credential/100000001", &[]).await;
    get(&simulator, "/v2/iam/policy", &[]).await;
    get(&simulator, "/1.0/none", &[]).await;
    let stats = simulator.stats();
    assert_eq!(stats.requests, 5);
    let routes = [
        ("/me/api/credential", 1),
        ("/me/api/credential/{credentialId}", 2),
        ("/v2/iam/policy", 1),
        ("unknown", 1),
    ];
    assert_eq!(stats.by_route, routes.map(|(route, calls)| (route.to_owned(), calls)).into());
    let modes = [("batch", 1), ("cursor", 1), ("expanded", 1), ("plain", 2)];
    assert_eq!(stats.by_mode, modes.map(|(mode, calls)| (mode.to_owned(), calls)).into());
    simulator.reset_stats();
    assert_eq!(simulator.stats().requests, 0);
}

#[tokio::test]
async fn a_change_is_seen_by_the_next_call() {
    let simulator = reference().await;
    assert_eq!(get(&simulator, "/1.0/me/identity/user/alice", &[]).await.json()["status"], "OK");
    simulator.change(|account| {
        account.list_mut("/me/identity/user").retain(|user| user["login"] != "alice");
    });
    assert_eq!(get(&simulator, "/1.0/me/identity/user/alice", &[]).await.status, 404);
}

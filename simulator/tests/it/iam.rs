//! The account's identities and what IAM says of them, where the schemas cannot judge.

use std::collections::BTreeSet;

use ovhcloud_simulator::{Account, Options};
use serde_json::{Value, json};

use crate::client::{get, now, reference, start};

const MODE: (&str, &str) = ("x-pagination-mode", "CachedObjectList-Pages");

fn texts<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap()).collect()
}

#[tokio::test]
async fn tokens_are_below_their_user() {
    let simulator = reference().await;
    let tokens = "/1.0/me/identity/user/ci-bot/token";
    assert_eq!(get(&simulator, tokens, &[]).await.json(), json!(["deploy", "script"]));
    let expanded = get(&simulator, tokens, &[MODE]).await.json();
    assert_eq!(texts(&expanded, "name"), ["deploy", "script"]);
    let batch = get(&simulator, &format!("{tokens}/deploy,none"), &[("x-ovh-batch", ",")]).await;
    assert_eq!(batch.json()[1]["value"]["name"], "deploy");
    // A client may encode more than it must.
    let encoded = "/1.0/me/identity/user/ci%2Dbot/token";
    assert_eq!(get(&simulator, encoded, &[]).await.json(), json!(["deploy", "script"]));
    let one = get(&simulator, &format!("{encoded}/d%65ploy"), &[]).await.json();
    assert_eq!(one["name"], "deploy");
    // No tokens, no such token, no such user.
    assert_eq!(get(&simulator, "/1.0/me/identity/user/dave/token", &[]).await.json(), json!([]));
    assert_eq!(get(&simulator, &format!("{tokens}/none"), &[]).await.status, 404);
    assert_eq!(get(&simulator, "/1.0/me/identity/user/nobody/token", &[]).await.status, 404);
}

#[tokio::test]
async fn a_group_has_the_users_that_name_it() {
    let simulator = reference().await;
    for (group, users) in [
        ("platform", &["alice", "bob", "ci-bot"][..]),
        ("ADMIN", &["bob"]),
        // By the main group alone.
        ("auditors", &["erin"]),
    ] {
        let path = format!("/1.0/me/identity/group/{group}/user");
        assert_eq!(get(&simulator, &path, &[]).await.json(), json!(users), "{group}");
        // Users are no identifiers below the group: nothing to expand.
        assert_eq!(get(&simulator, &path, &[MODE]).await.json(), json!(users), "{group}");
    }
    assert_eq!(get(&simulator, "/1.0/me/identity/group/none/user", &[]).await.status, 404);
}

#[tokio::test]
async fn what_was_never_set_is_not_found() {
    let simulator = start(Options::new(Account::empty())).await;
    for path in ["/1.0/me/identity/provider", "/1.0/me/accessRestriction/backupCode"] {
        let answer = get(&simulator, path, &[]).await;
        assert_eq!(answer.code(), (404, "Client::NotFound".to_owned()), "{path}");
    }
    let rule = get(&simulator, "/1.0/me/accessRestriction/ipDefaultRule", &[]).await.json();
    assert_eq!(rule, json!({ "rule": "accept", "warning": false }));
    let mode = get(&simulator, "/1.0/me/accessRestriction/developerMode", &[]).await.json();
    assert_eq!(mode, json!({ "enabled": false }));
}

#[tokio::test]
async fn groups_of_permissions_are_found_by_their_urn() {
    let simulator = reference().await;
    let account = Account::reference(now());
    let named: BTreeSet<_> = account
        .list("/v2/iam/policy")
        .iter()
        .flat_map(|policy| texts(&policy["permissionsGroups"], "urn"))
        .collect();
    assert!(!named.is_empty());
    // One policy names a group that is gone.
    for urn in named.into_iter().filter(|urn| !urn.ends_with(":gone")) {
        for urn in [urn.to_owned(), urn.replace(':', "%3A")] {
            let path = format!("/v2/iam/permissionsGroup/{urn}");
            let group = get(&simulator, &path, &[]).await.json();
            assert_eq!(group["urn"], urn.replace("%3A", ":"));
        }
    }
    let path = "/v2/iam/permissionsGroup/urn:v1:eu:permissionsGroup:ovh:none";
    assert_eq!(get(&simulator, path, &[]).await.status, 404);
}

#[tokio::test]
async fn groups_describe_their_resources_if_asked_to() {
    let simulator = reference().await;
    let group = Account::reference(now()).list("/v2/iam/resourceGroup")[0].clone();
    let one = format!("/v2/iam/resourceGroup/{}", group["id"].as_str().unwrap());
    for path in ["/v2/iam/resourceGroup", &one] {
        let first = |answer: Value| answer.get(0).unwrap_or(&answer).clone();
        let short = first(get(&simulator, path, &[]).await.json());
        let long = first(get(&simulator, &format!("{path}?details=true"), &[]).await.json());
        assert_eq!(long, group);
        assert_eq!(texts(&long["resources"], "type"), ["publicCloudProject", "okms"]);
        let bare = |resource: &Value| json!({ "id": resource["id"] });
        let resources = group["resources"].as_array().unwrap();
        assert_eq!(short["resources"], resources.iter().map(bare).collect::<Value>());
    }
}

#[tokio::test]
async fn subscriptions_are_identifiers_in_pages() {
    let options = Options::new(Account::reference(now()));
    let simulator = start(Options { page_size: 1, ..options }).await;
    let list = "/v2/iam/log/subscription";
    for mode in [&[][..], &[MODE]] {
        let first = get(&simulator, list, mode).await;
        let cursor = first.header("x-pagination-cursor-next").unwrap();
        let headers = [mode, &[("x-pagination-cursor", cursor)]].concat();
        let second = get(&simulator, list, &headers).await;
        assert_eq!(second.header("x-pagination-cursor-next"), None);
        for (page, kind) in [(first.json(), "audit"), (second.json(), "default")] {
            let item = &page[0];
            let id = item.get("subscriptionId").unwrap_or(item).as_str().unwrap();
            assert_eq!(item.is_object(), !mode.is_empty());
            let one = get(&simulator, &format!("{list}/{id}"), &[]).await.json();
            assert_eq!(one["kind"], kind);
        }
    }
    let modes = simulator.stats().by_mode;
    assert_eq!((modes["cursor"], modes["expanded"], modes["plain"]), (2, 2, 4));
    let audit = get(&simulator, &format!("{list}?kind=audit"), &[]).await;
    assert_eq!(audit.json().as_array().unwrap().len(), 1);
    assert_eq!(audit.header("x-pagination-cursor-next"), None);
    assert_eq!(get(&simulator, &format!("{list}?kind=none"), &[]).await.json(), json!([]));
}

#[tokio::test]
async fn tokens_end_and_do_not_end() {
    let account = Account::reference(now());
    let tokens = |user: &str| account.list(&format!("/me/identity/user/{user}/token"));
    let all: Vec<_> = ["alice", "bob", "carol", "ci-bot"].into_iter().flat_map(tokens).collect();
    let end = |token: &Value| token.get("expiresAt")?.as_str()?.parse::<jiff::Timestamp>().ok();
    assert!(all.iter().any(|token| end(token).is_some_and(|end| end < now())));
    assert!(all.iter().any(|token| end(token).is_some_and(|end| end > now())));
    assert!(all.iter().any(|token| token.get("expiresAt") == Some(&Value::Null)));
    assert!(all.iter().any(|token| token.get("lastUsed") == Some(&Value::Null)));
    assert!(all.iter().any(|token| token.get("lastUsed").is_none()));
}

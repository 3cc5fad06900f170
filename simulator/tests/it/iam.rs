//! The account's identities and what IAM says of them, where the schemas cannot judge.

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

//! Key management services: what is below them, and the rights on each.

use ovhcloud_simulator::{Account, Auth, Options, Rights};
use serde_json::json;

use crate::client::{get, now, reference, start};

const LIST: &str = "/v2/okms/resource";

fn ids(account: &Account) -> [String; 2] {
    [0, 1].map(|number| account.list(LIST)[number]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn rights_are_those_on_the_service() {
    let account = Account::reference(now());
    let [first, second] = ids(&account);
    let simulator = start(Options::new(account)).await;
    let urn = format!("urn:v1:eu:resource:okms:{first}");
    let actions = ["okms:apiovh:resource/get", "okms:apiovh:serviceKey/get"];
    simulator.rights_of(Auth::Token, Rights::none().grant(&actions, &[&urn]));
    let list = get(&simulator, LIST, &[]).await.json();
    let shown: Vec<_> = list.as_array().unwrap().iter().map(|service| &service["id"]).collect();
    assert_eq!(shown, [&json!(first)]);
    for (id, rest, status) in [
        (&first, "", 200),
        (&first, "/serviceKey", 200),
        (&first, "/credential", 403),
        (&second, "", 403),
        (&second, "/serviceKey", 403),
    ] {
        let answer = get(&simulator, &format!("{LIST}/{id}{rest}"), &[]).await;
        assert_eq!(answer.status, status, "{id}{rest}");
    }
    let account = "urn:v1:eu:resource:account:xx1111-ovh";
    simulator.rights_of(Auth::Token, Rights::none().grant(&["*"], &[account]));
    assert_eq!(get(&simulator, LIST, &[]).await.status, 403);
}

#[tokio::test]
async fn nothing_is_below_a_service_that_is_not_there() {
    let simulator = reference().await;
    let [first, second] = ids(&Account::reference(now()));
    for rest in ["", "/serviceKey", "/credential"] {
        let answer = get(&simulator, &format!("{LIST}/none{rest}"), &[]).await;
        assert_eq!(answer.code(), (404, "Client::NotFound".to_owned()), "{rest}");
    }
    // Below one that is there, a list may be empty.
    let list = get(&simulator, &format!("{LIST}/{second}/credential"), &[]).await;
    assert_eq!((list.status, list.json()), (200, json!([])));
    let key = get(&simulator, &format!("{LIST}/{second}/serviceKey"), &[]).await.json();
    let key = key[0]["id"].as_str().unwrap();
    for (service, status) in [(&second, 200), (&first, 404)] {
        let path = format!("{LIST}/{service}/serviceKey/{key}");
        assert_eq!(get(&simulator, &path, &[]).await.status, status);
    }
}

#[tokio::test]
async fn a_service_counts_its_keys() {
    let account = Account::reference(now());
    for service in account.list(LIST) {
        let keys = account.list(&format!("{LIST}/{}/serviceKey", service["id"].as_str().unwrap()));
        assert_eq!(service["serviceKeyCount"], keys.len());
    }
}

#[tokio::test]
async fn the_authority_is_shown_if_asked_for() {
    let simulator = reference().await;
    let [id, _] = ids(&Account::reference(now()));
    let path = format!("{LIST}/{id}");
    assert_eq!(get(&simulator, &path, &[]).await.json()["publicCA"], json!(null));
    let shown = get(&simulator, &format!("{path}?publicCA=true"), &[]).await.json();
    assert!(shown["publicCA"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    // The list does not know the query.
    assert_eq!(get(&simulator, &format!("{LIST}?publicCA=true"), &[]).await.status, 400);
    assert_eq!(get(&simulator, LIST, &[]).await.json()[0]["publicCA"], json!(null));
}

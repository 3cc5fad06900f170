//! Who is let in, and to what.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ovhcloud_simulator::{Account, Auth, Options, Rights, Simulator, Unverified};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use tokio::time::{Duration, sleep};

use crate::client::{
    Answer, ask_token, call, get, get_with, now, reference, start, token, variable,
};

#[tokio::test]
async fn a_token_is_issued_by_form_and_by_basic() {
    let simulator = reference().await;
    let id = variable(&simulator, Auth::OAuth2, "OVH_CLIENT_ID");
    let secret = variable(&simulator, Auth::OAuth2, "OVH_CLIENT_SECRET");
    let by_form = token(&simulator).await;
    // As golang.org/x/oauth2 does it: escaped, then encoded.
    let basic = STANDARD.encode(format!("{}:{secret}", id.replace('.', "%2E")));
    let basic = format!("Basic {basic}");
    let answer =
        ask_token(&simulator, &[("authorization", &basic)], "grant_type=client_credentials").await;
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(body["scope"], "all");
    let by_basic = body["access_token"].as_str().unwrap().to_owned();
    assert_ne!(by_form, by_basic);
    for token in [by_form, by_basic] {
        assert_eq!(get_with(&simulator, "/1.0/me", &token).await.status, 200);
    }
    assert_eq!(simulator.stats().tokens, 2);
    assert_eq!(simulator.stats().requests, 2);
}

#[tokio::test]
async fn a_token_is_refused_as_oauth2_refuses() {
    let simulator = reference().await;
    for (form, error) in [
        ("grant_type=client_credentials&client_id=EU.x&client_secret=y", "invalid_client"),
        (
            "grant_type=client_credentials&client_id=EU.0123456789abcdef&client_secret=y",
            "invalid_client",
        ),
        ("grant_type=client_credentials", "invalid_client"),
        ("grant_type=password", "unsupported_grant_type"),
        ("", "invalid_request"),
    ] {
        let answer = ask_token(&simulator, &[], form).await;
        assert_eq!(answer.code(), (400, error.to_owned()), "{form}");
        assert!(answer.json()["error_description"].is_string());
    }
    assert_eq!(call(&simulator, "GET", "/auth/oauth2/token", &[], "").await.unwrap().status, 405);
}

#[tokio::test]
async fn a_token_ends_and_can_be_ended() {
    let options = Options::new(Account::reference(now()));
    let simulator = start(Options { token_lifetime: Duration::from_millis(300), ..options }).await;
    let short = token(&simulator).await;
    assert_eq!(get_with(&simulator, "/1.0/me", &short).await.status, 200);
    sleep(Duration::from_millis(400)).await;
    let class = "Client::Unauthorized::InvalidAuthToken".to_owned();
    assert_eq!(get_with(&simulator, "/1.0/me", &short).await.code(), (401, class.clone()));

    let simulator = reference().await;
    let ended = token(&simulator).await;
    simulator.expire_tokens();
    assert_eq!(get_with(&simulator, "/1.0/me", &ended).await.code(), (401, class));
    let fresh = token(&simulator).await;
    assert_eq!(get_with(&simulator, "/1.0/me", &fresh).await.status, 200);
    assert_eq!(get_with(&simulator, "/1.0/me", "nonsense").await.status, 401);
}

#[tokio::test]
async fn a_revoked_client_gets_no_token() {
    let simulator = reference().await;
    let old = token(&simulator).await;
    simulator.revoke();
    let form = "grant_type=client_credentials&client_id=EU.0123456789abcdef&client_secret=simulated-client-secret";
    assert_eq!(ask_token(&simulator, &[], form).await.code(), (400, "invalid_client".to_owned()));
    assert_eq!(get_with(&simulator, "/1.0/me", &old).await.status, 200);
    simulator.restore();
    assert_eq!(ask_token(&simulator, &[], form).await.status, 200);
}

#[tokio::test]
async fn the_time_needs_no_credentials_and_all_else_does() {
    let simulator = reference().await;
    for target in ["/1.0/auth/time", "/v1/auth/time"] {
        let answer = call(&simulator, "GET", target, &[], "").await.unwrap();
        assert!(answer.json().is_i64(), "{target}");
    }
    for target in ["/1.0/me", "/v1/auth/details", "/v2/iam/policy"] {
        assert_eq!(call(&simulator, "GET", target, &[], "").await.unwrap().status, 401, "{target}");
    }
}

/// A signed call, each part of which can be spoilt.
struct Signed<'a> {
    key: &'a str,
    consumer: &'a str,
    secret: &'a str,
    skew: i64,
    instead_of_target: Option<&'a str>,
}

const GOOD: Signed<'_> = Signed {
    key: "0123456789abcdef",
    consumer: "simulated-consumer-key",
    secret: "simulated-application-secret",
    skew: 0,
    instead_of_target: None,
};

impl Signed<'_> {
    async fn send(&self, simulator: &Simulator, method: &str, target: &str, body: &str) -> Answer {
        let time = call(simulator, "GET", "/1.0/auth/time", &[], "").await.unwrap().json();
        let time = (time.as_i64().unwrap() + self.skew).to_string();
        let url = format!("{}{}", simulator.origin(), self.instead_of_target.unwrap_or(target));
        let text = [self.secret, self.consumer, method, &url, body, &time].join("+");
        let digits: Vec<_> = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let signature = format!("$1${}", digits.concat());
        let headers = [
            ("X-Ovh-Application", self.key),
            ("X-Ovh-Consumer", self.consumer),
            ("X-Ovh-Timestamp", &time),
            ("X-Ovh-Signature", &signature),
        ];
        call(simulator, method, target, &headers, body).await.unwrap()
    }
}

#[tokio::test]
async fn a_good_signature_is_let_in() {
    let simulator = reference().await;
    for target in [
        "/1.0/me",
        "/v1/me",
        "/v2/iam/policy",
        "/1.0/me/api/credential?status=validated&applicationId=200001",
        "/1.0/me/identity/user/ci%2Dbot",
    ] {
        let answer = GOOD.send(&simulator, "GET", target, "").await;
        assert_eq!(answer.status, 200, "{target} {:?}", answer.body);
    }
    let current = GOOD.send(&simulator, "GET", "/1.0/auth/currentCredential", "").await.json();
    assert_eq!(current["credentialId"], 100_000_001);
    let details = GOOD.send(&simulator, "GET", "/1.0/auth/details", "").await.json();
    assert_eq!(details["method"], "account");
    assert_eq!(details["allowedRoutes"], current["rules"]);
}

#[tokio::test]
async fn the_servers_clock_counts() {
    let options = Options::new(Account::reference(now()));
    let simulator = start(Options { clock_ahead: 5000, ..options }).await;
    assert_eq!(GOOD.send(&simulator, "GET", "/1.0/me", "").await.status, 200);
    let late = Signed { skew: -5000, ..GOOD };
    assert_eq!(late.send(&simulator, "GET", "/1.0/me", "").await.status, 400);
}

#[tokio::test]
async fn a_bad_signature_is_refused_for_its_reason() {
    let simulator = reference().await;
    for (call, status, code) in [
        (Signed { key: "other", ..GOOD }, 403, "INVALID_KEY"),
        (Signed { consumer: "other", ..GOOD }, 403, "NOT_CREDENTIAL"),
        (Signed { secret: "other", ..GOOD }, 400, "INVALID_SIGNATURE"),
        (Signed { instead_of_target: Some("/1.0/me?x"), ..GOOD }, 400, "INVALID_SIGNATURE"),
        (Signed { skew: 300, ..GOOD }, 400, "QUERY_TIME_OUT"),
        (Signed { skew: -300, ..GOOD }, 400, "QUERY_TIME_OUT"),
    ] {
        let answer = call.send(&simulator, "GET", "/1.0/me", "").await;
        assert_eq!(answer.code(), (status, code.to_owned()));
        let http = answer.json()["httpCode"].as_str().unwrap().to_owned();
        assert!(http.starts_with(&status.to_string()), "{http}");
    }
}

#[tokio::test]
async fn a_consumer_key_is_one_of_the_accounts_credentials() {
    let simulator = reference().await;
    let credential = |account: &mut Account, status: &str| {
        let id = json!(100_000_001);
        let own = account.find_mut("/me/api/credential", "credentialId", &id).unwrap();
        own["status"] = json!(status);
    };
    simulator.change(|account| credential(account, "expired"));
    let answer = GOOD.send(&simulator, "GET", "/1.0/me", "").await;
    assert_eq!(answer.code(), (403, "INVALID_CREDENTIAL".to_owned()));
    simulator.change(|account| account.list_mut("/me/api/credential").clear());
    let answer = GOOD.send(&simulator, "GET", "/1.0/me", "").await;
    assert_eq!(answer.code(), (403, "NOT_CREDENTIAL".to_owned()));
}

#[tokio::test]
async fn a_consumer_key_may_do_what_its_rules_say() {
    let simulator = reference().await;
    let question = r#"{"resourceURNs":[],"actions":[]}"#;
    let check = "/v2/iam/authorization/check";
    let not_granted = (403, "NOT_GRANTED_CALL".to_owned());
    // The account's own object has GET /* only.
    assert_eq!(GOOD.send(&simulator, "POST", check, question).await.code(), not_granted);

    let rights =
        Rights::all().rule("GET", "/me").rule("GET", "/me/api/*").rule("POST", "/v2/iam/*");
    simulator.rights_of(Auth::ApplicationKey, rights);
    for (target, granted) in [
        ("/1.0/me", true),
        ("/1.0/me/api/application", true),
        ("/1.0/me/identity/user", false),
        ("/v2/iam/policy", false),
    ] {
        let answer = GOOD.send(&simulator, "GET", target, "").await;
        let code = if granted { (200, String::new()) } else { not_granted.clone() };
        assert_eq!((answer.status, granted), (code.0, answer.status == 200), "{target}");
        if !granted {
            assert_eq!(answer.code(), not_granted, "{target}");
        }
    }
    assert_eq!(GOOD.send(&simulator, "POST", check, question).await.status, 200);
    // The service account has no rules.
    let token = token(&simulator).await;
    assert_eq!(get_with(&simulator, "/1.0/me/identity/user", &token).await.status, 200);
}

#[tokio::test]
async fn rules_may_have_to_name_v2() {
    let simulator = reference().await;
    simulator.unverified(Unverified { rules_name_v2: true, ..Unverified::default() });
    assert_eq!(GOOD.send(&simulator, "GET", "/v2/iam/policy", "").await.status, 403);
    assert_eq!(GOOD.send(&simulator, "GET", "/1.0/me", "").await.status, 200);
    simulator.rights_of(Auth::ApplicationKey, Rights::all().rule("GET", "/v2/*"));
    assert_eq!(GOOD.send(&simulator, "GET", "/v2/iam/policy", "").await.status, 200);
}

const ACCOUNT: &str = "urn:v1:eu:resource:account:xx1111-ovh";

#[tokio::test]
async fn an_action_that_is_not_granted_is_named() {
    let simulator = reference().await;
    let token = token(&simulator).await;
    simulator.rights(Rights::none().grant(&["account:apiovh:me/get"], &[ACCOUNT]));
    assert_eq!(get_with(&simulator, "/1.0/me", &token).await.status, 200);
    let answer = get_with(&simulator, "/1.0/me/api/credential", &token).await;
    assert_eq!(answer.status, 403);
    let wanted = json!({
        "class": "Client::Forbidden",
        "message": "User not granted for this request",
        "details": {
            "unauthorizedActionsByAuthentication": "",
            "unauthorizedActionsByIAM": "account:apiovh:me/api/credential/get",
        },
    });
    assert_eq!(answer.json(), wanted);
    // Routes without an action are open to every known caller.
    assert_eq!(get_with(&simulator, "/1.0/auth/details", &token).await.status, 200);
    // The others keep their rights.
    assert_eq!(get(&simulator, "/1.0/me/api/credential", &[]).await.status, 200);
    // The right action on another account is no right.
    simulator.rights(Rights::none().grant(&["*"], &["urn:v1:eu:resource:account:yy2222-ovh"]));
    assert_eq!(get_with(&simulator, "/1.0/me", &token).await.status, 403);
}

#[tokio::test]
async fn second_factors_may_be_for_application_keys_alone() {
    let simulator = reference().await;
    let token = token(&simulator).await;
    let targets = ["totp", "totp/501", "sms", "u2f", "backupCode"]
        .map(|path| format!("/1.0/me/accessRestriction/{path}"));
    for refused in [false, true] {
        let unverified = Unverified { second_factors_refused: refused, ..Unverified::default() };
        simulator.unverified(unverified);
        for target in &targets {
            let status = if refused { 403 } else { 200 };
            let answer = get_with(&simulator, target, &token).await;
            assert_eq!(answer.status, status, "{target}");
            assert_eq!(get(&simulator, target, &[]).await.status, status, "{target}");
            assert_eq!(GOOD.send(&simulator, "GET", target, "").await.status, 200, "{target}");
            if refused {
                assert_eq!(answer.code(), (403, "Client::Forbidden".to_owned()));
            }
        }
    }
    // The rest of the restrictions has actions, which can be granted.
    let ip = get_with(&simulator, "/1.0/me/accessRestriction/ip", &token).await;
    assert_eq!(ip.status, 200);
    // In a batch as well.
    let batch = [("x-ovh-batch", ",")];
    let answer = get(&simulator, "/1.0/me/accessRestriction/totp/501,502", &batch).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_list_of_projects_shows_the_granted_ones() {
    let account = Account::reference(now());
    let (prod, staging) = (account.project("prod").unwrap(), account.project("staging").unwrap());
    let simulator = start(Options::new(account)).await;
    let token = token(&simulator).await;
    let urn = |id: &str| format!("urn:v1:eu:resource:publicCloudProject:{id}");
    let actions = ["publicCloudProject:apiovh:get", "publicCloudProject:apiovh:instance/get"];
    simulator.rights(Rights::none().grant(&actions, &[&urn(&prod)]));

    let list = get_with(&simulator, "/1.0/cloud/project", &token).await.json();
    assert_eq!(list, json!([prod]));
    let list = get_with(&simulator, "/v2/publicCloud/project", &token).await.json();
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|project| &project["id"]).collect();
    assert_eq!(ids, [&json!(prod)]);
    for (id, rest, status) in [
        (&prod, "", 200),
        (&prod, "/instance", 200),
        (&prod, "/sshkey", 403),
        (&staging, "", 403),
        (&staging, "/instance", 403),
    ] {
        let answer = get_with(&simulator, &format!("/1.0/cloud/project/{id}{rest}"), &token).await;
        assert_eq!(answer.status, status, "{id}{rest}");
    }

    simulator.rights(Rights::none().grant(&["account:*"], &[ACCOUNT]));
    for target in ["/1.0/cloud/project", "/v2/publicCloud/project"] {
        let answer = get_with(&simulator, target, &token).await;
        assert_eq!(answer.code(), (403, "Client::Forbidden".to_owned()), "{target}");
    }
}

#[tokio::test]
async fn an_authorization_check_returns_the_callers_rights() {
    let simulator = reference().await;
    let token = token(&simulator).await;
    simulator.rights(Rights::none().grant(&["account:*"], &[ACCOUNT]));
    let question = json!({
        "resourceURNs": [ACCOUNT, "urn:v1:eu:resource:okms:a"],
        "actions": ["account:apiovh:me/get", "okms:apiovh:resource/get"],
    });
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let path = "/v2/iam/authorization/check";
    let answer = call(&simulator, "POST", path, &headers, &question.to_string()).await.unwrap();
    let wanted = json!([
        {
            "resourceURN": ACCOUNT, "authorizedActions": ["account:apiovh:me/get"],
            "unauthorizedActions": ["okms:apiovh:resource/get"],
        },
        {
            "resourceURN": "urn:v1:eu:resource:okms:a", "authorizedActions": [],
            "unauthorizedActions": ["account:apiovh:me/get", "okms:apiovh:resource/get"],
        },
    ]);
    assert_eq!(answer.json(), wanted);
}

#[tokio::test]
async fn another_method_is_refused() {
    let simulator = reference().await;
    let bearer = format!("Bearer {}", variable(&simulator, Auth::Token, "OVH_ACCESS_TOKEN"));
    for method in ["POST", "PUT", "DELETE"] {
        let headers = [("authorization", bearer.as_str())];
        let answer = call(&simulator, method, "/1.0/me", &headers, "{}").await.unwrap();
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.json().get("message").is_some_and(Value::is_string));
    }
}

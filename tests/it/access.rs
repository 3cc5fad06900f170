//! The account's login, its identities and permissions, and its keys: counts against the simulator's
//! account, and the handling of everything unreadable.

use std::collections::BTreeMap;

use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{
    Account, Auth, Effect, Fault, Listing, Options, Rights, Simulator, Unverified,
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::credentials::good;
use crate::exporter::{Exporter, NOW, Scrape, reference, simulator, time};
use crate::program::{ended, program};

const SUCCESS: &str = "ovhcloud_collector_success";
const GAPS: &str = "ovhcloud_collector_gaps";
const MISSING: &str = "ovhcloud_permission_missing_info";
const LATER: &str = "2026-11-21T00:05:00Z";

const FACTORS: &str = "ovhcloud_account_second_factors";
const TOKENS: &str = "ovhcloud_iam_user_tokens";
const PROVIDERS: &str = "ovhcloud_identity_providers";
const SUBSCRIPTIONS: &str = "ovhcloud_log_subscriptions";
const SERVICES: &str = "ovhcloud_okms_resources";
const KEYS: &str = "ovhcloud_okms_service_keys";
const CERTIFICATES: &str = "ovhcloud_okms_credentials";
const FORWARDED: &str = "ovhcloud_okms_log_subscriptions";

const USERS_LIST: &str = "/me/identity/user";
const SUBSCRIPTION_LIST: &str = "/v2/iam/log/subscription";
/// The lists of subscriptions, and the log of each.
const LOGS: [(&str, &str); 3] = [
    ("iam", SUBSCRIPTION_LIST),
    ("audit", "/me/logs/audit/log/subscription"),
    ("api", "/me/api/log/subscription"),
];
const KMS_LIST: &str = "/v2/okms/resource";

/// The collectors that this file is about, the route that each begins with, and a count of each
/// that is above zero in the reference account.
const COLLECTORS: [(&str, &str, &str); 9] = [
    ("account", "/me", "ovhcloud_account_info"),
    ("iam_group", "/me/identity/group", "ovhcloud_iam_groups"),
    ("iam_user_token", USERS_LIST, TOKENS),
    ("identity_provider", "/me/identity/provider", PROVIDERS),
    ("iam_permissions_group", "/v2/iam/permissionsGroup", "ovhcloud_iam_permissions_groups"),
    ("iam_resource_group", "/v2/iam/resourceGroup", "ovhcloud_iam_resource_groups"),
    ("oauth2_client", "/me/api/oauth2/client", "ovhcloud_oauth2_clients"),
    ("log_subscription", SUBSCRIPTION_LIST, SUBSCRIPTIONS),
    ("okms", KMS_LIST, SERVICES),
];

/// The objects of a list of the simulator's account.
fn list(simulator: &Simulator, path: &str) -> Vec<Value> {
    let mut list = Vec::new();
    simulator.change(|account| list = account.list(path).to_vec());
    list
}

/// How many of the objects have each value of a member.
fn counted<'a>(
    objects: impl IntoIterator<Item = &'a Value>,
    member: &str,
) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for object in objects {
        *counts.entry(object[member].as_str().unwrap().to_owned()).or_insert(0.0) += 1.0;
    }
    counts
}

async fn pass(simulator: &Simulator) -> Scrape {
    Exporter::new(simulator).pass().await
}

/// A pass, and the page that names every resource.
async fn full(simulator: &Simulator) -> Scrape {
    let mut exporter = Exporter::new(simulator);
    exporter.detail = Detail::Full;
    exporter.pass().await
}

#[track_caller]
fn assert_well(scrape: &Scrape, collector: &str) {
    assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
    scrape.lacks(GAPS, &[("collector", collector)]);
}

#[track_caller]
fn assert_gap(scrape: &Scrape, collector: &str, reason: &str) -> f64 {
    assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 0.0, "{collector}");
    scrape.value(GAPS, &[("collector", collector), ("reason", reason)])
}

/// The counts of a family by its only label are these, and all others are zero.
#[track_caller]
fn assert_counts(scrape: &Scrape, family: &str, label: &str, counts: &BTreeMap<String, f64>) {
    for (value, count) in counts {
        assert_eq!(scrape.value(family, &[(label, value)]), *count, "{family} {value}");
    }
    assert_eq!(scrape.sum(family, &[]), counts.values().sum::<f64>(), "{family}");
}

#[tokio::test]
async fn what_the_account_holds_is_counted() {
    let simulator = reference().await;
    let scrape = pass(&simulator).await;
    for (collector, _, family) in COLLECTORS {
        assert_well(&scrape, collector);
        assert!(scrape.sum(family, &[]) > 0.0, "{family}");
    }
    for (path, family, label, member) in [
        ("/me/identity/group", "ovhcloud_iam_groups", "role", "role"),
        ("/me/api/oauth2/client", "ovhcloud_oauth2_clients", "flow", "flow"),
        (KMS_LIST, SERVICES, "ovh_region", "region"),
    ] {
        assert_counts(&scrape, family, label, &counted(&list(&simulator, path), member));
    }
    let managed = |path: &str, is_ovhs: fn(&Value) -> bool| {
        let all = list(&simulator, path);
        let ovhs = all.iter().filter(|one| is_ovhs(one)).count();
        assert!(ovhs > 0 && ovhs < all.len());
        BTreeMap::from([
            ("ovh".to_owned(), number(ovhs)),
            ("customer".to_owned(), number(all.len() - ovhs)),
        ])
    };
    let groups = managed("/v2/iam/permissionsGroup", |group| group["owner"] == "ovh");
    assert_counts(&scrape, "ovhcloud_iam_permissions_groups", "managed_by", &groups);
    let groups = managed("/v2/iam/resourceGroup", |group| group["readOnly"] == true);
    assert_counts(&scrape, "ovhcloud_iam_resource_groups", "managed_by", &groups);
    let subscriptions = list(&simulator, SUBSCRIPTION_LIST).len();
    assert_eq!(scrape.value(SUBSCRIPTIONS, &[("log", "iam")]), number(subscriptions));
    assert_eq!(simulator.stats().by_route[USERS_LIST], 1, "two collectors share the users");
}

#[tokio::test]
async fn the_accounts_own_login_is_reported() {
    let simulator = reference().await;
    let scrape = pass(&simulator).await;
    let [nichandle, endpoint] = ["nichandle", "ovh_endpoint"]
        .map(|label| label_of(&scrape, "ovhcloud_account_info", label));
    assert_eq!(nichandle, "xx1111-ovh");
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    for method in ["totp", "sms", "u2f"] {
        let factors = list(&simulator, &format!("/me/accessRestriction/{method}"));
        let enabled = factors.iter().filter(|factor| factor["status"] == "enabled").count();
        assert!(enabled > 0 && enabled < factors.len());
        assert_eq!(scrape.value(FACTORS, &[("method", method)]), number(enabled));
    }
    assert_eq!(scrape.value("ovhcloud_account_backup_codes", &[]), 8.0);
    let rules = counted(&list(&simulator, "/me/accessRestriction/ip"), "rule");
    assert_counts(&scrape, "ovhcloud_account_login_ip_rules", "rule", &rules);
    assert_eq!(scrape.value("ovhcloud_account_login_default_rule_info", &[("rule", "deny")]), 1.0);
    assert_eq!(scrape.value("ovhcloud_account_developer_mode", &[]), 1.0);
    for personal in ["Doe", "jane", "+33", "Roubaix", "192.0.2"] {
        assert!(!scrape.0.contains(personal), "{personal}");
    }
}

fn label_of(scrape: &Scrape, family: &str, label: &str) -> String {
    let line = scrape.0.lines().find(|line| line.starts_with(&format!("{family}{{"))).unwrap();
    let (_, rest) = line.split_once(&format!("{label}=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_empty_account_has_nought_of_what_can_be_counted() {
    let simulator = simulator(Options::new(Account::empty())).await;
    let scrape = pass(&simulator).await;
    for (collector, ..) in COLLECTORS {
        assert_well(&scrape, collector);
    }
    for (family, label, values) in [
        (FACTORS, "method", &["totp", "sms", "u2f"][..]),
        ("ovhcloud_account_login_ip_rules", "rule", &["accept", "deny"]),
        ("ovhcloud_iam_groups", "role", &["ADMIN", "NONE", "REGULAR", "UNPRIVILEGED"]),
        (TOKENS, "state", &["expires", "expired", "permanent"]),
        ("ovhcloud_oauth2_clients", "flow", &["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"]),
        ("ovhcloud_iam_permissions_groups", "managed_by", &["ovh", "customer"]),
        ("ovhcloud_iam_resource_groups", "managed_by", &["ovh", "customer"]),
    ] {
        for value in values {
            assert_eq!(scrape.value(family, &[(label, value)]), 0.0, "{family}");
        }
    }
    assert_eq!(scrape.values(SUBSCRIPTIONS, &[]), [0.0; 3]);
    for family in [PROVIDERS, "ovhcloud_account_developer_mode"] {
        assert_eq!(scrape.value(family, &[]), 0.0, "{family}");
    }
    let default = "ovhcloud_account_login_default_rule_info";
    assert_eq!(scrape.value(default, &[("rule", "accept")]), 1.0);
    let local = "ovhcloud_identity_provider_local_users_disabled";
    for family in [SERVICES, KEYS, CERTIFICATES] {
        assert_eq!(scrape.values(family, &[("ovh_region", "")]), [0.0], "{family}");
    }
    for family in [local, "ovhcloud_account_backup_codes"] {
        scrape.lacks(family, &[]);
    }
}

#[tokio::test]
async fn without_the_right_there_is_a_gap_that_names_it_and_no_count() {
    let simulator = reference().await;
    simulator.rights(Rights::none().grant(&["publicCloudProject:*"], &["*"]));
    let scrape = pass(&simulator).await;
    for (collector, action, family) in [
        ("account", "account:apiovh:me/get", "ovhcloud_account_info"),
        ("iam_group", "account:apiovh:me/identity/group/get", "ovhcloud_iam_groups"),
        ("iam_user_token", "account:apiovh:me/identity/user/get", TOKENS),
        ("identity_provider", "account:apiovh:me/identity/provider/get", PROVIDERS),
        (
            "iam_permissions_group",
            "account:apiovh:iam/permissionsGroup/get",
            "ovhcloud_iam_permissions_groups",
        ),
        (
            "iam_resource_group",
            "account:apiovh:iam/resourceGroup/get",
            "ovhcloud_iam_resource_groups",
        ),
        ("oauth2_client", "account:apiovh:me/api/oauth2/client/get", "ovhcloud_oauth2_clients"),
        ("log_subscription", "account:apiovh:iam/log/subscription/get", SUBSCRIPTIONS),
        ("okms", "okms:apiovh:resource/get", SERVICES),
    ] {
        // The subscriptions to each log are a list of their own.
        let lists = if collector == "log_subscription" { 3.0 } else { 1.0 };
        assert_eq!(assert_gap(&scrape, collector, "forbidden"), lists, "{collector}");
        let labels = [("collector", collector), ("action", action)];
        assert_eq!(scrape.value(MISSING, &labels), 1.0);
        scrape.lacks(family, &[]);
    }
}

#[tokio::test]
async fn what_the_schema_allows_loses_no_object() {
    let simulator = reference().await;
    let families = || COLLECTORS.map(|(.., family)| family).into_iter().chain([KEYS, CERTIFICATES]);
    let expected = pass(&simulator).await;
    for effect in
        [Effect::MissingMembers, Effect::NullMembers, Effect::UnknownEnums, Effect::ExtraMembers]
    {
        simulator.faults(
            ["/me", "/me/*", "/v2/iam/*", "/v2/okms/*"]
                .map(|path| Fault::new(path, effect.clone()))
                .into(),
        );
        let scrape = pass(&simulator).await;
        for family in families() {
            assert_eq!(scrape.sum(family, &[]), expected.sum(family, &[]), "{effect:?} {family}");
        }
        for (collector, ..) in COLLECTORS {
            assert_well(&scrape, collector);
        }
    }
    // A factor without its state may be enabled.
    simulator.faults(vec![Fault::new("/me/accessRestriction/*", Effect::NullMembers)]);
    pass(&simulator).await.lacks(FACTORS, &[]);
}

#[tokio::test]
async fn an_object_of_a_wrong_type_loses_no_other() {
    let simulator = reference().await;
    let before = pass(&simulator).await;
    for (collector, path, family) in [
        ("iam_group", "/me/identity/group", "ovhcloud_iam_groups"),
        ("oauth2_client", "/me/api/oauth2/client", "ovhcloud_oauth2_clients"),
        ("iam_permissions_group", "/v2/iam/permissionsGroup", "ovhcloud_iam_permissions_groups"),
        ("okms", KMS_LIST, SERVICES),
    ] {
        simulator.faults(vec![Fault::new(path, Effect::WrongType)]);
        let scrape = pass(&simulator).await;
        assert_eq!(assert_gap(&scrape, collector, "undecodable"), 1.0, "{collector}");
        assert!(before.sum(family, &[]) > 1.0, "{family}");
        scrape.lacks(family, &[]);
    }
    // The service is known without one of its certificates.
    let path = "/v2/okms/resource/{okmsId}/credential";
    simulator.faults(vec![Fault::new(path, Effect::WrongType)]);
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "okms", "undecodable"), 1.0);
    assert_eq!(scrape.sum(CERTIFICATES, &[]), before.sum(CERTIFICATES, &[]) - 1.0);
}

#[tokio::test]
async fn every_page_of_a_list_is_read() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 1;
    let paged = simulator(options).await;
    let (one, other) = (pass(&paged).await, pass(&reference().await).await);
    let v2 = COLLECTORS.iter().filter(|(_, route, _)| route.starts_with("/v2/"));
    for (_, route, family) in v2 {
        assert!(paged.stats().by_route[*route] > 1, "{route}");
        assert_eq!(one.sum(family, &[]), other.sum(family, &[]), "{family}");
    }
    assert_eq!(one.sum(KEYS, &[]), other.sum(KEYS, &[]));
}

#[tokio::test]
async fn what_a_service_account_is_refused_of_the_login_is_not_known_and_no_gap() {
    let simulator = reference().await;
    let refused = Unverified { second_factors_refused: true, ..Unverified::default() };
    simulator.unverified(refused);
    let scrape = pass(&simulator).await;
    assert_well(&scrape, "account");
    scrape.lacks(FACTORS, &[]);
    scrape.lacks("ovhcloud_account_backup_codes", &[]);
    scrape.lacks(MISSING, &[]);
    assert_eq!(scrape.sum("ovhcloud_account_login_ip_rules", &[]), 3.0);
    for method in ["totp", "sms", "u2f"] {
        let one = format!("/me/accessRestriction/{method}/{{id}}");
        assert!(!simulator.stats().by_route.contains_key(&one), "{one}");
    }
    let key = Exporter::of(good(&simulator, Auth::ApplicationKey)).pass().await;
    assert_eq!(key.sum(FACTORS, &[]), 3.0, "a person's key is answered");

    for status in [400, 403, 404] {
        simulator.faults(vec![Fault::new("/me/accessRestriction/*", Effect::Status(status))]);
        let scrape = pass(&simulator).await;
        let account = ("collector", "account");
        assert_eq!(scrape.value(SUCCESS, &[account]), 1.0);
        // The three rights that have a name are named, as optional ones.
        let named = if status == 403 { 3 } else { 0 };
        assert_eq!(scrape.values(MISSING, &[account, ("optional", "true")]).len(), named);
        scrape.lacks(MISSING, &[account, ("optional", "false")]);
        assert_eq!(scrape.value("ovhcloud_account_info", &[]), 1.0);
        for family in [
            FACTORS,
            "ovhcloud_account_backup_codes",
            "ovhcloud_account_login_ip_rules",
            "ovhcloud_account_login_default_rule_info",
            "ovhcloud_account_developer_mode",
        ] {
            scrape.lacks(family, &[]);
        }
    }
}

#[tokio::test]
async fn what_fails_of_the_login_is_a_gap_and_leaves_the_rest() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    for (path, reason) in [
        ("/me/accessRestriction/totp", "server"),
        // One factor of several, possibly the enabled one.
        ("/me/accessRestriction/totp/502", "server"),
    ] {
        simulator.faults(vec![Fault::new(path, Effect::Status(500))]);
        let scrape = pass(&simulator).await;
        assert_eq!(assert_gap(&scrape, "account", reason), 1.0, "{path}");
        scrape.lacks(FACTORS, &[("method", "totp")]);
        assert_eq!(scrape.value(FACTORS, &[("method", "sms")]), 1.0);
        assert_eq!(scrape.value("ovhcloud_account_info", &[]), 1.0);
    }
    simulator.faults(vec![Fault::new("/me/accessRestriction/totp/502", Effect::Status(403))]);
    let scrape = pass(&simulator).await;
    assert_well(&scrape, "account");
    scrape.lacks(FACTORS, &[("method", "totp")]);
}

#[tokio::test]
async fn tokens_are_counted_by_whether_they_end() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.detail = Detail::Full;
    let scrape = exporter.pass().await;
    for (state, count) in [("expires", 2.0), ("expired", 1.0), ("permanent", 3.0)] {
        assert_eq!(scrape.value(TOKENS, &[("state", state)]), count, "{state}");
    }
    let end = "ovhcloud_iam_user_token_expiration_timestamp_seconds";
    let use_ = "ovhcloud_iam_user_token_last_use_timestamp_seconds";
    let laptop = [("login", "alice"), ("token", "laptop")];
    let in_days = |days: i32| f64::from(days * 86_400) + 1_795_219_200.0;
    assert_eq!(scrape.value(end, &laptop).floor(), in_days(50));
    assert_eq!(scrape.value(use_, &laptop).floor(), in_days(-1));
    let endless = [("login", "bob"), ("token", "script")];
    scrape.lacks(end, &endless);
    scrape.lacks(use_, &endless);
    // By the time of the reading, not by the scrape's.
    let later = exporter.pass_at("2027-01-10T00:00:01Z").await;
    assert_eq!(later.value(TOKENS, &[("state", "expired")]), 3.0);
}

#[tokio::test]
async fn the_tokens_of_a_user_who_is_gone_are_no_loss() {
    let simulator = reference().await;
    let before = pass(&simulator).await.sum(TOKENS, &[]);
    let list_of_tokens = "/me/identity/user/{user}/token";
    // The list of users still has a user that the next one has not.
    let mut users = list(&simulator, USERS_LIST);
    users.push(json!({ "login": "ghost", "group": "ADMIN", "status": "OK" }));
    let body = Value::from(users).to_string();
    let stale = Effect::Body { status: 200, body };
    simulator.faults(vec![Fault::new(USERS_LIST, stale).times(1)]);
    let scrape = pass(&simulator).await;
    assert_well(&scrape, "iam_user_token");
    assert_eq!(scrape.sum(TOKENS, &[]), before);

    // A user whose tokens answer 404 is not gone while the list has the user.
    simulator.faults(vec![Fault::new("/me/identity/user/bob/token", Effect::Status(404))]);
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "iam_user_token", "not_found"), 1.0);
    scrape.lacks(TOKENS, &[]);

    simulator.faults(vec![Fault::new(list_of_tokens, Effect::Status(404))]);
    let scrape = pass(&simulator).await;
    assert!(assert_gap(&scrape, "iam_user_token", "not_found") > 1.0);
    scrape.lacks(TOKENS, &[]);

    simulator.faults(vec![Fault::new("/me/identity/user/bob/token", Effect::Status(403))]);
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "iam_user_token", "forbidden"), 1.0);
    scrape.lacks(TOKENS, &[]);

    // Who can't be read may have tokens.
    simulator.faults(vec![Fault::new(USERS_LIST, Effect::WrongType)]);
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "iam_user_token", "undecodable"), 1.0);
}

#[tokio::test]
async fn a_token_gone_between_the_list_and_its_own_call_is_no_loss() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let before = pass(&simulator).await.sum(TOKENS, &[]);
    let body = json!(["laptop", "ghost"]).to_string();
    let effect = Effect::Body { status: 200, body };
    simulator.faults(vec![Fault::new("/me/identity/user/alice/token", effect).times(1)]);
    let scrape = pass(&simulator).await;
    assert_well(&scrape, "iam_user_token");
    assert_eq!(scrape.sum(TOKENS, &[]), before - 1.0, "trial was not on the list");
}

#[tokio::test]
async fn an_account_has_an_identity_provider_or_it_is_known_to_have_none() {
    let simulator = reference().await;
    let local = "ovhcloud_identity_provider_local_users_disabled";
    let end = "ovhcloud_identity_provider_certificate_expiration_timestamp_seconds";
    let scrape = pass(&simulator).await;
    assert_eq!((scrape.value(PROVIDERS, &[]), scrape.value(local, &[])), (1.0, 0.0));
    let ended = scrape.value(end, &[("subject", "CN=idp.example.com")]);
    assert_eq!(ended, 1_795_219_200.0 - 15.0 * 86_400.0);
    assert_eq!(scrape.values(end, &[]).len(), 2);

    simulator.faults(vec![Fault::new("/me/identity/provider", Effect::Status(404))]);
    let scrape = pass(&simulator).await;
    assert_well(&scrape, "identity_provider");
    assert_eq!(scrape.value(PROVIDERS, &[]), 0.0);
    scrape.lacks(local, &[]);
    scrape.lacks(end, &[]);

    simulator.faults(vec![Fault::new("/me/identity/provider", Effect::Status(500))]);
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "identity_provider", "server"), 1.0);
    scrape.lacks(PROVIDERS, &[]);

    simulator.faults(Vec::new());
    simulator.change(|account| {
        account.document_mut("/me/identity/provider").unwrap()["disableUsers"] = json!(true);
    });
    assert_eq!(pass(&simulator).await.value(local, &[]), 1.0);
}

#[tokio::test]
async fn every_object_is_named_where_that_is_asked_for() {
    let simulator = reference().await;
    let scrape = full(&simulator).await;
    for (path, family, member, label) in [
        ("/me/identity/group", "ovhcloud_iam_group_info", "name", "group"),
        ("/me/api/oauth2/client", "ovhcloud_oauth2_client_info", "clientId", "client_id"),
        ("/v2/iam/policy", "ovhcloud_iam_policy_info", "id", "policy_id"),
    ] {
        let objects = list(&simulator, path);
        assert!(objects.len() > 1);
        for object in &objects {
            let id = object[member].as_str().unwrap();
            assert_eq!(scrape.value(family, &[(label, id)]), 1.0, "{family}");
        }
        assert_eq!(scrape.values(family, &[]).len(), objects.len(), "{family}");
    }
    let policy = [("policy_name", "ovh-default-admin"), ("managed_by", "ovh")];
    assert_eq!(scrape.value("ovhcloud_iam_policy_info", &policy), 1.0);
    let end = "ovhcloud_iam_policy_expiration_timestamp_seconds";
    let policies = list(&simulator, "/v2/iam/policy");
    let ending = policies.iter().filter(|policy| policy["expiredAt"].is_string()).count();
    assert_eq!(scrape.values(end, &[]).len(), ending);
    assert!(scrape.value(end, &[("policy_name", "migration")]) < 1_795_219_200.0);
    let info = "ovhcloud_log_subscription_info";
    for (log, path) in LOGS {
        let objects = list(&simulator, path);
        for object in &objects {
            let [id, kind] = ["subscriptionId", "kind"].map(|name| object[name].as_str().unwrap());
            let labels = [("log", log), ("subscription_id", id), ("kind", kind)];
            assert_eq!(scrape.value(info, &labels), 1.0, "{log}");
        }
        assert_eq!(scrape.values(info, &[("log", log)]).len(), objects.len(), "{log}");
    }
    pass(&simulator).await.lacks("ovhcloud_iam_policy_info", &[]);
}

#[tokio::test]
async fn the_urns_of_a_resource_group_are_known() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let groups = &exporter.inventory().iam_resource_group;
    let production = groups.items().find(|(_, group)| group.name == "production").unwrap().1;
    let urns = production.resources.as_ref().unwrap();
    assert!(urns.iter().any(|urn| urn.starts_with("urn:v1:eu:resource:publicCloudProject:")));
    assert!(urns.len() > 1, "{urns:?}");
}

#[tokio::test]
async fn a_policy_is_read_whole() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let policies = &exporter.inventory().iam_policy;
    let named = |name: &str| policies.items().find(|(_, policy)| policy.name == name).unwrap().1;
    let restricted = named("prod-read");
    assert!(restricted.has_conditions && !named("cloud-all").has_conditions);
    assert_eq!(restricted.denied.as_ref().unwrap(), &["publicCloudProject:apiovh:delete"]);
    let excepted = restricted.excepted.as_ref().unwrap();
    assert_eq!(excepted, &["publicCloudProject:apiovh:instance/create"]);
    let identities = restricted.identities.as_ref().unwrap();
    assert_eq!(identities, &["urn:v1:eu:identity:group:xx1111-ovh/platform"]);
    let groups = named("auditors").groups.as_ref().unwrap();
    assert_eq!(groups, &["urn:v1:eu:permissionsGroup:ovh:globalAdmin"]);
    let resources = named("exporter-read").resources.as_ref().unwrap();
    assert_eq!(resources.len(), 2);
}

#[tokio::test]
async fn where_there_are_no_log_subscriptions_to_be_had_nothing_is_said_of_them() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;
    assert!(before.sum(SUBSCRIPTIONS, &[]) > 0.0);
    simulator.faults(LOGS.map(|(_, path)| Fault::new(path, Effect::Status(404))).into());
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    let collector = ("collector", "log_subscription");
    // They were there before: they stand until they expire.
    assert_eq!(assert_gap(&scrape, "log_subscription", "not_found"), 1.0);
    assert_eq!(scrape.sum(SUBSCRIPTIONS, &[]), before.sum(SUBSCRIPTIONS, &[]));
    exporter.pass_at("2026-11-21T06:00:00Z").await;
    let scrape = exporter.pass_at("2026-11-21T06:05:00Z").await;
    assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0);
    assert_eq!(scrape.value(GAPS, &[collector, ("reason", "not_offered")]), 1.0);
    scrape.lacks(SUBSCRIPTIONS, &[]);
    let removed = [("collector", "log_subscription"), ("change", "removed")];
    assert_eq!(scrape.value("ovhcloud_inventory_changes_total", &removed), 0.0);

    simulator.faults(LOGS.map(|(_, path)| Fault::new(path, Effect::Status(500))).into());
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "log_subscription", "server"), 3.0);
    scrape.lacks(SUBSCRIPTIONS, &[]);
}

/// The subscriptions of a log that is refused, or not offered, are unknown; those of the others are
/// known.
#[tokio::test]
async fn a_log_that_is_not_to_be_had_hides_its_own_subscriptions_alone() {
    let simulator = reference().await;
    let before = pass(&simulator).await;
    for (log, path) in LOGS {
        let expected = |other: &str| before.value(SUBSCRIPTIONS, &[("log", other)]);
        for (status, reason) in [(404, None), (403, Some("forbidden")), (460, Some("expired"))] {
            simulator.faults(vec![Fault::new(path, Effect::Status(status))]);
            let scrape = pass(&simulator).await;
            scrape.lacks(SUBSCRIPTIONS, &[("log", log)]);
            for (other, _) in LOGS.iter().filter(|(other, _)| *other != log) {
                let value = scrape.value(SUBSCRIPTIONS, &[("log", other)]);
                assert_eq!(value, expected(other), "{log} {status}: {other}");
            }
            let collector = ("collector", "log_subscription");
            match reason {
                Some(reason) => {
                    let labels = [collector, ("reason", reason)];
                    assert_eq!(scrape.value(GAPS, &labels), 1.0, "{log} {status}");
                }
                None => scrape.lacks(GAPS, &[collector]),
            }
        }
    }
}

#[tokio::test]
async fn a_subscription_gone_between_the_list_and_its_own_call_is_no_loss() {
    let simulator = reference().await;
    let all = list(&simulator, SUBSCRIPTION_LIST);
    let ids: Vec<_> = all.iter().map(|one| one["subscriptionId"].clone()).collect();
    let body = json!([ids[0], "ghost"]).to_string();
    let stale = Fault::new(SUBSCRIPTION_LIST, Effect::Body { status: 200, body });
    simulator.faults(vec![stale.clone().times(1)]);
    let scrape = pass(&simulator).await;
    assert_well(&scrape, "log_subscription");
    assert_eq!(scrape.value(SUBSCRIPTIONS, &[("log", "iam")]), 1.0);

    // An object that the list still has is lost.
    simulator.faults(vec![stale]);
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "log_subscription", "not_found"), 1.0);
    scrape.lacks(SUBSCRIPTIONS, &[("log", "iam")]);
}

#[tokio::test]
async fn the_keys_and_certificates_of_each_service_are_counted() {
    let simulator = reference().await;
    let scrape = full(&simulator).await;
    let (info, end) =
        ("ovhcloud_okms_service_key_info", "ovhcloud_okms_credential_expiration_timestamp_seconds");
    let mut named = (0, 0);
    for service in list(&simulator, KMS_LIST) {
        let (id, region) = (service["id"].as_str().unwrap(), service["region"].as_str().unwrap());
        let region = ("ovh_region", region);
        let keys = list(&simulator, &format!("{KMS_LIST}/{id}/serviceKey"));
        for (state, count) in counted(&keys, "state") {
            assert_eq!(scrape.value(KEYS, &[region, ("state", &state)]), count, "{state}");
        }
        assert_eq!(scrape.sum(KEYS, &[region]), number(keys.len()));
        for key in &keys {
            let [key_id, kind] = ["id", "type"].map(|member| key[member].as_str().unwrap());
            let labels = [("okms_id", id), ("key_id", key_id), ("key_type", kind)];
            assert_eq!(scrape.value(info, &labels), 1.0);
        }
        let certificates = list(&simulator, &format!("{KMS_LIST}/{id}/credential"));
        for (status, count) in counted(&certificates, "status") {
            let labels = [region, ("status", status.as_str())];
            assert_eq!(scrape.value(CERTIFICATES, &labels), count, "{status}");
        }
        assert_eq!(scrape.sum(CERTIFICATES, &[region]), number(certificates.len()));
        // A service without a known certificate.
        assert_eq!(scrape.values(CERTIFICATES, &[region]).len(), 5);
        let secrets = service["secretCount"].as_f64().unwrap();
        assert_eq!(scrape.value("ovhcloud_okms_secrets", &[region]), secrets);
        named = (named.0 + keys.len(), named.1 + certificates.len());
    }
    assert!(named.0 > 5 && named.1 > 5);
    assert_eq!(scrape.values(info, &[]).len(), named.0);
    assert_eq!(scrape.values(end, &[]).len(), named.1);
    assert_eq!(scrape.value(end, &[("credential_name", "late")]), 1_795_219_200.0 - 2.0 * 86_400.0);
    assert!(!scrape.0.contains("BEGIN"));
}

#[tokio::test]
async fn keys_of_which_none_can_be_read_do_not_look_like_none() {
    let simulator = reference().await;
    simulator.fail("/v2/okms/resource/{okmsId}/serviceKey", Effect::WrongType);
    let scrape = Exporter::new(&simulator).pass().await;
    // One KMS has a single key, and the fault spoils the first of each list.
    scrape.lacks(KEYS, &[("ovh_region", "ca-east-bhs")]);
    assert!(scrape.sum(KEYS, &[("ovh_region", "eu-west-rbx")]) > 0.0);
    assert_eq!(assert_gap(&scrape, "okms", "undecodable"), 2.0);
}

/// The log subscriptions of a service that are refused or not offered are unknown, and no failure.
#[tokio::test]
async fn log_subscriptions_of_a_service_that_are_not_to_be_had_are_not_known() {
    let simulator = reference().await;
    let before = pass(&simulator).await;
    let [forwarding, other] = [0, 1].map(|place| list(&simulator, KMS_LIST)[place].clone());
    let place = |service: &Value| service["region"].as_str().unwrap().to_owned();
    assert_eq!(before.value(FORWARDED, &[("ovh_region", &place(&forwarding))]), 1.0);
    assert_eq!(before.value(FORWARDED, &[("ovh_region", &place(&other))]), 0.0);
    let id = forwarding["id"].as_str().unwrap();
    for (status, gaps) in [(404, 0), (403, 1), (500, 1)] {
        let path = format!("{KMS_LIST}/{id}/log/subscription");
        simulator.faults(vec![Fault::new(&path, Effect::Status(status))]);
        let scrape = pass(&simulator).await;
        scrape.lacks(FORWARDED, &[("ovh_region", &place(&forwarding))]);
        assert_eq!(scrape.values(GAPS, &[("collector", "okms")]).len(), gaps, "{status}");
        let success = if status == 500 { 0.0 } else { 1.0 };
        assert_eq!(scrape.value(SUCCESS, &[("collector", "okms")]), success, "{status}");
        assert_eq!(scrape.sum(KEYS, &[]), before.sum(KEYS, &[]), "{status}");
    }
}

#[tokio::test]
async fn a_service_whose_lists_can_not_be_read_still_counts() {
    let simulator = reference().await;
    let before = pass(&simulator).await;
    let rights = Rights::none().grant(&["okms:apiovh:resource/get"], &["*"]);
    let others = ["okms:apiovh:credential/get", "okms:apiovh:log/subscription/get"];
    simulator.rights(rights.grant(&others, &["*"]));
    let scrape = pass(&simulator).await;
    let okms = ("collector", "okms");
    assert_eq!(scrape.value(SUCCESS, &[okms]), 1.0);
    assert_eq!(scrape.value(GAPS, &[okms, ("reason", "forbidden")]), 2.0);
    let action = ("action", "okms:apiovh:serviceKey/get");
    assert_eq!(scrape.value(MISSING, &[okms, action, ("optional", "true")]), 1.0);
    for family in [SERVICES, CERTIFICATES, "ovhcloud_okms_secrets", FORWARDED] {
        assert_eq!(scrape.sum(family, &[]), before.sum(family, &[]), "{family}");
    }
    scrape.lacks(KEYS, &[]);

    simulator.rights(Rights::all());
    let (first, region) = {
        let service = list(&simulator, KMS_LIST)[0].clone();
        (service["id"].as_str().unwrap().to_owned(), service["region"].clone())
    };
    let region = ("ovh_region", region.as_str().unwrap());
    simulator.fail(&format!("{KMS_LIST}/{first}/serviceKey"), Effect::Status(500));
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "okms", "server"), 1.0);
    scrape.lacks(KEYS, &[region]);
    assert!(scrape.sum(KEYS, &[]) > 0.0, "the other's");
    assert_eq!(scrape.sum(SERVICES, &[]), before.sum(SERVICES, &[]));
}

#[tokio::test]
async fn a_service_gone_between_the_list_and_its_own_calls_is_no_loss() {
    let simulator = reference().await;
    let services = list(&simulator, KMS_LIST);
    let body = json!([services[0], { "id": "ghost", "region": "eu-west-rbx" }]).to_string();
    let stale = Fault::new(KMS_LIST, Effect::Body { status: 200, body });
    simulator.faults(vec![stale.clone().times(1)]);
    let scrape = pass(&simulator).await;
    assert_well(&scrape, "okms");
    assert_eq!(scrape.sum(SERVICES, &[]), 1.0);

    // A service that the list still has exists, without further data.
    simulator.faults(vec![stale]);
    let scrape = pass(&simulator).await;
    assert_eq!(assert_gap(&scrape, "okms", "not_found"), 2.0);
    assert_eq!(scrape.sum(SERVICES, &[]), 2.0);
}

fn changes(scrape: &Scrape, collector: &str) -> [f64; 3] {
    ["added", "removed", "changed"].map(|change| {
        let labels = [("collector", collector), ("change", change)];
        scrape.value("ovhcloud_inventory_changes_total", &labels)
    })
}

#[tokio::test]
async fn what_moves_by_itself_and_another_order_are_no_change_and_the_rest_is() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    simulator.change(|account| {
        for token in account.list_mut("/me/identity/user/alice/token") {
            token["lastUsed"] = json!("2026-11-21T00:04:00Z");
        }
        for policy in account.list_mut("/v2/iam/policy") {
            for list in ["/resources", "/identities", "/permissions/allow"] {
                if let Some(list) = policy.pointer_mut(list).and_then(Value::as_array_mut) {
                    list.reverse();
                }
            }
        }
        for service in account.list_mut(KMS_LIST) {
            service["secretCount"] = json!(99);
        }
    });
    let moved = exporter.pass_at(LATER).await;
    for collector in ["iam_user_token", "iam_policy", "okms"] {
        assert_eq!(changes(&moved, collector), [0.0; 3], "{collector}");
    }
    // A single refusal is no change, neither at its start nor at its end.
    let refused = ["/me/accessRestriction/totp", "/v2/okms/resource/{okmsId}/serviceKey"];
    for minute in [10, 15] {
        let faults = refused.map(|path| Fault::new(path, Effect::Status(403)));
        simulator.faults(if minute == 10 { faults.into() } else { Vec::new() });
        let scrape = exporter.pass_at(&format!("2026-11-21T00:{minute}:00Z")).await;
        assert_eq!(changes(&scrape, "account"), [0.0; 3]);
        assert_eq!(changes(&scrape, "okms"), [0.0; 3]);
    }
    simulator.change(|account| {
        let token = json!({ "name": "evil", "expiresAt": null });
        account.list_mut("/me/identity/user/dave/token").push(token);
        account.list_mut("/v2/iam/policy")[2]["identities"] = json!(["urn:mallory"]);
        account.list_mut("/me/accessRestriction/totp").clear();
        account.list_mut(SUBSCRIPTION_LIST).pop();
    });
    let changed = exporter.pass_at("2026-11-21T00:20:00Z").await;
    assert_eq!(changes(&changed, "iam_user_token"), [1.0, 0.0, 0.0]);
    assert_eq!(changes(&changed, "iam_policy"), [0.0, 0.0, 1.0]);
    assert_eq!(changes(&changed, "account"), [0.0, 0.0, 1.0]);
    assert_eq!(changes(&changed, "log_subscription"), [0.0, 1.0, 0.0]);
    assert!(exporter.scrape(Format::Classic).0.contains("ovhcloud_iam_user_tokens"));
}

/// The resources in the policy that `permissions` prints, and its standard error.
async fn resources(simulator: &Simulator, flags: &[&str]) -> (String, String) {
    let mut command = program(&["permissions", "--format", "json"]);
    command.args(flags).envs(simulator.environment(Auth::OAuth2));
    let (code, output, error) = spawn_blocking(move || ended(&mut command)).await.unwrap();
    assert_eq!(code, 0, "{error}");
    let answer: Value = serde_json::from_str(&output).unwrap();
    (answer["resources"].to_string(), error)
}

#[tokio::test]
async fn the_policy_names_each_service_unless_it_is_not_needed_or_not_known() {
    let simulator = reference().await;
    let services = list(&simulator, KMS_LIST);
    // OVHcloud does not report the URN of one of the two.
    assert!(services.iter().any(|service| service.get("iam").is_none_or(Value::is_null)));
    let (urns, error) = resources(&simulator, &[]).await;
    for service in &services {
        let urn = format!("urn:v1:eu:resource:okms:{}", service["id"].as_str().unwrap());
        assert!(urns.contains(&urn), "{urns}");
    }
    assert_eq!(error, "");

    simulator.fail(KMS_LIST, Effect::Status(404));
    let (urns, error) = resources(&simulator, &[]).await;
    assert!(urns.contains("urn:v1:eu:resource:okms:<okms id>"), "{urns}");
    assert!(error.contains("placeholders are left") && error.contains(KMS_LIST), "{error}");
    let (urns, error) = resources(&simulator, &["--no-collector.okms"]).await;
    assert!(!urns.contains("okms"), "{urns}");
    assert_eq!(error, "", "what is not needed is not missed");
}

#[tokio::test]
async fn a_service_account_that_may_not_see_second_factors_is_well() {
    let simulator = reference().await;
    simulator.unverified(Unverified { second_factors_refused: true, ..Unverified::default() });
    let mut command = program(&["check"]);
    command.envs(simulator.environment(Auth::OAuth2));
    let (code, output, error) = spawn_blocking(move || ended(&mut command)).await.unwrap();
    assert_eq!(code, 0, "{output} {error}");
    let line = output.lines().find(|l| l.ends_with(" /me/accessRestriction/totp")).unwrap();
    assert!(line.contains("optional"), "{line}");
}

//! Each way in, what a bad credential looks like, and what a narrow one still reads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use std::{env, fs, mem, process};

use jiff::SignedDuration;
use ovhcloud_exporter::api::{Authorized, Client, Kind};
use ovhcloud_exporter::collectors::{self, Collector};
use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::api::{Api, ListMode};
use ovhcloud_exporter::config::credential::Credential;
use ovhcloud_exporter::daemon::system_clock;
use ovhcloud_exporter::family::number;
use ovhcloud_exporter::permissions::optional_actions;
use ovhcloud_exporter::secret::{Secret, Source};
use ovhcloud_exporter::telemetry::{Build, Telemetry};
use ovhcloud_simulator::{
    Account as Simulated, Auth, Effect, Fault, Listing, Options, Rights, Simulator, Unverified,
};
use serde_json::json;
use tokio::time::{advance, pause, resume, sleep};

use crate::exporter::{self, Exporter, NOW, Scrape, reference, simulator, time};

const SUCCESS: &str = "ovhcloud_collector_success";
const GAPS: &str = "ovhcloud_collector_gaps";
const MISSING: &str = "ovhcloud_permission_missing_info";
const TIME: &str = "/auth/time";
const WAYS: [Auth; 3] = [Auth::OAuth2, Auth::ApplicationKey, Auth::Token];

/// Every collector.
fn all() -> f64 {
    number(collectors::ALL.len())
}

/// A credential of the simulator's, each secret of which may be replaced by another source.
fn credential(
    simulator: &Simulator,
    auth: Auth,
    instead: impl Fn(&str) -> Option<Source>,
) -> Credential {
    let variables = simulator.environment(auth);
    let value = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.unwrap_or_else(|| panic!("{name} is not printed")).1.clone()
    };
    let secret =
        |name: &str| instead(name).unwrap_or_else(|| Source::Given(Secret::new(&value(name))));
    match auth {
        Auth::OAuth2 => Credential::ServiceAccount {
            client_id: value("OVH_CLIENT_ID"),
            client_secret: secret("OVH_CLIENT_SECRET"),
        },
        Auth::ApplicationKey => Credential::ApplicationKey {
            application_key: value("OVH_APPLICATION_KEY"),
            application_secret: secret("OVH_APPLICATION_SECRET"),
            consumer_key: secret("OVH_CONSUMER_KEY"),
        },
        Auth::Token => Credential::AccessToken(secret("OVH_ACCESS_TOKEN")),
    }
}

fn account(simulator: &Simulator, credential: Credential) -> Account {
    Account { credential, ..exporter::account(simulator, ListMode::Auto) }
}

/// The account with one of the simulator's credentials as it is.
pub(crate) fn good(simulator: &Simulator, auth: Auth) -> Account {
    account(simulator, credential(simulator, auth, |_| None))
}

/// The account with an application key, one variable of which is wrong.
fn wrong(simulator: &Simulator, variable: &str) -> Account {
    let mut credential = credential(simulator, Auth::ApplicationKey, |name| {
        (name == variable).then(|| Source::Given(Secret::new("wrong")))
    });
    if let Credential::ApplicationKey { application_key, .. } = &mut credential
        && variable == "OVH_APPLICATION_KEY"
    {
        "wrong".clone_into(application_key);
    }
    account(simulator, credential)
}

pub(crate) fn client(account: &Account) -> Client {
    Client::new(account, Telemetry::new(Build::THIS).account(&account.name, &account.labels))
        .unwrap()
}

/// The account's samples, without durations and without the credential itself.
fn of_the_account(scrape: &Scrape) -> Vec<String> {
    // Decisions are compared with OVHcloud's answers about the credential itself.
    let of_itself = ["exporter_", "duration_seconds", "ovhcloud_iam_evaluation_decisions"];
    let own = |line: &&str| !of_itself.iter().any(|part| line.contains(part));
    scrape
        .0
        .lines()
        .filter(|line| line.starts_with("ovhcloud_"))
        .filter(own)
        .map(str::to_owned)
        .collect()
}

/// The actions that the page names as missing for a collector.
#[track_caller]
fn misses(scrape: &Scrape, collector: &str, action: &str) {
    let labels = [("collector", collector), ("action", action)];
    assert_eq!(scrape.value(MISSING, &labels), 1.0);
    let reason = [("collector", collector), ("reason", "forbidden")];
    assert!(scrape.value(GAPS, &reason) >= 1.0);
}

#[tokio::test]
async fn each_way_in_reads_the_same() {
    let simulator = reference().await;
    let mut pages = Vec::new();
    for auth in WAYS {
        let scrape = Exporter::of(good(&simulator, auth)).pass().await;
        assert_eq!(scrape.sum(SUCCESS, &[]), all(), "{auth:?}");
        pages.push(of_the_account(&scrape));
    }
    assert!(pages[0].len() > 50);
    let all: BTreeSet<_> = pages.iter().flatten().collect();
    let differing = all.iter().filter(|line| pages.iter().any(|page| !page.contains(line)));
    // The owner's factors are the owner's to see, and the exporter is recognised in the lists.
    let of_caller = [
        "ovhcloud_iam_evaluation_decisions{",
        "check=\"account_mfa_missing\"",
        "check=\"account_mfa_sms_only\"",
        "check=\"account_backup_codes_low\"",
        "check=\"credential_full_read\"",
        "resource=\"100000001\"",
        "resource=\"EU.0123456789abcdef\"",
    ];
    let is_of_caller = |line: &str| of_caller.iter().any(|text| line.contains(text));
    let others: Vec<_> = differing.filter(|line| !is_of_caller(line.as_str())).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[tokio::test]
async fn the_landing_page_has_the_identity_and_its_sources() {
    let simulator = reference().await;
    for (auth, kind, key) in [
        (Auth::OAuth2, "service account", Some("OVH_CLIENT_ID")),
        (Auth::ApplicationKey, "application key", Some("OVH_APPLICATION_KEY")),
        (Auth::Token, "access token", None),
    ] {
        let variables: BTreeMap<_, _> = simulator.environment(auth).into_iter().collect();
        let lookup = |name: &str| variables.get(name).cloned();
        let account =
            Account::from_environment(&lookup, None, Api::default(), BTreeSet::new()).unwrap();
        let keys = variables.keys().filter(|name| **name != "OVH_ENDPOINT");
        let is_of_kind = |name: &&&str| account.identity.sources().contains(**name);
        assert_eq!(keys.clone().filter(is_of_kind).count(), keys.count(), "{:?}", account.identity);
        let id = key.map(|key| format!(" {}", variables[key])).unwrap_or_default();
        let identity = format!("<dd>{kind}{id} ({})</dd>", account.identity.sources());
        let landing = Exporter::of(account).landing();
        assert!(landing.contains(&identity), "{identity} in {landing}");
        for (name, value) in &variables {
            let is_public = name == &"OVH_ENDPOINT" || Some(*name) == key;
            assert!(is_public || !landing.contains(value.as_str()), "{name}");
        }
    }
}

#[tokio::test]
async fn a_token_url_that_gives_no_token_is_no_refused_credential() {
    for status in [302, 404] {
        let simulator = reference().await;
        let effect = Effect::Body { status, body: "<html>elsewhere</html>".to_owned() };
        simulator.faults(vec![Fault::new("/auth/oauth2/token", effect)]);
        let mut exporter = Exporter::new(&simulator);
        let scrape = exporter.pass().await;
        let gap = [("collector", "iam_user"), ("reason", "unreachable")];
        assert_eq!(scrape.value(GAPS, &gap), 1.0, "{status}");
        let landing = exporter.landing();
        let words = format!(
            "HTTP {status}: &#60;html&#62;elsewhere&#60;/html&#62;); check --api.token-url"
        );
        assert!(landing.contains(&words), "{landing}");
        assert!(!landing.contains("refuses the credential"), "{landing}");
    }
}

#[tokio::test]
async fn every_form_of_listing_can_be_signed() {
    for listing in [Listing::ALL, Listing { expanded: false, batch: true }, Listing::PLAIN] {
        let simulator = reference().await;
        simulator.listing(listing);
        let mut exporter = Exporter::of(good(&simulator, Auth::ApplicationKey));
        for _ in 0..2 {
            assert_eq!(exporter.pass().await.sum(SUCCESS, &[]), all(), "{listing:?}");
        }
        assert_eq!(simulator.stats().by_route[TIME], 1, "the time is asked for once");
        assert_eq!(simulator.stats().tokens, 0);
    }
}

#[tokio::test]
async fn a_clock_an_hour_off_signs_well_and_is_reported() {
    for (ahead, auth) in WAYS.into_iter().flat_map(|auth| [(3600, auth), (-3600, auth)]) {
        let mut options = Options::new(Simulated::reference(time(NOW)));
        options.clock_ahead = ahead;
        let simulator = simulator(options).await;
        let account = good(&simulator, auth);
        assert_eq!(Exporter::of(account.clone()).pass().await.sum(SUCCESS, &[]), all());
        let client = client(&account);
        let difference = client.authenticator().clock_difference(system_clock).await.unwrap();
        let off = difference - SignedDuration::from_secs(ahead);
        assert!(off.abs() <= SignedDuration::from_secs(2), "{difference:#}");
    }
}

#[tokio::test]
async fn a_refused_time_is_corrected_once() {
    let simulator = reference().await;
    for code in ["QUERY_TIME_OUT", "INVALID_SIGNATURE"] {
        let mut exporter = Exporter::of(good(&simulator, Auth::ApplicationKey));
        exporter.pass().await;
        simulator.reset_stats();
        let body = json!({ "errorCode": code, "httpCode": "400 Bad Request", "message": "no" });
        let effect = Effect::Body { status: 400, body: body.to_string() };
        simulator.faults(vec![Fault::new("/v2/iam/policy", effect).times(1)]);
        assert_eq!(exporter.pass().await.sum(SUCCESS, &[]), all(), "{code}");
        assert_eq!(simulator.stats().by_route[TIME], 1, "{code}");
        assert_eq!(simulator.stats().by_route["/v2/iam/policy"], 2, "{code}");
    }
}

#[tokio::test]
async fn the_time_is_asked_for_again_when_it_is_old_or_refused() {
    let simulator = reference().await;
    let mut exporter = Exporter::of(good(&simulator, Auth::ApplicationKey));
    let mut before = 0.0;
    for (times, later, refused) in [
        (1, Duration::ZERO, false),
        // Within the hour, but this machine's steady clock ran ahead: OVHcloud refuses the time.
        (2, Duration::from_mins(30), true),
        (3, Duration::from_mins(61), false),
    ] {
        pause();
        advance(later).await;
        resume();
        let scrape = exporter.pass().await;
        assert_eq!(scrape.sum(SUCCESS, &[]), all(), "{later:?}");
        assert_eq!(simulator.stats().by_route[TIME], times, "{later:?}");
        let refusals = scrape.sum("ovhcloud_exporter_api_requests_total", &[("code", "400")]);
        assert_eq!(refusals > before, refused, "{later:?}");
        before = refusals;
    }
}

#[tokio::test]
async fn a_wrong_key_is_a_bad_credential_and_costs_little() {
    for (variable, code) in [
        ("OVH_APPLICATION_KEY", "INVALID_KEY: This application key is invalid"),
        ("OVH_APPLICATION_SECRET", "INVALID_SIGNATURE: Invalid signature"),
        ("OVH_CONSUMER_KEY", "NOT_CREDENTIAL: This credential does not exist"),
    ] {
        let simulator = reference().await;
        let mut exporter = Exporter::of(wrong(&simulator, variable));
        let scrape = exporter.pass().await;
        assert_eq!(scrape.sum(SUCCESS, &[]), 0.0, "{variable}");
        for collector in ["iam_user", "iam_policy", "cloud_project"] {
            let gap = [("collector", collector), ("reason", "credentials")];
            assert_eq!(scrape.value(GAPS, &gap), 1.0, "{variable}");
        }
        scrape.lacks(MISSING, &[]);
        assert!(exporter.landing().contains(code), "{}", exporter.landing());
        let stats = simulator.stats();
        // Requests under way at the first refusal are made twice.
        assert!(stats.by_route.values().all(|&times| times <= 2), "{variable} {stats:?}");
    }
}

#[tokio::test]
async fn a_deleted_consumer_key_keeps_the_last_values_and_heals() {
    let simulator = reference().await;
    let mut exporter = Exporter::of(good(&simulator, Auth::ApplicationKey));
    let before = exporter.pass().await;
    let mut credentials = Vec::new();
    simulator.change(|account| credentials = mem::take(account.list_mut("/me/api/credential")));
    let deleted = exporter.pass().await;
    assert_eq!(deleted.sum(SUCCESS, &[]), 0.0);
    let users = "ovhcloud_iam_users";
    assert_eq!(deleted.sum(users, &[]), before.sum(users, &[]));
    simulator.change(|account| *account.list_mut("/me/api/credential") = credentials);
    assert_eq!(exporter.pass().await.sum(SUCCESS, &[]), all());
}

#[tokio::test]
async fn a_bad_token_is_a_bad_credential() {
    let simulator = reference().await;
    let token = |text: &str| Credential::AccessToken(Source::Given(Secret::new(text)));
    for text in ["wrong", "two\nlines"] {
        let scrape = Exporter::of(account(&simulator, token(text))).pass().await;
        assert_eq!(scrape.sum(SUCCESS, &[]), 0.0);
        assert_eq!(
            scrape.value(GAPS, &[("collector", "iam_user"), ("reason", "credentials")]),
            1.0
        );
    }
    // It can't be renewed, so that asking again would be in vain.
    assert_eq!(simulator.stats().by_route["/me/identity/user"], 1);
}

#[tokio::test]
async fn a_secret_that_is_rotated_in_its_file_needs_no_restart() {
    for (auth, variable) in [
        (Auth::OAuth2, "OVH_CLIENT_SECRET"),
        (Auth::ApplicationKey, "OVH_APPLICATION_SECRET"),
        (Auth::ApplicationKey, "OVH_CONSUMER_KEY"),
        (Auth::Token, "OVH_ACCESS_TOKEN"),
    ] {
        let simulator = reference().await;
        let path = env::temp_dir().join(format!("rotated-{variable}-{}", process::id()));
        fs::write(&path, "of yesterday\n").unwrap();
        let from_file = |name: &str| (name == variable).then(|| Source::File(path.clone()));
        let credential = credential(&simulator, auth, from_file);
        let mut exporter = Exporter::of(account(&simulator, credential));
        assert_eq!(exporter.pass().await.sum(SUCCESS, &[]), 0.0, "{variable}");

        let variables = simulator.environment(auth);
        let (_, secret) = variables.iter().find(|(name, _)| *name == variable).unwrap();
        fs::write(&path, format!("{secret}\n")).unwrap();
        // The refusal of the token endpoint stands for some seconds.
        let deadline = Instant::now() + Duration::from_secs(20);
        while exporter.pass().await.sum(SUCCESS, &[]) < all() {
            assert!(auth == Auth::OAuth2 && Instant::now() < deadline, "{variable} is not read");
            sleep(Duration::from_millis(100)).await;
        }
        fs::remove_file(&path).unwrap();
    }
}

#[tokio::test]
async fn without_the_time_nothing_is_signed_and_the_reason_is_reported() {
    for (effect, reason) in [
        (Effect::Status(500), "server"),
        (Effect::Html(404), "unreachable"),
        (Effect::Garbage, "undecodable"),
        (Effect::Body { status: 200, body: "\"soon\"".to_owned() }, "undecodable"),
        // Half of a time.
        (Effect::Body { status: 200, body: "17952".to_owned() }, "undecodable"),
    ] {
        let simulator = reference().await;
        simulator.faults(vec![Fault::new(TIME, effect.clone())]);
        let mut exporter = Exporter::of(good(&simulator, Auth::ApplicationKey));
        let scrape = exporter.pass().await;
        assert_eq!(scrape.sum(SUCCESS, &[]), 0.0);
        let gap = [("collector", "iam_policy"), ("reason", reason)];
        assert_eq!(scrape.value(GAPS, &gap), 1.0, "{effect:?}");
        let stats = simulator.stats();
        assert_eq!(stats.requests, stats.by_route[TIME], "nothing else is asked: {stats:?}");
        assert!(stats.requests <= 4, "{effect:?} {stats:?}");

        // The others do not need it.
        assert_eq!(
            Exporter::of(good(&simulator, Auth::Token)).pass().await.sum(SUCCESS, &[]),
            all()
        );
    }
}

#[tokio::test]
async fn an_old_time_serves_while_there_is_no_new_one() {
    let simulator = reference().await;
    let mut exporter = Exporter::of(good(&simulator, Auth::ApplicationKey));
    exporter.pass().await;
    simulator.fail(TIME, Effect::Status(404));
    let stale = r#"{"errorCode":"QUERY_TIME_OUT","message":"no"}"#.to_owned();
    let effect = Effect::Body { status: 400, body: stale };
    simulator.fail("/v2/iam/policy", effect);
    let scrape = exporter.pass().await;
    assert_eq!(scrape.sum(SUCCESS, &[]), all() - 1.0);
    let gap = [("collector", "iam_policy"), ("reason", "credentials")];
    assert_eq!(scrape.value(GAPS, &gap), 1.0);
}

/// The rules of a consumer key that was made for what projects hold.
pub(crate) fn projects_alone() -> Rights {
    let mut rights = Rights::all().rule("GET", "/cloud/project").rule("GET", "/cloud/project/*");
    for kind in ["instance", "volume", "snapshot", "storage", "database"] {
        rights = rights.rule("GET", &format!("/cloud/project/*/{kind}"));
        rights = rights.rule("GET", &format!("/cloud/project/*/{kind}/*"));
    }
    rights
}

#[tokio::test]
async fn a_consumer_key_for_the_projects_alone_reads_them_and_names_the_other_rules() {
    let simulator = reference().await;
    simulator.rights_of(Auth::ApplicationKey, projects_alone());
    let scrape = Exporter::of(good(&simulator, Auth::ApplicationKey)).pass().await;
    for collector in ["cloud_project", "cloud_instance", "cloud_ssh_key"] {
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
    }
    assert!(scrape.sum("ovhcloud_cloud_projects", &[]) > 0.0);
    assert!(scrape.sum("ovhcloud_cloud_instances", &[]) > 0.0);
    let rules = [
        ("iam_user", "GET /me/identity/user"),
        ("iam_policy", "GET /v2/iam/policy"),
        ("api_application", "GET /me/api/application"),
        ("api_credential", "GET /me/api/credential"),
        ("account", "GET /me"),
        ("iam_group", "GET /me/identity/group"),
        ("iam_user_token", "GET /me/identity/user"),
        ("identity_provider", "GET /me/identity/provider"),
        ("iam_permissions_group", "GET /v2/iam/permissionsGroup"),
        ("iam_resource_group", "GET /v2/iam/resourceGroup"),
        ("oauth2_client", "GET /me/api/oauth2/client"),
        ("log_subscription", "GET /v2/iam/log/subscription"),
        ("okms", "GET /v2/okms/resource"),
    ];
    for (collector, rule) in rules {
        misses(&scrape, collector, rule);
    }
    // Nothing that the rules cover is missing.
    assert!(!scrape.0.contains("action=\"GET /cloud/project"), "{}", scrape.0);
    // Beside what they do not cover there are the suspended project and regions out of service only.
    let told = ["forbidden", "expired", "suspended", "maintenance"];
    let told: f64 = told.iter().map(|reason| scrape.sum(GAPS, &[("reason", reason)])).sum();
    assert_eq!(scrape.sum(GAPS, &[]), told);
}

#[tokio::test]
async fn a_rule_for_everything_that_does_not_cover_the_second_version_is_enough_for_the_projects() {
    let simulator = reference().await;
    simulator.unverified(Unverified { rules_name_v2: true, ..Unverified::default() });
    let scrape = Exporter::of(good(&simulator, Auth::ApplicationKey)).pass().await;
    // One of its lists is of the second version, and none of the others stands in for it.
    let is_second = |collector: &&Collector| {
        let mut routes = collector.routes.iter();
        collector.name == "log_subscription"
            || routes.all(|route| route.template.starts_with("/v2/"))
    };
    let second = number(collectors::ALL.iter().filter(is_second).count());
    assert!(second > 1.0);
    assert_eq!(scrape.sum(SUCCESS, &[]), all() - second);
    assert!(simulator.stats().by_route["/cloud/project"] > 0);
    assert!(scrape.sum("ovhcloud_cloud_projects", &[]) > 0.0);
    misses(&scrape, "iam_policy", "GET /v2/iam/policy");

    simulator.rights_of(Auth::ApplicationKey, Rights::all().rule("GET", "/*").rule("GET", "/v2/*"));
    let scrape = Exporter::of(good(&simulator, Auth::ApplicationKey)).pass().await;
    assert_eq!(scrape.sum(SUCCESS, &[]), all());
}

/// The actions that a published integration guide lists.
pub(crate) const TWELVE: [&str; 12] = [
    "account:apiovh:me/identity/user/get",
    "account:apiovh:me/identity/group/get",
    "account:apiovh:me/api/application/get",
    "account:apiovh:me/api/credential/get",
    "account:apiovh:me/api/oauth2/client/get",
    "account:apiovh:iam/policy/get",
    "publicCloudProject:apiovh:get",
    "publicCloudProject:apiovh:user/get",
    "publicCloudProject:apiovh:sshkey/get",
    "publicCloudProject:apiovh:instance/get",
    "publicCloudProject:apiovh:database/service/get",
    "okms:apiovh:resource/get",
];

#[tokio::test]
async fn the_twelve_actions_of_the_guide_are_read_and_the_rest_is_a_missing_right() {
    let simulator = reference().await;
    simulator.rights(Rights::none().grant(&TWELVE, &["*"]));
    let scrape = Exporter::of(good(&simulator, Auth::OAuth2)).pass().await;
    for collector in collectors::ALL {
        let needed = collector.routes.iter().flat_map(|route| route.actions);
        let missing: BTreeSet<_> = needed.filter(|action| !TWELVE.contains(action)).collect();
        let optional = optional_actions(&BTreeSet::from([collector.name]));
        let labels = [("collector", collector.name)];
        let is_complete = missing.iter().all(|action| optional.contains(*action));
        let success = f64::from(u8::from(is_complete));
        assert_eq!(scrape.value(SUCCESS, &labels), success, "{}", collector.name);
        let is_told =
            |action: &&&str| !scrape.values(MISSING, &[labels[0], ("action", action)]).is_empty();
        let told = missing.iter().copied().filter(is_told).count();
        assert_eq!(scrape.values(MISSING, &labels).len(), told, "{}", collector.name);
        // Below a list that is refused nothing is asked.
        assert_eq!(told > 0, !missing.is_empty(), "{}", collector.name);
    }
    for collector in ["cloud_instance", "cloud_database", "okms"] {
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
        let required = [("collector", collector), ("optional", "false")];
        scrape.lacks(MISSING, &required);
    }
    // Instances are read, but for the names of their flavors.
    misses(&scrape, "cloud_instance", "publicCloudProject:apiovh:flavor/get");
    assert!(scrape.sum("ovhcloud_cloud_instances", &[("flavor", "")]) > 0.0);
    // Missing data is due to a missing permission, or belongs to the suspended project.
    let told = ["forbidden", "expired", "suspended"];
    let told: f64 = told.iter().map(|reason| scrape.sum(GAPS, &[("reason", reason)])).sum();
    assert_eq!(scrape.sum(GAPS, &[]), told);
}

#[tokio::test]
async fn a_credential_can_ask_what_it_may_do() {
    const ACCOUNT: &str = "urn:v1:eu:resource:account:xx1111-ovh";
    let simulator = reference().await;
    let narrow = Rights::none().grant(&["account:apiovh:me/get"], &[ACCOUNT]);
    simulator.rights(narrow.clone());
    simulator.rights_of(Auth::Token, narrow.clone());
    simulator.rights_of(Auth::ApplicationKey, narrow.rule("POST", "/v2/iam/*"));
    let actions = ["account:apiovh:me/get", "account:apiovh:iam/policy/get"];
    for auth in WAYS {
        let client = client(&good(&simulator, auth));
        let answer = client
            .session(Duration::from_mins(1))
            .authorized(&[ACCOUNT, "urn:other"], &actions)
            .await
            .unwrap();
        let told = |urn: &str, allowed: &[&str], denied: &[&str]| Authorized {
            urn: urn.to_owned(),
            allowed: allowed.iter().map(|text| (*text).to_owned()).collect(),
            denied: denied.iter().map(|text| (*text).to_owned()).collect(),
        };
        let expected =
            [told(ACCOUNT, &actions[..1], &actions[1..]), told("urn:other", &[], &actions)];
        assert_eq!(answer.resources, expected, "{auth:?}");
    }

    simulator.rights_of(Auth::ApplicationKey, Rights::all().rule("GET", "/*"));
    let client = client(&good(&simulator, Auth::ApplicationKey));
    let error =
        client.session(Duration::from_mins(1)).authorized(&[ACCOUNT], &actions).await.unwrap_err();
    let rule = "POST /v2/iam/authorization/check".to_owned();
    assert!(error.to_string().starts_with(&format!("`{rule}`")), "{error}");
    assert_eq!(error.kind, Kind::Forbidden { actions: vec![rule] });
}

#[tokio::test]
async fn no_secret_prints_with_the_client() {
    let simulator = reference().await;
    for auth in WAYS {
        let account = good(&simulator, auth);
        let client = client(&account);
        client.session(Duration::from_mins(1)).authorized(&[], &[]).await.ok();
        let text = format!("{client:?}{account:?}");
        for (name, value) in simulator.environment(auth) {
            let is_public =
                ["OVH_ENDPOINT", "OVH_CLIENT_ID", "OVH_APPLICATION_KEY"].contains(&name);
            assert!(is_public || !text.contains(&value), "{name} in {text}");
        }
    }
}

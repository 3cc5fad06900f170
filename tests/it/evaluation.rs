//! The exporter's evaluation of IAM beside the simulator's, which shares no code with it, and
//! beside the answers of OVHcloud's own check.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use ovhcloud_exporter::access::Access;
use ovhcloud_exporter::access::oracle::{Outcome, compare};
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::config::refresh::Intervals;
use ovhcloud_exporter::iam::answer::Decision;
use ovhcloud_simulator::{Account, Effect, Rights, Simulator};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::commands::end;
use crate::exporter::{Exporter, NOW, Scrape, account, reference, time};

const ACCOUNT: &str = "urn:v1:eu:resource:account:xx1111-ovh";
const SERVICE: &str = "urn:v1:eu:identity:credential:xx1111-ovh/oauth2-EU.0123456789abcdef";
const GROUP: &str = "urn:v1:eu:identity:group:xx1111-ovh/auditors";
const COMPARED: &str = "ovhcloud_iam_evaluation_decisions";
/// Drawn accounts, and the policies of each.
const ACCOUNTS: usize = 25;
const POLICIES: usize = 12;

/// Identities without a role, which the simulator does not evaluate.
const IDENTITIES: [&str; 3] =
    [SERVICE, GROUP, "urn:v1:eu:identity:credential:xx1111-ovh/oauth2-EU.gone"];
const RESOURCES: [&str; 4] = [
    ACCOUNT,
    "urn:v1:eu:resource:publicCloudProject:p1",
    "urn:v1:eu:resource:publicCloudProject:p2",
    "urn:v1:eu:resource:vps:v1",
];
const ACTIONS: [&str; 8] = [
    "account:apiovh:me/get",
    "account:apiovh:iam/policy/create",
    "account:apiovh:iam/policy/get",
    "publicCloudProject:apiovh:get",
    "publicCloudProject:apiovh:terminate",
    "publicCloudProject:openstack:administrator",
    "vps:apiovh:get",
    "vps:apiovh:ips/delete",
];

fn actions(most: usize) -> impl Strategy<Value = Value> {
    let wildcards =
        ["*", "*get", "account:*", "publicCloudProject:apiovh:*", "*:apiovh:*", "vps*", "*/create"];
    let all: Vec<&str> = ACTIONS.into_iter().chain(wildcards).collect();
    prop::collection::vec(prop::sample::select(all), 0..=most)
        .prop_map(|actions| actions.into_iter().map(|action| json!({ "action": action })).collect())
}

fn urns(all: Vec<&'static str>, most: usize) -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::sample::select(all), 1..=most)
        .prop_map(|urns| urns.into_iter().map(|urn| json!({ "urn": urn })).collect())
}

fn permissions() -> impl Strategy<Value = Value> {
    (actions(3), actions(2), actions(1))
        .prop_map(|(allow, except, deny)| json!({ "allow": allow, "except": except, "deny": deny }))
}

fn policy() -> impl Strategy<Value = Value> {
    let patterns = [
        "urn:v1:eu:resource:*",
        "urn:v1:eu:resource:*:*",
        "urn:v1:eu:resource:publicCloudProject:*",
        "urn:v1:eu:resourceGroup:drawn",
    ];
    let resources = urns(RESOURCES.into_iter().chain(patterns).collect(), 2);
    let groups = ["globalReadOnly", "drawn"];
    let groups = groups.map(|name| format!("urn:v1:eu:permissionsGroup:ovh:{name}"));
    let group = prop::sample::select(groups.to_vec());
    let conditions = json!({ "operator": "MATCH", "values": { "request.IP": "192.0.2.1" } });
    let ends = prop::sample::select(vec![
        None,
        None,
        Some("2026-11-20T00:00:00Z"),
        Some(NOW),
        Some("2026-11-22T00:00:00Z"),
    ]);
    let rest = (prop::option::of(group), prop::option::weighted(0.15, Just(conditions)), ends);
    let identity = prop::sample::select(IDENTITIES.to_vec());
    (permissions(), resources, identity, rest).prop_map(
        |(permissions, resources, identity, (group, conditions, end))| {
            let groups: Vec<_> = group.iter().map(|urn| json!({ "urn": urn })).collect();
            json!({
                "id": "", "name": "drawn", "owner": "xx1111-ovh", "readOnly": false,
                "identities": [identity], "resources": resources, "permissions": permissions,
                "permissionsGroups": groups, "conditions": conditions,
                "createdAt": "2026-01-01T00:00:00Z", "expiredAt": end,
            })
        },
    )
}

fn draw<T: Debug>(strategy: &impl Strategy<Value = T>, runner: &mut TestRunner) -> T {
    strategy.new_tree(runner).unwrap().current()
}

/// Replaces the policies and their groups by drawn ones.
fn fill(account: &mut Account, runner: &mut TestRunner) {
    let policy = policy();
    let policies = (0..POLICIES).map(|number| {
        let mut policy = draw(&policy, runner);
        policy["id"] = json!(format!("00000000-0000-0000-0000-{number:012}"));
        policy
    });
    *account.list_mut("/v2/iam/policy") = policies.collect();
    let group = |number: usize, name: &str, permissions: Value| {
        json!({
            "id": format!("00000000-0000-0000-0001-{number:012}"), "name": name, "owner": "ovh",
            "urn": format!("urn:v1:eu:permissionsGroup:ovh:{name}"), "description": null,
            "permissions": permissions, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": null,
        })
    };
    let read_only = json!({ "allow": [{ "action": "*get" }] });
    let drawn = |one: &Value| one["name"] == "drawn";
    *account.list_mut("/v2/iam/permissionsGroup") = vec![
        group(0, "globalReadOnly", read_only),
        group(1, "drawn", draw(&permissions(), runner)),
    ];
    let members = draw(&urns(RESOURCES.to_vec(), 2), runner);
    let groups = account.list_mut("/v2/iam/resourceGroup");
    groups.retain(|group| !drawn(group));
    groups.push(json!({
        "id": "drawn", "name": "drawn", "owner": "xx1111-ovh", "readOnly": false,
        "urn": "urn:v1:eu:resourceGroup:drawn", "resources": members,
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": null,
    }));
}

/// An exporter that reads the IAM alone.
fn exporter(simulator: &Simulator) -> Exporter {
    let mut account = account(simulator, ListMode::Auto);
    let needs = |name: &str| name.starts_with("iam_") || name == "account";
    account.collectors.retain(|name| needs(name) && *name != "iam_user_token");
    account.collectors.extend(["oauth2_client", "exporter_credential"]);
    Exporter::of(account)
}

/// Each decision of the exporter's is the simulator's; a conditional one agrees with either.
#[tokio::test]
async fn the_exporter_evaluates_random_policies_as_the_simulator_does() {
    let simulator = reference().await;
    let mut runner = TestRunner::deterministic();
    let (mut compared, mut allowed, mut conditional) = (0, 0, 0);
    for _ in 0..ACCOUNTS {
        let mut rights = Vec::new();
        simulator.change(|account| {
            fill(account, &mut runner);
            rights = IDENTITIES.map(|urn| Rights::of_policies(account, &[urn], time(NOW))).into();
        });
        let mut exporter = exporter(&simulator);
        exporter.pass().await;
        let access = Access::of(exporter.inventory(), time(NOW));
        for (urn, rights) in IDENTITIES.iter().zip(&rights) {
            // An identity that is neither listed nor named has no rights in both.
            let Some(identity) = access.engine.identity(urn) else { continue };
            for action in ACTIONS {
                for resource in RESOURCES {
                    let answer = access.engine.decide(identity, action, resource);
                    let is_allowed = rights.allow(action, resource);
                    compared += 1;
                    allowed += usize::from(is_allowed);
                    match answer.decision {
                        Decision::Allow => assert!(is_allowed, "{urn} {action} {resource}"),
                        Decision::Deny | Decision::None => {
                            assert!(!is_allowed, "{urn} {action} {resource} {answer:?}");
                        }
                        Decision::Conditional => conditional += 1,
                        Decision::Unknown => panic!("{urn} {action} {resource} {answer:?}"),
                    }
                }
            }
        }
    }
    // The draws reach all cases.
    assert!(compared > 2000 && allowed > compared / 20 && allowed < compared / 2, "{allowed}");
    assert!(conditional > 0 && conditional < compared / 4, "{conditional}");
}

#[tokio::test]
async fn ovhclouds_answers_about_the_exporter_are_compared() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator);
    let scrape = exporter.pass().await;
    let agree = scrape.value(COMPARED, &[("result", "agree")]);
    assert!(agree > 50.0);
    assert_eq!(scrape.value(COMPARED, &[("result", "disagree")]), 0.0);
    // OVHcloud denies what a policy allows.
    simulator.rights(Rights::none().grant(&["*get"], &["*"]));
    let scrape = exporter.pass_at("2026-11-21T02:00:00Z").await;
    assert_eq!(scrape.value(COMPARED, &[("result", "agree")]), 0.0);
    assert_eq!(scrape.value(COMPARED, &[("result", "disagree")]), agree);
    let access = Access::of(exporter.inventory(), time(NOW));
    let comparison = compare(exporter.inventory(), &access).unwrap();
    let line = comparison.disagreements[0].to_string();
    assert!(line.starts_with("OVHcloud does not allow account:apiovh:"), "{line}");
    assert!(line.contains("says allow by "), "{line}");
    // The answers survive a restart.
    exporter.restart();
    let access = Access::of(exporter.inventory(), time(NOW));
    assert_eq!(compare(exporter.inventory(), &access), Some(comparison));
}

#[tokio::test]
async fn answers_are_compared_with_the_policies_of_their_refresh() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator);
    let hourly = [("exporter_credential", Duration::from_hours(1))].into();
    exporter.plan.intervals = Arc::new(Intervals(hourly));
    let results = |scrape: &Scrape| {
        Outcome::ALL.map(|one| scrape.value(COMPARED, &[("result", one.label())]))
    };
    let first = results(&exporter.pass().await);
    assert!(first[0] > 50.0 && first[1] == 0.0, "{first:?}");
    // The answers live for an hour, and the policies are read in each refresh.
    simulator.change(|account| account.list_mut("/v2/iam/policy").clear());
    let edited = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(results(&edited), first);
    assert!(exporter.inventory().iam_policy.items().next().is_none());
    // Another process has the answers without the policies that they are about.
    exporter.restart();
    let restarted = exporter.pass_at("2026-11-21T00:10:00Z").await;
    restarted.lacks(COMPARED, &[]);
    let next = results(&exporter.pass_at("2026-11-21T02:00:00Z").await);
    assert!(next.iter().sum::<f64>() > 50.0, "{next:?}");
}

#[tokio::test]
async fn an_evaluation_that_lacks_policies_neither_agrees_nor_disagrees() {
    let simulator = reference().await;
    let mut all = account(&simulator, ListMode::Auto);
    all.collectors.remove("iam_policy");
    let scrape = Exporter::of(all).pass().await;
    assert!(scrape.value(COMPARED, &[("result", "unknown")]) > 50.0);
    assert_eq!(scrape.value(COMPARED, &[("result", Outcome::Disagree.label())]), 0.0);
    scrape.lacks("ovhcloud_iam_identity_access", &[]);
}

#[tokio::test]
async fn identities_are_counted_by_kind_and_level() {
    let simulator = reference().await;
    let mut exporter = exporter(&simulator);
    exporter.detail = Detail::Full;
    let scrape = exporter.pass().await;
    let count = |scrape: &Scrape, kind: &str, level: &str| {
        scrape.value("ovhcloud_iam_identity_access", &[("identity_kind", kind), ("level", level)])
    };
    assert_eq!(count(&scrape, "account", "admin"), 1.0);
    assert_eq!(count(&scrape, "account", "none"), 0.0);
    // ADMIN and operators by their role, DEFAULT by `account:*`, auditors and developers by a
    // permissions group, platform by its policy on policies.
    assert_eq!(count(&scrape, "group", "admin"), 6.0);
    assert_eq!(count(&scrape, "user", "read"), 1.0, "frank");
    let level = |login: &str, level: &str| {
        let urn = format!("urn:v1:eu:identity:user:xx1111-ovh/{login}");
        scrape.value("ovhcloud_iam_identity_access_info", &[("identity", &urn), ("level", level)])
    };
    assert_eq!(level("bob", "admin"), 1.0);
    assert_eq!(level("carol", "admin"), 1.0, "ovh-default-account gives account:* to DEFAULT");
    // Groups that cannot be read leave their members' rights open.
    simulator.fail("/me/identity/group*", Effect::Status(403));
    let scrape = Exporter::new(&simulator).pass().await;
    assert!(count(&scrape, "user", "unknown") > 0.0);
    scrape.lacks("ovhcloud_iam_identity_access", &[("identity_kind", "group")]);
}

#[tokio::test]
async fn a_condition_on_tags_is_evaluated_where_the_tags_are_read() {
    let simulator = reference().await;
    let urn = "urn:v1:eu:resource:vps:vps-tagged";
    simulator.change(|account| {
        let condition = json!({ "operator": "MATCH", "values": { "resource.Tag(env)": "prod" } });
        let policy = json!({
            "id": "00000000-0000-0000-0000-00000000000a", "name": "tagged", "owner": "xx1111-ovh",
            "readOnly": false, "identities": [GROUP], "resources": [{ "urn": "urn:v1:eu:resource:vps:*" }],
            "permissions": { "allow": [{ "action": "vps:*" }] }, "permissionsGroups": [],
            "conditions": condition, "createdAt": "2026-01-01T00:00:00Z",
        });
        account.list_mut("/v2/iam/policy").push(policy);
        account.list_mut("/v2/iam/resource").push(json!({
            "id": "00000000-0000-0000-0000-00000000000b", "urn": urn, "name": "vps-tagged",
            "displayName": "web", "type": "vps", "owner": "xx1111-ovh", "tags": { "env": "prod" },
        }));
    });
    for (reads_tags, decision, of_another) in [
        (true, Decision::Allow, Decision::Conditional),
        (false, Decision::Conditional, Decision::Conditional),
    ] {
        let mut account = account(&simulator, ListMode::Auto);
        if !reads_tags {
            account.collectors.remove("iam_resource");
        }
        let mut exporter = Exporter::of(account);
        exporter.pass().await;
        let access = Access::of(exporter.inventory(), time(NOW));
        let group = access.engine.identity(GROUP).unwrap();
        let decide = |urn: &str| access.engine.decide(group, "vps:apiovh:get", urn).decision;
        assert_eq!((decide(urn), decide("urn:v1:eu:resource:vps:other")), (decision, of_another));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_are_logged_up_to_ten() {
    let simulator = reference().await;
    simulator.rights(Rights::none().grant(&["*get"], &["*"]));
    let (_, _, log) = end(&simulator, &["once"]).await;
    let lines = log.lines().filter(|line| line.contains("OVHcloud does not allow account:apiovh:"));
    assert_eq!(lines.clone().count(), 10, "{log}");
    assert!(
        lines.clone().all(|line| line.contains("says allow by ") && line.contains("open an issue"))
    );
    assert!(log.contains(" more differences from OVHcloud's evaluation of IAM"), "{log}");
}

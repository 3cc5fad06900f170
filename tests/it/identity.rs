//! An object counts if it has an id, and once.

use std::collections::{BTreeMap, BTreeSet};

use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_simulator::{Effect, Fault, Listing, Simulator};
use serde_json::{Value, json};

use crate::exporter::{Exporter, Scrape, reference};

const EXPANDED: Listing = Listing { expanded: true, batch: false };
const BATCH: Listing = Listing { expanded: false, batch: true };

/// The answers that are no objects, to a question for one and to a question for a list.
const NOTHING: [&str; 2] = [
    r#"{"class":"Server::Boom","message":"an error with status 200"}"#,
    r#"[{"class":"Server::Boom","message":"an error with status 200"},{}]"#,
];

/// An alpha version, without which everything is known: its errors are no loss.
const UNNEEDED: &str = "/v2/publicCloud/project/{projectId}/storage/block/volume";

/// The samples of each collector.
fn values(exporter: &Exporter) -> BTreeMap<&'static str, Vec<String>> {
    let Scrape(page) = exporter.scrape(Format::Classic);
    let of = |collector: &collectors::Collector| {
        let is_own = |line: &&str| {
            let name = line.split(['{', ' ']).next().unwrap();
            collector.families.iter().any(|family| family.name == name)
        };
        (collector.name, page.lines().filter(is_own).map(str::to_owned).collect())
    };
    collectors::ALL.iter().map(of).collect()
}

async fn detailed(simulator: &Simulator) -> Exporter {
    let mut exporter = Exporter::new(simulator);
    exporter.detail = Detail::Full;
    exporter.pass().await;
    exporter
}

/// The collector's last reading failed, with a gap.
#[track_caller]
fn assert_gap(scrape: &Scrape, collector: &str, problem: &str) {
    let label = [("collector", collector)];
    assert_eq!(scrape.value("ovhcloud_collector_success", &label), 0.0, "{problem}");
    assert!(scrape.sum("ovhcloud_collector_gaps", &label) > 0.0, "{problem}");
}

fn body(body: &str) -> Effect {
    Effect::Body { status: 200, body: body.to_owned() }
}

/// Every route of every collector, one of each collector at a time.
#[tokio::test]
async fn no_answer_that_is_no_object_changes_a_sample() {
    for offered in [EXPANDED, BATCH, Listing::PLAIN] {
        let simulator = reference().await;
        simulator.listing(offered);
        let mut exporter = detailed(&simulator).await;
        simulator.reset_stats();
        exporter.pass().await;
        let known = values(&exporter);
        let asked = simulator.stats().by_route;
        let most = collectors::ALL.iter().map(|collector| collector.routes.len()).max().unwrap();
        let mut judged = BTreeSet::new();
        for round in 0..most {
            let struck: Vec<_> = collectors::ALL
                .iter()
                .filter_map(|one| Some((one.name, one.routes.get(round)?.template)))
                .filter(|(_, template)| *template != UNNEEDED)
                .collect();
            for nothing in NOTHING {
                let fault = |(_, template): &(_, &str)| Fault::new(template, body(nothing));
                simulator.faults(struck.iter().map(fault).collect());
                simulator.reset_stats();
                let scrape = exporter.pass().await;
                let calls = simulator.stats().by_route;
                let now = values(&exporter);
                for (collector, template) in &struck {
                    if calls.contains_key(*template) {
                        let problem = format!("{offered:?}, {template}: {nothing}");
                        assert_gap(&scrape, collector, &problem);
                        assert_eq!(now[collector], known[collector], "{problem}");
                        judged.insert(*template);
                    }
                }
            }
        }
        // Each route that every refresh asks was judged.
        let routes = collectors::ALL.iter().flat_map(|collector| collector.routes);
        let expected = routes.map(|route| route.template).filter(|one| asked.contains_key(*one));
        let missed: Vec<_> =
            expected.filter(|one| *one != UNNEEDED && !judged.contains(one)).collect();
        assert!(missed.is_empty(), "{offered:?}: {missed:?}");
    }
}

#[tokio::test]
async fn another_object_than_was_asked_for_is_not_counted() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let mut exporter = detailed(&simulator).await;
    let known = values(&exporter);
    simulator.fail("/me/identity/group/{group}", body(r#"{"name":"other","role":"ADMIN"}"#));
    let scrape = exporter.pass().await;
    assert_gap(&scrape, "iam_group", "another group");
    assert_eq!(values(&exporter)["iam_group"], known["iam_group"]);
    assert!(exporter.landing().contains("the answer is a different object"));
}

#[tokio::test]
async fn an_object_of_a_batch_that_is_not_what_its_key_says_is_asked_for_by_itself() {
    let simulator = reference().await;
    simulator.listing(BATCH);
    let known = values(&detailed(&simulator).await);
    let item = |key: &str, value: Value| json!({ "key": key, "value": value, "error": null });
    let batch = json!([
        item("alice", json!({ "login": "mallory", "status": "OK" })),
        item("bob", json!({ "class": "Server::Boom", "message": "no" })),
        item("ci-bot", json!({})),
    ]);
    simulator.fail("/me/identity/user/*,*", body(&batch.to_string()));
    let exporter = detailed(&simulator).await;
    assert_eq!(values(&exporter)["iam_user"], known["iam_user"]);
    let success = [("collector", "iam_user")];
    let scrape = exporter.scrape(Format::Classic);
    assert_eq!(scrape.value("ovhcloud_collector_success", &success), 1.0);
}

/// Every list of the account has each of its objects twice.
#[tokio::test]
async fn an_object_counts_once_however_often_its_list_has_it() {
    for offered in [EXPANDED, BATCH, Listing::PLAIN] {
        let simulator = reference().await;
        simulator.listing(offered);
        let gaps = |exporter: &Exporter| {
            exporter.scrape(Format::Classic).sum("ovhcloud_collector_gaps", &[])
        };
        let exporter = detailed(&simulator).await;
        let (known, gaps_before) = (values(&exporter), gaps(&exporter));
        simulator.change(|account| {
            let paths: Vec<_> = account.paths().map(str::to_owned).collect();
            // An event has no id: two that are alike are two.
            for path in paths.into_iter().filter(|path| path != "/me/logs/audit") {
                let list = account.list_mut(&path);
                list.extend(list.clone());
            }
        });
        let exporter = detailed(&simulator).await;
        let now = values(&exporter);
        for (collector, samples) in &known {
            assert_eq!(now[collector], *samples, "{offered:?}, {collector}");
        }
        assert_eq!(gaps(&exporter), gaps_before, "{offered:?}");
    }
}

/// The date of creation is for nothing that is published.
#[tokio::test]
async fn a_date_that_cannot_be_read_costs_the_date_and_not_the_object() {
    let simulator = reference().await;
    let policies = json!([
        { "id": "1", "name": "odd", "readOnly": false, "createdAt": "" },
        { "id": "2", "name": "good", "readOnly": false },
        { "id": "3", "name": "endless?", "readOnly": false, "expiredAt": "0000-00-00" },
    ]);
    // Known before with all its objects, the section does not hide the new ones.
    let mut exporter = detailed(&simulator).await;
    simulator.fail("/v2/iam/policy", body(&policies.to_string()));
    let scrape = exporter.pass().await;
    let customer = [("managed_by", "customer")];
    assert_eq!(scrape.value("ovhcloud_iam_policies", &customer), 3.0);
    assert_eq!(scrape.value("ovhcloud_iam_policy_info", &[("policy_id", "3")]), 1.0);
    let gap = [("collector", "iam_policy"), ("reason", "undecodable")];
    assert_eq!(scrape.value("ovhcloud_collector_gaps", &gap), 2.0);
    assert_gap(&scrape, "iam_policy", "a date");
    assert!(exporter.landing().contains("[0].createdAt"), "{}", exporter.landing());
}

/// An unreadable date of use is not "never used", and an unreadable end is not "permanent".
#[tokio::test]
async fn an_unreadable_date_is_unclear_to_checks_and_no_state() {
    let simulator = reference().await;
    simulator.change(|account| {
        for credential in account.list_mut("/me/api/credential") {
            credential["status"] = "validated".into();
            credential["lastUse"] = "0000-00-00".into();
        }
        for token in account.list_mut("/me/identity/user/alice/token") {
            token["expiresAt"] = "soon".into();
        }
    });
    let scrape = detailed(&simulator).await.scrape(Format::Classic);
    for check in ["credential_stale", "credential_never_used"] {
        let labels = [("check", check), ("status", "not_evaluated")];
        assert_eq!(scrape.value("ovhcloud_policy_check_status", &labels), 1.0, "{check}");
    }
    assert!(scrape.sum("ovhcloud_api_credentials", &[("status", "validated")]) > 0.0);
    assert!(scrape.value("ovhcloud_iam_user_tokens", &[("state", "")]) > 0.0);
    for collector in ["api_credential", "iam_user_token"] {
        let gap = [("collector", collector), ("reason", "undecodable")];
        assert!(scrape.value("ovhcloud_collector_gaps", &gap) > 0.0, "{collector}");
    }
}

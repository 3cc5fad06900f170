//! Every value of every closed set occurs in the reference account.

use std::collections::BTreeSet;

use ovhcloud_simulator::{Account, routes};
use serde_json::Value;

use crate::client::{get, now};
use crate::judge::Judge;
use crate::schema::{paths, serve, target};

/// Members of which the reference account has some values only, on purpose: the route, the member
/// (none is each), and the one value that does not occur, if the others must.
const PARTLY: &[(&str, &str, Option<&str>)] = &[
    // One object.
    ("/auth/currentCredential", "", None),
    ("/auth/details", "", None),
    ("/me", "", None),
    ("/me/accessRestriction/backupCode", "", None),
    ("/me/accessRestriction/ipDefaultRule", "", None),
    // A list with root users is unverified.
    ("/me/identity/user/{user}", "type", Some("ROOT")),
    // A view of v1's states, which are fewer.
    ("/v2/publicCloud/project", "resourceStatus", None),
    ("/v2/publicCloud/project/{projectId}", "resourceStatus", None),
    ("/v2/publicCloud/project/{projectId}/storage/block/volume", "resourceStatus", None),
    ("/v2/publicCloud/project/{projectId}/storage/block/volume/{id}", "resourceStatus", None),
    // More than thirty, most of which pass in seconds.
    ("/cloud/project/{serviceName}/instance", "status", None),
    ("/cloud/project/{serviceName}/instance/{instanceId}", "status", None),
    // The whole world.
    ("/cloud/project/{serviceName}/region/{regionName}", "countryCode", None),
    // Shown to those only who ask for it.
    ("/cloud/project/{serviceName}/storage", "containerType", None),
    // A KMS in each of 13 regions shows no more than one in two.
    ("/v2/okms/resource", "region", None),
    ("/v2/okms/resource/{okmsId}", "region", None),
    // A word of filters, by its look.
    ("/v2/okms/resource/{okmsId}/serviceKey", "state", Some("ALL")),
    ("/v2/okms/resource/{okmsId}/serviceKey/{keyId}", "state", Some("ALL")),
];

/// The texts of a member, in each object of the lists on its way.
fn collect(value: &Value, member: &str, found: &mut BTreeSet<String>) {
    let (name, rest) = member.split_once('.').unwrap_or((member, ""));
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, member, found)),
        Value::Object(members) if !member.is_empty() => {
            members.get(name).into_iter().for_each(|value| collect(value, rest, found));
        }
        Value::String(text) if member.is_empty() => {
            found.insert(text.clone());
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_value_of_a_closed_set_occurs() {
    let judge = Judge::new();
    let simulator = serve(Account::reference(now()).with_every_project_status(now())).await;
    for route in routes().filter(|route| route.method == "GET") {
        let partly = |member: &str| {
            PARTLY.iter().find(|(template, part, _)| {
                *template == route.template && (part.is_empty() || *part == member)
            })
        };
        let left_out = |member: &str| partly(member).and_then(|(_, _, value)| *value);
        let is_tested = |member: &&&str| partly(member).is_none() || left_out(member).is_some();
        let members: Vec<_> = route.enums.iter().filter(is_tested).collect();
        let of_ids = judge.model(route.method, route.template).get("properties").is_none();
        if members.is_empty() || of_ids {
            continue;
        }
        let mut answers = Vec::new();
        for path in paths(&simulator, route.template).await {
            answers.push(get(&simulator, &target(&path), &[]).await.json());
        }
        for member in members {
            let mut found = BTreeSet::new();
            for answer in &answers {
                collect(answer, member, &mut found);
            }
            let mut known: BTreeSet<_> =
                judge.closed_set(&route, member).unwrap().into_iter().collect();
            if let Some(value) = left_out(member) {
                assert!(known.remove(value), "{} {member} {value}", route.template);
            }
            assert_eq!(found, known, "{} {member}", route.template);
        }
    }
}

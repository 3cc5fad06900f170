//! Every value of every closed set occurs in the reference account.

use std::collections::BTreeSet;

use ovhcloud_simulator::{Account, routes};
use serde_json::Value;

use crate::client::{get, now};
use crate::judge::Judge;
use crate::schema::{paths, serve, target};

/// Members of which the reference account has some values only, on purpose.
const PARTLY: &[(&str, &str)] = &[
    // One object.
    ("/auth/currentCredential", ""),
    ("/auth/details", ""),
    ("/me", ""),
    // That root users are listed is unverified.
    ("/me/identity/user/{user}", "type"),
    // A view of v1's states, which are fewer.
    ("/v2/publicCloud/project", "resourceStatus"),
    ("/v2/publicCloud/project/{projectId}", "resourceStatus"),
    ("/v2/publicCloud/project/{projectId}/storage/block/volume", "resourceStatus"),
    ("/v2/publicCloud/project/{projectId}/storage/block/volume/{id}", "resourceStatus"),
    // More than thirty, most of which pass in seconds.
    ("/cloud/project/{serviceName}/instance", "status"),
    ("/cloud/project/{serviceName}/instance/{instanceId}", "status"),
    // The whole world.
    ("/cloud/project/{serviceName}/region/{regionName}", "countryCode"),
    // Shown to those only who ask for it.
    ("/cloud/project/{serviceName}/storage", "containerType"),
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
        let partly = |member: &&&str| {
            let known = |(template, part): &(&str, &str)| {
                *template == route.template && (part.is_empty() || *part == **member)
            };
            !PARTLY.iter().any(known)
        };
        let members: Vec<_> = route.enums.iter().filter(partly).collect();
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
            let known = judge.closed_set(&route, member).unwrap();
            assert_eq!(found, known.into_iter().collect(), "{} {member}", route.template);
        }
    }
}

//! What the routes are registered with, compared with OVHcloud's schemas.

use ovhcloud_simulator::routes;
use serde_json::Value;

use crate::judge::Judge;

#[test]
fn the_actions_are_those_of_the_schema() {
    let judge = Judge::new();
    for route in routes() {
        let listed = judge.operation(route.method, route.template).get("x-iam-actions");
        let listed = listed.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<_> = listed.iter().filter_map(|action| action["name"].as_str()).collect();
        assert_eq!(route.action.into_iter().collect::<Vec<_>>(), names, "{}", route.template);
    }
}

#[test]
fn the_query_parameters_are_in_the_schema() {
    let judge = Judge::new();
    for route in routes() {
        let operation = judge.operation(route.method, route.template);
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let known: Vec<_> = parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        for name in route.query {
            assert!(known.contains(name), "{} {name}", route.template);
        }
    }
}

#[test]
fn identifiers_and_closed_sets_are_members_of_the_schema() {
    let judge = Judge::new();
    for route in routes() {
        let model = judge.model_of(&route);
        if model.get("properties").is_none() {
            continue;
        }
        let properties = &model["properties"];
        assert!(properties.get(route.key).is_some(), "{} {}", route.template, route.key);
        for name in route.enums {
            assert!(judge.closed_set(&route, name).is_some(), "{} {name}", route.template);
        }
    }
}

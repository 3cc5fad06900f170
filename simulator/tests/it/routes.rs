//! The registered routes, compared with OVHcloud's schemas.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

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

/// `UPDATE_DOCS=1` writes the table, and without it the table is compared.
#[test]
fn the_readme_lists_every_route() {
    let mut table = "| route | IAM action |\n|---|---|\n".to_owned();
    let mut rows: Vec<_> = routes().map(|one| (one.template, one.method, one.action)).collect();
    rows.sort_unstable();
    for (template, method, action) in rows {
        let action = action.map(|action| format!("`{action}`")).unwrap_or_default();
        writeln!(table, "| `{method} {template}` | {action} |").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- generated: routes -->\n").unwrap();
    let (part, after) = rest.split_once("<!-- end: routes -->").unwrap();
    if env::var_os("UPDATE_DOCS").is_some() {
        let (begin, end) = ("<!-- generated: routes -->\n", "<!-- end: routes -->");
        fs::write(path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        assert_eq!(part, table, "UPDATE_DOCS=1 cargo test -p ovhcloud-simulator --test it routes");
    }
}

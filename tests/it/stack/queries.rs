//! Every query of the dashboards on a real Prometheus: panels, annotations and variables, for an
//! account with every kind of resource and for an account without any.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use ovhcloud_simulator::{Rights, Size};
use serde_json::{Value as Json, json};

use super::exporters::{Exporter, Watched};
use super::servers::{Prometheus, SCRAPE, Servers, directory};
use super::world::in_days;
use super::{PATIENCE, print};

/// Panels without a result for the full account, each with the reason. Annotations may have none,
/// too: they mark events, and none has to happen during the test.
const LEGITIMATELY_EMPTY: &[(&str, &str)] = &[
    ("Comparison with OVHcloud", "the rights of an application key are not compared"),
    ("Budget alerts by project", "the credential may not read them"),
    (
        "Instances and access by project",
        "its column of budget alerts: the credential may not read them",
    ),
    ("Closed routes", "no route is closed while nothing fails"),
    ("Exporters", "its column of the state file: this exporter has none"),
];

/// A query of a dashboard.
struct Query {
    dashboard: String,
    /// The title of a panel, or the name of an annotation or a variable.
    title: String,
    /// The type of the panel.
    kind: String,
    text: String,
}

fn list<'a>(value: &'a Json, pointer: &str) -> impl Iterator<Item = &'a Json> {
    value.pointer(pointer).and_then(Json::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Json, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Json::as_str)
}

/// The expression of a query of a variable: the values of a label as an aggregation.
fn listed(query: &str) -> String {
    let inside = |function: &str| query.strip_prefix(function)?.strip_suffix(')');
    if let Some(expression) = inside("query_result(") {
        return expression.to_owned();
    }
    let values = inside("label_values(").and_then(|values| values.rsplit_once(','));
    let (selector, label) = values.unwrap_or_else(|| panic!("no label_values(…, label): {query}"));
    format!("count by ({}) ({selector})", label.trim())
}

fn queries() -> Vec<Query> {
    let mut found = Vec::new();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards");
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let dashboard: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut add = |title: &str, kind: &str, query: String| {
            found.push(Query {
                dashboard: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                title: title.to_owned(),
                kind: kind.to_owned(),
                text: query,
            });
        };
        let rows = list(&dashboard, "/panels");
        for panel in rows.flat_map(|row| list(row, "/panels").chain([row])) {
            for target in list(panel, "/targets") {
                let (title, kind) = (text(panel, "/title").unwrap(), text(panel, "/type").unwrap());
                add(title, kind, text(target, "/expr").expect("an expression").to_owned());
            }
        }
        for annotation in list(&dashboard, "/annotations/list") {
            if let Some(query) = text(annotation, "/expr").or(text(annotation, "/target/expr")) {
                add(text(annotation, "/name").unwrap(), "annotation", query.to_owned());
            }
        }
        for variable in list(&dashboard, "/templating/list") {
            if let Some(query) = text(variable, "/query/query") {
                add(text(variable, "/name").unwrap(), "variable", listed(query));
            }
        }
    }
    found
}

/// The values of Grafana's variables: its own, one account, and all of everything else.
fn filled(query: &str, account: &str) -> String {
    let own = [("__rate_interval", format!("{}s", 5 * SCRAPE)), ("__range", "1h".to_owned())];
    let mut rest = query;
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once('$') {
        filled += before;
        let (name, end) = match after.strip_prefix('{') {
            Some(inside) => inside.split_once('}').expect("the end of a variable"),
            None => after.split_at(
                after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len()),
            ),
        };
        let name = name.split(':').next().unwrap();
        let value = own.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
        filled += value.unwrap_or(if name == "account" { account } else { ".*" });
        rest = end;
    }
    filled + rest
}

#[test]
fn variables_have_values() {
    let query = r#"sum(rate(a{b=~"$job", c=~"${account:regex}"}[$__rate_interval]))"#;
    assert_eq!(filled(query, "full"), r#"sum(rate(a{b=~".*", c=~"full"}[15s]))"#);
    assert_eq!(listed("label_values(a{b=~\"$job\"}, c)"), "count by (c) (a{b=~\"$job\"})");
}

/// The queries without a result. Each must have no error and no warning.
async fn without_result<'a>(
    prometheus: &Prometheus,
    queries: &'a [Query],
    account: &str,
) -> Vec<&'a Query> {
    let mut empty = Vec::new();
    let mut wrong = Vec::new();
    for query in queries {
        let expression = filled(&query.text, account);
        let answer = prometheus.ask(&expression).await;
        let is_quiet = |list: &str| answer[list].as_array().is_none_or(Vec::is_empty);
        if answer["status"] != "success" || !is_quiet("warnings") || !is_quiet("infos") {
            wrong.push(format!("{}: {}: {answer}", query.dashboard, query.title));
        } else if answer["data"]["result"].as_array().is_none_or(Vec::is_empty) {
            empty.push(query);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    empty
}

/// An exporter that watches the accounts `full` and `empty`, and a Prometheus that scrapes it.
async fn watched(servers: &Servers) -> (Prometheus, Exporter, [Watched; 2]) {
    let directory = directory("stack-queries");
    let accounts =
        [Watched::reference("full").await.by_key(), Watched::generated("empty", Size::EMPTY).await];
    accounts[0].simulator.change(|account| {
        account.list_mut("/me/api/credential")[0]["expiration"] = json!(in_days(10));
    });
    // The tables of what is missing have something to show, too.
    let alerting = Rights::none().grant(&["publicCloudProject:apiovh:alerting/get"], &["*"]);
    accounts[0]
        .simulator
        .rights_of(accounts[0].auth, Rights { denials: alerting.grants, ..Rights::all() });
    let entries: Vec<_> = accounts.iter().map(|account| account.entry(account.name)).collect();
    let key = json!([{ "fingerprint": "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ" }]);
    let exemption = json!([{
        "check": "volume_unattached", "resource": { "kind": "cloud_volume" }, "reason": "a test",
        "owner": "the test", "until": in_days(10).split('T').next(),
    }]);
    fs::write(directory.join("keys.yaml"), key.to_string()).unwrap();
    fs::write(directory.join("exemptions.yaml"), exemption.to_string()).unwrap();
    let files = json!({
        "lists": { "ssh_keys": { "files": ["keys.yaml"] } }, "exemption_files": ["exemptions.yaml"],
    });
    let mut exporter = Exporter::new(&directory, "exporter", &entries, files);
    exporter.start().await;
    let prometheus = servers.prometheus(&directory, SCRAPE, None).await;
    prometheus.scrape(&[exporter.address()]);
    let known =
        "count(count_over_time(ovhcloud_account_last_refresh_timestamp_seconds[1h]) > 5) == 2";
    prometheus.until(known, Instant::now() + PATIENCE).await;
    (prometheus, exporter, accounts)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_of_the_dashboards_has_a_result_without_warning() {
    let Some(servers) = Servers::find() else { return };
    let began = Instant::now();
    let (prometheus, _exporter, _accounts) = watched(&servers).await;
    let queries = queries();
    let name = |query: &&Query| (query.dashboard.clone(), query.title.clone());

    let empty = without_result(&prometheus, &queries, "full").await;
    let is_known = |query: &Query| {
        query.kind == "annotation"
            || LEGITIMATELY_EMPTY.iter().any(|(title, _)| *title == query.title)
    };
    let surprising: BTreeSet<_> = empty.iter().filter(|query| !is_known(query)).map(name).collect();
    let stale: Vec<_> = LEGITIMATELY_EMPTY
        .iter()
        .filter(|(title, _)| queries.iter().any(|query| query.title == *title))
        .filter(|(title, _)| !empty.iter().any(|query| query.title == *title))
        .collect();

    // Without objects there are no rows and no lines. A number is there, and 0.
    let bare = without_result(&prometheus, &queries, "empty").await;
    let numbers: BTreeSet<_> =
        bare.iter().filter(|query| query.kind == "stat" && !is_known(query)).map(name).collect();
    print(&format!(
        "\n{}: {} queries of dashboards, no error, no warning; without a result: {} for the full \
         account, {} for the empty one; {:.0} s\n",
        servers.versions(),
        queries.len(),
        empty.len(),
        bare.len(),
        began.elapsed().as_secs_f64(),
    ));
    assert!(surprising.is_empty(), "no result for the full account: {surprising:#?}");
    assert!(numbers.is_empty(), "no number for the empty account: {numbers:#?}");
    assert!(stale.is_empty(), "these have a result: {stale:?}");
}

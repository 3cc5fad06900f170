//! The dashboards and the alert rules: every metric and label that they ask for is in the
//! catalogue, and every alert has what somebody needs who is woken by it.
//!
//! The unit tests of the alerts are in `alerts/tests/`; `promtool` runs them.

mod causes;
mod colors;
mod dashboards;
mod operator;
mod routing;
mod scenes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ovhcloud_exporter::catalogue;
use ovhcloud_exporter::checks::{self, Severity};
use ovhcloud_exporter::family::Kind;
use ovhcloud_exporter::inventory::Reason;
use promql_parser::label::{Matcher, Matchers};
use promql_parser::parser::token::{T_BOTTOMK, T_LAND, T_LUNLESS, T_TOPK, TokenType};
use promql_parser::parser::{BinaryExpr, Expr, LabelModifier, VectorSelector, parse};
use serde_json::Value as Json;
use yaml_serde::Value as Yaml;

use crate::tools::{absent, run};

const RULES: &str = "alerts/ovhcloud.rules.yaml";
const TARGET_LABELS: [&str; 2] = ["job", "instance"];
/// Labels that the Prometheus operator adds to the targets of a `ServiceMonitor`.
const OPERATOR_LABELS: [&str; 5] = ["namespace", "service", "pod", "container", "endpoint"];

/// The labels of every series that there may be, by its name.
type Series = BTreeMap<String, BTreeSet<String>>;

/// An expression and where it stands.
pub(crate) struct Query {
    pub(crate) place: String,
    pub(crate) text: String,
}

/// One alert of the rules file.
struct Alert {
    name: String,
    rule: Yaml,
}

impl Alert {
    fn text(&self, path: &[&str]) -> &str {
        let value = path.iter().try_fold(&self.rule, |value, key| value.get(*key));
        value.and_then(Yaml::as_str).unwrap_or_default()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a directory with an extension, in order.
fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(directory)).expect(directory);
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect(directory).path()).collect();
    found.retain(|path| path.extension().is_some_and(|is| is == extension));
    found.sort();
    assert!(!found.is_empty(), "no .{extension} in {directory}");
    found
}

/// Every series of the catalogue, with what Prometheus adds and the process' own.
fn known_series() -> Series {
    let mut known = Series::new();
    let mut add = |name: String, labels: &[&str]| {
        let labels = labels.iter().chain(&TARGET_LABELS).map(|label| (*label).to_owned());
        known.insert(name, labels.collect());
    };
    for desc in catalogue() {
        let mut labels = desc.labels.to_vec();
        if desc.per_account {
            labels.push("account");
        }
        match desc.kind {
            Kind::Gauge => add(desc.name.to_owned(), &labels),
            Kind::Counter => add(format!("{}_total", desc.name), &labels),
            Kind::Histogram => {
                add(format!("{}_sum", desc.name), &labels);
                add(format!("{}_count", desc.name), &labels);
                labels.push("le");
                add(format!("{}_bucket", desc.name), &labels);
            }
        }
    }
    for name in [
        "up",
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
    ] {
        add(name.to_owned(), &[]);
    }
    for rule in rules().iter().filter(|rule| rule.get("record").is_some()) {
        let expression = parse(rule["expr"].as_str().expect("expr")).expect("an expression");
        let labels = Review { known: &known, wrong: Vec::new() }.labels(&expression);
        known.insert(rule["record"].as_str().expect("a name").to_owned(), labels);
    }
    known
}

/// The rules of the file, which has recording rules above the alerts that ask for them.
fn rules() -> Vec<Yaml> {
    let rules: Yaml = yaml_serde::from_str(&read(RULES)).expect(RULES);
    let groups = rules["groups"].as_sequence().expect("groups");
    groups.iter().flat_map(|group| group["rules"].as_sequence().expect("rules")).cloned().collect()
}

fn alerts() -> Vec<Alert> {
    let alert = |rule: Yaml| Some(Alert { name: rule.get("alert")?.as_str()?.to_owned(), rule });
    rules().into_iter().filter_map(alert).collect()
}

fn dashboards() -> Vec<(PathBuf, Json)> {
    let dashboard = |path: PathBuf| {
        let json = serde_json::from_str(&read(&path)).expect("a dashboard is JSON");
        (path, json)
    };
    files("dashboards", "json").into_iter().map(dashboard).collect()
}

fn list<'a>(value: &'a Json, pointer: &str) -> &'a [Json] {
    value.pointer(pointer).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn panels(dashboard: &Json) -> impl Iterator<Item = &Json> {
    // A collapsed row holds its panels.
    let top = list(dashboard, "/panels").iter();
    top.flat_map(|panel| list(panel, "/panels").iter().chain([panel]))
        .filter(|panel| panel["type"] != "row")
}

/// The text with values in place of Grafana's variables, for a parser.
fn without_variables(text: &str) -> String {
    let mut text = text.replace("$__rate_interval", "5m").replace("$__range", "1h");
    for name in ["job", "instance", "account", "severity", "check", "framework"] {
        text = text.replace(&format!("${name}"), ".+");
    }
    text = text.replace("$project", ".*");
    // A group of a regular expression, which Grafana leaves alone.
    let own = text.replace("\"$1\"", "");
    assert!(!own.contains('$'), "a variable that this test does not know: {own}");
    text
}

/// The expressions of panels and of variables; of the latter the selector that they list.
fn dashboard_queries() -> Vec<Query> {
    let mut queries = Vec::new();
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for target in list(panel, "/targets") {
                let text = without_variables(target["expr"].as_str().expect("expr"));
                queries
                    .push(Query { place: format!("{}: {}", path.display(), panel["title"]), text });
            }
        }
        for variable in list(&dashboard, "/templating/list") {
            let Some(text) = variable.pointer("/query/query").and_then(Json::as_str) else {
                continue;
            };
            let place = format!("{}: variable {}", path.display(), variable["name"]);
            let inner = |function| {
                let rest =
                    text.strip_prefix(function).and_then(|rest: &str| rest.strip_prefix('('));
                rest.and_then(|rest| rest.strip_suffix(')'))
            };
            let text = if let Some(listed) = inner("label_values") {
                let (selector, label) = listed.rsplit_once(", ").expect("label_values(…, label)");
                // As an aggregation, so that the label is looked at as well.
                format!("count by ({label}) ({selector})")
            } else {
                inner("query_result").expect("label_values or query_result").to_owned()
            };
            queries.push(Query { place, text: without_variables(&text) });
        }
        for annotation in list(&dashboard, "/annotations/list") {
            let text = without_variables(annotation["expr"].as_str().expect("expr"));
            queries.push(Query { place: format!("{}: annotation", path.display()), text });
        }
    }
    queries
}

fn rule_queries() -> Vec<Query> {
    let query = |rule: Yaml| {
        let name = rule.get("alert").unwrap_or(&rule["record"]).as_str().expect("a name");
        Query { text: rule["expr"].as_str().expect("expr").to_owned(), place: name.to_owned() }
    };
    rules().into_iter().map(query).collect()
}

/// The unknown metrics and labels of an expression.
struct Review<'a> {
    known: &'a Series,
    wrong: Vec<String>,
}

impl Review<'_> {
    /// Looks at an expression and everything in it, and answers with the labels that may occur
    /// in its result.
    fn labels(&mut self, expression: &Expr) -> BTreeSet<String> {
        match expression {
            Expr::VectorSelector(selector) => self.of_selector(selector),
            Expr::MatrixSelector(range) => self.of_selector(&range.vs),
            Expr::Aggregate(aggregate) => {
                let inner = self.labels(&aggregate.expr);
                let rest: BTreeSet<_> = match &aggregate.modifier {
                    None if picks(aggregate.op) => inner,
                    None => BTreeSet::new(),
                    Some(modifier) if modifier.is_include() => {
                        self.expect(&inner, modifier, "by");
                        let named = modifier.labels().labels.iter().cloned();
                        if picks(aggregate.op) { inner } else { named.collect() }
                    }
                    Some(modifier) => self.of_rest(inner, modifier),
                };
                // `count_values` makes the label that it names.
                let made = aggregate.param.iter().filter_map(|label| match label.as_ref() {
                    Expr::StringLiteral(label) => Some(label.val.clone()),
                    _ => None,
                });
                rest.into_iter().chain(made).collect()
            }
            Expr::Binary(binary) => self.of_binary(binary),
            Expr::Call(call) => {
                let arguments = &call.args.args;
                let inner = arguments.iter().flat_map(|argument| self.labels(argument));
                let made = arguments.get(1).filter(|_| call.func.name == "label_replace");
                let made = made.and_then(|label| match label.as_ref() {
                    Expr::StringLiteral(label) => Some(label.val.clone()),
                    _ => None,
                });
                inner.collect::<BTreeSet<_>>().into_iter().chain(made).collect()
            }
            Expr::Paren(inner) => self.labels(&inner.expr),
            Expr::Unary(inner) => self.labels(&inner.expr),
            Expr::Subquery(inner) => self.labels(&inner.expr),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => BTreeSet::new(),
        }
    }

    fn of_selector(&mut self, selector: &VectorSelector) -> BTreeSet<String> {
        let Some(name) = &selector.name else {
            self.wrong.push(format!("a selector without a metric: {selector}"));
            return BTreeSet::new();
        };
        let Some(labels) = self.known.get(name) else {
            self.wrong.push(format!("no such metric: {name}"));
            return BTreeSet::new();
        };
        for label in matched_labels(&selector.matchers) {
            if !labels.contains(label) {
                self.wrong.push(format!("{name} has no label {label}"));
            }
        }
        labels.clone()
    }

    /// The labels that `without` leaves.
    fn of_rest(&mut self, inner: BTreeSet<String>, without: &LabelModifier) -> BTreeSet<String> {
        let operator = OPERATOR_LABELS.map(str::to_owned);
        let possible: BTreeSet<_> = inner.iter().cloned().chain(operator).collect();
        self.expect(&possible, without, "without");
        let dropped = &without.labels().labels;
        inner.into_iter().filter(|label| !dropped.contains(label)).collect()
    }

    fn of_binary(&mut self, binary: &BinaryExpr) -> BTreeSet<String> {
        let left = self.labels(&binary.lhs);
        let right = self.labels(&binary.rhs);
        let Some(modifier) = &binary.modifier else {
            return left.union(&right).cloned().collect();
        };
        if let Some(matching) = &modifier.matching {
            for side in [&left, &right] {
                // A number on one side, or an aggregate without labels, has none to match.
                if !side.is_empty() {
                    self.expect(side, matching, "on");
                }
            }
        }
        if let Some(grouped) = modifier.card.labels() {
            self.expect(&right, &LabelModifier::Include(grouped.clone()), "group_left");
        }
        if [T_LAND, T_LUNLESS].contains(&binary.op.id()) {
            return left;
        }
        left.union(&right).cloned().collect()
    }

    fn expect(&mut self, there: &BTreeSet<String>, asked: &LabelModifier, word: &str) {
        let absent = asked.labels().labels.iter().filter(|label| !there.contains(*label));
        self.wrong
            .extend(absent.map(|label| format!("{word} ({label}) of what has only {there:?}")));
    }
}

fn matched_labels(matchers: &Matchers) -> impl Iterator<Item = &str> {
    let alternatives = matchers.or_matchers.iter().flatten();
    matchers.matchers.iter().chain(alternatives).map(|matcher| matcher.name.as_str())
}

/// Whether an aggregation picks series, which keep their labels, instead of making new ones.
fn picks(operator: TokenType) -> bool {
    [T_TOPK, T_BOTTOMK].contains(&operator.id())
}

/// The unknown metrics and labels of expressions, each with its place.
pub(crate) fn review(queries: &[Query]) -> Vec<String> {
    let known = known_series();
    let mut wrong = Vec::new();
    for query in queries {
        let mut review = Review { known: &known, wrong: Vec::new() };
        match parse(&query.text) {
            Ok(expression) => drop(review.labels(&expression)),
            Err(error) => review.wrong.push(error),
        }
        wrong.extend(review.wrong.iter().map(|what| format!("{}: {what}", query.place)));
    }
    wrong
}

/// Whether a comparison decides on what the expression answers with.
fn compares(expression: &Expr) -> bool {
    match expression {
        Expr::Binary(binary) => binary.op.is_comparison_operator() || compares(&binary.lhs),
        Expr::Paren(inner) => compares(&inner.expr),
        _ => false,
    }
}

/// Every name of a metric of ours in a text.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("ovhcloud_")).map(str::to_owned).collect()
}

/// The label names that a template asks for, as `$labels.name`.
fn labels_in(text: &str) -> BTreeSet<String> {
    let after = text.split("$labels.").skip(1);
    let name = |rest: &str| {
        rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_owned)
    };
    after.filter_map(name).collect()
}

#[test]
fn dashboards_ask_only_for_what_the_exporter_has() {
    let wrong = review(&dashboard_queries());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn legends_and_columns_name_only_labels_that_their_panel_has() {
    let known = known_series();
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            let place = format!("{}: {}", path.display(), panel["title"]);
            let mut all = BTreeSet::new();
            for target in list(panel, "/targets") {
                let text = without_variables(target["expr"].as_str().expect("expr"));
                let there = Review { known: &known, wrong: Vec::new() }
                    .labels(&parse(&text).expect("an expression"));
                let legend = target["legendFormat"].as_str().unwrap_or_default();
                for label in legend.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
                    assert!(there.contains(label), "{place}: legend {label} of {there:?}");
                }
                all.extend(there);
            }
            for change in list(panel, "/transformations") {
                let renamed = change.pointer("/options/renameByName").and_then(Json::as_object);
                for column in renamed.into_iter().flat_map(|columns| columns.keys()) {
                    let is_value = column.starts_with("Value");
                    assert!(is_value || all.contains(column), "{place}: column {column}");
                }
            }
        }
    }
}

#[test]
fn rules_ask_only_for_what_the_exporter_has() {
    let wrong = review(&rule_queries());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_review_of_an_expression_finds_what_is_not_there() {
    for (text, complaint) in [
        ("ovhcloud_nothing", "no such metric"),
        ("ovhcloud_iam_users{region=\"x\"}", "has no label region"),
        ("sum by (region) (ovhcloud_iam_users)", "by (region)"),
        ("sum by (region) (sum by (account) (ovhcloud_cloud_instances))", "by (region)"),
        ("max without (region) (ovhcloud_iam_users)", "without (region)"),
        ("sum by (group) (max without (pod, group) (ovhcloud_iam_users))", "by (group)"),
        ("ovhcloud_iam_users * on (region) ovhcloud_iam_policies", "on (region)"),
        (
            "ovhcloud_iam_users * on (account) group_left (title) ovhcloud_iam_policies",
            "group_left (title)",
        ),
        ("sum(ovhcloud_exporter_api_requests)", "no such metric"),
        ("ovhcloud_iam_users ==", "invalid promql query"),
    ] {
        let wrong = review(&[Query { place: String::new(), text: text.to_owned() }]).join("\n");
        assert!(wrong.contains(complaint), "{text}: {wrong}");
    }
}

#[test]
fn panels_say_what_they_show_and_in_which_unit() {
    for (path, dashboard) in dashboards() {
        let place = path.display();
        assert_eq!(dashboard["schemaVersion"], 42, "{place}");
        assert_eq!(dashboard["editable"], false, "{place}");
        assert!(dashboard["uid"].as_str().is_some_and(|uid| !uid.is_empty()), "{place}");
        assert!(dashboard.get("__inputs").is_none(), "{place}");
        let mut ids = BTreeSet::new();
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().unwrap_or_default();
            assert!(!title.is_empty(), "{place}: a panel without a title");
            let text = |pointer| panel.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
            assert!(text("/description").ends_with('.'), "{place}: {title}: description");
            assert!(!text("/fieldConfig/defaults/unit").is_empty(), "{place}: {title}: unit");
            assert!(ids.insert(panel["id"].as_u64()), "{place}: {title}: id");
            let targets = list(panel, "/targets");
            let references: BTreeSet<_> = targets.iter().map(|t| t["refId"].as_str()).collect();
            assert_eq!(references.len(), targets.len(), "{place}: {title}: refId");
            for target in targets {
                assert_eq!(target["datasource"]["uid"], "${datasource}", "{place}: {title}");
            }
        }
    }
}

#[test]
fn dashboards_select_data_source_job_instance_and_account() {
    for (path, dashboard) in dashboards() {
        let place = path.display();
        let variables = list(&dashboard, "/templating/list");
        let names: Vec<_> = variables.iter().filter_map(|v| v["name"].as_str()).collect();
        let more: &[&str] = match dashboard["uid"].as_str().expect("uid") {
            "ovhcloud-public-cloud" => &["project"],
            "ovhcloud-findings" => &["project", "severity", "check", "framework", "exporter"],
            _ => &[],
        };
        assert_eq!(
            names,
            [&["datasource", "job", "instance", "account"], more].concat(),
            "{place}"
        );
        assert_eq!(variables[0]["label"], "Data Source", "{place}");
        for variable in variables[1..].iter().filter(|variable| variable["type"] != "textbox") {
            assert_eq!(variable["multi"], true, "{place}: {}", variable["name"]);
            // The findings of the account have no project.
            let all = if variable["name"] == "project" { ".*" } else { ".+" };
            assert_eq!(variable["allValue"], all, "{place}: {}", variable["name"]);
            // On time range change.
            assert_eq!(variable["refresh"], 2, "{place}: {}", variable["name"]);
        }
    }
}

#[test]
fn every_alert_says_what_it_means_and_what_to_do() {
    let known = known_series();
    for alert in alerts() {
        let name = &alert.name;
        assert!(name.starts_with("Ovhcloud"), "{name}");
        let severity = alert.text(&["labels", "severity"]);
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: {severity}");
        let summary = alert.text(&["annotations", "summary"]);
        assert!(summary.ends_with(['.', '}']), "{name}: the summary is no sentence: {summary}");
        let description = alert.text(&["annotations", "description"]);
        assert!(!description.is_empty(), "{name}: no description");
        for metric in metrics_in(&format!("{summary} {description}")) {
            assert!(known.contains_key(&metric), "{name}: no such metric: {metric}");
        }
        let url = alert.text(&["annotations", "runbook_url"]);
        assert_eq!(url, format!("docs/runbooks.md#{}", name.to_lowercase()), "{name}");
        let labels = yaml_serde::to_string(&alert.rule["labels"]).expect("labels");
        assert!(!labels.contains("$value"), "{name}: a label that changes with the value");
    }
}

#[test]
fn every_alert_compares_and_waits() {
    for alert in alerts() {
        let name = &alert.name;
        let expression = parse(alert.text(&["expr"])).expect(name);
        assert!(compares(&expression), "{name}: no comparison");
        assert!(!alert.text(&["for"]).is_empty(), "{name}: no `for`");
    }
}

#[test]
fn every_alert_names_only_labels_that_its_expression_has() {
    let known = known_series();
    for alert in alerts() {
        let expression = parse(alert.text(&["expr"])).expect(&alert.name);
        let there = Review { known: &known, wrong: Vec::new() }.labels(&expression);
        let annotations = yaml_serde::to_string(&alert.rule["annotations"]).expect("annotations");
        let asked = labels_in(&annotations);
        assert!(asked.is_subset(&there), "{}: {asked:?} of {there:?}", alert.name);
    }
}

/// Every selector in an expression, without those that only take series away.
fn selectors(expression: &Expr) -> Vec<&VectorSelector> {
    match expression {
        Expr::VectorSelector(selector) => vec![selector],
        Expr::MatrixSelector(range) => vec![&range.vs],
        Expr::Aggregate(aggregate) => selectors(&aggregate.expr),
        Expr::Binary(binary) if binary.op.id() == T_LUNLESS => selectors(&binary.lhs),
        Expr::Binary(binary) => [selectors(&binary.lhs), selectors(&binary.rhs)].concat(),
        Expr::Call(call) => call.args.args.iter().flat_map(|inner| selectors(inner)).collect(),
        Expr::Paren(inner) => selectors(&inner.expr),
        Expr::Unary(inner) => selectors(&inner.expr),
        Expr::Subquery(inner) => selectors(&inner.expr),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Vec::new(),
    }
}

/// Whether the selector is one on findings of a check with this severity.
fn finds(selector: &VectorSelector, check: &str, severity: Severity) -> bool {
    const FINDINGS: [&str; 2] =
        ["ovhcloud:policy_violations:last", "ovhcloud:policy_violation_info:last"];
    let is_so = |matcher: &Matcher| match matcher.name.as_str() {
        "check" => matcher.is_match(check),
        "severity" => matcher.is_match(severity.label()),
        _ => true,
    };
    selector.name.as_deref().is_some_and(|name| FINDINGS.contains(&name))
        && selector.matchers.matchers.iter().all(is_so)
}

/// A finding of severity info needs no repair.
#[test]
fn every_finding_raises_one_alert_whatever_its_check_and_its_severity() {
    let expressions: Vec<_> = alerts()
        .iter()
        .map(|alert| (alert.name.clone(), parse(alert.text(&["expr"])).expect(&alert.name)))
        .collect();
    for check in checks::ALL {
        for severity in Severity::ALL {
            let raised: Vec<_> = expressions
                .iter()
                .filter(|(_, expression)| {
                    selectors(expression).iter().any(|one| finds(one, check.id, severity))
                })
                .map(|(name, _)| name.as_str())
                .collect();
            let expected = usize::from(severity > Severity::Info);
            assert_eq!(raised.len(), expected, "{} {}: {raised:?}", check.id, severity.label());
        }
    }
}

#[test]
fn rules_name_only_checks_that_there_are() {
    for query in rule_queries() {
        let expression = query.text.replace("=~", "=").replace("!~", "=").replace("!=", "=");
        for ids in expression.split("check=\"").skip(1) {
            for id in ids.split('"').next().expect("a value").split('|') {
                assert!(checks::ALL.iter().any(|check| check.id == id), "{}: {id}", query.place);
            }
        }
    }
}

#[test]
fn the_link_of_a_check_leads_to_its_section() {
    let page = read("docs/checks.md");
    for check in checks::ALL {
        assert!(page.contains(&format!("\n## {}\n", check.id)), "{}", check.id);
    }
    for alert in alerts() {
        let url = alert.rule["annotations"].get("check_url").and_then(Yaml::as_str);
        let is_of_check = url.is_some();
        assert!(
            url.is_none_or(|url| url == "docs/checks.md#{{ $labels.check }}"),
            "{}: {url:?}",
            alert.name
        );
        let has_check = alert.text(&["annotations", "summary"]).contains("$labels.check");
        assert!(is_of_check || !has_check, "{}: no link to its check", alert.name);
    }
}

/// An expression without Grafana's variables, in the parser's words.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["job", "instance", "account"] {
        for matcher in [format!("{name}=~\"${name}\", "), format!(", {name}=~\"${name}\"")] {
            text = text.replace(&matcher, "");
        }
        text = text.replace(&format!("{name}=~\"${name}\""), "");
    }
    parse(&text).expect("an expression").to_string()
}

#[test]
fn a_tile_and_its_alert_have_the_same_rule() {
    for (title, name) in [
        ("Exporters down", "OvhcloudExporterDown"),
        ("Stale accounts", "OvhcloudAccountNotRefreshed"),
    ] {
        let alert = alerts().into_iter().find(|alert| alert.name == name).expect(name);
        let rule = alert.text(&["expr"]);
        // Without the targets that are gone altogether, which a tile shows as no data.
        let rule = plain(rule.split("\nor\nabsent").next().expect("a rule"));
        let tiles: Vec<_> = dashboards()
            .iter()
            .flat_map(|(_, dashboard)| panels(dashboard).cloned().collect::<Vec<_>>())
            .filter(|panel| panel["title"] == title)
            .collect();
        assert!(!tiles.is_empty(), "{title}");
        for tile in tiles {
            let tile = plain(tile["targets"][0]["expr"].as_str().expect("expr"));
            assert!(tile.contains(&rule), "{title}:\n{tile}\nhas not\n{rule}");
        }
    }
}

#[test]
fn every_rate_has_the_scrape_interval_of_the_readme() {
    let readme = read("README.md");
    let interval = readme.split("scrape_interval: ").nth(1).and_then(|rest| rest.split(' ').next());
    let interval = interval.expect("the scrape interval of the README");
    let mut rates = 0;
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for target in list(panel, "/targets") {
                let is_rate = target["expr"].as_str().expect("expr").contains("$__rate_interval");
                let place = format!("{}: {}", path.display(), panel["title"]);
                assert_eq!(target["interval"].as_str(), is_rate.then_some(interval), "{place}");
                rates += usize::from(is_rate);
            }
        }
    }
    assert!(rates > 0, "no target has a rate");
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let runbooks = read("docs/runbooks.md");
    let sections: BTreeSet<_> =
        runbooks.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    let alerts: BTreeSet<_> = alerts().into_iter().map(|alert| alert.name).collect();
    assert_eq!(sections, alerts);
}

/// So that replicas and a second job raise an alert about an account once.
#[test]
fn rules_drop_all_labels_of_exporters_or_none() {
    let rules = read(RULES);
    let without: Vec<_> = rules.split("without (").skip(1).collect();
    let dropped = without.iter().filter(|rest| rest.starts_with("job"));
    let all = "job, instance, service, pod, container, endpoint";
    assert_eq!(dropped.clone().count(), dropped.filter(|rest| rest.starts_with(all)).count());
    // Shards are the exporters of one job, and the alert is about none of them.
    let of_job = without.iter().filter(|rest| rest.starts_with("instance"));
    let is_of_shards = |rest: &&&str| rest.contains("ovhcloud_exporter_shard");
    assert_eq!(of_job.clone().count(), of_job.filter(is_of_shards).count());
}

#[test]
fn the_table_of_the_runbooks_has_each_alert_with_its_severities() {
    let mut severities: Vec<(String, Vec<String>)> = Vec::new();
    for alert in alerts() {
        let severity = alert.text(&["labels", "severity"]).to_owned();
        match severities.last_mut().filter(|(name, _)| *name == alert.name) {
            Some((_, known)) => known.push(severity),
            None => severities.push((alert.name, vec![severity])),
        }
    }
    let cells = |line: &str| {
        let cells: Vec<_> = line.split(" | ").collect();
        let name = cells.first()?.strip_prefix("| [")?.split(']').next()?.to_owned();
        let severities = cells.last()?.strip_suffix(" |")?.split(", ").map(str::to_owned);
        Some((name, severities.collect()))
    };
    let runbooks = read("docs/runbooks.md");
    let rows: Vec<_> = runbooks.lines().filter_map(cells).collect();
    assert_eq!(rows, severities);
}

#[test]
fn the_queries_of_the_runbooks_ask_only_for_what_the_exporter_has() {
    let runbooks = read("docs/runbooks.md");
    let spans = runbooks.lines().filter(|line| line.starts_with("- ")).flat_map(|line| {
        line.split('`').skip(1).step_by(2).filter(|span| span.contains("ovhcloud_"))
    });
    let query = |text: &str| Query { place: text.to_owned(), text: text.to_owned() };
    let queries: Vec<_> = spans.map(query).collect();
    assert!(queries.len() > 50);
    let wrong = review(&queries);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_command_of_the_readme_makes_urls_of_the_links_to_runbooks() {
    let readme = read("README.md");
    let command = readme.lines().find(|line| line.starts_with("sed ")).expect("a command");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runbook-links");
    for path in [vec![root().join(RULES)], files("dashboards", "json")].concat() {
        let to = copy.join(path.strip_prefix(root()).expect("a file of the repository"));
        fs::create_dir_all(to.parent().expect("a directory")).expect("a directory");
        fs::copy(path, to).expect("a copy");
    }
    run("sh", Command::new("sh").args(["-c", command]).current_dir(&copy));
    let url = "https://example.org/ovhcloud-exporter/docs/runbooks.md";
    let rules = fs::read_to_string(copy.join(RULES)).expect("rules");
    let links = |text: &str, url: &str| text.matches(&format!("runbook_url: {url}#")).count();
    let before = links(&read(RULES), "docs/runbooks.md");
    assert!(before > 0);
    assert_eq!(links(&rules, url), before);
    for (path, dashboard) in dashboards() {
        let links = list(&dashboard, "/links");
        let runbooks = links.iter().position(|link| link["title"] == "Runbooks").expect("Runbooks");
        assert_eq!(links[runbooks]["url"], "docs/runbooks.md", "{}", path.display());
        let path = copy.join(path.strip_prefix(root()).expect("a file of the repository"));
        let changed: Json = serde_json::from_str(&read(path)).expect("a dashboard is JSON");
        assert_eq!(changed["links"][runbooks]["url"], url);
    }
}

#[test]
fn the_runbooks_have_each_reason_of_a_gap() {
    let runbooks = read("docs/runbooks.md");
    for reason in Reason::ALL {
        assert!(runbooks.contains(&format!("`{}`", reason.label())), "{}", reason.label());
    }
}

#[test]
fn runbooks_name_only_metrics_that_there_are() {
    let known = known_series();
    for metric in metrics_in(&read("docs/runbooks.md")) {
        assert!(known.contains_key(&metric), "no such metric: {metric}");
    }
}

/// An evaluation time in a unit test of rules, such as `1h5m`, in seconds.
fn seconds(time: &str) -> u64 {
    humantime::parse_duration(time).unwrap_or_else(|error| panic!("{time}: {error}")).as_secs()
}

/// Each alert is silent, fires and resolves in its unit tests: the last in one test, after it fired.
#[test]
fn every_alert_has_a_test_in_which_it_is_silent_fires_and_resolves() {
    let (mut fires, mut is_silent) = (BTreeSet::new(), BTreeSet::new());
    let mut resolves = BTreeSet::new();
    for path in files("alerts/tests", "yaml") {
        let tests: Yaml = yaml_serde::from_str(&read(&path)).expect("a unit test is YAML");
        for test in tests["tests"].as_sequence().expect("tests") {
            let mut first = BTreeMap::new();
            for case in test["alert_rule_test"].as_sequence().expect("alert_rule_test") {
                let name = case["alertname"].as_str().expect("alertname").to_owned();
                let at = seconds(case["eval_time"].as_str().expect("eval_time"));
                let expected = case.get("exp_alerts").and_then(Yaml::as_sequence);
                if expected.is_some_and(|alerts| !alerts.is_empty()) {
                    first.entry(name.clone()).or_insert(at);
                    fires.insert(name);
                } else {
                    if first.get(&name).is_some_and(|fired| *fired < at) {
                        resolves.insert(name.clone());
                    }
                    is_silent.insert(name);
                }
            }
        }
    }
    let alerts: BTreeSet<_> = alerts().into_iter().map(|alert| alert.name).collect();
    assert_eq!(fires, alerts);
    assert_eq!(is_silent, alerts);
    assert_eq!(resolves, alerts);
}

#[test]
fn promtool_accepts_the_rules_and_passes_their_tests() {
    let mut check = Command::new("promtool");
    run("promtool", check.args(["check", "rules", "--lint=all"]).arg(root().join(RULES)));
    let tests = files("alerts/tests", "yaml");
    run("promtool", Command::new("promtool").args(["test", "rules"]).args(tests));
}

#[test]
fn dashboards_are_what_their_generator_makes() {
    let sdk = ["-c", "import grafana_foundation_sdk"];
    let has_sdk = Command::new("python3").args(sdk).output();
    if has_sdk.is_ok_and(|output| output.status.success()) {
        let generator = root().join("dashboards/generate.py");
        run("python3", Command::new("python3").arg(generator).arg("--check"));
    } else {
        absent("grafana_foundation_sdk");
    }
}

//! The alerts that a page of the exporter raises: one for each cause.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use ovhcloud_exporter::inventory::Reason;
use serde_json::{Value as Json, json};

use super::scenes::{A, Target, page};
use super::{RULES, alerts, root};
use crate::exporter::{Scrape, reference};
use crate::tools::run;

/// The firing alerts that the expression counts, of a page that stands still for 28 minutes.
fn assert_alerts(name: &str, page: &Scrape, query: &str, expected: &Json) {
    let case = json!({"expr": query, "eval_time": "28m", "exp_samples": expected});
    let series = Target { labels: A, page }.series();
    let test = json!({"interval": "1m", "input_series": series, "promql_expr_test": [case]});
    let rules = root().join(RULES);
    let scene = json!({"rule_files": [rules], "evaluation_interval": "1m", "tests": [test]});
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("causes-{name}.yaml"));
    fs::write(&file, scene.to_string()).expect("a file");
    run("promtool", Command::new("promtool").args(["test", "rules"]).arg(&file));
}

/// The value of a label in a sample of the classic format.
fn label<'a>(line: &'a str, name: &str) -> &'a str {
    let rest = line.split(&format!("{name}=\"")).nth(1).expect(name);
    rest.split('"').next().expect(name)
}

#[test]
fn reasons_that_are_no_failure_are_those_of_the_code() {
    let alert = alerts().into_iter().find(|alert| alert.name == "OvhcloudCollectorFailing");
    let alert = alert.expect("the alert");
    let reasons = alert.text(&["expr"]).split("reason!~\"").nth(1).expect("reasons");
    let reasons = reasons.split('"').next().expect("a value");
    let no_failure = |reason: &Reason| *reason == Reason::Forbidden || reason.is_state();
    let expected = Reason::ALL.into_iter().filter(no_failure).map(Reason::label);
    assert_eq!(reasons.split('|').collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn each_check_of_the_reference_account_raises_one_alert_for_each_severity() {
    let page = page(&reference().await, "main").await;
    let mut findings = BTreeMap::new();
    for line in page.0.lines().filter(|line| line.starts_with("ovhcloud_policy_violations{")) {
        let (check, severity) = (label(line, "check"), label(line, "severity"));
        if severity != "info" && !line.ends_with(" 0") {
            findings.insert((check, severity), 1.0);
        }
    }
    assert!(findings.len() > 30, "{findings:?}");
    let sample = |((check, severity), count): (&(&str, &str), &f64)| {
        let labels = format!("{{check={check:?}, finding_severity={severity:?}}}");
        json!({"labels": labels, "value": count})
    };
    let expected: Vec<_> = findings.iter().map(sample).collect();
    let alerts =
        r#"count by (check, finding_severity) (ALERTS{alertstate="firing", finding_severity!=""})"#;
    assert_alerts("reference", &page, alerts, &expected.into());
}

#[tokio::test]
async fn a_refused_secret_raises_no_alert_about_the_account() {
    let simulator = reference().await;
    simulator.revoke();
    let page = page(&simulator, "main").await;
    let collectors = page.values("ovhcloud_collector_success", &[]).len();
    let alert = |name: &str, count: usize| json!({"labels": format!("{{alertname={name:?}}}"), "value": count});
    let alerts = r#"count by (alertname) (ALERTS{alertstate="firing"})"#;
    // Alertmanager inhibits those of the collectors: see the runbooks.
    let expected = json!([
        alert("OvhcloudAccountNotRefreshed", 1),
        alert("OvhcloudCollectorFailing", collectors)
    ]);
    assert_alerts("refused", &page, alerts, &expected);
}

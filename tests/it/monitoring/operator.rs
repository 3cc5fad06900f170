//! The alert rules as an object of the Prometheus operator.

use std::env;
use std::fmt::Write as _;
use std::fs;

use yaml_serde::Value as Yaml;

use super::{RULES, read, root};

const OBJECT: &str = "alerts/ovhcloud.prometheusrule.yaml";

/// The object. `role: alert-rules` is the label by which kube-prometheus selects rules.
const HEAD: &str = "\
# Made from ovhcloud.rules.yaml: `UPDATE_DOCS=1 cargo test --test it operator` writes this file.
#
# The Prometheus operator loads it where it fits the ruleSelector of the Prometheus object: for
# kube-prometheus-stack add the label `release` with the name of its release.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ovhcloud-exporter
  labels:
    app.kubernetes.io/name: ovhcloud-exporter
    role: alert-rules
spec:
";

/// The rules file without its head, one level deeper.
fn object() -> String {
    let rules = read(RULES);
    let groups = rules.find("groups:\n").map(|start| rules.split_at(start).1).expect("groups");
    let mut object = HEAD.to_owned();
    for line in groups.lines() {
        let indent = if line.is_empty() { "" } else { "  " };
        writeln!(object, "{indent}{line}").expect("a string");
    }
    object
}

#[test]
fn the_object_of_the_operator_has_the_rules() {
    let object = object();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(OBJECT), &object).expect(OBJECT);
    }
    assert_eq!(read(OBJECT), object, "UPDATE_DOCS=1 cargo test --test it operator");
    let parse = |text: &str| yaml_serde::from_str::<Yaml>(text).expect("YAML");
    assert_eq!(parse(&object)["spec"], parse(&read(RULES)));
}

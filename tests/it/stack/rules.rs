//! The shipped alert rules with short waits, since a test cannot wait for 5 minutes. The unit tests
//! of promtool cover the real ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use yaml_serde::Value as Yaml;

/// In place of each `for`.
const FOR: &str = "1s";
/// In place of each `keep_firing_for`.
const KEEP_FIRING_FOR: &str = "3s";

/// A rule is known by the name and the severity of its alerts.
pub(super) type Key = (String, String);

/// A span in the expression and the texts of an alert that is shorter in the test.
pub(super) struct Change {
    pub(super) alert: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
}

/// The spans that no scene could wait for. No threshold changes.
pub(super) const CHANGES: &[Change] = &[
    Change { alert: "OvhcloudExporterRestarting", from: "[1h]", to: "[15s]" },
    Change { alert: "OvhcloudThrottled", from: "[15m]", to: "[15s]" },
    Change { alert: "OvhcloudAdministratorAdded", from: "offset 1h", to: MOMENT },
    Change { alert: "OvhcloudInventoryHalved", from: "offset 1h", to: MOMENT },
];

/// The distance of a comparison with the past.
const MOMENT: &str = "offset 15s";

/// Whether an alert ends by itself, since the change that it reports becomes the past.
pub(super) fn is_momentary(alert: &str) -> bool {
    CHANGES.iter().any(|change| change.alert == alert && change.to == MOMENT)
}

/// The rules as they are shipped.
pub(super) fn shipped() -> Yaml {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("alerts/ovhcloud.rules.yaml");
    yaml_serde::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn groups(rules: &mut Yaml) -> impl Iterator<Item = &mut Yaml> {
    rules["groups"].as_sequence_mut().expect("groups").iter_mut()
}

/// Every alerting rule.
fn each(rules: &mut Yaml) -> impl Iterator<Item = &mut Yaml> {
    let rules = groups(rules).flat_map(|group| group["rules"].as_sequence_mut().expect("rules"));
    rules.filter(|rule| rule.get("alert").is_some())
}

fn text<'a>(rule: &'a Yaml, name: &str) -> &'a str {
    rule[name].as_str().expect(name)
}

/// The key of each rule.
pub(super) fn keys() -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    for rule in each(&mut shipped()) {
        let key = (text(rule, "alert").to_owned(), text(&rule["labels"], "severity").to_owned());
        assert!(keys.insert(key.clone()), "two rules {key:?}");
    }
    keys
}

/// Has Prometheus evaluate every group in its own interval.
fn drop_intervals(rules: &mut Yaml) {
    for group in groups(rules) {
        group.as_mapping_mut().expect("a group").remove("interval");
    }
}

/// The rules with short waits.
pub(super) fn short(mut rules: Yaml, changes: &[Change]) -> Yaml {
    drop_intervals(&mut rules);
    for rule in each(&mut rules) {
        for (name, wait) in [("for", FOR), ("keep_firing_for", KEEP_FIRING_FOR)] {
            if let Some(value) = rule.get_mut(name) {
                *value = wait.into();
            }
        }
        let alert = text(rule, "alert").to_owned();
        for change in changes.iter().filter(|change| change.alert == alert) {
            let shorten = |text: &str| text.replace(change.from, change.to);
            let shortened = shorten(text(rule, "expr"));
            assert_ne!(shortened, text(rule, "expr"), "{alert} has no {}", change.from);
            rule["expr"] = shortened.into();
            let texts = rule.get_mut("annotations").and_then(Yaml::as_mapping_mut);
            for (_, value) in texts.into_iter().flatten() {
                *value = shorten(value.as_str().expect("a text")).into();
            }
        }
    }
    rules
}

#[test]
fn short_rules_differ_in_their_waits_alone() {
    let (mut before, mut after) = (shipped(), short(shipped(), CHANGES));
    drop_intervals(&mut before);
    assert!(groups(&mut after).all(|group| group.get("interval").is_none()));
    let (mut waits, mut changed) = (0, 0);
    for (before, after) in each(&mut before).zip(each(&mut after)) {
        for (name, wait) in [("for", FOR), ("keep_firing_for", KEEP_FIRING_FOR)] {
            if let Some(value) = before.get_mut(name) {
                assert_eq!(after[name], wait, "{after:?}");
                *value = wait.into();
                waits += 1;
            }
        }
        if before["expr"] != after["expr"] {
            changed += 1;
            for name in ["expr", "annotations"] {
                before[name] = after[name].clone();
            }
        }
    }
    assert_eq!(before, after);
    assert!(waits >= keys().len(), "{waits} waits");
    let alerts: BTreeSet<_> = CHANGES.iter().map(|change| change.alert).collect();
    assert_eq!(changed, alerts.len());
}

#[test]
fn a_change_applies_to_its_alert_alone() {
    let rule = |alert: &str| format!("{{alert: {alert}, expr: 'a > 7', for: 1h}}");
    let rules = format!("groups: [{{rules: [{}, {}]}}]", rule("A"), rule("B"));
    let changes = [Change { alert: "B", from: "7", to: "1" }];
    let after = short(yaml_serde::from_str(&rules).unwrap(), &changes);
    let rules = &after["groups"][0]["rules"];
    assert_eq!((text(&rules[0], "expr"), text(&rules[0], "for")), ("a > 7", FOR));
    assert_eq!((text(&rules[1], "expr"), text(&rules[1], "for")), ("a > 1", FOR));
}

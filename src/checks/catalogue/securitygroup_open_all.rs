//! Security groups that open every port to every address.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge_in};
use crate::collectors::cloud_security_group::SecurityGroup;
use crate::config::severity::Severity;

use super::open_ports::{closed, opens_every_port, sources};

pub(super) static CHECK: Check = Check {
    id: "securitygroup_open_all",
    title: "Security group that opens every port to every address",
    severity: Severity::Critical,
    why: "Every address may reach every service of the group's instances, also those that \
          nobody meant to publish. OVHcloud's own group default does it, and the nodes of \
          Managed Kubernetes use it: it is reported once for each project, with severity high. \
          The instances of a group are not read: it may have none.",
    repair: Repair {
        panel: "Public Cloud > Project > Network > Security groups, or Horizon: replace the rule \
                by rules for the ports that the world needs. The group default is shared by all \
                instances without a group of their own: give them one first",
        api: None,
    },
    needs: &["cloud_security_group"],
    controls: &[controls::NETWORK],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The name of the group that OpenStack gives to instances without another.
const DEFAULT: &str = "default";

fn evaluate(context: &Context<'_>) -> Verdict {
    let groups = &context.inventory.cloud_security_group;
    let is_open = |group: &SecurityGroup| group.open_rules.iter().flatten().any(opens_every_port);
    // There is a group of this name in each region, alike in most.
    let mut defaults: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (project, group) in groups.items() {
        if group.name == DEFAULT && is_open(group) {
            defaults.entry(project).or_default().insert((&group.region, &group.id));
        }
    }
    judge_in(groups, |project, group| {
        let Some(rules) = &group.open_rules else { return Opinion::Unclear };
        let Some(sources) = sources(rules.iter().filter(|rule| opens_every_port(rule))) else {
            return closed(group);
        };
        let evidence = format!("{sources} may reach every port");
        if group.name != DEFAULT {
            return Violation::because(evidence).into();
        }
        let place = (&group.region, &group.id);
        match defaults.get(project) {
            Some(all) if all.first().is_some_and(|first| *first == place) => {
                let count = all.len();
                let s = if count == 1 { "" } else { "s" };
                let evidence = format!("{evidence}, in {count} group{s} named {DEFAULT}");
                Violation::because(evidence).severity(Severity::High).into()
            }
            _ => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::security_group;
    use crate::checks::fixtures::{NOW, evaluated, nothing, outcome, project};
    use crate::collectors::Inventory;

    fn inventory(groups: &[Value]) -> Inventory {
        let groups = groups.iter().cloned().map(security_group).collect();
        Inventory { cloud_security_group: project(groups), ..nothing() }
    }

    fn said(rules: &Value) -> String {
        outcome(&CHECK, &inventory(&[json!({ "open_rules": rules })]))
    }

    fn rule(protocol: &str, ports: Option<&str>, ethertype: &str) -> Value {
        json!({ "protocol": protocol, "ports": ports, "ethertype": ethertype })
    }

    #[test]
    fn all_ports_are_open_without_a_range_or_with_the_widest() {
        for open in [
            rule("any", None, "IPV4"),
            rule("tcp", None, "IPV4"),
            rule("udp", Some("1-65535"), "IPV4"),
            rule("tcp", Some("0-65535"), "IPV4"),
        ] {
            assert_eq!(said(&json!([open])), "fail: 0.0.0.0/0 may reach every port", "{open}");
        }
        for closed in [
            rule("icmp", None, "IPV4"),
            rule("tcp", Some("22"), "IPV4"),
            rule("tcp", Some("2-65535"), "IPV4"),
        ] {
            assert_eq!(said(&json!([closed])), "pass", "{closed}");
        }
        let both = json!([rule("any", None, "IPV4"), rule("any", None, "IPV6")]);
        assert_eq!(said(&both), "fail: 0.0.0.0/0 and ::/0 may reach every port");
        let unclear = json!([rule("any", None, "")]);
        assert_eq!(said(&unclear), "fail: every address may reach every port");
    }

    #[test]
    fn the_default_group_is_reported_once_for_a_project() {
        let group = |id: &str, region: &str, name: &str| {
            let rules = [rule("any", None, "IPV4")];
            json!({ "id": id, "region": region, "name": name, "open_rules": rules })
        };
        let groups = [
            group("g2", "SBG5", "default"),
            group("g1", "GRA11", "default"),
            group("g3", "GRA11", "web"),
        ];
        let findings = evaluated(&CHECK, &inventory(&groups), NOW).findings;
        let shown: Vec<_> =
            findings.iter().map(|one| (one.resource.id.as_str(), one.severity)).collect();
        assert_eq!(shown, [("g1", Some(Severity::High)), ("g3", None)]);
        let evidence = "0.0.0.0/0 may reach every port, in 2 groups named default";
        assert_eq!(findings[0].evidence, evidence);
    }

    #[test]
    fn a_group_whose_rules_are_not_known_is_unclear() {
        assert_eq!(said(&json!(null)), "not evaluated: unclear");
        let partly =
            json!({ "open_rules": [rule("tcp", Some("443"), "IPV4")], "has_unknown_rules": true });
        assert_eq!(outcome(&CHECK, &inventory(&[partly])), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

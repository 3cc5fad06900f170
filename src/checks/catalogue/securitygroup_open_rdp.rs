//! Security groups that open the remote desktop of Windows to every address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::Verdict;
use crate::config::severity::Severity;

use super::open_ports::judge_ports;

pub(super) static CHECK: Check = Check {
    id: "securitygroup_open_rdp",
    title: "Security group that opens the remote desktop to every address",
    severity: Severity::High,
    why: "Every address may try passwords and weaknesses of the remote desktop, a common way \
          in for ransomware. Rules that open every port are found by securitygroup_open_all. \
          The instances of a group are not read: it may have none.",
    repair: Repair {
        panel: "Public Cloud > Project > Network > Security groups, or Horizon: limit the rule \
                for port 3389 to the addresses that need it, or reach the instances through a \
                bastion or a VPN",
        api: None,
    },
    needs: &["cloud_security_group"],
    controls: &[controls::NETWORK],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_ports(context, &[(3389, "RDP")])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::security_group;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(rules: Value) -> String {
        let groups = project(vec![security_group(json!({ "open_rules": rules }))]);
        outcome(&CHECK, &Inventory { cloud_security_group: groups, ..nothing() })
    }

    fn rule(ports: &str) -> Value {
        json!([{ "protocol": "tcp", "ports": ports, "ethertype": "IPV4" }])
    }

    #[test]
    fn a_range_with_the_port_fails() {
        let open = "fail: 0.0.0.0/0 may reach port 3389 (RDP)";
        for (ports, expected) in [
            ("3389", open),
            ("3389-3397", open),
            ("1-3389", open),
            ("1-3388", "pass"),
            ("3390-9999", "pass"),
        ] {
            assert_eq!(said(rule(ports)), expected, "{ports}");
        }
        assert_eq!(said(json!([])), "pass");
    }

    #[test]
    fn a_group_whose_rules_are_not_known_is_unclear() {
        assert_eq!(said(json!(null)), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

//! Security groups that open SSH to every address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::Verdict;
use crate::config::severity::Severity;

use super::open_ports::judge_ports;

pub(super) static CHECK: Check = Check {
    id: "securitygroup_open_ssh",
    title: "Security group that opens SSH to every address",
    severity: Severity::High,
    why: "Every address may try passwords and weaknesses of SSH. Rules that open every port \
          are found by securitygroup_open_all. The instances of a group are not read: it may \
          have none.",
    repair: Repair {
        panel: "Public Cloud > Project > Network > Security groups, or Horizon: limit the rule \
                for port 22 to the addresses that need it, or reach the instances through a \
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
    judge_ports(context, &[(22, "SSH")])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::{open_tcp, security_group};
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    #[test]
    fn an_open_port_22_fails() {
        let open = "fail: 0.0.0.0/0 may reach port 22 (SSH)";
        assert_eq!(outcome(&CHECK, &open_tcp("22")), open);
        assert_eq!(outcome(&CHECK, &open_tcp("20-30")), open);
        assert_eq!(outcome(&CHECK, &open_tcp("443")), "pass");
    }

    #[test]
    fn a_group_whose_rules_are_not_known_is_unclear() {
        let groups = project(vec![security_group(json!({ "open_rules": null }))]);
        let inventory = Inventory { cloud_security_group: groups, ..nothing() };
        assert_eq!(outcome(&CHECK, &inventory), "not evaluated: unclear");
        let partly = security_group(json!({ "open_rules": [], "has_unknown_rules": true }));
        let inventory = Inventory { cloud_security_group: project(vec![partly]), ..nothing() };
        assert_eq!(outcome(&CHECK, &inventory), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

//! Instances with a public address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::{self, Framework};
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

use super::machines::is_gone;

pub(super) static CHECK: Check = Check {
    id: "instance_public_ip",
    title: "Instance with a public address",
    severity: Severity::Medium,
    why: "Everybody can reach the ports of an instance with a public address, unless a \
          firewall or a security group closes them.",
    repair: Repair {
        panel: "Public Cloud > Project > Instances: move the instance to a private network, \
                behind a gateway or a load balancer",
        api: None,
    },
    needs: &["cloud_instance"],
    controls: &[controls::NETWORK, &[(Framework::SecNumCloud, "9.7"), (Framework::Ccm, "IVS-06")]],
    is_on: false,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_instance, |instance| match &instance.public_addresses {
        _ if is_gone(instance) => Opinion::Fine,
        None => Opinion::Unclear,
        Some(addresses) if addresses.is_empty() => Opinion::Fine,
        Some(addresses) => {
            let ips: Vec<_> = addresses.iter().map(|address| address.ip.as_str()).collect();
            Violation::because(format!("public address {}", ips.join(", "))).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::instance;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let instances = project(vec![instance(members)]);
        outcome(&CHECK, &Inventory { cloud_instance: instances, ..nothing() })
    }

    #[test]
    fn a_public_address_fails() {
        let addresses = json!([
            { "ip": "2001:db8::9", "version": "6" },
            { "ip": "203.0.113.9", "version": "4" },
        ]);
        let both = said(json!({ "public_addresses": addresses }));
        assert_eq!(both, "fail: public address 2001:db8::9, 203.0.113.9");
        assert_eq!(said(json!({})), "pass");
        assert_eq!(said(json!({ "public_addresses": addresses, "status": "DELETED" })), "pass");
    }

    #[test]
    fn an_instance_whose_addresses_are_not_known_is_unclear() {
        assert_eq!(said(json!({ "public_addresses": null })), "not evaluated: unclear");
    }
}

//! Instances with a public address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::{self, Framework};
use crate::checks::verdict::{Opinion, Verdict, Violation, judge_in};
use crate::collectors::cloud_floating_ip::FloatingIp;
use crate::collectors::cloud_instance::Instance;
use crate::config::severity::Severity;
use crate::inventory::Project;

use super::leaving::is_leaving;

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
    needs: &["cloud_instance", "cloud_floating_ip"],
    controls: &[controls::NETWORK, &[(Framework::SecNumCloud, "9.7"), (Framework::Ccm, "IVS-06")]],
    is_on: false,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_in(&context.inventory.cloud_instance, |project, instance| {
        let own = instance.public_addresses.iter().flatten().map(|address| address.ip.as_str());
        let mut ips: Vec<_> = own.chain(floating(context, project, instance)).collect();
        // OVHcloud may list a floating address in both places.
        ips.sort_unstable();
        ips.dedup();
        let is_known = instance.public_addresses.is_some()
            && context.inventory.cloud_floating_ip.whole(project).is_some();
        match (ips.is_empty(), is_known) {
            _ if is_leaving(&instance.status) => Opinion::Fine,
            (false, _) => Violation::because(format!("public address {}", ips.join(", "))).into(),
            (true, true) => Opinion::Fine,
            (true, false) => Opinion::Unclear,
        }
    })
}

/// The floating addresses of an instance, as far as they are known.
fn floating<'a>(
    context: &Context<'a>,
    project: &Project,
    instance: &Instance,
) -> impl Iterator<Item = &'a str> {
    let section = context.inventory.cloud_floating_ip.by_scope.get(project);
    let known = section.into_iter().flat_map(|section| &*section.items);
    let is_its = |address: &&FloatingIp| {
        address.entity.value().is_some_and(|entity| entity.id == instance.id)
    };
    known.filter(is_its).map(|address| address.ip.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::instance;
    use crate::checks::fixtures::{in_part, nothing, outcome, project};
    use crate::collectors::cloud_floating_ip::Entity;
    use crate::collectors::{Inventory, Nullable};

    fn inventory(members: Value, floating: Vec<FloatingIp>) -> Inventory {
        Inventory {
            cloud_instance: project(vec![instance(members)]),
            cloud_floating_ip: project(floating),
            ..nothing()
        }
    }

    fn said(members: Value) -> String {
        outcome(&CHECK, &inventory(members, vec![]))
    }

    fn floating_of(id: &str) -> FloatingIp {
        let entity = Entity { id: id.to_owned(), kind: "instance".into() };
        let ip = "203.0.113.8".to_owned();
        FloatingIp { ip, entity: Nullable::Value(entity), ..FloatingIp::default() }
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
        let gone = json!({ "public_addresses": addresses, "status": "DELETED" });
        assert_eq!(said(gone), "pass");
    }

    #[test]
    fn a_floating_address_is_one_in_either_list() {
        let with = |id, members| outcome(&CHECK, &inventory(members, vec![floating_of(id)]));
        assert_eq!(with("i1", json!({})), "fail: public address 203.0.113.8");
        let same = json!({ "public_addresses": [{ "ip": "203.0.113.8", "version": "4" }] });
        assert_eq!(with("i1", same), "fail: public address 203.0.113.8");
        assert_eq!(with("i2", json!({})), "pass");
    }

    #[test]
    fn an_instance_whose_addresses_are_not_known_is_unclear() {
        assert_eq!(said(json!({ "public_addresses": null })), "not evaluated: unclear");
        let cloud_floating_ip = nothing().cloud_floating_ip;
        let unread = Inventory { cloud_floating_ip, ..inventory(json!({}), vec![]) };
        assert_eq!(outcome(&CHECK, &unread), "not evaluated: unclear");
        let cloud_floating_ip = in_part(project(vec![]));
        let part = Inventory { cloud_floating_ip, ..inventory(json!({}), vec![]) };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
    }
}

//! Floating IP addresses that nothing has.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "floatingip_unattached",
    title: "Floating IP address attached to nothing",
    severity: Severity::Low,
    why: "The address costs money, and firewalls of others that still let it in let in its \
          next holder.",
    repair: Repair {
        panel: "Public Cloud > Project > Public IPs > Floating IP: attach the address, or delete \
                it",
        api: Some(
            "DELETE /cloud/project/{serviceName}/region/{regionName}/floatingip/{floatingIpId}",
        ),
    },
    needs: &["cloud_floating_ip"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_floating_ip, |address| match address.is_attached() {
        Some(true) => Opinion::Fine,
        Some(false) => Violation::because("attached to nothing").into(),
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{in_part, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::Nullable;
    use crate::collectors::cloud_floating_ip::{Entity, FloatingIp};

    fn said(entity: Nullable<Entity>) -> String {
        let address = FloatingIp { id: "f1".to_owned(), entity, ..FloatingIp::default() };
        outcome(&CHECK, &Inventory { cloud_floating_ip: project(vec![address]), ..nothing() })
    }

    #[test]
    fn an_address_without_an_entity_fails() {
        assert_eq!(said(Nullable::Null), "fail: attached to nothing");
        assert_eq!(said(Nullable::Value(Entity::default())), "pass");
    }

    #[test]
    fn an_address_that_may_have_an_entity_is_unclear() {
        assert_eq!(said(Nullable::Unknown), "not evaluated: unclear");
        let part = Inventory { cloud_floating_ip: in_part(project(vec![])), ..nothing() };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
    }
}

//! SSH keys with which no instance of the project was created.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge_in};
use crate::config::severity::Severity;

use super::machines::made_with;

pub(super) static CHECK: Check = Check {
    id: "sshkey_unused",
    title: "SSH key that no instance was created with",
    severity: Severity::Low,
    why: "A key that is not in use waits for the next instance: its holder gets in there, \
          though nobody may remember the key.",
    repair: Repair {
        panel: "Public Cloud > Project > SSH Keys: ask its owner, and delete the key",
        api: Some("DELETE /cloud/project/{serviceName}/sshkey/{keyId}"),
    },
    needs: &["cloud_ssh_key", "cloud_instance"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_in(&context.inventory.cloud_ssh_key, |project, key| {
        let machines = made_with(context, project, key);
        match (machines.instances.is_empty(), machines.is_complete) {
            (false, _) => Opinion::Fine,
            (true, true) => {
                Violation::because("no instance of the project was created with it").into()
            }
            (true, false) => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::{instance, ssh_key};
    use crate::checks::fixtures::{in_part, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::Nullable;
    use crate::collectors::cloud_instance::Instance;

    fn inventory(instances: Vec<Instance>) -> Inventory {
        let keys = project(vec![ssh_key(json!({}))]);
        Inventory { cloud_ssh_key: keys, cloud_instance: project(instances), ..nothing() }
    }

    #[test]
    fn a_key_is_in_use_while_an_instance_that_was_created_with_it_exists() {
        let unused = "fail: no instance of the project was created with it";
        assert_eq!(outcome(&CHECK, &inventory(vec![instance(json!({}))])), "pass");
        assert_eq!(outcome(&CHECK, &inventory(vec![])), unused);
        for other in [json!({ "ssh_key": null }), json!({ "status": "DELETING" })] {
            assert_eq!(outcome(&CHECK, &inventory(vec![instance(other)])), unused);
        }
    }

    #[test]
    fn no_key_is_unused_unless_all_instances_of_its_project_are_known() {
        let mut old = instance(json!({}));
        old.ssh_key = Nullable::Unknown;
        assert_eq!(outcome(&CHECK, &inventory(vec![old])), "not evaluated: unclear");
        let unread = Inventory { cloud_instance: nothing().cloud_instance, ..inventory(vec![]) };
        assert_eq!(outcome(&CHECK, &unread), "not evaluated: unclear");
        let part = Inventory { cloud_instance: in_part(project(vec![])), ..inventory(vec![]) };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
    }
}

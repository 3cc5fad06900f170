//! SSH keys on no allow list that were used to create an instance.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, Violation, judge_in};
use crate::config::lists::ListName;
use crate::config::severity::Severity;

use super::machines::made_with;

pub(super) static CHECK: Check = Check {
    id: "sshkey_unlisted_in_use",
    title: "SSH key on no allow list was used to create an instance",
    severity: Severity::Critical,
    why: "The holder of the key can log in to the instances that were created with it. A key \
          that nobody listed may be that of an attacker.",
    repair: Repair {
        panel: "Remove the key from authorized_keys on the instances first: its deletion leaves \
                them open. Then Public Cloud > Project > SSH Keys: delete the key, or add it to \
                the allow list of sshkey_unlisted",
        api: Some("DELETE /cloud/project/{serviceName}/sshkey/{keyId}"),
    },
    needs: &["cloud_ssh_key", "cloud_instance"],
    controls: &[controls::PRIVILEGE, controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::SshKeys) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    judge_in(&context.inventory.cloud_ssh_key, |project, key| {
        let machines = made_with(context, project, key);
        match (&key.fingerprints, &*machines.instances) {
            (Some(is), _) if allowed.has(&[&is.sha256, &is.md5]) => Opinion::Fine,
            (_, []) if machines.is_complete => Opinion::Fine,
            (None, _) | (_, []) => Opinion::Unclear,
            (Some(is), [first, rest @ ..]) => {
                let evidence = match rest.len() {
                    0 => format!("instance {} was created with {}", first.name, is.sha256),
                    more => format!(
                        "instance {} and {more} more were created with {}",
                        first.name, is.sha256
                    ),
                };
                Violation::because(evidence).into()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::{SHA256, instance, ssh_key};
    use crate::checks::fixtures::{NOW, evaluated_with, in_part, nothing, project};
    use crate::checks::verdict::Status;
    use crate::collectors::Inventory;
    use crate::collectors::Nullable;
    use crate::collectors::cloud_instance::Instance;
    use crate::config::checks::Checks;
    use crate::config::located::Located;
    use crate::config::ssh_keys::fingerprints;

    const OTHER: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn inventory(instances: Vec<Instance>) -> Inventory {
        let keys = project(vec![ssh_key(json!({}))]);
        Inventory { cloud_ssh_key: keys, cloud_instance: project(instances), ..nothing() }
    }

    fn status(inventory: &Inventory, allowed: &[&str]) -> Verdict {
        let texts: Vec<_> =
            allowed.iter().map(|text| Located::at("here", (*text).to_owned())).collect();
        let mut checks = Checks::default();
        if !texts.is_empty() {
            checks.allow(ListName::SshKeys, fingerprints(&texts).unwrap());
        }
        evaluated_with(&CHECK, inventory, &checks, NOW)
    }

    #[test]
    fn an_unlisted_key_fails_once_an_instance_has_it() {
        let machines = inventory(vec![instance(json!({})), instance(json!({ "name": "web-2" }))]);
        let findings = status(&machines, &[OTHER]).findings;
        assert_eq!(
            findings[0].evidence,
            format!("instance web-1 and 1 more were created with {SHA256}")
        );
        assert_eq!(status(&machines, &[SHA256]).status(), Status::Pass);
        let others = json!({ "ssh_key": "k2" });
        let gone = json!({ "status": "DELETED" });
        let unused = inventory(vec![instance(others), instance(gone)]);
        assert_eq!(status(&unused, &[OTHER]).status(), Status::Pass);
    }

    #[test]
    fn an_instance_that_may_have_the_key_leaves_it_unclear() {
        let old = inventory(vec![instance(json!({ "ssh_key": "k2" })), unknown_key()]);
        assert_eq!(status(&old, &[OTHER]).reason(), Some("unclear"));
        let unread = Inventory { cloud_instance: nothing().cloud_instance, ..inventory(vec![]) };
        assert_eq!(status(&unread, &[OTHER]).reason(), Some("unclear"));
        let mut unreadable = inventory(vec![instance(json!({}))]);
        unreadable.cloud_ssh_key = project(vec![ssh_key(json!({ "fingerprints": null }))]);
        assert_eq!(status(&unreadable, &[OTHER]).reason(), Some("unclear"));
    }

    /// An instance as an older version kept it.
    fn unknown_key() -> Instance {
        Instance { ssh_key: Nullable::Unknown, ..instance(json!({})) }
    }

    #[test]
    fn an_instance_of_an_incomplete_list_is_enough_to_fail() {
        let mut machines = inventory(vec![instance(json!({}))]);
        machines.cloud_instance = in_part(machines.cloud_instance);
        assert_eq!(status(&machines, &[OTHER]).status(), Status::Fail);
        assert_eq!(status(&machines, &[]).reason(), Some("not_configured"));
    }
}

//! SSH keys on no allow list.

use crate::collectors::Inventory;
use crate::config::lists::ListName;
use crate::config::setting::{Kind, Spec};
use crate::config::severity::Severity;
use crate::family::{Desc, Family};
use crate::inventory::Scope as _;

use crate::checks::check::{Check, Count, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Finding, Missing, Opinion, Verdict, judge};

static COUNT: Desc = Desc::gauge(
    "ovhcloud_cloud_ssh_keys_unlisted",
    "SSH keys of Public Cloud projects that are on no allow list and not exempt \
     (GET /cloud/project/{serviceName}/sshkey); no samples without a list",
    &["project_id"],
);

const AUTHORIZED_KEYS: Spec = Spec {
    name: "authorized_keys",
    help: "Files of allowed SSH keys, in the form of OpenSSH's authorized_keys",
    flag: Some("check.sshkey-unlisted.authorized-keys"),
    kind: Kind::SshKeyFiles,
};

const FINGERPRINTS: Spec = Spec {
    name: "fingerprints",
    help: "Fingerprints of allowed SSH keys (SHA256:… or MD5:…); without a list or a file, SSH \
           keys are not judged",
    flag: Some("check.sshkey-unlisted.fingerprint"),
    kind: Kind::SshKeyFingerprints,
};

pub(super) static CHECK: Check = Check {
    id: "sshkey_unlisted",
    title: "SSH key that is on no allow list",
    severity: Severity::High,
    why: "The holder of a key of a project logs in to each instance that is made with it. A key \
          that nobody listed may be an attacker's.",
    repair: Repair {
        panel: "Public Cloud > Project > SSH keys: delete the key, and remove it from the \
                instances made with it; or add it to the allow list",
        api: Some("DELETE /cloud/project/{serviceName}/sshkey/{keyId}"),
    },
    needs: &["cloud_ssh_key"],
    controls: &[controls::STALE, controls::INVENTORY],
    is_on: true,
    settings: &[AUTHORIZED_KEYS, FINGERPRINTS],
    evaluate,
    count: Some(Count { desc: &COUNT, samples: count }),
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::SshKeys) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    judge(&context.inventory.cloud_ssh_key, |key| match &key.fingerprints {
        None => Opinion::Unclear,
        Some(is) => allowed.opinion(&[&is.sha256, &is.md5], &is.sha256),
    })
}

fn count(inventory: &Inventory, findings: &[Finding]) -> Family {
    let mut family = COUNT.family();
    for (project, section) in &inventory.cloud_ssh_key.by_scope {
        // A zero says that every key was seen and judged.
        if section.whole && section.items.iter().all(|key| key.fingerprints.is_some()) {
            family.add([project.project_id()], 0.0);
        }
    }
    for finding in findings {
        family.count([finding.resource.project_id.clone()]);
    }
    family
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::checks::fixtures::evaluated_with;
    use crate::checks::verdict::Status;
    use crate::collectors::cloud_ssh_key::{Fingerprints, SshKey};
    use crate::config::checks::Checks;
    use crate::config::located::Located;
    use crate::config::ssh_keys::fingerprints;
    use crate::inventory::{Project, Sections};

    const SHA256: &str = "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ";
    const MD5: &str = "MD5:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef";
    const OTHER: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn key(name: &str, is_readable: bool) -> SshKey {
        let fingerprints = Fingerprints { sha256: SHA256.to_owned(), md5: MD5.to_owned() };
        SshKey {
            id: name.to_owned(),
            name: name.to_owned(),
            fingerprints: is_readable.then_some(fingerprints),
            ..SshKey::default()
        }
    }

    fn inventory(keys: Vec<SshKey>) -> Inventory {
        let project = Project("p1".into());
        Inventory {
            cloud_ssh_key: Sections::known(project, Timestamp::UNIX_EPOCH, keys),
            ..Inventory::default()
        }
    }

    fn verdict(inventory: &Inventory, allowed: &[&str]) -> Verdict {
        let texts: Vec<_> =
            allowed.iter().map(|text| Located::at("here", (*text).to_owned())).collect();
        let mut checks = Checks::default();
        if !texts.is_empty() {
            checks.allow(ListName::SshKeys, fingerprints(&texts).unwrap());
        }
        evaluated_with(&CHECK, inventory, &checks, "1970-01-01T00:00:00Z")
    }

    #[test]
    fn a_key_is_listed_by_either_fingerprint() {
        let keys = inventory(vec![key("alice", true)]);
        assert_eq!(verdict(&keys, &[SHA256]).status(), Status::Pass);
        assert_eq!(verdict(&keys, &[MD5]).status(), Status::Pass);
    }

    #[test]
    fn an_unlisted_key_is_found_in_its_project() {
        let keys = inventory(vec![key("alice", true)]);
        let findings = verdict(&keys, &[OTHER]).findings;
        let resource = &findings[0].resource;
        assert_eq!((&*resource.project_id, resource.name.as_str()), ("p1", "alice"));
        assert_eq!(findings[0].evidence, format!("{SHA256} is on no allow list"));
        assert_eq!(count(&keys, &findings).samples.values().collect::<Vec<_>>(), [&1.0]);
        assert_eq!(count(&keys, &[]).samples.values().collect::<Vec<_>>(), [&0.0]);
    }

    #[test]
    fn an_unreadable_key_is_reported_beside_an_unlisted_one() {
        let keys = inventory(vec![key("alice", true), key("garbage", false)]);
        let verdict = verdict(&keys, &[OTHER]);
        assert_eq!(verdict.status(), Status::Fail);
        assert_eq!((verdict.findings.len(), verdict.unclear[0].name.as_str()), (1, "garbage"));
    }

    #[test]
    fn there_is_no_verdict_without_a_list_or_a_readable_key() {
        let without = verdict(&inventory(vec![key("alice", true)]), &[]);
        assert_eq!(without, Verdict::missing(Missing::NotConfigured));
        let unreadable = verdict(&inventory(vec![key("garbage", false)]), &[SHA256]);
        assert_eq!(unreadable.status(), Status::NotEvaluated);
        assert_eq!(unreadable.unclear[0].id, "garbage");
    }
}

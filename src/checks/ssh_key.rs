//! SSH keys that nobody allowed: whoever holds one gets into each instance that is made with it.

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::config::checks::Checks;
use crate::family::{Desc, Family};
use crate::inventory::{Scope as _, Unknown};

use super::{Check, Count, Finding, Opinion, Severity, Verdict, judge};

static UNLISTED_COUNT: Desc = Desc::gauge(
    "ovhcloud_cloud_ssh_keys_unlisted",
    "SSH keys of Public Cloud projects that are on no allow list \
     (GET /cloud/project/{serviceName}/sshkey); no samples without a list",
    &["project_id"],
);

pub(crate) static UNLISTED: Check = Check {
    id: "sshkey_unlisted",
    title: "SSH key that is on no allow list",
    severity: Severity::High,
    evaluate: unlisted,
    count: Some(Count { desc: &UNLISTED_COUNT, samples: count }),
};

fn unlisted(inventory: &Inventory, config: &Checks, _: Timestamp) -> Verdict {
    let Some(allowed) = &config.allowed_keys else {
        return Verdict::NotEvaluated(Unknown::NotConfigured, Vec::new());
    };
    judge(&inventory.cloud_ssh_key, |key| match &key.fingerprints {
        None => Opinion::Unclear(key.id.clone()),
        Some(is) if allowed.allow([is.sha256.as_str(), is.md5.as_str()]) => Opinion::Fine,
        Some(_) => Opinion::Violates(key.id.clone(), key.name.clone()),
    })
}

fn count(inventory: &Inventory, findings: &[Finding]) -> Family {
    let mut family = UNLISTED_COUNT.family();
    for (project, section) in &inventory.cloud_ssh_key.by_scope {
        // Zero is only said where every key was seen and could be judged.
        if section.whole && section.items.iter().all(|key| key.fingerprints.is_some()) {
            family.add([project.project_id()], 0.0);
        }
    }
    for finding in findings {
        family.count([finding.project_id.clone()]);
    }
    family
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::collectors::cloud_ssh_key::{Fingerprints, SshKey};
    use crate::config::checks::AllowedKeys;
    use crate::inventory::{Project, Reading, Section};

    const SHA256: &str = "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ";
    const MD5: &str = "MD5:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef";

    fn inventory(fingerprints: Option<Fingerprints>) -> Inventory {
        let key = SshKey { id: "a2V5".to_owned(), name: "alice".to_owned(), fingerprints };
        let section =
            Section { read_at: Timestamp::UNIX_EPOCH, whole: true, items: vec![key].into() };
        let mut inventory = Inventory::default();
        inventory.cloud_ssh_key.by_scope.insert(Project("p1".into()), section);
        inventory.cloud_ssh_key.reading =
            Some(Reading { duration: Duration::ZERO, gaps: Vec::new() });
        inventory
    }

    fn key() -> Inventory {
        inventory(Some(Fingerprints { sha256: SHA256.to_owned(), md5: MD5.to_owned() }))
    }

    fn verdict(inventory: &Inventory, allowed: &[&str]) -> Verdict {
        let fingerprints: Vec<_> = allowed.iter().map(|&text| text.to_owned()).collect();
        let allowed_keys = AllowedKeys::read(&[] as &[&str], &fingerprints).unwrap();
        unlisted(inventory, &Checks { allowed_keys, ..Checks::default() }, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_key_is_listed_by_either_fingerprint() {
        assert_eq!(verdict(&key(), &[SHA256]), Verdict::Pass);
        assert_eq!(verdict(&key(), &[MD5]), Verdict::Pass);
    }

    #[test]
    fn a_key_that_is_not_listed_is_found_in_its_project() {
        let other = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let Verdict::Fail(findings) = verdict(&key(), &[other]) else { panic!() };
        assert_eq!((&*findings[0].project_id, findings[0].resource_name.as_str()), ("p1", "alice"));
        let counted = count(&key(), &findings);
        assert_eq!(counted.samples.values().collect::<Vec<_>>(), [&1.0]);
        assert_eq!(count(&key(), &[]).samples.values().collect::<Vec<_>>(), [&0.0]);
    }

    #[test]
    fn without_a_list_or_a_readable_key_nothing_is_said() {
        let unlisted = Verdict::NotEvaluated(Unknown::NotConfigured, vec![]);
        assert_eq!(verdict(&key(), &[]), unlisted);
        let unclear = verdict(&inventory(None), &[SHA256]);
        assert_eq!(unclear, Verdict::NotEvaluated(Unknown::Unclear, vec!["a2V5".to_owned()]));
    }
}

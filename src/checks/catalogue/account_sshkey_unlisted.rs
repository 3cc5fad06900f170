//! SSH keys of the account on no allow list.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, judge};
use crate::config::lists::ListName;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "account_sshkey_unlisted",
    title: "SSH key of the account that is on no allow list",
    severity: Severity::Medium,
    why: "OVHcloud offers the keys of the account for the installation of servers. The holder of \
          one logs in to each server that is installed with it.",
    repair: Repair {
        panel: "Delete the key over the API, and remove it from the servers installed with it; or \
                add it to lists.ssh_keys",
        api: Some("DELETE /me/sshKey/{keyName}"),
    },
    needs: &["account_ssh_key"],
    controls: &[controls::STALE, controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::SshKeys) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    judge(&context.inventory.account_ssh_key, |key| match &key.fingerprints {
        None => Opinion::Unclear,
        Some(is) => allowed.opinion(&[&is.sha256, &is.md5], &is.sha256),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::cloud::SHA256;
    use crate::checks::fixtures::{account, nothing, outcome, outcome_listed};
    use crate::collectors::Inventory;
    use crate::collectors::account_ssh_key::AccountSshKey;
    use crate::collectors::cloud_ssh_key::Fingerprints;

    fn keys(is_readable: bool) -> Inventory {
        let fingerprints = Fingerprints { sha256: SHA256.to_owned(), md5: "MD5:01".to_owned() };
        let fingerprints = is_readable.then_some(fingerprints);
        let key = AccountSshKey { name: "a".to_owned(), fingerprints, ..Default::default() };
        Inventory { account_ssh_key: account(vec![key]), ..nothing() }
    }

    #[test]
    fn a_key_is_listed_by_its_fingerprint_until_the_end_of_its_entry() {
        let said = |entry: &str| outcome_listed(&CHECK, &keys(true), ListName::SshKeys, entry);
        assert_eq!(said(SHA256), "pass");
        let other = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(said(other), format!("fail: {SHA256} is on no allow list"));
        let ended = format!("{{fingerprint: '{SHA256}', owner: alice, until: 2026-11-20}}");
        let evidence = format!("fail: {SHA256}: listed until 2026-11-20, owner alice");
        assert_eq!(said(&ended), evidence);
        assert_eq!(said(&ended.replace("11-20", "11-21")), "pass");
    }

    #[test]
    fn there_is_no_verdict_without_a_list_or_a_readable_key() {
        assert_eq!(outcome(&CHECK, &keys(true)), "not evaluated: not_configured");
        let unreadable = outcome_listed(&CHECK, &keys(false), ListName::SshKeys, SHA256);
        assert_eq!(unreadable, "not evaluated: unclear");
    }
}

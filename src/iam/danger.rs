//! Dangerous actions of the account and of its Public Cloud projects.
//!
//! The tables have patterns of names of OVHcloud's API descriptions; a pattern that stands for no
//! known name fails the tests.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{known, pattern};

/// Actions by which an identity gives itself or others rights on the account.
const ESCALATES: &[&str] = &[
    "account:apiovh:iam/policy/create",
    "account:apiovh:iam/policy/edit",
    "account:apiovh:iam/policy/delete",
    "account:apiovh:iam/permissionsGroup/create",
    "account:apiovh:iam/permissionsGroup/edit",
    "account:apiovh:iam/permissionsGroup/delete",
    "account:apiovh:iam/resourceGroup/create",
    "account:apiovh:iam/resourceGroup/edit",
    "account:apiovh:iam/resourceGroup/delete",
    "account:apiovh:iam/resource/edit",
    "account:apiovh:iam/resource/tag/add",
    "account:apiovh:iam/resource/tag/remove",
    "account:apiovh:me/identity/user/create",
    "account:apiovh:me/identity/user/edit",
    "account:apiovh:me/identity/user/enable",
    "account:apiovh:me/identity/user/token/create",
    "account:apiovh:me/identity/user/token/edit",
    "account:apiovh:me/identity/group/create",
    "account:apiovh:me/identity/group/edit",
    "account:apiovh:me/identity/group/user/add",
    "account:apiovh:me/identity/group/user/remove",
    "account:apiovh:me/identity/provider/create",
    "account:apiovh:me/identity/provider/edit",
    "account:apiovh:me/identity/provider/delete",
    "account:apiovh:me/api/oauth2/client/create",
    "account:apiovh:me/api/oauth2/client/edit",
    "account:apiovh:me/api/credential/edit",
    "account:apiovh:me/subAccount/createConsumerKey",
    "account:apiovh:me/changeEmail",
    "account:apiovh:me/edit",
    "account:apiovh:me/accessRestriction/ip/create",
    "account:apiovh:me/accessRestriction/ip/edit",
    "account:apiovh:me/accessRestriction/ip/delete",
    "account:apiovh:me/accessRestriction/ipDefaultRule/edit",
    "account:apiovh:me/accessRestriction/developerMode/edit",
    "account:apiovh:me/task/contactChange/accept",
    "account:apiovh:me/sshKey/create",
    // The new contacts of a product get OVHcloud's own policies on it.
    "*:apiovh:changeContact",
    "*:apiovh:service/changeContact",
];

/// Actions that give lasting access to data and machines, that read secrets, that destroy, that
/// cover tracks, and that cost.
const WRITES: &[&str] = &[
    "publicCloudProject:apiovh:user/create",
    "publicCloudProject:apiovh:user/regeneratePassword",
    "publicCloudProject:apiovh:user/token/create",
    "publicCloudProject:apiovh:user/role/create",
    "publicCloudProject:apiovh:user/role/edit",
    "publicCloudProject:apiovh:user/policy/create",
    "publicCloudProject:apiovh:user/s3Credentials/create",
    "publicCloudProject:apiovh:user/s3Credentials/secret/display",
    "publicCloudProject:apiovh:storage/user/create",
    "publicCloudProject:apiovh:storage/access/create",
    "publicCloudProject:apiovh:region/storage/policy/create",
    "publicCloudProject:apiovh:region/storage/presign",
    "publicCloudProject:apiovh:region/coldArchive/policy/create",
    "publicCloudProject:apiovh:region/coldArchive/presign",
    "publicCloudProject:apiovh:acl/create",
    "publicCloudProject:apiovh:sshkey/create",
    "publicCloudProject:apiovh:instance/create",
    "publicCloudProject:apiovh:instance/bulk/create",
    "publicCloudProject:apiovh:region/instance/create",
    "publicCloudProject:apiovh:instance/reinstall",
    "publicCloudProject:apiovh:region/instance/reinstall",
    "publicCloudProject:apiovh:instance/rescueMode/create",
    "publicCloudProject:apiovh:instance/vnc/create",
    "publicCloudProject:apiovh:instance/applicationAccess/create",
    "publicCloudProject:apiovh:kube/kubeconfig/create",
    "publicCloudProject:apiovh:kube/kubeconfig/reset",
    "publicCloudProject:apiovh:kube/openIdConnect/create",
    "publicCloudProject:apiovh:kube/openIdConnect/edit",
    "publicCloudProject:apiovh:kube/reset",
    "publicCloudProject:apiovh:containerRegistry/users/create",
    "publicCloudProject:apiovh:containerRegistry/users/setAsAdmin",
    "publicCloudProject:apiovh:containerRegistry/openIdConnect/upsert",
    "publicCloudProject:apiovh:containerRegistry/openIdConnect/edit",
    "publicCloudProject:apiovh:database/*/user/create",
    "publicCloudProject:apiovh:database/*/user/edit",
    "publicCloudProject:apiovh:database/*/user/credentials/reset",
    "publicCloudProject:apiovh:database/*/prometheus/credentials/reset",
    "publicCloudProject:apiovh:rancher/adminCredentials/reset",
    "publicCloudProject:apiovh:terminate",
    "publicCloudProject:apiovh:confirmTermination",
    "publicCloudProject:apiovh:*/delete",
    "publicCloudProject:apiovh:activateMonthlyBilling",
    "publicCloudProject:apiovh:instance/activeMonthlyBilling",
    "publicCloudProject:apiovh:savingsPlans/subscribe",
    "publicCloudProject:apiovh:credit/create",
    "account:apiovh:iam/log/url/create",
    "account:apiovh:me/api/log/url/create",
    "account:apiovh:me/logs/audit/log/url/create",
    "account:apiovh:services/terminate",
    "account:apiovh:services/terminate/*",
    "account:apiovh:services/terminateWithoutConfirmation",
    "account:apiovh:service/terminate",
    "account:apiovh:service/suspend",
    "account:apiovh:*/delete",
    "account:apiovh:me/payment/method/create",
    "account:apiovh:me/payment/method/edit",
    "account:apiovh:me/payment/method/finalize",
    "account:apiovh:me/ovhAccount/creditOrder/create",
    "account:apiovh:me/ovhAccount/retrieveMoney",
    "account:apiovh:services/billing/engagement/request/create",
    "account:apiovh:savingsPlans/subscribe",
];

/// Calls of the API by which a key gives itself or others rights: the paths and all below them,
/// with the methods. A key has rules of calls instead of actions.
pub const ESCALATING_ROUTES: &[(&str, &[&str])] = &[
    ("/auth/credential", &["POST", "PUT"]),
    ("/me/api/credential", &["POST", "PUT"]),
    ("/me/api/oauth2/client", &["POST", "PUT"]),
    ("/me/identity/group", &["POST", "PUT"]),
    ("/me/identity/provider", &["POST", "PUT"]),
    ("/me/identity/user", &["POST", "PUT"]),
    // Without a policy or a permissions group its denials are gone.
    ("/v2/iam/permissionsGroup", &["POST", "PUT", "DELETE"]),
    ("/v2/iam/policy", &["POST", "PUT", "DELETE"]),
    ("/v2/iam/resourceGroup", &["POST", "PUT", "DELETE"]),
    ("/iam/permissionsGroup", &["POST", "PUT", "DELETE"]),
    ("/iam/policy", &["POST", "PUT", "DELETE"]),
    ("/iam/resourceGroup", &["POST", "PUT", "DELETE"]),
];

/// The known dangerous actions of a type of resource, each once: those that escalate first, then
/// the others, both in the order of the alphabet.
pub fn actions(kind: &str) -> Vec<&'static str> {
    // They are the same in each refresh, and there are half a million comparisons in it.
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let (escalating, rest): (Vec<_>, Vec<_>) =
            known::actions().partition(|action| escalates(action));
        let writes = rest.into_iter().filter(|action| matches(WRITES, action));
        escalating.into_iter().chain(writes).collect()
    });
    ALL.iter().copied().filter(|action| action.split(':').next() == Some(kind)).collect()
}

/// Whether the action gives its holder or others rights on the account.
pub fn escalates(action: &str) -> bool {
    matches(ESCALATES, action)
}

/// Whether a known action gives its holder or others rights on the account: a look-up instead of
/// the comparison with each pattern.
pub(super) fn known_escalates(action: &str) -> bool {
    static ALL: LazyLock<HashSet<&str>> =
        LazyLock::new(|| known::actions().filter(|action| escalates(action)).collect());
    ALL.contains(action)
}

fn matches(table: &[&str], action: &str) -> bool {
    table.iter().any(|pattern| pattern::covers(pattern, action))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_entry_stands_for_a_known_action_that_writes() {
        for entry in ESCALATES.iter().chain(WRITES) {
            let mut names = known::actions().filter(|action| pattern::covers(entry, action));
            assert!(names.next().is_some(), "{entry} is no action");
            assert!(!pattern::is_read(entry), "{entry}");
        }
    }

    #[test]
    fn an_action_is_asked_about_once_and_escalations_come_first() {
        for kind in ["account", "publicCloudProject"] {
            let actions = actions(kind);
            let unique: BTreeSet<_> = actions.iter().collect();
            assert_eq!(unique.len(), actions.len());
            assert!(actions.iter().all(|action| action.starts_with(&format!("{kind}:"))));
            let first_write = actions.iter().position(|action| !escalates(action)).unwrap();
            assert!(first_write > 0 && !actions[first_write..].iter().any(|one| escalates(one)));
        }
        assert!(actions("vps").is_empty());
    }
}

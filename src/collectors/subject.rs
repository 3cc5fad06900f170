//! The subjects of collectors, in the order of a list of changes: people and what they may do come
//! before machines.

use serde::Serialize;

/// The subject of a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// People and programs that sign in, and the rules of their sign-in.
    Identities,
    /// Their keys, tokens and credentials.
    Keys,
    /// Their rights.
    Rights,
    /// Everything else.
    Resources,
}

const IDENTITIES: [&str; 6] =
    ["account", "iam_user", "oauth2_client", "identity_provider", "cloud_user", "contact_change"];
const KEYS: [&str; 8] = [
    "iam_user_token",
    "api_application",
    "api_credential",
    "exporter_credential",
    "account_ssh_key",
    "cloud_ssh_key",
    "cloud_s3_credential",
    "okms",
];
const RIGHTS: [&str; 6] = [
    "iam_group",
    "iam_policy",
    "iam_permissions_group",
    "iam_resource_group",
    "cloud_project_acl",
    "cloud_s3_user_policy",
];

impl Subject {
    /// The subject of the collector with this name.
    pub fn of(collector: &str) -> Self {
        let lists =
            [(&IDENTITIES[..], Self::Identities), (&KEYS, Self::Keys), (&RIGHTS, Self::Rights)];
        let its = lists.into_iter().find(|(names, _)| names.contains(&collector));
        its.map_or(Self::Resources, |(_, subject)| subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::ALL;

    #[test]
    fn every_name_is_a_collectors() {
        for name in IDENTITIES.iter().chain(&KEYS).chain(&RIGHTS) {
            assert!(ALL.iter().any(|collector| collector.name == *name), "{name}");
        }
    }
}

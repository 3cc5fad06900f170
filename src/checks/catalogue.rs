//! The catalogue: one file per check, its `mod` line, and its line in the registry.

mod credential_never_used;
mod credential_stale;
mod credentials;
mod exporter_credential_writes;
mod policy_wildcard_action;
mod sshkey_unlisted;

use super::check::Check;

/// Every check, in the order of documents and of `/metrics`.
pub static ALL: &[&Check] = &[
    &credential_stale::CHECK,
    &credential_never_used::CHECK,
    &sshkey_unlisted::CHECK,
    &policy_wildcard_action::CHECK,
    &exporter_credential_writes::CHECK,
];

//! The catalogue: one file per check, its `mod` line, and its line in the registry.

mod age;
mod cloud_s3_credentials_many;
mod cloud_user_admin;
mod cloud_user_old;
mod credential_never_used;
mod credential_stale;
mod credentials;
mod exporter_credential_writes;
mod kms;
mod machines;
mod open_ports;
mod policy_wildcard_action;
mod project_suspended;
mod sshkey_shared;
mod sshkey_unlisted;
mod sshkey_unlisted_in_use;
mod sshkey_unused;
mod sshkey_weak;

use super::check::Check;

/// Every check, in the order of documents and of `/metrics`.
pub static ALL: &[&Check] = &[
    &credential_stale::CHECK,
    &credential_never_used::CHECK,
    &sshkey_unlisted::CHECK,
    &policy_wildcard_action::CHECK,
    &exporter_credential_writes::CHECK,
    &sshkey_weak::CHECK,
    &sshkey_unlisted_in_use::CHECK,
    &sshkey_unused::CHECK,
    &sshkey_shared::CHECK,
    &cloud_user_admin::CHECK,
    &cloud_user_old::CHECK,
    &cloud_s3_credentials_many::CHECK,
    &project_suspended::CHECK,
];

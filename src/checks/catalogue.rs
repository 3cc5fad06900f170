//! The catalogue: one file per check, its `mod` line, and its line in the registry.

mod account_backup_codes_low;
mod account_developer_mode;
mod account_ip_unrestricted;
mod account_mfa_missing;
mod account_mfa_sms_only;
mod credential_never_used;
mod credential_stale;
mod credentials;
mod exporter_credential_writes;
mod group_custom_admin;
mod group_empty;
mod pat_no_expiry;
mod pat_old;
mod pat_stale;
mod policy_wildcard_action;
mod sshkey_unlisted;
mod sso_cert_expiring;
mod sso_local_users_enabled;
mod tokens;
mod user_admin;
mod user_never_onboarded;
mod user_no_group;
mod user_password_old;
mod user_role_regular;
mod users;

use super::check::Check;

/// Every check, in the order of documents and of `/metrics`.
pub static ALL: &[&Check] = &[
    &credential_stale::CHECK,
    &credential_never_used::CHECK,
    &sshkey_unlisted::CHECK,
    &policy_wildcard_action::CHECK,
    &exporter_credential_writes::CHECK,
    &account_mfa_missing::CHECK,
    &account_mfa_sms_only::CHECK,
    &account_backup_codes_low::CHECK,
    &account_ip_unrestricted::CHECK,
    &account_developer_mode::CHECK,
    &sso_local_users_enabled::CHECK,
    &sso_cert_expiring::CHECK,
    &user_admin::CHECK,
    &user_role_regular::CHECK,
    &group_custom_admin::CHECK,
    &group_empty::CHECK,
    &user_password_old::CHECK,
    &user_never_onboarded::CHECK,
    &user_no_group::CHECK,
    &pat_no_expiry::CHECK,
    &pat_stale::CHECK,
    &pat_old::CHECK,
];

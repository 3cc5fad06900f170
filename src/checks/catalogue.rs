//! The catalogue: one file per check, its `mod` line, and its line in the registry.

mod account_backup_codes_low;
mod account_developer_mode;
mod account_ip_unrestricted;
mod account_mfa_missing;
mod account_mfa_sms_only;
mod account_no_audit_forwarding;
mod application_foreign;
mod application_many_credentials;
mod application_orphan;
mod clients;
mod contact_change_pending;
mod credential_can_escalate;
mod credential_expired_kept;
mod credential_expiring;
mod credential_full_read;
mod credential_full_write;
mod credential_never_used;
mod credential_no_expiry;
mod credential_no_ip_limit;
mod credential_old;
mod credential_ovh_support;
mod credential_stale;
mod credentials;
mod exporter_credential_writes;
mod group_custom_admin;
mod group_empty;
mod login_without_mfa;
mod oauth2_callback_insecure;
mod pat_no_expiry;
mod pat_old;
mod pat_stale;
mod policies;
mod policy_cross_account;
mod policy_dangling_group;
mod policy_dangling_identity;
mod policy_direct_identity;
mod policy_expired;
mod policy_unattached;
mod policy_wildcard_action;
mod resource_untagged;
mod root_login_recent;
mod service_account_old;
mod service_account_unused;
mod sshkey_unlisted;
mod sso_cert_expiring;
mod sso_local_users_enabled;
mod tokens;
mod user_admin;
mod user_disabled_kept;
mod user_inactive;
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
    &credential_full_write::CHECK,
    &credential_full_read::CHECK,
    &credential_can_escalate::CHECK,
    &credential_no_expiry::CHECK,
    &credential_old::CHECK,
    &credential_expiring::CHECK,
    &credential_no_ip_limit::CHECK,
    &credential_ovh_support::CHECK,
    &credential_expired_kept::CHECK,
    &application_orphan::CHECK,
    &application_many_credentials::CHECK,
    &application_foreign::CHECK,
    &service_account_old::CHECK,
    &service_account_unused::CHECK,
    &oauth2_callback_insecure::CHECK,
    &policy_direct_identity::CHECK,
    &policy_cross_account::CHECK,
    &policy_unattached::CHECK,
    &policy_expired::CHECK,
    &policy_dangling_identity::CHECK,
    &policy_dangling_group::CHECK,
    &account_no_audit_forwarding::CHECK,
    &root_login_recent::CHECK,
    &login_without_mfa::CHECK,
    &user_inactive::CHECK,
    &user_disabled_kept::CHECK,
    &contact_change_pending::CHECK,
    &resource_untagged::CHECK,
];

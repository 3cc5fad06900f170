//! The catalogue: one file per check, its `mod` line, and its line in the registry.

mod account_backup_codes_low;
mod account_developer_mode;
mod account_ip_unrestricted;
mod account_mfa_missing;
mod account_mfa_sms_only;
mod account_no_audit_forwarding;
mod account_sshkey_unlisted;
mod application_foreign;
mod application_many_credentials;
mod application_orphan;
mod application_unlisted;
mod clients;
mod cloud_s3_credentials_many;
mod cloud_user_admin;
mod cloud_user_old;
mod cloud_user_s3_wildcard;
mod cloud_user_unlisted;
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
mod database_engine_eol;
mod database_no_backup;
mod database_no_deletion_protection;
mod database_no_tls;
mod database_open_to_world;
mod database_public_network;
mod database_single_node;
mod end_of_life_table_old;
mod exporter_credential_writes;
mod floatingip_unattached;
mod group_custom_admin;
mod group_empty;
mod image_shared;
mod instance_image_eol;
mod instance_no_sshkey;
mod instance_old;
mod instance_public_ip;
mod instance_rescue;
mod kms;
mod kms_credential_expiring;
mod kms_key_deactivated;
mod kms_key_old;
mod kms_key_weak;
mod kms_no_audit;
mod kube_api_open_to_world;
mod kube_audit_logs_off;
mod kube_outdated;
mod kube_update_never;
mod kube_version_eol;
pub(super) mod leaving;
mod lifecycle;
mod login_without_mfa;
mod machines;
mod oauth2_callback_insecure;
mod open_ports;
mod owner;
mod pat_no_expiry;
mod pat_old;
mod pat_stale;
mod policies;
mod policy_admin_no_condition;
mod policy_can_escalate;
mod policy_cross_account;
mod policy_dangling_group;
mod policy_dangling_identity;
mod policy_direct_identity;
mod policy_except_pattern;
mod policy_expired;
mod policy_kms_full;
mod policy_managed_readwrite;
mod policy_openstack_admin;
mod policy_tag_condition_bypass;
mod policy_unattached;
mod policy_wildcard_action;
mod policy_wildcard_resource;
mod project_no_budget_alert;
mod project_shared_acl;
mod project_suspended;
mod project_unlisted;
mod region_outside_allowed;
mod resource_untagged;
mod root_login_recent;
mod s3_no_encryption;
mod s3_no_object_lock;
mod s3_no_versioning;
mod securitygroup_open_all;
mod securitygroup_open_db;
mod securitygroup_open_rdp;
mod securitygroup_open_ssh;
mod service_account_admin;
mod service_account_no_ip_condition;
mod service_account_old;
mod service_account_unused;
mod snapshot_old;
mod snapshot_orphan;
mod sshkey_shared;
mod sshkey_unlisted;
mod sshkey_unlisted_in_use;
mod sshkey_unused;
mod sshkey_weak;
mod sso_cert_expiring;
mod sso_local_users_enabled;
mod swift_public;
mod tokens;
mod user_admin;
mod user_disabled_kept;
mod user_inactive;
mod user_never_onboarded;
mod user_no_group;
mod user_password_old;
mod user_role_regular;
mod user_unlisted;
mod users;
mod volume_no_backup;
mod volume_unattached;
mod volume_unencrypted;

use super::check::Check;

/// Every check, by subject: the account, identities, credentials, policies, projects.
pub static ALL: &[&Check] = &[
    &account_backup_codes_low::CHECK,
    &account_developer_mode::CHECK,
    &account_ip_unrestricted::CHECK,
    &account_mfa_missing::CHECK,
    &account_mfa_sms_only::CHECK,
    &account_no_audit_forwarding::CHECK,
    &account_sshkey_unlisted::CHECK,
    &root_login_recent::CHECK,
    &login_without_mfa::CHECK,
    &contact_change_pending::CHECK,
    &sso_cert_expiring::CHECK,
    &sso_local_users_enabled::CHECK,
    &user_admin::CHECK,
    &user_disabled_kept::CHECK,
    &user_inactive::CHECK,
    &user_never_onboarded::CHECK,
    &user_no_group::CHECK,
    &user_password_old::CHECK,
    &user_role_regular::CHECK,
    &user_unlisted::CHECK,
    &group_custom_admin::CHECK,
    &group_empty::CHECK,
    &pat_no_expiry::CHECK,
    &pat_old::CHECK,
    &pat_stale::CHECK,
    &credential_can_escalate::CHECK,
    &credential_expired_kept::CHECK,
    &credential_expiring::CHECK,
    &credential_full_read::CHECK,
    &credential_full_write::CHECK,
    &credential_never_used::CHECK,
    &credential_no_expiry::CHECK,
    &credential_no_ip_limit::CHECK,
    &credential_old::CHECK,
    &credential_ovh_support::CHECK,
    &credential_stale::CHECK,
    &application_foreign::CHECK,
    &application_many_credentials::CHECK,
    &application_orphan::CHECK,
    &application_unlisted::CHECK,
    &service_account_admin::CHECK,
    &service_account_no_ip_condition::CHECK,
    &service_account_old::CHECK,
    &service_account_unused::CHECK,
    &oauth2_callback_insecure::CHECK,
    &policy_admin_no_condition::CHECK,
    &policy_can_escalate::CHECK,
    &policy_cross_account::CHECK,
    &policy_dangling_group::CHECK,
    &policy_dangling_identity::CHECK,
    &policy_direct_identity::CHECK,
    &policy_except_pattern::CHECK,
    &policy_expired::CHECK,
    &policy_kms_full::CHECK,
    &policy_managed_readwrite::CHECK,
    &policy_openstack_admin::CHECK,
    &policy_tag_condition_bypass::CHECK,
    &policy_unattached::CHECK,
    &policy_wildcard_action::CHECK,
    &policy_wildcard_resource::CHECK,
    &resource_untagged::CHECK,
    &exporter_credential_writes::CHECK,
    &sshkey_shared::CHECK,
    &sshkey_unlisted::CHECK,
    &sshkey_unlisted_in_use::CHECK,
    &sshkey_unused::CHECK,
    &sshkey_weak::CHECK,
    &cloud_user_admin::CHECK,
    &cloud_user_old::CHECK,
    &cloud_user_s3_wildcard::CHECK,
    &cloud_user_unlisted::CHECK,
    &cloud_s3_credentials_many::CHECK,
    &project_no_budget_alert::CHECK,
    &project_shared_acl::CHECK,
    &project_suspended::CHECK,
    &project_unlisted::CHECK,
    &region_outside_allowed::CHECK,
    &instance_image_eol::CHECK,
    &instance_no_sshkey::CHECK,
    &instance_old::CHECK,
    &instance_public_ip::CHECK,
    &instance_rescue::CHECK,
    &securitygroup_open_all::CHECK,
    &securitygroup_open_db::CHECK,
    &securitygroup_open_rdp::CHECK,
    &securitygroup_open_ssh::CHECK,
    &floatingip_unattached::CHECK,
    &image_shared::CHECK,
    &volume_no_backup::CHECK,
    &volume_unattached::CHECK,
    &volume_unencrypted::CHECK,
    &snapshot_old::CHECK,
    &snapshot_orphan::CHECK,
    &swift_public::CHECK,
    &s3_no_encryption::CHECK,
    &s3_no_object_lock::CHECK,
    &s3_no_versioning::CHECK,
    &database_engine_eol::CHECK,
    &database_no_backup::CHECK,
    &database_no_deletion_protection::CHECK,
    &database_no_tls::CHECK,
    &database_open_to_world::CHECK,
    &database_public_network::CHECK,
    &database_single_node::CHECK,
    &kube_api_open_to_world::CHECK,
    &kube_audit_logs_off::CHECK,
    &kube_outdated::CHECK,
    &kube_update_never::CHECK,
    &kube_version_eol::CHECK,
    &kms_credential_expiring::CHECK,
    &kms_key_deactivated::CHECK,
    &kms_key_old::CHECK,
    &kms_key_weak::CHECK,
    &kms_no_audit::CHECK,
    &end_of_life_table_old::CHECK,
];

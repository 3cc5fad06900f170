//! The catalogue: one file per check, its `mod` line, and its line in the registry.

mod age;
mod cloud_s3_credentials_many;
mod cloud_user_admin;
mod cloud_user_old;
mod credential_never_used;
mod credential_stale;
mod credentials;
mod database_no_deletion_protection;
mod database_no_tls;
mod database_open_to_world;
mod database_public_network;
mod database_single_node;
mod exporter_credential_writes;
mod instance_old;
mod instance_public_ip;
mod instance_rescue;
mod kms;
mod kms_credential_expiring;
mod kms_key_deactivated;
mod kms_key_old;
mod kms_key_weak;
mod kube_api_open_to_world;
mod kube_audit_logs_off;
mod kube_outdated;
mod kube_update_never;
mod machines;
mod open_ports;
mod policy_wildcard_action;
mod project_suspended;
mod s3_no_encryption;
mod s3_no_object_lock;
mod securitygroup_open_all;
mod securitygroup_open_db;
mod securitygroup_open_rdp;
mod securitygroup_open_ssh;
mod snapshot_old;
mod snapshot_orphan;
mod sshkey_shared;
mod sshkey_unlisted;
mod sshkey_unlisted_in_use;
mod sshkey_unused;
mod sshkey_weak;
mod swift_public;
mod volume_unattached;
mod volume_unencrypted;

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
    &instance_public_ip::CHECK,
    &instance_rescue::CHECK,
    &instance_old::CHECK,
    &securitygroup_open_ssh::CHECK,
    &securitygroup_open_rdp::CHECK,
    &securitygroup_open_db::CHECK,
    &securitygroup_open_all::CHECK,
    &volume_unattached::CHECK,
    &volume_unencrypted::CHECK,
    &snapshot_old::CHECK,
    &snapshot_orphan::CHECK,
    &swift_public::CHECK,
    &s3_no_encryption::CHECK,
    &s3_no_object_lock::CHECK,
    &database_open_to_world::CHECK,
    &database_public_network::CHECK,
    &database_no_deletion_protection::CHECK,
    &database_single_node::CHECK,
    &database_no_tls::CHECK,
    &kube_api_open_to_world::CHECK,
    &kube_update_never::CHECK,
    &kube_outdated::CHECK,
    &kube_audit_logs_off::CHECK,
    &kms_key_deactivated::CHECK,
    &kms_key_old::CHECK,
    &kms_key_weak::CHECK,
    &kms_credential_expiring::CHECK,
];

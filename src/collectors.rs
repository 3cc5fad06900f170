//! The collectors: one file per resource, and one line each in the registry below.
//!
//! The registry generates the typed inventory, its refresh, the `--collector.NAME` flags, the
//! required IAM actions, and the catalogue of metrics. Collectors know no metric library, do not
//! know each other, and do not judge.

pub(crate) mod account;
pub(crate) mod account_ssh_key;
pub(crate) mod api_application;
pub(crate) mod api_credential;
pub(crate) mod audit_log;
pub(crate) mod cloud_budget_alert;
pub(crate) mod cloud_database;
pub(crate) mod cloud_database_backup;
pub(crate) mod cloud_floating_ip;
pub(crate) mod cloud_image;
pub(crate) mod cloud_instance;
pub(crate) mod cloud_instance_snapshot;
pub(crate) mod cloud_kube;
pub(crate) mod cloud_project;
pub(crate) mod cloud_project_acl;
pub(crate) mod cloud_quota;
pub(crate) mod cloud_s3_credential;
pub(crate) mod cloud_s3_user_policy;
pub(crate) mod cloud_security_group;
pub(crate) mod cloud_ssh_key;
pub(crate) mod cloud_storage_s3;
pub(crate) mod cloud_storage_s3_bucket;
pub(crate) mod cloud_storage_swift;
pub(crate) mod cloud_user;
pub(crate) mod cloud_volume;
pub(crate) mod cloud_volume_backup;
pub(crate) mod cloud_volume_snapshot;
mod collect;
pub(crate) mod contact_change;
mod differences;
pub(crate) mod exporter_credential;
pub(crate) mod iam_group;
pub(crate) mod iam_permissions_group;
pub(crate) mod iam_policy;
pub(crate) mod iam_resource;
pub(crate) mod iam_resource_group;
pub(crate) mod iam_user;
pub(crate) mod iam_user_token;
pub(crate) mod identity_provider;
mod inventory;
mod lists;
pub(crate) mod log_subscription;
pub(crate) mod oauth2_client;
pub(crate) mod okms;
pub mod pass;
mod refresh;
mod shared;
mod subject;

use serde::Serialize;

use crate::inventory::Sections;

pub use collect::{Collect, Collector, State, Visit, VisitMut, VisitPair};
pub use differences::{Differing, differences, members};
pub use pass::{Gathered, Memo, Part, Pass, Progress, Schedule, oldest};
pub(crate) use shared::is_everywhere;
pub use shared::nullable::Nullable;
pub use subject::Subject;

/// The struct and the walks over its fields, which only a macro can write; everything else is an
/// ordinary [`Visit`] or [`VisitMut`].
macro_rules! registry {
    ($($module:ident :: $item:ident),+ $(,)?) => {
        /// All collectors.
        pub static ALL: &[Collector] = &[$(Collector::of::<$module::$item>()),+];

        /// The known state of an account, one field per collector.
        #[derive(Debug, Clone, Default, Serialize)]
        pub struct Inventory {
            $(
                #[doc = concat!("The sections of the collector `", stringify!($module), "`.")]
                pub $module: Sections<<$module::$item as Collect>::Scope, $module::$item>,
            )+
        }

        impl Inventory {
            /// Visits the sections of every collector, in the order of the registry.
            pub fn each<'a>(&'a self, visit: &mut impl Visit<'a>) {
                $(visit.visit::<$module::$item>(&self.$module);)+
            }

            /// Visits the sections of every collector, here and in another inventory.
            pub fn each_pair<'a>(&'a self, other: &'a Self, visit: &mut impl VisitPair<'a>) {
                $(visit.visit::<$module::$item>(&self.$module, &other.$module);)+
            }

            /// Visits the sections of every collector, for changes.
            pub fn each_mut<'a>(&'a mut self, visit: &mut impl VisitMut<'a>) {
                $(visit.visit::<$module::$item>(&mut self.$module);)+
            }
        }
    };
}

registry! {
    cloud_project::CloudProject,
    cloud_project_acl::AclEntry,
    cloud_budget_alert::BudgetAlert,
    cloud_instance::Instance,
    cloud_image::Image,
    cloud_ssh_key::SshKey,
    cloud_user::CloudUser,
    cloud_s3_credential::S3Credentials,
    cloud_s3_user_policy::UserPolicy,
    cloud_volume::CloudVolume,
    cloud_volume_snapshot::VolumeSnapshot,
    cloud_volume_backup::VolumeBackup,
    cloud_instance_snapshot::InstanceSnapshot,
    cloud_storage_s3::Bucket,
    cloud_storage_s3_bucket::Protection,
    cloud_storage_swift::SwiftContainer,
    cloud_database::Database,
    cloud_database_backup::DatabaseBackups,
    cloud_kube::Cluster,
    cloud_security_group::SecurityGroup,
    cloud_floating_ip::FloatingIp,
    cloud_quota::Quota,
    account::Profile,
    account_ssh_key::AccountSshKey,
    contact_change::ContactChange,
    audit_log::AuditLog,
    iam_user::User,
    iam_user_token::Token,
    iam_group::Group,
    iam_policy::Policy,
    iam_permissions_group::PermissionsGroup,
    iam_resource_group::ResourceGroup,
    iam_resource::IamResource,
    identity_provider::Provider,
    oauth2_client::Client,
    api_application::Application,
    api_credential::Credential,
    log_subscription::Subscription,
    okms::Kms,
    exporter_credential::ExporterCredential,
}

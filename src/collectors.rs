//! What is read of an account: one file per resource, and one line each in the registry below.
//!
//! From the registry come the typed inventory, the pass over it, the `--collector.NAME` flags,
//! the IAM actions that are needed, and the catalogue of metrics. Collectors know no metric
//! library, do not know each other, and do not judge.

pub(crate) mod account;
pub(crate) mod api_application;
pub(crate) mod api_credential;
pub(crate) mod cloud_database;
pub(crate) mod cloud_instance;
pub(crate) mod cloud_instance_snapshot;
pub(crate) mod cloud_kube;
pub(crate) mod cloud_project;
pub(crate) mod cloud_quota;
pub(crate) mod cloud_s3_credential;
pub(crate) mod cloud_security_group;
pub(crate) mod cloud_ssh_key;
pub(crate) mod cloud_storage_s3;
pub(crate) mod cloud_storage_s3_bucket;
pub(crate) mod cloud_storage_swift;
pub(crate) mod cloud_user;
pub(crate) mod cloud_volume;
pub(crate) mod cloud_volume_snapshot;
mod collect;
pub(crate) mod exporter_credential;
pub(crate) mod iam_group;
pub(crate) mod iam_permissions_group;
pub(crate) mod iam_policy;
pub(crate) mod iam_resource_group;
pub(crate) mod iam_user;
pub(crate) mod iam_user_token;
pub(crate) mod identity_provider;
mod lists;
pub(crate) mod log_subscription;
pub(crate) mod oauth2_client;
pub(crate) mod okms;
pub mod pass;
mod refresh;
mod shared;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::family::Family;
use crate::inventory::{Project, Sections};

pub use collect::{Collect, Collector, State};
pub use pass::{Gathered, Memo, Pass, Progress, Schedule, oldest};

macro_rules! registry {
    ($($module:ident :: $item:ident),+ $(,)?) => {
        /// Every collector there is.
        pub static ALL: &[Collector] = &[$(Collector::of::<$module::$item>()),+];

        /// Everything that is known of an account, a field per collector.
        #[derive(Debug, Clone, Default, Serialize)]
        pub struct Inventory {
            $(
                #[doc = concat!("What the collector `", stringify!($module), "` knows.")]
                pub $module: Sections<<$module::$item as Collect>::Scope, $module::$item>,
            )+
        }

        impl Inventory {
            /// One walk of all collectors, side by side under the account's budget. What can't
            /// be read again stays as it was in `self` until it is too old.
            pub async fn refreshed(&self, pass: &Pass<'_>) -> Self {
                // Each on the heap: together they would be too large for a stack.
                let ($($module,)+) = tokio::join!($(Box::pin(refresh::refresh(pass, &self.$module))),+);
                Self { $($module),+ }
            }

            /// Forgets what collectors know that are not on, or of which a section is not young:
            /// asked with the collector's name and the time at which a section was read. What is
            /// left of it would pass for the whole.
            pub fn retain(
                &mut self,
                on: &BTreeSet<&'static str>,
                is_young: impl Fn(&str, Timestamp) -> bool,
            ) {
                $(
                    let name = <$module::$item as Collect>::NAME;
                    let mut sections = self.$module.by_scope.values();
                    if !on.contains(name) {
                        self.$module = Sections::default();
                    } else if !sections.all(|one| is_young(name, one.read_at)) {
                        let changes = self.$module.changes;
                        self.$module = Sections { changes, ..Sections::default() };
                    }
                )+
            }

            /// The families of all collectors that are on.
            pub fn families(&self) -> Vec<Family> {
                let mut families = Vec::new();
                $(
                    if self.$module.reading.is_some() {
                        families.extend(<$module::$item as Collect>::families(&self.$module));
                    }
                )+
                families
            }

            /// The families that name each object of the collectors that are on.
            pub fn named(&self) -> Vec<Family> {
                let mut families = Vec::new();
                $(families.extend(<$module::$item as Collect>::named(&self.$module));)+
                families
            }

            /// How each collector's last reading went, in the order of the registry.
            pub fn states(&self) -> Vec<State<'_>> {
                vec![$(State::of::<$module::$item>(&self.$module)),+]
            }
        }

        impl<'de> Deserialize<'de> for Inventory {
            /// Reads what an earlier process wrote. A collector whose objects were written in
            /// another form is as if it had never read.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let written = HashMap::<&str, &RawValue>::deserialize(deserializer)?;
                let text = |name| written.get(name).map(|sections| sections.get());
                Ok(Self {
                    $($module: text(stringify!($module))
                        .and_then(|text| serde_json::from_str(text).ok())
                        .unwrap_or_default()),+
                })
            }
        }
    };
}

registry! {
    cloud_project::CloudProject,
    cloud_instance::Instance,
    cloud_ssh_key::SshKey,
    cloud_user::CloudUser,
    cloud_s3_credential::S3Credentials,
    cloud_volume::CloudVolume,
    cloud_volume_snapshot::VolumeSnapshot,
    cloud_instance_snapshot::InstanceSnapshot,
    cloud_storage_s3::Bucket,
    cloud_storage_s3_bucket::Protection,
    cloud_storage_swift::SwiftContainer,
    cloud_database::Database,
    cloud_kube::Cluster,
    cloud_security_group::SecurityGroup,
    cloud_quota::Quota,
    account::Profile,
    iam_user::User,
    iam_user_token::Token,
    iam_group::Group,
    iam_policy::Policy,
    iam_permissions_group::PermissionsGroup,
    iam_resource_group::ResourceGroup,
    identity_provider::Provider,
    oauth2_client::Client,
    api_application::Application,
    api_credential::Credential,
    log_subscription::Subscription,
    okms::Kms,
    exporter_credential::ExporterCredential,
}

impl From<&Inventory> for pass::Scopes<Project> {
    fn from(inventory: &Inventory) -> Self {
        lists::projects::scopes(inventory.cloud_project.items().map(|(_, project)| project))
    }
}

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
pub(crate) mod exporter_credential;
pub(crate) mod iam_group;
pub(crate) mod iam_permissions_group;
pub(crate) mod iam_policy;
pub(crate) mod iam_resource_group;
pub(crate) mod iam_user;
pub(crate) mod iam_user_token;
pub(crate) mod identity_provider;
pub(crate) mod log_subscription;
pub(crate) mod oauth2_client;
pub(crate) mod okms;
pub mod pass;
mod shared;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::api::{self, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Changes, Reading, Scope, Sections};

pub use pass::{Gathered, Memo, Pass, Progress, Schedule, oldest};

/// A kind of resource: how it is read and what is counted of it.
///
/// As JSON it is a line of the state file and of the `inventory` command: the names of its members
/// are for people.
pub trait Collect:
    Sized + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Where it is read: [`crate::inventory::Account`] or [`crate::inventory::Project`].
    type Scope: pass::Reach;
    /// The name in flags, labels and documentation.
    const NAME: &'static str;
    /// Every route that it asks.
    const ROUTES: &'static [&'static Route];
    /// Every family that it publishes.
    const FAMILIES: &'static [&'static Desc];
    /// Whether it reads unless it is asked not to. What is dear, or what OVHcloud has not yet
    /// settled, reads only when it is asked to.
    const IS_ON: bool = true;
    /// How often it reads, unless it is asked otherwise: in each pass, or less often where reading
    /// is dear or news is rare.
    const INTERVAL: Option<Duration> = None;

    /// OVHcloud's id of it, unique in its scope; empty if OVHcloud did not say.
    fn id(&self) -> Cow<'_, str>;

    /// The name under which an operator knows it; empty if it has none.
    fn name(&self) -> Cow<'_, str> {
        Cow::default()
    }

    /// Compares two readings of one resource, without the values that move by themselves: a date
    /// of last use, a number of bytes.
    fn same_as(&self, before: &Self) -> bool {
        self == before
    }

    /// Asks and converts; never decides.
    ///
    /// # Errors
    ///
    /// The scope as a whole can't be read. A single object that can't be is a gap.
    fn fetch(
        pass: &Pass<'_>,
        scope: &Self::Scope,
    ) -> impl Future<Output = Result<Gathered<Self>, api::Error>> + Send;

    /// The counts and sums, from what is known.
    fn families(sections: &Sections<Self::Scope, Self>) -> Vec<Family>;

    /// The samples that name each object, made only where they are published.
    fn named(_: &Sections<Self::Scope, Self>) -> Vec<Family> {
        Vec::new()
    }
}

/// A collector as the registry lists it.
#[derive(Debug)]
pub struct Collector {
    /// Its name.
    pub name: &'static str,
    /// Its routes.
    pub routes: &'static [&'static Route],
    /// Its families.
    pub families: &'static [&'static Desc],
    /// Whether it reads unless it is asked not to.
    pub is_on: bool,
    /// How often it reads, unless it is asked otherwise; `None` is in each pass.
    pub interval: Option<Duration>,
}

impl Collector {
    const fn of<C: Collect>() -> Self {
        Self {
            name: C::NAME,
            routes: C::ROUTES,
            families: C::FAMILIES,
            is_on: C::IS_ON,
            interval: C::INTERVAL,
        }
    }
}

/// How a collector's last reading went.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// The collector's name.
    pub name: &'static str,
    /// The reading; `None` if the collector is off.
    pub reading: Option<&'a Reading>,
    /// When everything was last read.
    pub last_success: Option<Timestamp>,
    /// How many objects are known.
    pub objects: usize,
    /// How many came, went and became others.
    pub changes: Changes,
}

impl<'a> State<'a> {
    fn of<C: Collect>(sections: &'a Sections<C::Scope, C>) -> Self {
        Self {
            name: C::NAME,
            reading: sections.reading.as_ref(),
            last_success: sections.last_success,
            objects: sections.len(),
            changes: sections.changes,
        }
    }
}

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
                let ($($module,)+) = tokio::join!($(Box::pin(pass.refresh(&self.$module))),+);
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

/// Counts the objects by one label, and every value that OVHcloud's schema knows, be it 0: a
/// count that is known to be zero must not vanish.
fn counted<S, T>(
    desc: &'static Desc,
    sections: &Sections<S, T>,
    known: &[&str],
    label: impl Fn(&T) -> Word,
) -> Family {
    let mut family = desc.family();
    for section in sections.by_scope.values() {
        // Of what could not be read nothing is known, not even that it is none.
        for value in known.iter().filter(|_| section.whole) {
            family.add([(*value).into()], 0.0);
        }
        for item in &*section.items {
            family.count([label(item)]);
        }
    }
    family
}

/// A sample of 1 for each object, under the labels that name it.
fn info<S: Scope, T, const N: usize>(
    desc: &'static Desc,
    sections: &Sections<S, T>,
    labels: impl Fn(Word, &T) -> [Word; N],
) -> Family {
    let mut family = desc.family();
    for (scope, item) in sections.items() {
        family.set(labels(scope.project_id(), item), 1.0);
    }
    family
}

/// Whether a block of addresses (`ipBlock` of OVHcloud's schemas) is every address there is.
fn is_everywhere(block: &str) -> bool {
    block.trim().ends_with("/0")
}

/// Reads a date as OVHcloud writes them: with `Z` or an offset, or bare, which is its midnight in
/// UTC. The end of time (`9999-12-31`) is the end of ours.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    if let Ok(timestamp) = text.parse() {
        return Ok(Some(timestamp));
    }
    if text.starts_with("9999-") {
        return Ok(Some(Timestamp::MAX));
    }
    let midnight = text.parse::<Date>().and_then(|date| date.to_zoned(TimeZone::UTC));
    midnight.map(|zoned| Some(zoned.timestamp())).map_err(|_| D::Error::custom("not a date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_ovhcloud_writes_them() {
        let read = |json: &str| {
            let read = date(&mut serde_json::Deserializer::from_str(json));
            read.map(|date| date.map(|date| date.to_string()).unwrap_or_default())
        };
        assert_eq!(read(r#""2025-03-14T10:26:53+01:00""#).unwrap(), "2025-03-14T09:26:53Z");
        assert_eq!(read(r#""2025-03-14T10:26:53.5Z""#).unwrap(), "2025-03-14T10:26:53.5Z");
        assert_eq!(read(r#""2025-03-14""#).unwrap(), "2025-03-14T00:00:00Z");
        assert_eq!(read("null").unwrap(), "");
        assert!(read(r#""9999-12-31T23:59:59Z""#).unwrap().starts_with("9999-"));
        assert!(read(r#""soon""#).is_err() && read("7").is_err());
    }
}

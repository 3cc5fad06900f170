//! Instances (virtual machines) of Public Cloud projects, by region, flavor and status, and their
//! public addresses.
//!
//! One call lists them over all regions, with the flavor's id only; the flavor's name comes from
//! the project's own list of flavors, requested once a day. The answer contains `rescuePassword`,
//! which is never read.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Listing, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::instances::{self, Flavor, LIST, Wire, WireAddress};
use super::pass::{Gathered, Pass};
use super::shared::amounts::Count;
use super::shared::is_unchanged;
use super::shared::known::Known;
use super::shared::nullable::Nullable;
use super::shared::samples::{info, times};

static FLAVORS: Route =
    Route::new("/cloud/project/{serviceName}/flavor", &["publicCloudProject:apiovh:flavor/get"])
        .optional();

static INSTANCES: Desc = Desc::count(
    "ovhcloud_cloud_instances",
    "Public Cloud instances (GET /cloud/project/{serviceName}/instance); flavor is empty if its \
     name is unknown",
    &["project_id", "ovh_region", "flavor", "status"],
);

static PUBLIC_ADDRESSES: Desc = Desc::gauge(
    "ovhcloud_cloud_instance_public_addresses",
    "Public addresses of Public Cloud instances by IP version, 4 or 6 \
     (GET /cloud/project/{serviceName}/instance)",
    &["project_id", "ip_version"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_instance_info",
    "Always 1, for each Public Cloud instance (GET /cloud/project/{serviceName}/instance)",
    &[
        "project_id",
        "ovh_region",
        "instance_id",
        "instance_name",
        "flavor",
        "status",
        "image_id",
        "ssh_key_id",
    ],
);

static ADDRESS: Desc = Desc::of_each(
    "ovhcloud_cloud_instance_public_address_info",
    "Always 1, for each public address of a Public Cloud instance \
     (GET /cloud/project/{serviceName}/instance)",
    &["project_id", "instance_id", "instance_name", "ip_address", "ip_version"],
);

static CREATION: Desc = Desc::of_each(
    "ovhcloud_cloud_instance_creation_timestamp_seconds",
    "Creation time of each Public Cloud instance (GET /cloud/project/{serviceName}/instance)",
    &["project_id", "instance_id", "instance_name"],
);

/// The versions of IP; each has a sample, which may be 0.
const VERSIONS: [&str; 2] = ["4", "6"];

/// A virtual machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: Word,
    /// The owner's name for it.
    pub name: Word,
    /// Its region.
    pub region: Word,
    /// The name of its flavor; empty if unknown.
    pub flavor: Word,
    /// `ACTIVE`, `SHUTOFF`, `RESCUE`, …
    pub status: Word,
    /// The id of the SSH key that it was created with; null if there was none.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub ssh_key: Nullable<Word>,
    /// The id of the image that it was created from; `None` if missing.
    #[serde(default)]
    pub image: Option<Word>,
    /// The creation time; `None` if missing.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// Its public addresses, in the order of the alphabet; `None` if unknown.
    #[serde(default)]
    pub public_addresses: Option<Box<[Address]>>,
}

/// An address of an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The address.
    pub ip: Word,
    /// `4` or `6`; empty if unknown.
    pub version: Word,
}

impl Instance {
    /// The labels of its own series.
    fn labels(&self, project: Word) -> [Word; 3] {
        [project, self.id.clone(), self.name.clone()]
    }
}

impl Collect for Instance {
    type Scope = Project;
    const NAME: &'static str = "cloud_instance";
    const RESOURCES: &'static str = "instances of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST, &FLAVORS];
    const FAMILIES: &'static [&'static Desc] =
        &[&INSTANCES, &PUBLIC_ADDRESSES, &INFO, &ADDRESS, &CREATION];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    /// An unknown value is no change. The flavor name is empty before the first read of the names
    /// and after a failed one.
    fn same_as(&self, before: &Self) -> bool {
        let named = |one: &'_ Self| Some(one.flavor.clone()).filter(|name| !name.is_empty());
        let other = |one: &Self| Self {
            flavor: Word::default(),
            ssh_key: Nullable::Unknown,
            image: None,
            created: None,
            public_addresses: None,
            ..one.clone()
        };
        let (addresses, old) = (self.public_addresses.as_ref(), before.public_addresses.as_ref());
        is_unchanged(named(self).as_ref(), named(before).as_ref())
            && self.ssh_key.is_unchanged(&before.ssh_key)
            && is_unchanged(self.image.as_ref(), before.image.as_ref())
            && is_unchanged(self.created.as_ref(), before.created.as_ref())
            && is_unchanged(addresses, old)
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        // The instances of the last reading have these names, until they are read again.
        let flavors_before = pass.remembered::<Flavors>(question(scope));
        let before = pass.before::<Self>().zip(flavors_before);
        let is_known = |list| {
            before.as_ref().is_some_and(|(before, flavors)| flavors.source(list) == before.source)
        };
        let items = before.iter().flat_map(|(before, _)| &*before.items);
        let known_images = || items.filter_map(|one| one.image.clone()).collect();
        let instances = instances::list(pass, scope, is_known, known_images).await?;
        let Some(wires) = &instances.wires else {
            return Ok(Gathered::again(pass.before()));
        };
        if wires.is_empty() {
            return Ok(Gathered::new(Vec::new(), instances.lost.clone()));
        }
        let mut copies = Copies::default();
        let items: Vec<_> = wires.iter().map(|wire| wire.instance(&mut copies)).collect();
        let (lost, fingerprint) = (instances.lost.clone(), instances.fingerprint);
        // Larger than what becomes of it, and all projects wait for the names of their flavors at once.
        drop(instances);
        let flavors = flavors(pass, scope).await;
        let items = items.into_iter().map(|unnamed| unnamed.named(&flavors.names)).collect();
        let mut gathered = Gathered::new(items, lost);
        gathered.partly.extend(flavors.lost.iter().map(of_all));
        gathered.source = Some(flavors.source(fingerprint));
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut instances = INSTANCES.family();
        for (project, instance) in sections.items() {
            instances.count([
                project.project_id(),
                instance.region.clone(),
                instance.flavor.clone(),
                instance.status.clone(),
            ]);
        }
        vec![instances, public_addresses(sections)]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let instances = info(&INFO, sections, |project, instance: &Self| {
            let Self { id, name, region, flavor, status, image, ssh_key, .. } = instance;
            let none = Word::new();
            let image = image.as_ref().unwrap_or(&none);
            let key = ssh_key.value().unwrap_or(&none);
            [&project, region, id, name, flavor, status, image, key].map(Word::clone)
        });
        let mut addresses = ADDRESS.family();
        addresses.set_all(sections.items().flat_map(|(project, instance)| {
            instance.public_addresses.iter().flatten().map(|address| {
                let [project, id, name] = instance.labels(project.project_id());
                let Address { ip, version } = address.clone();
                ([project, id, name, ip, version], 1.0)
            })
        }));
        let creation = times(
            &CREATION,
            sections,
            |instance: &Self| instance.created,
            |project, instance| instance.labels(project),
        );
        vec![instances, addresses, creation]
    }
}

/// Counts public addresses; 0 only where the addresses of all instances are known.
fn public_addresses(sections: &Sections<Project, Instance>) -> Family {
    let mut addresses = Known::of(&PUBLIC_ADDRESSES);
    for (project, section) in &sections.by_scope {
        let labels = |version: &str| [project.project_id(), version.into()];
        for version in VERSIONS {
            addresses.zero(labels(version), section.whole);
        }
        for instance in &*section.items {
            for address in instance.public_addresses.iter().flatten() {
                addresses.count(labels(&address.version), Some(true), section.whole);
            }
            if instance.public_addresses.is_none() {
                for version in VERSIONS {
                    addresses.count(labels(version), None, section.whole);
                }
            }
        }
    }
    addresses.family()
}

/// The names of a project's flavors by id, which a project keeps for months.
#[derive(Debug)]
struct Flavors {
    names: HashMap<String, Word>,
    lost: Vec<api::Error>,
    read_at: Timestamp,
}

impl Flavors {
    /// Whether another request would give the same result for a while: a list without a readable
    /// flavor is no list of OVHcloud's.
    fn will_do(&self) -> bool {
        self.lost.is_empty() || !self.names.is_empty()
    }

    /// The fingerprints of instances that have these names, by that of their list.
    fn source(&self, list: u64) -> [u64; 2] {
        [list, self.read_at.as_microsecond().cast_unsigned()]
    }
}

/// The error of a flavor, which may be that of any instance.
fn of_all(error: &api::Error) -> api::Error {
    api::Error { object: None, ..error.clone() }
}

/// The question that a refresh remembers the flavors of a project by.
fn question(scope: &Project) -> String {
    format!("flavors of {}", scope.0)
}

/// The flavors of a project. The instances count even without the names; missing names are a gap, a
/// refused right to them is an optional one.
async fn flavors(pass: &Pass<'_>, scope: &Project) -> Arc<Flavors> {
    let (id, read_at) = (scope.project_id(), pass.schedule().now);
    let read = || async {
        let Listing { objects, lost } = pass.session.objects(&FLAVORS.at(&[&id])).await?;
        let named = |flavor: Flavor| Some((flavor.id?, flavor.name?));
        Ok(Flavors { names: objects.into_iter().filter_map(named).collect(), lost, read_at })
    };
    let flavors = pass.daily_if(Flavors::will_do, question(scope), read).await;
    let none = |error| Flavors { names: HashMap::default(), lost: vec![error], read_at };
    flavors.unwrap_or_else(|error| none(error).into())
}

/// One copy of each longer text that instances of a project share: an image, a key, a region.
#[derive(Default)]
struct Copies(HashSet<Word>);

impl Copies {
    fn one(&mut self, text: &Word) -> Word {
        if text.len() <= Word::INLINE_LIMIT {
            return text.clone();
        }
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        self.0.insert(text.clone());
        text.clone()
    }
}

impl WireAddress {
    fn is_public(&self) -> bool {
        self.kind.as_deref() == Some("public")
    }

    /// The address; `None` without one.
    fn address(&self) -> Option<Address> {
        let ip = self.ip.clone()?;
        let version = match (self.version.clone().and_then(Count::known), ip.parse()) {
            (Some(4), _) | (_, Ok(IpAddr::V4(_))) => "4",
            (Some(6), _) | (_, Ok(IpAddr::V6(_))) => "6",
            _ => "",
        };
        Some(Address { version: version.into(), ip })
    }
}

/// The public addresses; `None` if one has no type, or is missing itself.
fn public(addresses: &[WireAddress]) -> Option<Box<[Address]>> {
    if addresses.iter().any(|address| address.kind.is_none()) {
        return None;
    }
    let listed = || addresses.iter().filter(|address| address.is_public());
    let mut public = Vec::with_capacity(listed().count());
    for address in listed() {
        public.push(address.address()?);
    }
    public.sort();
    Some(public.into())
}

/// An instance with the flavor's name in its own answer, if there is one, and the flavor's id.
struct Unnamed {
    instance: Instance,
    flavor: Option<Word>,
}

impl Unnamed {
    fn named(self, names: &HashMap<String, Word>) -> Instance {
        let listed = self.flavor.and_then(|id| names.get(&*id).cloned());
        Instance { flavor: listed.unwrap_or(self.instance.flavor), ..self.instance }
    }
}

impl Wire {
    fn instance(&self, copies: &mut Copies) -> Unnamed {
        let own = self.flavor.as_ref().and_then(|flavor| flavor.name.clone());
        let instance = Instance {
            id: self.id.clone().unwrap_or_default(),
            name: self.name.clone().unwrap_or_default(),
            region: self.region.as_ref().map(|name| copies.one(name)).unwrap_or_default(),
            flavor: own.unwrap_or_default(),
            status: self.status.clone().unwrap_or_default(),
            ssh_key: self.ssh_key_id.as_ref().map(|id| copies.one(id)).into(),
            image: self.image_id.as_ref().map(|id| copies.one(id)),
            created: self.created,
            public_addresses: self.ip_addresses.as_deref().and_then(public),
        };
        Unnamed { instance, flavor: self.flavor_id.as_ref().map(|id| copies.one(id)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(json: &str) -> Instance {
        let names = [("f1".to_owned(), "b3-8".into())].into_iter().collect();
        let wire = serde_json::from_str::<Wire>(json).unwrap();
        wire.instance(&mut Copies::default()).named(&names)
    }

    #[test]
    fn the_flavors_name_is_joined_by_its_id() {
        let joined = instance(r#"{"id":"i","flavorId":"f1","flavor":null,"status":"ACTIVE"}"#);
        assert_eq!((&*joined.flavor, &*joined.status), ("b3-8", "ACTIVE"));
        let own = instance(r#"{"id":"i","flavorId":"f2","flavor":{"name":"c3-4"}}"#);
        assert_eq!(&*own.flavor, "c3-4");
    }

    #[test]
    fn nothing_that_may_be_missing_loses_the_instance() {
        let bare = instance(r#"{"region":null,"rescuePassword":"x","new":[1]}"#);
        assert_eq!((&*bare.region, &*bare.flavor, &*bare.status), ("", "", ""));
    }

    const ADDRESSES: &str = r#"[{"ip":"203.0.113.9","type":"public","version":4},
        {"ip":"2001:db8::9","type":"public"},{"ip":"10.0.0.9","type":"private","version":4}]"#;

    #[test]
    fn public_addresses_are_kept_with_their_version() {
        let read = |list: &str| instance(&format!(r#"{{"ipAddresses":{list}}}"#)).public_addresses;
        let read_all = read(ADDRESSES).unwrap();
        let pairs: Vec<_> = read_all.iter().map(|one| (&*one.ip, &*one.version)).collect();
        assert_eq!(pairs, [("2001:db8::9", "6"), ("203.0.113.9", "4")]);
        assert_eq!(read("[]"), Some([].into()));
        for unclear in ["null", r#"[{"ip":"203.0.113.9"}]"#, r#"[{"type":"public"}]"#] {
            assert_eq!(read(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn no_public_address_is_0_only_where_all_addresses_are_known() {
        let count = |lists: &[&str]| {
            let read = |list: &&str| instance(&format!(r#"{{"ipAddresses":{list}}}"#));
            let items = lists.iter().map(read).collect();
            let sections = Sections::known(Project("p".into()), Timestamp::UNIX_EPOCH, items);
            let family = Instance::families(&sections).remove(1);
            VERSIONS.map(|version| {
                family.samples.get(&vec![Word::from("p"), Word::from(version)]).copied()
            })
        };
        assert_eq!(count(&[]), [Some(0.0), Some(0.0)]);
        assert_eq!(count(&[ADDRESSES, "[]"]), [Some(1.0), Some(1.0)]);
        let four = r#"[{"ip":"203.0.113.8","type":"public","version":4}]"#;
        assert_eq!(count(&[four, four, "null"]), [Some(2.0), None]);
    }

    #[test]
    fn members_that_an_old_state_lacks_are_unknown_and_no_change() {
        let old = r#"{"id":"i","name":"n","region":"GRA","flavor":"b3-8","status":"ACTIVE"}"#;
        let old: Instance = serde_json::from_str(old).unwrap();
        assert_eq!((&old.ssh_key, &old.public_addresses), (&Nullable::Unknown, &None));
        let json = format!(
            r#"{{"id":"i","name":"n","region":"GRA","flavorId":"f1","status":"ACTIVE",
                "sshKeyId":null,"imageId":"m","created":"2025-01-01","ipAddresses":{ADDRESSES}}}"#
        );
        let now = instance(&json);
        assert_eq!(now.ssh_key, Nullable::Null);
        assert!(now.same_as(&old));
        assert!(!instance(&json.replace("113.9", "113.8")).same_as(&now));
        let other_key = json.replace(r#""sshKeyId":null"#, r#""sshKeyId":"k""#);
        assert!(!instance(&other_key).same_as(&now));
    }
}

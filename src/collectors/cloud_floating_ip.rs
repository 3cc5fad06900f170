//! Floating IP addresses of Public Cloud projects, which cost money whether or not they are attached.
//!
//! OVHcloud lists them region by region, and does not document which service of a region has them:
//! every region that works is asked, and one that does not find the list has none. That is a call
//! per region: the collector is disabled by default, and reads less often than the rest.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::regions::{self, ONE_REGION, REGIONS, Service};
use super::pass::{Gathered, Pass};
use super::shared::nullable::Nullable;
use super::shared::samples::info;

static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}/floatingip",
    &["publicCloudProject:apiovh:region/floatingip/get"],
);

static ADDRESSES: Desc = Desc::count(
    "ovhcloud_cloud_floating_ips",
    "Floating IP addresses of Public Cloud projects by status and whether they are attached: true, \
     false, or empty if unknown (GET /cloud/project/{serviceName}/region/{regionName}/floatingip)",
    &["project_id", "ovh_region", "status", "attached"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_floating_ip_info",
    "Always 1, for each floating IP address of a Public Cloud project; the entity is empty for an \
     unattached one (GET /cloud/project/{serviceName}/region/{regionName}/floatingip)",
    &["project_id", "ovh_region", "floating_ip_id", "ip_address", "status", "entity_type"],
);

const FLOATING: Service = Service { title: "floating IP addresses", names: &[] };

/// A floating IP address.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FloatingIp {
    /// Its id.
    pub id: String,
    /// The address; empty if missing.
    pub ip: String,
    /// The region that lists it.
    pub region: Word,
    /// `active`, `down`, `error`; empty if missing.
    pub status: Word,
    /// The entity that it is attached to; null if there is none.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub entity: Nullable<Entity>,
}

/// An entity that an address is attached to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Entity {
    /// Its id; empty if missing.
    pub id: String,
    /// `instance`, `loadbalancer`, `routerInterface`, `dhcp`, `unknown`; empty if missing.
    pub kind: Word,
}

impl FloatingIp {
    /// Whether it is attached; `None` if unknown.
    pub fn is_attached(&self) -> Option<bool> {
        match self.entity {
            Nullable::Unknown => None,
            Nullable::Null => Some(false),
            Nullable::Value(_) => Some(true),
        }
    }
}

impl Collect for FloatingIp {
    type Scope = Project;
    const NAME: &'static str = "cloud_floating_ip";
    const RESOURCES: &'static str = "floating IP addresses of projects";
    const ROUTES: &'static [&'static Route] = &[&REGIONS, &ONE_REGION, &LIST];
    const FAMILIES: &'static [&'static Desc] = &[&ADDRESSES, &INFO];
    const IS_ON: bool = false;
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(6));

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.ip.as_str().into()
    }

    fn part(&self) -> Word {
        self.region.clone()
    }

    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self { entity: Nullable::Unknown, ..one.clone() };
        self.entity.is_unchanged(&before.entity) && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let id = &scope.project_id();
        regions::in_each(pass, scope, FLOATING, |region| async move {
            let listed = pass.session.objects(&LIST.at(&[id, &region])).await?;
            Ok(listed.map(|wire: Wire| wire.address(region.clone())))
        })
        .await
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut addresses = ADDRESSES.family();
        for (project, address) in sections.items() {
            let attached = address.is_attached().map(|is| is.to_string()).unwrap_or_default();
            let Self { region, status, .. } = address.clone();
            addresses.count([project.project_id(), region, status, attached.as_str().into()]);
        }
        vec![addresses]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let addresses = info(&INFO, sections, |project, address: &Self| {
            let Self { id, ip, region, status, entity } = address.clone();
            let entity = entity.value().map(|entity| entity.kind.clone()).unwrap_or_default();
            [project, region, id.as_str().into(), ip.as_str().into(), status, entity]
        });
        vec![addresses]
    }
}

/// `cloud.project.FloatingIp`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    ip: Option<String>,
    status: Option<String>,
    associated_entity: Option<WireEntity>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

/// `cloud.project.floatingIp.AssociatedEntity`
#[derive(Deserialize)]
struct WireEntity {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Wire {
    fn address(self, region: Word) -> FloatingIp {
        let entity = |entity: WireEntity| Entity {
            id: entity.id.unwrap_or_default(),
            kind: entity.kind.unwrap_or_default().into(),
        };
        FloatingIp {
            id: self.id.unwrap_or_default(),
            ip: self.ip.unwrap_or_default(),
            region,
            status: self.status.unwrap_or_default().into(),
            entity: self.associated_entity.map(entity).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn address(json: &str) -> FloatingIp {
        serde_json::from_str::<Wire>(json).unwrap().address("GRA11".into())
    }

    const ATTACHED: &str = r#"{"id":"f","ip":"203.0.113.7","status":"active",
        "associatedEntity":{"id":"i","type":"instance","gatewayId":"g","ip":"10.0.0.7"}}"#;

    #[test]
    fn an_address_is_attached_to_an_entity_or_to_none() {
        let told = address(ATTACHED);
        let entity = told.entity.value().unwrap();
        assert_eq!((&*entity.id, &*entity.kind, told.is_attached()), ("i", "instance", Some(true)));
        for free in [r#"{"id":"f","associatedEntity":null}"#, r#"{"id":"f"}"#] {
            assert_eq!(address(free).is_attached(), Some(false), "{free}");
        }
        let odd = address(r#"{"id":"f","associatedEntity":{"type":null}}"#);
        assert_eq!((odd.is_attached(), &*odd.entity.value().unwrap().kind), (Some(true), ""));
    }

    #[test]
    fn addresses_are_counted_by_whether_they_are_attached() {
        let unknown = FloatingIp { entity: Nullable::Unknown, ..address(ATTACHED) };
        assert!(unknown.same_as(&address(ATTACHED)));
        assert!(!address(r#"{"id":"f"}"#).same_as(&address(ATTACHED)));
        let items = vec![address(ATTACHED), address(r#"{"id":"g","status":"down"}"#), unknown];
        let sections = Sections::known(Project("p".into()), Timestamp::UNIX_EPOCH, items);
        let samples = FloatingIp::families(&sections).remove(0).samples;
        let of = |status: &str, attached: &str| {
            samples.get(["p", "GRA11", status, attached].map(Word::from).as_slice()).copied()
        };
        assert_eq!((of("active", "true"), of("active", "")), (Some(1.0), Some(1.0)));
        assert_eq!((of("down", "false"), samples.len()), (Some(1.0), 3));
    }
}

//! Instances (virtual machines) of Public Cloud projects, by region, flavor and status.
//!
//! One call lists them over all regions, with the flavor's id only; the flavor's name comes from
//! the project's own list of flavors, requested once a day. The answer contains `rescuePassword`,
//! which is never read.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::api::{self, Call, Identified, Listing, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::is_unchanged;
use super::shared::samples::info;

static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/instance",
    &["publicCloudProject:apiovh:instance/get"],
);
static FLAVORS: Route =
    Route::new("/cloud/project/{serviceName}/flavor", &["publicCloudProject:apiovh:flavor/get"]);

static INSTANCES: Desc = Desc::gauge(
    "ovhcloud_cloud_instances",
    "Public Cloud instances (GET /cloud/project/{serviceName}/instance); flavor is empty if its \
     name is unknown",
    &["project_id", "ovh_region", "flavor", "status"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_instance_info",
    "Always 1, for each Public Cloud instance (GET /cloud/project/{serviceName}/instance)",
    &["project_id", "ovh_region", "instance_id", "instance_name", "flavor", "status"],
);

/// A virtual machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Its region.
    pub region: Word,
    /// The name of its flavor; empty if unknown.
    pub flavor: Word,
    /// `ACTIVE`, `SHUTOFF`, `RESCUE`, …
    pub status: Word,
}

impl Collect for Instance {
    type Scope = Project;
    const NAME: &'static str = "cloud_instance";
    const ROUTES: &'static [&'static Route] = &[&LIST, &FLAVORS];
    const FAMILIES: &'static [&'static Desc] = &[&INSTANCES, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    /// An unknown flavor name is no change: it is empty before the first read of the names and
    /// after a failed one.
    fn same_as(&self, before: &Self) -> bool {
        let named = |one: &'_ Self| Some(one.flavor.clone()).filter(|name| !name.is_empty());
        let other = |one: &Self| Self { flavor: Word::default(), ..one.clone() };
        is_unchanged(named(self).as_ref(), named(before).as_ref()) && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let id = scope.project_id();
        let instances = pass.session.objects::<Wire>(&LIST.at(&[&id])).await?;
        if instances.objects.is_empty() {
            return Ok(Gathered { items: Vec::new(), lost: instances.lost });
        }
        let call = FLAVORS.at(&[&id]);
        let flavors = pass.daily(format!("flavors of {id}"), || flavors(pass, call)).await;
        // The instances count even without the names; missing names are a gap.
        let flavors = flavors.unwrap_or_else(|error| Flavors::lost(error).into());
        let names = &flavors.names;
        let mut gathered = Gathered::from_listing(instances, |wire: Wire| wire.with_flavor(names));
        gathered.lost.extend(flavors.lost.iter().cloned());
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
        vec![instances]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let instances = info(&INFO, sections, |project, instance: &Self| {
            let (id, name) = (instance.id.as_str().into(), instance.name.as_str().into());
            let Self { region, flavor, status, .. } = instance.clone();
            [project, region, id, name, flavor, status]
        });
        vec![instances]
    }
}

/// The names of a project's flavors by id, which a project keeps for months.
#[derive(Debug)]
struct Flavors {
    names: HashMap<String, Word>,
    lost: Vec<api::Error>,
}

impl Flavors {
    fn lost(error: api::Error) -> Self {
        Self { names: HashMap::new(), lost: vec![error] }
    }
}

async fn flavors(pass: &Pass<'_>, call: Call) -> Result<Flavors, api::Error> {
    let Listing { objects, lost } = pass.session.objects::<Flavor>(&call).await?;
    let named = |flavor: Flavor| Some((flavor.id?, flavor.name?.into()));
    Ok(Flavors { names: objects.into_iter().filter_map(named).collect(), lost })
}

/// `cloud.instance.Instance`; `flavor` is null in the list, but not in the answer for one instance.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    region: Option<String>,
    status: Option<String>,
    flavor_id: Option<String>,
    flavor: Option<Flavor>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

/// `cloud.flavor.Flavor`
#[derive(Deserialize)]
struct Flavor {
    id: Option<String>,
    name: Option<String>,
}

impl Identified for Flavor {
    const ID: Option<&'static str> = Some("id");
}

impl Wire {
    fn with_flavor(self, names: &HashMap<String, Word>) -> Instance {
        let listed = self.flavor_id.and_then(|id| names.get(&id).cloned());
        let own = || self.flavor.and_then(|flavor| flavor.name).map(Word::from);
        Instance {
            id: self.id.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            region: self.region.unwrap_or_default().into(),
            flavor: listed.or_else(own).unwrap_or_default(),
            status: self.status.unwrap_or_default().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(json: &str) -> Instance {
        let names = HashMap::from([("f1".to_owned(), "b3-8".into())]);
        serde_json::from_str::<Wire>(json).unwrap().with_flavor(&names)
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
}

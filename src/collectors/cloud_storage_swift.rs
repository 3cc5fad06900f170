//! Swift containers of Public Cloud projects, with their objects and bytes, and the publicly
//! readable ones. S3 buckets are another resource.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::amounts::Count;
use super::shared::known::Known;
use super::shared::storage::{self, Container};

// Without the query, OVHcloud does not report the containers' types.
static LIST: Route =
    Route::new("/cloud/project/{serviceName}/storage", &["publicCloudProject:apiovh:storage/get"])
        .with_query("includeType=true");

static PUBLIC: Desc = Desc::count(
    "ovhcloud_cloud_storage_public_containers",
    "Publicly readable Swift containers of Public Cloud projects, with the type public or static \
     (GET /cloud/project/{serviceName}/storage)",
    &["project_id", "ovh_region"],
);

/// A Swift container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SwiftContainer {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Its region.
    pub region: Word,
    /// `private`, `public` or `static`, which is a website; empty if missing.
    pub container_type: Word,
    /// The number of objects; `None` if missing.
    pub objects: Option<i64>,
    /// Their total size; `None` if missing.
    pub bytes: Option<i64>,
}

impl SwiftContainer {
    /// Whether it is publicly readable; `None` if its type is missing or unknown to the schema.
    pub fn is_public(&self) -> Option<bool> {
        match &*self.container_type {
            "public" | "static" => Some(true),
            "private" => Some(false),
            _ => None,
        }
    }

    fn counted(&self) -> Container<'_> {
        let Self { name, region, objects, bytes, .. } = self;
        Container { region, name, objects: *objects, bytes: *bytes }
    }
}

impl Collect for SwiftContainer {
    type Scope = Project;
    const NAME: &'static str = "cloud_storage_swift";
    const RESOURCES: &'static str = "Swift containers of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = {
        let [containers, objects, bytes, each] = storage::FAMILIES;
        &[containers, objects, bytes, &PUBLIC, each]
    };
    const CONSTANT: &'static [(&'static str, &'static str)] = &[("kind", "swift")];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    fn same_as(&self, before: &Self) -> bool {
        let (objects, bytes) = (before.objects, before.bytes);
        Self { objects, bytes, ..self.clone() } == *before
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        pass.list(&LIST.at(&[&scope.project_id()]), |wire: Wire| wire.into()).await
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut families = storage::families("swift", sections, Self::counted);
        let mut public = Known::of(&PUBLIC);
        for (project, section) in &sections.by_scope {
            for container in &*section.items {
                let place = [project.project_id(), container.region.clone()];
                public.count(place, container.is_public(), section.whole);
            }
        }
        families.push(public.family());
        families
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        storage::named("swift", sections, Self::counted)
    }
}

/// `cloud.storage.Container`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    region: Option<String>,
    container_type: Option<String>,
    stored_objects: Option<Count>,
    stored_bytes: Option<Count>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

impl From<Wire> for SwiftContainer {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            region: wire.region.unwrap_or_default().into(),
            container_type: wire.container_type.unwrap_or_default().into(),
            objects: wire.stored_objects.and_then(Count::known),
            bytes: wire.stored_bytes.and_then(Count::known),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::inventory::Section;

    fn containers(json: &str) -> Vec<SwiftContainer> {
        let wires: Vec<Wire> = serde_json::from_str(json).unwrap();
        wires.into_iter().map(SwiftContainer::from).collect()
    }

    fn public(items: Vec<SwiftContainer>, whole: bool) -> Vec<(Word, f64)> {
        let section = Section::new(Timestamp::UNIX_EPOCH, whole, items);
        let mut sections = Sections::default();
        sections.by_scope.insert(Project("p".into()), section);
        let families = SwiftContainer::families(&sections);
        families[3].samples.iter().map(|(labels, value)| (labels[1].clone(), *value)).collect()
    }

    #[test]
    fn only_containers_whose_type_is_known_are_public_or_not() {
        let items = containers(
            r#"[{"region":"A","containerType":"public"},{"region":"A","containerType":"static"},
                {"region":"A","containerType":null},{"region":"B","containerType":"private"},
                {"region":"C"},{"region":"D","containerType":"sealed"}]"#,
        );
        let [a, b] = ["A", "B"].map(Word::from);
        assert_eq!(public(items.clone(), true), [(a.clone(), 2.0), (b, 0.0)]);
        assert_eq!(public(items, false), [(a, 2.0)]);
    }

    #[test]
    fn more_objects_are_no_change_of_a_container_and_a_new_type_is_one() {
        let read = containers(
            r#"[{"id":"1","containerType":"private","storedObjects":1,"storedBytes":10},
                {"id":"1","containerType":"private","storedObjects":2,"storedBytes":20},
                {"id":"1","containerType":"public","storedObjects":1,"storedBytes":10}]"#,
        );
        assert_eq!((read[0].objects, read[0].bytes), (Some(1), Some(10)));
        assert!(read[1].same_as(&read[0]) && !read[2].same_as(&read[0]));
    }
}

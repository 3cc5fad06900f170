//! Images of Public Cloud projects: those that instances were created from, and those that are not
//! public.
//!
//! OVHcloud lists all images of all regions, hundreds of them, most of them its own and unused: the
//! rest of the list is not kept. The list is large and changes seldom: the collector reads it once an
//! hour. An image that OVHcloud withdrew may be missing from the list, though instances use it.
//! Snapshots of instances, which are images as well, are another list: see
//! `cloud_instance_snapshot`.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::instances;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::samples::info;

static LIST: Route =
    Route::new("/cloud/project/{serviceName}/image", &["publicCloudProject:apiovh:image/get"]);

static IMAGES: Desc = Desc::count(
    "ovhcloud_cloud_images",
    "Images of Public Cloud projects that instances use or that are not public, by visibility and \
     status (GET /cloud/project/{serviceName}/image)",
    &["project_id", "ovh_region", "visibility", "status"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_image_info",
    "Always 1, for each image of a Public Cloud project that instances use or that is not public \
     (GET /cloud/project/{serviceName}/image)",
    &["project_id", "ovh_region", "image_id", "image_name", "visibility", "status"],
);

/// The visibility of OVHcloud's images.
const PUBLIC: &str = "public";

/// An image.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: Word,
    /// Its name: `Debian 12`, …
    pub name: Word,
    /// Its region.
    pub region: Word,
    /// `active`, `deactivated`, … The schema does not limit the values; empty if missing.
    pub status: Word,
    /// `public`, `private`, `shared`, … The schema does not limit the values; empty if missing.
    pub visibility: Word,
    /// The family of its operating system: `linux`, `windows`, …; empty if missing.
    pub os_type: Word,
    /// Its tags; `None` if missing.
    pub tags: Option<BTreeSet<String>>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl Collect for Image {
    type Scope = Project;
    const NAME: &'static str = "cloud_image";
    const RESOURCES: &'static str = "images of projects that instances use or that are not public";
    const ROUTES: &'static [&'static Route] = &[&LIST, &instances::LIST];
    const FAMILIES: &'static [&'static Desc] = &[&IMAGES, &INFO];
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(1));

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let call = LIST.at(&[&scope.project_id()]);
        let in_use = async {
            // The instances themselves do not wait for the images.
            let instances = instances::list(pass, scope, |_| false, HashSet::new).await?;
            Ok((instances.images.clone(), instances.lost.clone()))
        };
        let (in_use, images) = tokio::join!(in_use, pass.session.objects::<Wire>(&call));
        let ((in_use, lost), mut images) = (in_use?, images?);
        images.objects.retain(|image| image.is_own() || image.is_one_of(&in_use));
        let mut gathered = Gathered::from_listing(images, |wire: Wire| wire.into());
        // The image of an unreadable instance is not known.
        let unnamed = lost.into_iter().filter(|error| !matches!(error.kind, Kind::Unclear { .. }));
        let unnamed = unnamed.map(|error| api::Error { object: None, ..error });
        gathered.lost.extend(unnamed);
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut images = IMAGES.family();
        for (project, image) in sections.items() {
            let Self { region, visibility, status, .. } = image.clone();
            images.count([project.project_id(), region, visibility, status]);
        }
        vec![images]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let images = info(&INFO, sections, |project, image: &Self| {
            let Self { id, name, region, visibility, status, .. } = image;
            [&project, region, id, name, visibility, status].map(Word::clone)
        });
        vec![images]
    }
}

/// `cloud.image.Image`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<Word>,
    name: Option<Word>,
    region: Option<Word>,
    status: Option<Word>,
    visibility: Option<Word>,
    #[serde(rename = "type")]
    kind: Option<Word>,
    tags: Option<Vec<Option<String>>>,
    #[serde(default, deserialize_with = "date")]
    creation_date: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["creationDate"];
}

impl Wire {
    /// Whether it may be the project's own.
    fn is_own(&self) -> bool {
        self.visibility.as_deref() != Some(PUBLIC)
    }

    fn is_one_of(&self, ids: &HashSet<Word>) -> bool {
        self.id.as_deref().is_some_and(|id| ids.contains(id))
    }
}

impl From<Wire> for Image {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            region: wire.region.unwrap_or_default(),
            status: wire.status.unwrap_or_default(),
            visibility: wire.visibility.unwrap_or_default(),
            os_type: wire.kind.unwrap_or_default(),
            tags: wire.tags.and_then(|tags| tags.into_iter().collect()),
            created: wire.creation_date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(json: &str) -> Wire {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_unused_image_of_ovhclouds_is_not_kept() {
        let used = HashSet::from(["a".into()]);
        let is_kept = |json| wire(json).is_own() || wire(json).is_one_of(&used);
        assert!(is_kept(r#"{"id":"a","visibility":"public"}"#));
        assert!(!is_kept(r#"{"id":"b","visibility":"public"}"#));
        for own in [r#"{"id":"b","visibility":"shared"}"#, r#"{"id":"b","visibility":null}"#] {
            assert!(is_kept(own), "{own}");
        }
    }

    #[test]
    fn nothing_that_may_be_missing_loses_the_image() {
        let json = r#"{"id":"a","name":"Debian 12","type":"linux","tags":["x"],"size":1.5}"#;
        let image = Image::from(wire(json));
        assert_eq!((&*image.name, &*image.os_type), ("Debian 12", "linux"));
        assert_eq!(image.tags, Some(BTreeSet::from(["x".to_owned()])));
        let bare = Image::from(wire(r#"{"id":"a","tags":[null],"creationDate":null}"#));
        assert_eq!((bare.tags, bare.created, &*bare.visibility), (None, None, ""));
    }

    #[test]
    fn images_are_counted_by_visibility_and_status() {
        let items = [
            r#"{"id":"a","region":"R","visibility":"public","status":"active"}"#,
            r#"{"id":"b","region":"R","visibility":"public","status":"active"}"#,
            r#"{"id":"c","region":"R","visibility":"shared"}"#,
        ];
        let items = items.map(|json| Image::from(wire(json))).into();
        let sections = Sections::known(Project("p".into()), Timestamp::UNIX_EPOCH, items);
        let samples = Image::families(&sections).remove(0).samples;
        let of = |visibility: &str, status: &str| {
            samples.get(["p", "R", visibility, status].map(Word::from).as_slice()).copied()
        };
        assert_eq!((of("public", "active"), of("shared", "")), (Some(2.0), Some(1.0)));
        assert_eq!(Image::named(&sections)[0].samples.len(), 3);
    }
}

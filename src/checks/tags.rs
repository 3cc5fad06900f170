//! The tags of resources, as IAM lists them.

use std::collections::{BTreeMap, HashMap};

use crate::collectors::{Inventory, Nullable};

use super::verdict::Resource;

/// The tags of a resource, by key.
pub type Tags = BTreeMap<String, String>;

static NONE: Tags = Tags::new();

/// The types of IAM whose resources checks name by the id at the end of the URN.
const BY_ID: [&str; 2] = ["publicCloudProject", "okms"];

/// The known tags. A resource of a project has those of the project: IAM tags no smaller part of
/// Public Cloud.
#[derive(Debug)]
pub struct Tagged<'a>(HashMap<&'a str, &'a Tags>);

impl<'a> Tagged<'a> {
    /// The tags that the inventory holds.
    pub fn of(inventory: &'a Inventory) -> Self {
        let mut tags = HashMap::new();
        for (_, resource) in inventory.iam_resource.items() {
            let own = match &resource.tags {
                Nullable::Unknown => continue,
                Nullable::Null => &NONE,
                Nullable::Value(own) => own,
            };
            tags.insert(resource.urn.as_str(), own);
            let id = resource.urn.rsplit_once(':').map(|(_, id)| id);
            let id = id.filter(|_| BY_ID.contains(&&*resource.resource_type));
            tags.extend(id.map(|id| (id, own)));
        }
        Self(tags)
    }

    /// The tags of a resource; `None` if they are unknown.
    pub fn get(&self, resource: &Resource) -> Option<&'a Tags> {
        let Resource { project_id, id, .. } = resource;
        let key = if project_id.is_empty() { id } else { &**project_id };
        self.0.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing};
    use crate::collectors::iam_resource::IamResource;

    fn resource(kind: &str, tags: Nullable<Tags>) -> IamResource {
        IamResource {
            urn: format!("urn:v1:eu:resource:{kind}:x1"),
            resource_type: kind.into(),
            tags,
            ..Default::default()
        }
    }

    fn found(kind: &str, tags: Nullable<Tags>, project_id: &str, id: &str) -> Option<Tags> {
        let iam_resource = account(vec![resource(kind, tags)]);
        let inventory = Inventory { iam_resource, ..nothing() };
        let (kind, project_id) = ("any".into(), project_id.into());
        let resource = Resource { kind, project_id, id: id.into(), name: "".into() };
        Tagged::of(&inventory).get(&resource).cloned()
    }

    #[test]
    fn a_project_its_resources_and_a_urn_have_the_tags() {
        let tags = Tags::from([("env".to_owned(), "test".to_owned())]);
        let known = || Nullable::Value(tags.clone());
        assert_eq!(found("publicCloudProject", known(), "", "x1"), Some(tags.clone()));
        assert_eq!(found("publicCloudProject", known(), "x1", "volume"), Some(tags.clone()));
        assert_eq!(found("vps", known(), "", "urn:v1:eu:resource:vps:x1"), Some(tags.clone()));
        assert_eq!(found("vps", known(), "", "x1"), None, "another kind may have the id");
        assert_eq!(found("publicCloudProject", known(), "x2", "volume"), None);
    }

    #[test]
    fn no_tags_are_known_and_unknown_ones_are_not() {
        assert_eq!(found("okms", Nullable::Null, "", "x1"), Some(Tags::new()));
        assert_eq!(found("okms", Nullable::Unknown, "", "x1"), None);
    }
}

//! SSH public keys of Public Cloud projects, which OVHcloud installs on new instances.
//!
//! The list has the keys but neither their fingerprints, which are therefore computed in both usual
//! forms, nor their types and lengths.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word, number};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::is_unchanged;
use super::shared::samples::info;

pub(crate) use super::shared::public_keys::{Algorithm, Fingerprints};

static LIST: Route =
    Route::new("/cloud/project/{serviceName}/sshkey", &["publicCloudProject:apiovh:sshkey/get"]);

static KEYS: Desc = Desc::count(
    "ovhcloud_cloud_ssh_keys",
    "SSH keys of Public Cloud projects (GET /cloud/project/{serviceName}/sshkey)",
    &["project_id"],
);

static BY_TYPE: Desc = Desc::gauge(
    "ovhcloud_cloud_ssh_keys_by_type",
    "SSH keys of Public Cloud projects by their type and length in bits, both empty for an \
     unreadable key (GET /cloud/project/{serviceName}/sshkey)",
    &["project_id", "key_type", "key_bits"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_ssh_key_info",
    "Always 1, for each SSH key of a Public Cloud project; fingerprint, type and bits are empty \
     for an unreadable key (GET /cloud/project/{serviceName}/sshkey)",
    &["project_id", "ssh_key_id", "ssh_key_name", "fingerprint", "key_type", "key_bits"],
);

/// An SSH public key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SshKey {
    /// OVHcloud's id of the key.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// The fingerprints; `None` for an unreadable key.
    pub fingerprints: Option<Fingerprints>,
    /// Its type and length; `None` for an unreadable key.
    #[serde(default)]
    pub algorithm: Option<Algorithm>,
}

impl Collect for SshKey {
    type Scope = Project;
    const NAME: &'static str = "cloud_ssh_key";
    const RESOURCES: &'static str = "SSH keys of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&KEYS, &BY_TYPE, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    /// A type that an older version did not read is no change.
    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self { algorithm: None, ..one.clone() };
        is_unchanged(self.algorithm.as_ref(), before.algorithm.as_ref())
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        pass.list(&LIST.at(&[&scope.project_id()]), |wire: Wire| wire.into()).await
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut keys = KEYS.family();
        for (project, section) in &sections.by_scope {
            keys.add([project.project_id()], number(section.items.len()));
        }
        let mut by_type = BY_TYPE.family();
        for (project, key) in sections.items() {
            let [kind, bits] = Algorithm::labels(key.algorithm.as_ref());
            by_type.count([project.project_id(), kind, bits]);
        }
        vec![keys, by_type]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let keys = info(&INFO, sections, |project, key: &Self| {
            let fingerprint = key.fingerprints.as_ref().map(|both| both.sha256.as_str());
            let names = [key.id.as_str(), key.name.as_str(), fingerprint.unwrap_or_default()];
            let [id, name, fingerprint] = names.map(Word::from);
            let [kind, bits] = Algorithm::labels(key.algorithm.as_ref());
            [project, id, name, fingerprint, kind, bits]
        });
        vec![keys]
    }
}

/// `cloud.sshkey.SshKey`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    public_key: Option<String>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

impl From<Wire> for SshKey {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            fingerprints: wire.public_key.as_deref().and_then(Fingerprints::of),
            algorithm: wire.public_key.as_deref().and_then(Algorithm::of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti alice@example.com";

    #[test]
    fn a_key_that_is_none_is_kept_without_fingerprints() {
        let key = SshKey::from(
            serde_json::from_str::<Wire>(r#"{"id":"a","publicKey":"garbage"}"#).unwrap(),
        );
        assert_eq!((key.id.as_str(), &key.fingerprints, &key.algorithm), ("a", &None, &None));
        assert_eq!(Algorithm::labels(key.algorithm.as_ref()), [Word::from(""), Word::from("")]);
    }

    #[test]
    fn a_type_that_an_old_state_lacks_is_no_change() {
        let json = format!(r#"{{"id":"a","name":"n","publicKey":"{KEY}"}}"#);
        let now = SshKey::from(serde_json::from_str::<Wire>(&json).unwrap());
        let mut old = serde_json::to_value(&now).unwrap();
        assert!(old.as_object_mut().unwrap().remove("algorithm").is_some());
        let old: SshKey = serde_json::from_value(old).unwrap();
        assert!(old.algorithm.is_none() && now.same_as(&old));
        assert!(!SshKey { fingerprints: None, ..now.clone() }.same_as(&now));
    }
}

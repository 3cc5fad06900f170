//! SSH public keys of Public Cloud projects, which OVHcloud installs on new instances.
//!
//! The list has the keys but not their fingerprints, which are therefore computed in both usual
//! forms.

use std::borrow::Cow;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use ssh_key::{HashAlg, PublicKey};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word, number};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::samples::info;

static LIST: Route =
    Route::new("/cloud/project/{serviceName}/sshkey", &["publicCloudProject:apiovh:sshkey/get"]);

static KEYS: Desc = Desc::gauge(
    "ovhcloud_cloud_ssh_keys",
    "SSH keys of Public Cloud projects (GET /cloud/project/{serviceName}/sshkey)",
    &["project_id"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_ssh_key_info",
    "Always 1, for each SSH key of a Public Cloud project; fingerprint is empty for an unreadable \
     key (GET /cloud/project/{serviceName}/sshkey)",
    &["project_id", "ssh_key_id", "ssh_key_name", "fingerprint"],
);

/// An SSH public key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SshKey {
    /// OVHcloud's id of the key.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// The fingerprints; `None` for an unreadable key.
    pub fingerprints: Option<Fingerprints>,
}

/// Both forms of a key's fingerprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// `SHA256:` and base64 without padding.
    pub sha256: String,
    /// `MD5:` and pairs of hex digits.
    pub md5: String,
}

impl Fingerprints {
    /// Computes both from `ssh-ed25519 AAAA… comment`.
    pub fn of(public_key: &str) -> Option<Self> {
        let key = PublicKey::from_openssh(public_key.trim()).ok()?;
        let hash = Md5::digest(key.to_bytes().ok()?);
        let pairs: Vec<_> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self {
            sha256: key.fingerprint(HashAlg::Sha256).to_string(),
            md5: format!("MD5:{}", pairs.join(":")),
        })
    }
}

impl Collect for SshKey {
    type Scope = Project;
    const NAME: &'static str = "cloud_ssh_key";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&KEYS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let keys = pass.session.objects(&LIST.at(&[&scope.project_id()])).await?;
        Ok(Gathered::from_listing(keys, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut keys = KEYS.family();
        for (project, section) in &sections.by_scope {
            keys.add([project.project_id()], number(section.items.len()));
        }
        vec![keys]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let keys = info(&INFO, sections, |project, key: &Self| {
            let fingerprint = key.fingerprints.as_ref().map(|both| both.sha256.as_str());
            let names = [key.id.as_str(), key.name.as_str(), fingerprint.unwrap_or_default()];
            let [id, name, fingerprint] = names.map(Word::from);
            [project, id, name, fingerprint]
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `ssh-keygen -t ed25519`; `ssh-keygen -lf` and `ssh-keygen -E md5 -lf` print these
    /// fingerprints for it.
    const KEY: &str = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti alice@example.com";

    #[test]
    fn fingerprints_are_those_that_ssh_keygen_prints() {
        let fingerprints = Fingerprints::of(KEY).unwrap();
        assert_eq!(fingerprints.sha256, "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ");
        assert_eq!(fingerprints.md5, "MD5:ae:6f:ba:1b:70:2c:ae:c7:5c:ab:6e:4d:5e:d4:c7:23");
    }

    #[test]
    fn a_key_that_is_none_is_kept_without_fingerprints() {
        let key = SshKey::from(
            serde_json::from_str::<Wire>(r#"{"id":"a","publicKey":"garbage"}"#).unwrap(),
        );
        assert_eq!((key.id.as_str(), key.fingerprints), ("a", None));
    }
}

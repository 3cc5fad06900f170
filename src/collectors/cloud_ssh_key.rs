//! SSH public keys of Public Cloud projects, which OVHcloud installs on new instances.
//!
//! The list has the keys but neither their fingerprints, which are therefore computed in both usual
//! forms, nor their types and lengths.

use std::borrow::Cow;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use ssh_key::public::KeyData;
use ssh_key::{EcdsaCurve, HashAlg, Mpint, PublicKey};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word, number};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::is_unchanged;
use super::shared::samples::info;

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

impl SshKey {
    /// The labels `key_type` and `key_bits`, empty where unknown.
    fn algorithm_labels(&self) -> [Word; 2] {
        let Some(Algorithm { name, bits }) = &self.algorithm else { return Default::default() };
        let bits = bits.map(|bits| bits.to_string()).unwrap_or_default();
        [name.clone(), bits.as_str().into()]
    }
}

/// The type and the length of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Algorithm {
    /// `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, `ssh-dss`, `sk-ssh-ed25519@openssh.com`, …
    pub name: Word,
    /// The length that its strength depends on, in bits: of the modulus of an RSA key, of the prime
    /// of a DSA key, of the curve of others; `None` for an unknown type.
    pub bits: Option<usize>,
}

impl Algorithm {
    /// Those of `ssh-ed25519 AAAA… comment`; a certificate is unreadable.
    pub fn of(public_key: &str) -> Option<Self> {
        let key = PublicKey::from_openssh(public_key.trim()).ok()?;
        let bits = match key.key_data() {
            KeyData::Rsa(key) => length(&key.n),
            KeyData::Dsa(key) => length(&key.p),
            KeyData::Ecdsa(key) => Some(match key.curve() {
                EcdsaCurve::NistP256 => 256,
                EcdsaCurve::NistP384 => 384,
                EcdsaCurve::NistP521 => 521,
            }),
            KeyData::Ed25519(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => {
                Some(256)
            }
            _ => None,
        };
        Some(Self { name: key.algorithm().as_str().into(), bits })
    }
}

/// The bits of a number without leading zeros; `None` if it is negative.
fn length(number: &Mpint) -> Option<usize> {
    let [first, rest @ ..] = number.as_positive_bytes()? else { return None };
    let top = u8::BITS.saturating_sub(first.leading_zeros());
    Some(rest.len() * 8 + usize::try_from(top).ok()?)
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
        let keys = pass.session.objects(&LIST.at(&[&scope.project_id()])).await?;
        Ok(Gathered::from_listing(keys, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut keys = KEYS.family();
        for (project, section) in &sections.by_scope {
            keys.add([project.project_id()], number(section.items.len()));
        }
        let mut by_type = BY_TYPE.family();
        for (project, key) in sections.items() {
            let [kind, bits] = key.algorithm_labels();
            by_type.count([project.project_id(), kind, bits]);
        }
        vec![keys, by_type]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let keys = info(&INFO, sections, |project, key: &Self| {
            let fingerprint = key.fingerprints.as_ref().map(|both| both.sha256.as_str());
            let names = [key.id.as_str(), key.name.as_str(), fingerprint.unwrap_or_default()];
            let [id, name, fingerprint] = names.map(Word::from);
            let [kind, bits] = key.algorithm_labels();
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
        assert_eq!((key.id.as_str(), &key.fingerprints, &key.algorithm), ("a", &None, &None));
        assert_eq!(key.algorithm_labels(), [Word::from(""), Word::from("")]);
    }

    // Made with `ssh-keygen -t rsa -b 1024`, `-t ecdsa -b 384`, `-t ecdsa -b 521` and `-t dsa`.
    const RSA_1024: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC2U+oblGtN3tdPJPXEghCOFSnQJ584lpHtkt8on0Wd+0t9\
        ulNkAg+2d9wZU9kocIGVqP3o6IN5hOH5tvsyU3T1EyasKzwoRw4dqlkLrvcxxmn4VfO8PwGBiGbrcyokBoe1\
        nn35nFOGmADigqQcEeC6DdyrNSgQ1NdQXObYdl/IqQ==";
    const ECDSA_384: &str = "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBLrSig8yg1EY\
        25s/1XTDBy0he6mAmvABW12UGYUL/gPoZSMWxGtQqnZniKUGgQqMvpeqOBjd19kw5EvudW1wGHSipzhohv4Y\
        /yOyeTogtqvl03evSBr5HXyBPJKgzID1Nw==";
    const ECDSA_521: &str = "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAEIv2oL2i60\
        scPBwtRcXEdEzs4Sz/ApMPM/qF0qsF65s54sKLyqwOJ/Fp88z/GztZOyLbKoyrnFJTFLeiKFbasQ2gDjFlsO\
        EMi3yIr3uVwr4wXY0JBu7ViNTPSatKgqifTHnVRJ2zo5mt2E9lfTWXV9plq1Wpnrx55GMpRx3jY/dvsJ+A==";
    const DSA: &str = "ssh-dss AAAAB3NzaC1kc3MAAACBAPhmANXcUFGkW2sZN1Uwl/NLo0nx/tmhop+DwgIQH9vGHH0PycOkQh/7\
        SVnkAQsx/AGEs2eZWl05Jb+ZvCtZgmzIdqHY2O6ZNxJILKIUsp5jTzBgca+tk6gNObIaSeIa62XVIIyR8GSo\
        zrtZGJtRP4fsuZY4LjnQpsjD7EfpPJ0RAAAAFQDH9t1Sx5856KTTpgeFqJ60/rWd/QAAAIEArfPAfi+RB/0S\
        8ipr4nGHHICSIsU5hcVIQiNtSqaphUKGClpRqsRr8MYD2FtupPgLVwLYiZRJEMCSSHDVeLEINcJPdmG5AYsd\
        jAAoX2UqWlwm31i+3/ccUwagMNq+/w6LEdTNElLfQUeDYn8jnRdEi8opdiOiBmrPE9Lo4n79oikAAACBALWE\
        DGrPKNQeQWHGetrPjcHqDBxgo5j9q7X35Ir0n64L04QdPpiMPlM1kDizi+x2sTCvx+dis5jgayT6DWIbWXUE\
        xi10soltesAIeQqQOHokp1b+LZ/lNIwVt6tz5cUGYs35XcDGnNjSlWnOh8MuPvurbScxXA1d5saf9OoqtihJ";

    #[test]
    fn types_and_lengths_are_those_that_ssh_keygen_was_asked_for() {
        for (key, name, bits) in [
            (KEY, "ssh-ed25519", 256),
            (RSA_1024, "ssh-rsa", 1024),
            (ECDSA_384, "ecdsa-sha2-nistp384", 384),
            (ECDSA_521, "ecdsa-sha2-nistp521", 521),
            (DSA, "ssh-dss", 1024),
        ] {
            assert_eq!(Algorithm::of(key), Some(Algorithm { name: name.into(), bits: Some(bits) }));
        }
        assert_eq!(Algorithm::of("ssh-rsa AAAA"), None);
    }

    #[test]
    fn leading_zeros_add_no_length() {
        let bits = |bytes: &[u8]| length(&Mpint::from_bytes(bytes).unwrap());
        assert_eq!((bits(&[0x00, 0x80]), bits(&[0x01])), (Some(8), Some(1)));
        assert_eq!(bits(&[0x01, 0x00, 0x00]), Some(17));
        assert_eq!(bits(&[0x80]), None, "it is negative");
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

//! SSH public keys of the account, which OVHcloud offers for the installation of servers. Those of
//! Public Cloud projects are another list: see `cloud_ssh_key`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, number};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::public_keys::{Algorithm, Fingerprints};
use super::shared::samples::info;

static LIST: Route = Route::new("/me/sshKey", &["account:apiovh:me/sshKey/get"]);
static ONE: Route = Route::new("/me/sshKey/{keyName}", &["account:apiovh:me/sshKey/get"]);

static KEYS: Desc = Desc::count(
    "ovhcloud_account_ssh_keys",
    "SSH keys of the account, without those of Public Cloud projects (GET /me/sshKey/{keyName})",
    &[],
);

static BY_TYPE: Desc = Desc::gauge(
    "ovhcloud_account_ssh_keys_by_type",
    "SSH keys of the account by their type and length in bits, both empty for an unreadable key \
     (GET /me/sshKey/{keyName})",
    &["key_type", "key_bits"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_account_ssh_key_info",
    "Always 1, for each SSH key of the account; fingerprint, type and bits are empty for an \
     unreadable key (GET /me/sshKey/{keyName})",
    &["ssh_key_name", "fingerprint", "key_type", "key_bits"],
);

/// An SSH public key of the account.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AccountSshKey {
    /// The owner's name for it, unique in the account.
    pub name: String,
    /// The fingerprints; `None` for an unreadable key.
    pub fingerprints: Option<Fingerprints>,
    /// Its type and length; `None` for an unreadable key.
    pub algorithm: Option<Algorithm>,
}

impl Collect for AccountSshKey {
    type Scope = Account;
    const NAME: &'static str = "account_ssh_key";
    const RESOURCES: &'static str = "SSH keys of the account";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&KEYS, &BY_TYPE, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let keys = pass.session.each(&LIST, &ONE, &[]).await?;
        Ok(Gathered::from_listing(keys, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let (mut keys, mut by_type) = (KEYS.family(), BY_TYPE.family());
        for section in sections.by_scope.values() {
            keys.add([], number(section.items.len()));
        }
        for (_, key) in sections.items() {
            by_type.count(Algorithm::labels(key.algorithm.as_ref()));
        }
        vec![keys, by_type]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let keys = info(&INFO, sections, |_, key: &Self| {
            let fingerprint = key.fingerprints.as_ref().map(|both| both.sha256.as_str());
            let [kind, bits] = Algorithm::labels(key.algorithm.as_ref());
            [key.name.as_str().into(), fingerprint.unwrap_or_default().into(), kind, bits]
        });
        vec![keys]
    }
}

/// `nichandle.sshKey`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    key_name: Option<String>,
    key: Option<String>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("keyName");
}

impl From<Wire> for AccountSshKey {
    fn from(wire: Wire) -> Self {
        Self {
            name: wire.key_name.unwrap_or_default(),
            fingerprints: wire.key.as_deref().and_then(Fingerprints::of),
            algorithm: wire.key.as_deref().and_then(Algorithm::of),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::family::Word;

    const KEY: &str = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti alice@example.com";

    fn key(json: &str) -> AccountSshKey {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn of_a_key_the_fingerprints_are_kept_and_an_unreadable_one_is_counted() {
        let good = key(&format!(r#"{{"keyName":"alice","key":"{KEY}"}}"#));
        let sha256 = &good.fingerprints.as_ref().unwrap().sha256;
        assert_eq!(sha256, "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ");
        assert!(!serde_json::to_string(&good).unwrap().contains("AAAAC3"));
        let odd = key(r#"{"keyName":"odd","key":"garbage"}"#);
        assert_eq!((&odd.fingerprints, &odd.algorithm), (&None, &None));
        assert_eq!(key(r#"{"keyName":"odd","key":null}"#), odd);

        let sections = Sections::known(Account, Timestamp::UNIX_EPOCH, vec![good, odd]);
        let families = AccountSshKey::families(&sections);
        assert_eq!(families[0].samples.values().collect::<Vec<_>>(), [&2.0]);
        let types: Vec<_> = families[1].samples.keys().cloned().collect();
        assert_eq!(types, [["", ""], ["ssh-ed25519", "256"]].map(|both| both.map(Word::from)));
        assert_eq!(AccountSshKey::named(&sections)[0].samples.len(), 2);
    }
}

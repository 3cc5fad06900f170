//! The identity provider for logins (SAML): whether the account has one, whether local users may
//! still log in beside it, and the expiry of its signing certificates.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Kind, Route};
use crate::family::{Desc, Family, number};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;

static PROVIDER: Route =
    Route::new("/me/identity/provider", &["account:apiovh:me/identity/provider/get"]);

static PROVIDERS: Desc = Desc::count(
    "ovhcloud_identity_providers",
    "Identity providers for logins; an account has one or none (GET /me/identity/provider)",
    &[],
);

static LOCAL_USERS_DISABLED: Desc = Desc::gauge(
    "ovhcloud_identity_provider_local_users_disabled",
    "Whether the identity provider keeps local IAM users from logging in (1) or not (0) (GET \
     /me/identity/provider); no sample without a provider",
    &[],
);

static EXPIRATION: Desc = Desc::of_few(
    "ovhcloud_identity_provider_certificate_expiration_timestamp_seconds",
    "Expiry time of each signing certificate of the identity provider; the latest of several with \
     the same subject (GET /me/identity/provider)",
    &["subject"],
);

/// The id of an account's one provider.
const ID: &str = "provider";

/// An account's identity provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provider {
    /// The login page of the provider; empty if missing.
    pub url: String,
    /// Whether local users can no longer log in; `None` if missing.
    pub local_users_disabled: Option<bool>,
    /// The certificates that sign its answers.
    pub certificates: Vec<Certificate>,
}

/// A certificate that a provider signs with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// The subject.
    pub subject: String,
    /// The expiry time, past or future; `None` if missing.
    pub expires: Option<Timestamp>,
}

impl Collect for Provider {
    type Scope = Account;
    const NAME: &'static str = "identity_provider";
    const RESOURCES: &'static str = "the identity provider for single sign-on";
    const ROUTES: &'static [&'static Route] = &[&PROVIDER];
    const FAMILIES: &'static [&'static Desc] = &[&PROVIDERS, &LOCAL_USERS_DISABLED, &EXPIRATION];

    /// An account has one, which has no id of OVHcloud's.
    fn id(&self) -> Cow<'_, str> {
        ID.into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let mut gathered = Gathered::new(Vec::new(), Vec::new());
        match pass.session.object::<Wire>(&PROVIDER.at(&[])).await {
            Ok(wire) => gathered.items.push(wire.into()),
            // The account has no provider, which is a known state.
            Err(error) if matches!(error.kind, Kind::NotFound(_)) => {
                gathered.absent.push(error.of(ID));
            }
            Err(error) => return Err(error),
        }
        Ok(gathered)
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut providers = PROVIDERS.family();
        for section in sections.by_scope.values() {
            providers.add([], number(section.items.len()));
        }
        let mut disabled = LOCAL_USERS_DISABLED.family();
        let mut expiration = EXPIRATION.family();
        for (_, provider) in sections.items() {
            if let Some(is_disabled) = provider.local_users_disabled {
                disabled.set([], f64::from(u8::from(is_disabled)));
            }
            let mut certificates: Vec<_> = provider.certificates.iter().collect();
            // The last value set is kept.
            certificates.sort_by_key(|certificate| certificate.expires);
            for Certificate { subject, expires } in certificates {
                if let Some(expires) = expires {
                    let labels = [subject.as_str().into()];
                    expiration.set(labels, expires.as_duration().as_secs_f64());
                }
            }
        }
        vec![providers, disabled, expiration]
    }
}

/// `auth.Provider`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    sso_service_url: Option<String>,
    disable_users: Option<bool>,
    idp_signing_certificates: Option<Vec<WireCertificate>>,
}

/// An account has one provider at most, which has no id.
impl Identified for Wire {
    const ID: Option<&'static str> = None;
}

#[derive(Deserialize)]
struct WireCertificate {
    subject: Option<String>,
    #[serde(default, deserialize_with = "date")]
    expiration: Option<Timestamp>,
}

impl From<Wire> for Provider {
    fn from(wire: Wire) -> Self {
        let certificates = wire.idp_signing_certificates.unwrap_or_default().into_iter();
        Self {
            url: wire.sso_service_url.unwrap_or_default(),
            local_users_disabled: wire.disable_users,
            certificates: certificates
                .map(|certificate| Certificate {
                    subject: certificate.subject.unwrap_or_default(),
                    expires: certificate.expiration,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Section;

    fn families(items: Vec<Provider>) -> Vec<Family> {
        let mut sections = Sections::default();
        let section = Section::new(Timestamp::UNIX_EPOCH, true, items);
        sections.by_scope.insert(Account, section);
        Provider::families(&sections)
    }

    /// The one sample of a family without labels, written out.
    fn value(family: &Family) -> Option<String> {
        family.samples.get(&vec![]).map(ToString::to_string)
    }

    fn provider(json: &str) -> Provider {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn none_is_known_to_be_none() {
        let families = families(Vec::new());
        assert_eq!(value(&families[0]).unwrap(), "0");
        assert!(families[1].samples.is_empty() && families[2].samples.is_empty());
    }

    #[test]
    fn the_latest_certificate_of_a_subject_counts() {
        let families = families(vec![provider(
            r#"{"disableUsers":true,"idpSigningCertificates":[
                {"subject":"CN=a","expiration":"1970-01-01T00:00:09Z"},
                {"subject":"CN=a","expiration":"1970-01-01T00:00:05Z"},
                {"subject":"CN=b","expiration":"1970-01-01T00:00:07Z"},
                {"subject":"CN=c","expiration":null}, {}]}"#,
        )]);
        assert_eq!(value(&families[1]).unwrap(), "1");
        let ends: Vec<_> = families[2].samples.iter().map(|(l, end)| (&*l[0], *end)).collect();
        assert_eq!(ends, [("CN=a", 9.0), ("CN=b", 7.0)]);
    }

    #[test]
    fn a_missing_value_has_no_sample() {
        for bare in ["{}", r#"{"disableUsers":null,"idpSigningCertificates":null}"#] {
            let families = families(vec![provider(bare)]);
            assert_eq!(value(&families[0]).unwrap(), "1");
            assert!(families[1].samples.is_empty() && families[2].samples.is_empty());
        }
    }
}

//! The identity provider that people log in by (SAML): whether there is one, whether local users
//! may still log in beside it, and when the certificates end that it signs with.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Kind, Route};
use crate::family::{Desc, Family, number};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;

static PROVIDER: Route =
    Route::new("/me/identity/provider", &["account:apiovh:me/identity/provider/get"]);

static PROVIDERS: Desc = Desc::gauge(
    "ovhcloud_identity_providers",
    "Identity providers that people log in by, of which an account has one or none \
     (GET /me/identity/provider)",
    &[],
);

static LOCAL_USERS_DISABLED: Desc = Desc::gauge(
    "ovhcloud_identity_provider_local_users_disabled",
    "1 if the identity provider keeps local IAM users from logging in, 0 if not \
     (GET /me/identity/provider); no sample without a provider",
    &[],
);

static EXPIRATION: Desc = Desc::of_few(
    "ovhcloud_identity_provider_certificate_expiration_timestamp_seconds",
    "When each signing certificate of the identity provider ends (GET /me/identity/provider); of \
     those with the same subject the one that ends last",
    &["subject"],
);

/// An account's identity provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provider {
    /// Where people are sent to log in; empty if OVHcloud did not say.
    pub url: String,
    /// Whether local users can't log in any more; `None` if OVHcloud did not say.
    pub local_users_disabled: Option<bool>,
    /// What its answers are signed with.
    pub certificates: Vec<Certificate>,
}

/// A certificate that a provider signs with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// When it ends or ended; `None` if OVHcloud did not say.
    pub expires: Option<Timestamp>,
}

impl Collect for Provider {
    type Scope = Account;
    const NAME: &'static str = "identity_provider";
    const ROUTES: &'static [&'static Route] = &[&PROVIDER];
    const FAMILIES: &'static [&'static Desc] = &[&PROVIDERS, &LOCAL_USERS_DISABLED, &EXPIRATION];

    /// An account has one, which has no id.
    fn id(&self) -> Cow<'_, str> {
        "provider".into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let items = match pass.session.object::<Wire>(&PROVIDER.at(&[])).await {
            Ok(wire) => vec![wire.into()],
            // That there is none is known then.
            Err(api::Error { kind: Kind::NotFound(_), .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Gathered { items, lost: Vec::new() })
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
            // The last that is set stands.
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
        let section = Section { read_at: Timestamp::UNIX_EPOCH, whole: true, items: items.into() };
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
    fn of_certificates_with_one_subject_the_one_that_ends_last_counts() {
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
    fn what_is_not_told_is_no_sample() {
        for bare in ["{}", r#"{"disableUsers":null,"idpSigningCertificates":null}"#] {
            let families = families(vec![provider(bare)]);
            assert_eq!(value(&families[0]).unwrap(), "1");
            assert!(families[1].samples.is_empty() && families[2].samples.is_empty());
        }
    }
}

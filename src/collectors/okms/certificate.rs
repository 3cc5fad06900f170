//! The client certificates of a key management service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::Identified;
use crate::collectors::shared::dates::date;
use crate::family::Word;

/// The description of a client certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// `READY`, `EXPIRED`, `CREATING`, `DELETING`, `ERROR`.
    pub status: Word,
    /// Its identities for access to the service, as URNs.
    pub identities: Vec<String>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The expiry time, past or future; `None` if missing.
    pub expires: Option<Timestamp>,
}

/// `okms.credential.GetResponse`; the certificate itself is omitted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireCertificate {
    id: Option<String>,
    name: Option<String>,
    status: Option<String>,
    #[serde(rename = "identityURNs")]
    identities: Option<Vec<Option<String>>>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "date")]
    expired_at: Option<Timestamp>,
}

impl Identified for WireCertificate {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

impl From<WireCertificate> for Certificate {
    fn from(wire: WireCertificate) -> Self {
        let mut identities: Vec<_> =
            wire.identities.unwrap_or_default().into_iter().flatten().collect();
        identities.sort();
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            status: wire.status.unwrap_or_default().into(),
            identities,
            created: wire.created_at,
            expires: wire.expired_at,
        }
    }
}

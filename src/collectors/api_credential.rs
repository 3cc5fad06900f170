//! Legacy API credentials (consumer keys), by status. Their dates are for the checks.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::samples::{counted, info};

static LIST: Route = Route::new("/me/api/credential", &["account:apiovh:me/api/credential/get"]);
static ONE: Route =
    Route::new("/me/api/credential/{credentialId}", &["account:apiovh:me/api/credential/get"]);

static CREDENTIALS: Desc = Desc::gauge(
    "ovhcloud_api_credentials",
    "Legacy API credentials by status (GET /me/api/credential/{credentialId})",
    &["status"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_api_credential_info",
    "Always 1, for each legacy API credential (GET /me/api/credential/{credentialId})",
    &["credential_id", "application_id", "status"],
);

/// The states of the schema; each has a sample, which may be 0.
const STATES: [&str; 4] = ["expired", "pendingValidation", "refused", "validated"];

/// A legacy API credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// Its id.
    pub id: Option<i64>,
    /// The application of the credential.
    pub application: Option<i64>,
    /// `validated`, `expired`, `pendingValidation`, `refused`.
    pub status: Word,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The time of last use; `None` if it was never used.
    pub last_used: Option<Timestamp>,
}

impl Collect for Credential {
    type Scope = Account;
    const NAME: &'static str = "api_credential";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&CREDENTIALS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.map(|id| id.to_string()).unwrap_or_default().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.application
            .map(|application| format!("application {application}"))
            .unwrap_or_default()
            .into()
    }

    fn same_as(&self, before: &Self) -> bool {
        Self { last_used: None, ..self.clone() } == Self { last_used: None, ..before.clone() }
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let credentials = pass.session.each(&LIST, &ONE, &[]).await?;
        Ok(Gathered::from_listing(credentials, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        vec![counted(&CREDENTIALS, sections, &STATES, |credential| credential.status.clone())]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let credentials = info(&INFO, sections, |_, credential: &Self| {
            let application = credential.application.map(|id| id.to_string()).unwrap_or_default();
            let status = credential.status.clone();
            [(&*credential.id()).into(), application.as_str().into(), status]
        });
        vec![credentials]
    }
}

/// `api.Credential`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    credential_id: Option<i64>,
    application_id: Option<i64>,
    status: Option<String>,
    #[serde(default, deserialize_with = "date")]
    creation: Option<Timestamp>,
    #[serde(default, deserialize_with = "date")]
    last_use: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("credentialId");
    const SPARE: &'static [&'static str] = &["creation"];
}

impl From<Wire> for Credential {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.credential_id,
            application: wire.application_id,
            status: wire.status.unwrap_or_default().into(),
            created: wire.creation,
            last_used: wire.last_use,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(json: &str) -> Credential {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn dates_come_with_offsets_and_fractions() {
        let read = credential(
            r#"{"creation":"2025-03-14T10:26:53+01:00","lastUse":"2026-06-30T10:15:00.123Z"}"#,
        );
        assert_eq!(read.created.unwrap().to_string(), "2025-03-14T09:26:53Z");
        assert_eq!(read.last_used.unwrap().to_string(), "2026-06-30T10:15:00.123Z");
    }

    #[test]
    fn a_credential_that_was_never_used_has_no_date() {
        for json in [r#"{"lastUse":null}"#, "{}"] {
            assert_eq!(credential(json).last_used, None);
        }
    }
}

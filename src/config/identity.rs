//! The identity behind a credential, as logs and pages show it: kind, id, and the source of each key.
//!
//! It holds no secret.

use std::fmt::{Display, Formatter, Result as FmtResult};

use super::credential::{Key, Keys};
use crate::secret::Source;

/// The identity behind a credential, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    kind: &'static str,
    id: Option<String>,
    sources: Vec<(&'static str, String)>,
}

impl Identity {
    /// The identity of the credential that these keys are.
    pub(super) fn of(keys: &Keys) -> Self {
        let public = |key: &Key| key.file().is_none();
        let id = keys.iter().find(|(key, _)| public(key)).and_then(|(_, found)| {
            let Source::Given(text) = &found.source else { return None };
            Some(text.expose().to_owned())
        });
        let sources = keys.iter().map(|(key, found)| (key.name(), found.short_place()));
        Self {
            kind: keys.keys().next().map(|key| key.kind().name()).unwrap_or_default(),
            id,
            sources: sources.collect(),
        }
    }

    /// Its kind: `service account`, `application key` or `access token`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The client id or the application key; `None` of an access token.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The source of each key, as `client_id: f.yaml:3:5, client_secret: OVH_CLIENT_SECRET`.
    pub fn sources(&self) -> String {
        let sources = self.sources.iter().map(|(key, place)| format!("{key}: {place}"));
        sources.collect::<Vec<_>>().join(", ")
    }
}

impl Display for Identity {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str(self.kind)?;
        if let Some(id) = &self.id {
            write!(formatter, " {id}")?;
        }
        write!(formatter, " ({})", self.sources())
    }
}

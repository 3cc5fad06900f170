//! The identities of the exporter itself, so that checks recognise it in each list.

use crate::collectors::api_credential::Credential;
use crate::collectors::exporter_credential::ExporterCredential;
use crate::collectors::iam_user::User;
use crate::collectors::oauth2_client::Client;

/// The exporter's own credential, as the lists of the account name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Own {
    credential: Option<i64>,
    identities: Vec<String>,
}

impl Own {
    /// The identities of this credential.
    pub(super) fn of(credential: &ExporterCredential) -> Self {
        Self { credential: credential.id, identities: credential.identities.clone() }
    }

    /// Whether the exporter uses this legacy credential.
    pub(crate) fn is_credential(&self, credential: &Credential) -> bool {
        self.credential.is_some() && self.credential == credential.id
    }

    /// Whether the exporter is this service account.
    pub(crate) fn is_client(&self, client: &Client) -> bool {
        client.identity.as_ref().is_some_and(|urn| self.identities.contains(urn))
    }

    /// Whether the exporter acts as this local user.
    pub(crate) fn is_user(&self, user: &User) -> bool {
        user.urn.as_ref().is_some_and(|urn| self.identities.contains(urn))
    }

    /// Whether the exporter acts for the account's owner, and neither for a local user nor for a
    /// service account; `None` if its identity is unknown.
    pub(crate) fn is_owner(&self) -> Option<bool> {
        let is_owner = |urn: &String| urn.contains(":identity:account:");
        (!self.identities.is_empty()).then(|| self.identities.iter().all(is_owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exporter_is_recognised_by_the_id_or_the_identity() {
        let credential = |id| Credential { id, ..Credential::default() };
        let own = Own { credential: Some(7), ..Own::default() };
        assert!(own.is_credential(&credential(Some(7))) && !own.is_credential(&credential(None)));
        assert!(!Own::default().is_credential(&credential(None)) && own.is_owner().is_none());

        let urn = "urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1".to_owned();
        let own = Own { identities: vec![urn.clone()], ..Own::default() };
        let client = |identity| Client {
            id: "EU.1".to_owned(),
            name: String::new(),
            flow: "CLIENT_CREDENTIALS".into(),
            identity,
            created: None,
            callback_urls: Vec::new(),
        };
        assert!(own.is_client(&client(Some(urn))) && !own.is_client(&client(None)));
        assert_eq!(own.is_owner(), Some(false));
        let urn = "urn:v1:eu:identity:user:xx1-ovh/ann".to_owned();
        let own = Own { identities: vec![urn.clone()], ..Own::default() };
        let user = |urn| User { urn, ..User::default() };
        assert!(own.is_user(&user(Some(urn))) && !own.is_user(&user(None)));
        let owner = "urn:v1:eu:identity:account:xx1-ovh".to_owned();
        let own = Own { identities: vec![owner], ..Own::default() };
        assert_eq!(own.is_owner(), Some(true));
    }
}

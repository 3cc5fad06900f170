//! The identity of an account over reloads and restarts.

use crate::config::account::{Account, DEFAULT_NAME};
use crate::report::AccountView;

/// The identity of an account: its configured name, its endpoint, and its credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    name: Option<String>,
    root: String,
    credential: Option<String>,
}

/// An account as it is published, with its identity.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) owner: Owner,
    pub(super) view: AccountView,
}

impl Owner {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            name: account.is_named.then(|| account.name.clone()),
            root: account.endpoint.root.clone(),
            credential: account.credential.id().map(str::to_owned),
        }
    }

    /// Whether both are the same account. An access token does not identify its owner.
    pub(super) fn is_surely(&self, other: &Self) -> bool {
        self.credential.is_some() && self == other
    }

    /// Whether the name is only the credential's.
    pub(super) fn is_substitute(&self, name: &str) -> bool {
        self.credential.as_deref() == Some(name)
    }

    /// A number by which a later process recognises the account, without its identity in the file;
    /// `None` of an access token.
    pub(super) fn mark(&self) -> Option<u32> {
        let Self { name, root, credential } = self;
        let credential = credential.as_deref()?;
        let name = name.as_deref().unwrap_or(DEFAULT_NAME);
        Some(crc32fast::hash([name, root, credential].join("\n").as_bytes()))
    }
}

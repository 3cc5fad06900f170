//! The names of accounts that the configuration leaves without one. A name is a label, so that it
//! stays the same as long as the process lives.

use anyhow::Context as _;

use crate::api::Client;
use crate::config::Config;
use crate::config::account::DEFAULT_NAME;
use crate::report;
use crate::telemetry::{Build, Telemetry};

use super::owner::{Owner, Shown};
use super::state::SavedAccount;

/// Names the accounts at the start. A saved name spares the call, unless it is only a substitute.
pub(super) async fn first(config: &mut Config, saved: &[SavedAccount]) -> anyhow::Result<()> {
    name(config, |owner| {
        let same = saved.iter().find(|one| Some(one.owner) == owner.mark())?;
        let is_substitute = owner.is_substitute(&same.account);
        (!is_substitute && same.account != DEFAULT_NAME && !same.account.is_empty())
            .then(|| same.account.clone())
    })
    .await
}

/// Names the accounts after a reload as they were named before.
pub(super) async fn again(config: &mut Config, known: &[Shown]) -> anyhow::Result<()> {
    name(config, |owner| {
        let same = known.iter().find(|shown| shown.owner == *owner)?;
        Some(same.view.name.clone())
    })
    .await
}

async fn name(config: &mut Config, known: impl Fn(&Owner) -> Option<String>) -> anyhow::Result<()> {
    for account in config.accounts.iter_mut().filter(|account| !account.is_named) {
        let owner = Owner::of(account);
        let known = known(&owner);
        account.name = match known {
            Some(name) if owner.mark().is_some() => name,
            // An access token may have become another account's.
            known => {
                // The call is none of the account's, which has no name for it yet.
                let calls = Telemetry::new(Build::THIS).account(&account.name, &account.labels);
                let client = Client::new(account, calls)
                    .with_context(|| format!("account `{}`", account.name))?;
                report::name(account, &client, known.as_deref()).await
            }
        };
    }
    Ok(())
}

//! The accounts of the command `access`: read at once, or from the state file.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::access::{Access, COLLECTORS};
use crate::collectors::Inventory;
use crate::config::Config;
use crate::daemon::{saved, system_clock};

use crate::cli::reading::{read, refusal};

/// The collectors of application keys, whose rules apply beside IAM.
const KEYS: [&str; 2] = ["api_application", "api_credential"];

/// An account with its evaluated IAM.
#[derive(Debug)]
pub(super) struct Known {
    /// The label `account`.
    pub(super) account: String,
    /// The start of the refresh that read it.
    pub(super) read_at: Timestamp,
    /// The age of the data in seconds, if it is of the state file.
    pub(super) age: Option<i64>,
    pub(super) inventory: Inventory,
    pub(super) access: Access,
}

/// Reads the accounts of a configuration: only the collectors with the input of an evaluation,
/// whichever of them the configuration enables.
///
/// # Errors
///
/// HTTPS can't be set up, or nothing of an account can be read.
pub(super) async fn read_now(mut config: Config) -> anyhow::Result<Vec<Known>> {
    for account in &mut config.accounts {
        account.collectors = COLLECTORS.into_iter().chain(KEYS).collect();
    }
    let mut known = Vec::new();
    for (view, report) in read(&config).await? {
        if let Some(reason) = refusal(&report) {
            bail!("nothing could be read: account `{}`: {reason}", view.name);
        }
        let access = Access::of(&report.inventory, report.began);
        let (account, read_at) = (view.name, report.began);
        known.push(Known { account, read_at, age: None, inventory: report.inventory, access });
    }
    Ok(known)
}

/// Reads the accounts of a state file; the evaluation is of this time, the data is older.
///
/// # Errors
///
/// The file is none, or has no account.
pub(super) fn read_state(path: &Path) -> anyhow::Result<Vec<Known>> {
    let now = system_clock();
    let accounts = saved(path)?.into_iter().map(|one| {
        let age = now.duration_since(one.began).as_secs();
        let access = Access::of(&one.inventory, now);
        Known {
            account: one.account,
            read_at: one.began,
            age: Some(age),
            inventory: one.inventory,
            access,
        }
    });
    let accounts: Vec<_> = accounts.collect();
    if accounts.is_empty() {
        bail!("the state file {} has no account", path.display());
    }
    Ok(accounts)
}

/// The state file of the configuration.
///
/// # Errors
///
/// The configuration names none.
pub(super) fn state_file(config: &Config) -> anyhow::Result<PathBuf> {
    config.state_file.clone().context(
        "--from-state needs a file: give --from-state=FILE, or name one by --state.file or \
         state.file of the configuration",
    )
}

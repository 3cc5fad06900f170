//! The accounts of the command `access`: read at once, or from the state file.

use anyhow::bail;
use jiff::Timestamp;

use crate::access::{Access, COLLECTORS};
use crate::collectors::Inventory;
use crate::config::Config;
use crate::daemon::{SavedReport, system_clock};
use crate::report::Report;

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

/// The accounts of a state file; the evaluation is of this time, the data is older.
pub(super) fn from_state(saved: Vec<SavedReport>) -> Vec<Known> {
    let now = system_clock();
    let known = |one: SavedReport| {
        let Report { began, inventory, .. } = one.report;
        let age = now.duration_since(began).as_secs();
        let access = Access::of(&inventory, now);
        Known { account: one.account, read_at: began, age: Some(age), inventory, access }
    };
    saved.into_iter().map(known).collect()
}

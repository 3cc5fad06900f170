//! `--from-state`: the reports of the state file in place of calls.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use jiff::Timestamp;

use crate::config::{Config, ConfigErrors};
use crate::daemon::{SavedReport, saved, system_clock};
use crate::report::{AccountView, Report};

/// The flag.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct FromState {
    /// Use the data of the state file instead of requests to OVHcloud [default: the file of
    /// --state.file]
    #[arg(long = "from-state", value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "", value_parser = OsStringValueParser::new().map(Place::of))]
    place: Option<Place>,
}

/// The state file to read.
#[derive(Debug, Clone)]
enum Place {
    /// The one of the configuration.
    Configured,
    /// A file.
    File(PathBuf),
}

impl Place {
    fn of(text: OsString) -> Self {
        if text.is_empty() { Self::Configured } else { Self::File(text.into()) }
    }
}

impl FromState {
    /// The accounts of the state file, if it was asked for; there is at least one.
    ///
    /// # Errors
    ///
    /// The configuration is needed and wrong or names no file; or the file is none, or has no account.
    pub(super) fn read(
        &self,
        config: impl FnOnce() -> Result<Config, ConfigErrors>,
    ) -> anyhow::Result<Option<Vec<SavedReport>>> {
        match &self.place {
            None => Ok(None),
            Some(Place::File(path)) => accounts(path).map(Some),
            Some(Place::Configured) => accounts(&configured(config()?.state_file)?).map(Some),
        }
    }
}

fn configured(file: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    file.context(
        "--from-state needs a file: give --from-state=FILE, or name one by --state.file or \
         state.file of the configuration",
    )
}

fn accounts(path: &Path) -> anyhow::Result<Vec<SavedReport>> {
    let accounts = saved(path)?;
    if accounts.is_empty() {
        bail!("the state file {} has no account", path.display());
    }
    Ok(accounts)
}

/// A saved account as if it was read now, judged by these checks.
pub(super) fn judged(one: SavedReport, config: &Config) -> (AccountView, Report) {
    judged_at(one, config, system_clock())
}

/// A saved account as of its own time, judged by these checks.
pub(super) fn judged_then(one: SavedReport, config: &Config) -> (AccountView, Report) {
    let began = one.report.began;
    judged_at(one, config, began)
}

fn judged_at(one: SavedReport, config: &Config, now: Timestamp) -> (AccountView, Report) {
    let SavedReport { account, endpoint, identity, report } = one;
    let report = report.rejudged(&account, config.checks.clone(), now);
    let interval = config.refresh.interval;
    let view = AccountView {
        name: account,
        endpoint,
        identity,
        labels: BTreeMap::new(),
        interval,
        report: None,
    };
    (view, report)
}

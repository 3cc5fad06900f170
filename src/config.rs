//! The resolved configuration: every value is there, typed, and makes sense.
//!
//! One file per concern, each with its `Options` from flags and from the configuration file,
//! and what that means. Variables and files come in as an argument, so that nothing here reads the
//! process's own.

pub mod account;
pub mod allowed;
pub mod api;
pub mod checks;
pub mod credential;
pub mod detail;
mod document;
pub mod endpoint;
pub mod environment;
mod errors;
pub mod exemptions;
#[cfg(test)]
mod fake;
mod file;
pub mod files;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod glob;
pub mod identity;
mod label;
mod layer;
pub mod lists;
pub mod located;
pub mod log;
pub mod names;
mod notes;
mod ovh_conf;
pub mod parse;
pub mod refresh;
mod registry;
pub mod selection;
pub mod setting;
pub mod severity;
mod sources;
pub mod ssh_keys;
mod table;
pub mod until;
pub mod web;
pub mod web_file;

use std::path::PathBuf;

use detail::Detail;
use endpoint::Endpoint;
use environment::Environment;
use file::File;
use located::{Located, value_or};
use notes::Notes;
use sources::Sources;

pub use errors::ConfigErrors;
pub use layer::Settings;
pub use registry::Registry;

/// Everything the exporter runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The accounts to watch (`accounts`; without them the one of the variables and `ovh.conf`).
    pub accounts: Vec<account::Account>,
    /// The schedule of the refreshes (`refresh`).
    pub refresh: refresh::Refresh,
    /// Which collectors to read less often (`refresh.collectors`).
    pub intervals: refresh::Intervals,
    /// The level of detail of the published resources (`detail`, findings).
    pub detail: Detail,
    /// The content of the log (`log`).
    pub log: log::Log,
    /// The thresholds and allow lists of the checks (`checks`).
    pub checks: checks::Checks,
    /// The HTTP server (`web`).
    pub web: web::Web,
    /// The file that keeps the inventory over a restart (`--state.file`, `state.file`,
    /// none).
    pub state_file: Option<PathBuf>,
    /// Warnings for the operator, which stop nothing, one line each.
    pub warnings: Vec<String>,
}

/// The options of the command line.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The configuration file (`--config.file`). Without it there is none.
    pub file: Option<PathBuf>,
    /// Whether the file's accounts are left aside, for a caller that brings an account.
    pub skips_accounts: bool,
    /// The URL of OAuth2 tokens for accounts without one (`--api.token-url`).
    pub token_url: Option<Located<String>>,
    /// The settings of the flags. They have precedence over those of the file.
    pub settings: Settings,
}

impl Options {
    /// Returns these options over those of `below`, which has less precedence.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            file: self.file.or(below.file),
            skips_accounts: self.skips_accounts || below.skips_accounts,
            token_url: self.token_url.or(below.token_url),
            settings: self.settings.over(below.settings),
        }
    }
}

impl Config {
    /// Resolves the flags, the file, the variables and `ovh.conf` together.
    ///
    /// # Errors
    ///
    /// Every error in any of them.
    pub fn resolve(
        asked: &Options,
        known: &Registry<'_>,
        environment: &dyn Environment,
    ) -> Result<Self, ConfigErrors> {
        Self::resolved(asked, known, environment, true)
    }

    /// The same without any account, for a caller that makes no call: it needs no credential.
    ///
    /// # Errors
    ///
    /// Every error but those of accounts without a credential.
    pub fn offline(
        asked: &Options,
        known: &Registry<'_>,
        environment: &dyn Environment,
    ) -> Result<Self, ConfigErrors> {
        Self::resolved(asked, known, environment, false)
    }

    fn resolved(
        asked: &Options,
        known: &Registry<'_>,
        environment: &dyn Environment,
        has_accounts: bool,
    ) -> Result<Self, ConfigErrors> {
        let (mut file, notes) = opened(asked, known, environment);
        if asked.skips_accounts {
            file.accounts = None;
        }
        let is_one = file.accounts.as_ref().is_none_or(|accounts| accounts.len() < 2);
        let sources = Sources::all(environment, is_one);
        if let Some(path) = &asked.file
            && file.holds_a_secret()
        {
            sources.warn_if_open(path);
        }
        let mut errors = ConfigErrors::default();
        let accounts = if has_accounts {
            accounts(asked, &file, known, &sources, &mut errors)
        } else {
            Vec::new()
        };
        let settings = asked.settings.clone();
        for layer in [&settings, &file.settings] {
            layer.check(environment, &mut errors);
        }
        let settings = settings.over(file.settings);
        let (refresh, intervals) = settings.refresh.resolve(known.intervals, &mut errors);
        let checks = settings.checks.resolve(settings.accepted, known, environment);
        let checks = errors.take(checks);
        let mut errors = notes.errors(errors);
        errors.0.extend(sources.missing());
        match checks {
            Some((checks, of_files)) if errors.0.is_empty() => Ok(Self {
                accounts,
                refresh,
                intervals,
                detail: value_or(settings.detail, Detail::default()),
                log: settings.log.resolve(),
                checks,
                web: settings.web.resolve(),
                state_file: settings.state_file.map(|given| given.value),
                warnings: [notes.warnings(), of_files, sources.warnings()].concat(),
            }),
            _ => Err(errors),
        }
    }

    /// The settings of the web server. Errors in the file do not matter: the running
    /// exporter may have read another state of it.
    pub fn web(asked: &Options, known: &Registry<'_>, environment: &dyn Environment) -> web::Web {
        let (file, _) = opened(asked, known, environment);
        asked.settings.clone().over(file.settings).web.resolve()
    }

    /// The names and the endpoints of the accounts, without their credentials.
    ///
    /// # Errors
    ///
    /// An unreadable file, or an unknown endpoint.
    pub fn endpoints(
        asked: &Options,
        known: &Registry<'_>,
        environment: &dyn Environment,
    ) -> Result<Vec<(String, Endpoint)>, ConfigErrors> {
        let (file, _) = opened(asked, known, environment);
        let every = file.accounts.unwrap_or_else(|| vec![account::Options::default()]);
        let sources = Sources::all(environment, every.len() < 2);
        let endpoints = every.into_iter();
        endpoints.map(|account| account.endpoint(&sources, asked.token_url.clone())).collect()
    }
}

/// The content of the configuration file, if there is one, and what is wrong with it.
fn opened(asked: &Options, known: &Registry<'_>, environment: &dyn Environment) -> (File, Notes) {
    match &asked.file {
        Some(path) => File::open(path, known, environment),
        None => (File::default(), Notes::of("")),
    }
}

/// The accounts of the file, or the one of the variables and `ovh.conf`.
fn accounts(
    asked: &Options,
    file: &File,
    known: &Registry<'_>,
    sources: &Sources<'_>,
    errors: &mut ConfigErrors,
) -> Vec<account::Account> {
    let every = file.accounts.clone().unwrap_or_else(|| vec![account::Options::default()]);
    file::refuse_namesakes(&every, errors);
    let mut accounts = Vec::new();
    for mut account in every {
        account.api.check(sources.environment(), errors);
        let global = asked.settings.api.clone().over(file.settings.api.clone());
        let api = account.api.clone().over(global).resolve();
        let mut on = known.on.clone();
        for layer in [&file.settings.collectors, &asked.settings.collectors, &account.collectors] {
            layer.apply(&mut on, known.on);
        }
        account.token_url = account.token_url.or_else(|| asked.token_url.clone());
        accounts.extend(account.resolve(sources, api, on, errors));
    }
    errors.0.extend(sources.errors().0);
    accounts
}

#[cfg(test)]
mod tests;

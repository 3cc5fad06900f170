//! What was asked for, resolved: every value is there, typed, and makes sense.
//!
//! One file per concern, each with what was `Asked` of it by flags and by the configuration file,
//! and what that means. Variables and files come in as an argument, so that nothing here reads the
//! process's own.

pub mod account;
pub mod api;
pub mod checks;
pub mod credential;
pub mod detail;
mod document;
pub mod endpoint;
#[cfg(test)]
mod fake;
mod file;
pub mod given;
mod label;
pub mod log;
mod ovh_conf;
pub mod parse;
pub mod refresh;
pub mod selection;
pub mod setting;
pub mod severity;
mod sources;
pub mod ssh_keys;
pub mod surroundings;
mod table;
pub mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::{Display, Formatter, Result as FmtResult};
use std::path::PathBuf;
use std::time::Duration;

use detail::Detail;
use file::File;
use given::{Given, value_or};
use selection::Selection;
use sources::Sources;
use surroundings::Surroundings;
use table::Notes;

/// Everything the exporter runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The accounts to watch (`accounts`; without them the one of the variables and `ovh.conf`).
    pub accounts: Vec<account::Account>,
    /// When to read (`refresh`).
    pub refresh: refresh::Refresh,
    /// Which collectors to read less often (`refresh.collectors`).
    pub intervals: refresh::Intervals,
    /// How much to publish of a single resource (`detail`, findings).
    pub detail: Detail,
    /// What the checks compare with (`checks`).
    pub checks: checks::Checks,
    /// Where to serve (`web`).
    pub web: web::Web,
    /// Where what is known is kept over a restart (`--state.file`, `state.file`; nowhere, without
    /// it).
    pub state_file: Option<PathBuf>,
    /// What the operator should know and that stops nothing, one line each.
    pub warnings: Vec<String>,
}

/// What flags or the configuration file ask of the whole exporter.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// When to read.
    pub refresh: refresh::Asked,
    /// How hard the API may be asked.
    pub api: api::Asked,
    /// Which collectors are on.
    pub collectors: Selection,
    /// How much to publish of a single resource.
    pub detail: Option<Given<Detail>>,
    /// What the checks compare with.
    pub checks: checks::Asked,
    /// Where to serve.
    pub web: web::Asked,
    /// Where what is known is kept over a restart.
    pub state_file: Option<Given<PathBuf>>,
}

/// What was typed.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The configuration file (`--config.file`). Without it there is none.
    pub file: Option<PathBuf>,
    /// Whether the file's accounts are left aside, for whoever brings an account.
    pub skips_accounts: bool,
    /// Where OAuth2 tokens are asked for, of accounts that do not say (`--api.token-url`).
    pub token_url: Option<Given<String>>,
    /// What the flags ask for. It stands over what the file asks for the whole exporter.
    pub settings: Settings,
}

/// The names that the rest of the house knows.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The collectors.
    pub collectors: &'a [&'static str],
    /// Those that read unless they are asked not to.
    pub on: &'a BTreeSet<&'static str>,
    /// How often those read that do not read in each pass.
    pub intervals: &'a BTreeMap<&'static str, Duration>,
    /// The checks with their settings.
    pub checks: &'a [setting::CheckSpec],
    /// The labels of the exporter's own series.
    pub labels: &'a BTreeSet<&'static str>,
}

impl Config {
    /// What the flags, the file, the variables and `ovh.conf` mean together.
    ///
    /// # Errors
    ///
    /// Every mistake in any of them.
    pub fn resolve(
        asked: &Asked,
        known: &Known<'_>,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, Mistakes> {
        let (mut file, notes) = match &asked.file {
            Some(path) => File::open(path, known, surroundings),
            None => (File::default(), Notes::of("")),
        };
        if asked.skips_accounts {
            file.accounts = None;
        }
        let is_one = file.accounts.as_ref().is_none_or(|accounts| accounts.len() < 2);
        let sources = Sources::all(surroundings, is_one);
        if let Some(path) = &asked.file
            && file.holds_a_secret()
        {
            sources.warn_if_open(path);
        }
        let mut mistakes = Mistakes::default();
        let accounts = accounts(asked, &file, known, &sources, &mut mistakes);
        let settings = asked.settings.clone();
        for layer in [&settings, &file.settings] {
            layer.check(surroundings, &mut mistakes);
        }
        let settings = settings.over(file.settings);
        let (refresh, intervals) = settings.refresh.resolve(known.intervals, &mut mistakes);
        let checks = mistakes.take(settings.checks.resolve(known.checks, surroundings));
        let mistakes = notes.mistakes(mistakes);
        match checks {
            Some(checks) if mistakes.0.is_empty() => Ok(Self {
                accounts,
                refresh,
                intervals,
                detail: value_or(settings.detail, Detail::default()),
                checks,
                web: settings.web.resolve(),
                state_file: settings.state_file.map(|given| given.value),
                warnings: sources.warnings(),
            }),
            _ => Err(mistakes),
        }
    }
}

/// The accounts of the file, or the one of the variables and `ovh.conf`.
fn accounts(
    asked: &Asked,
    file: &File,
    known: &Known<'_>,
    sources: &Sources<'_>,
    mistakes: &mut Mistakes,
) -> Vec<account::Account> {
    let every = file.accounts.clone().unwrap_or_else(|| vec![account::Asked::default()]);
    file::refuse_namesakes(&every, mistakes);
    let mut accounts = Vec::new();
    for mut account in every {
        account.api.check(sources.surroundings(), mistakes);
        let global = asked.settings.api.clone().over(file.settings.api.clone());
        let api = account.api.clone().over(global).resolve();
        let mut on = known.on.clone();
        for layer in [&file.settings.collectors, &asked.settings.collectors, &account.collectors] {
            layer.apply(&mut on, known.on);
        }
        account.token_url = account.token_url.or_else(|| asked.token_url.clone());
        accounts.extend(account.resolve(sources, api, on, mistakes));
    }
    mistakes.0.extend(sources.mistakes().0);
    accounts
}

impl Settings {
    /// Notes what is wrong with each value by itself.
    fn check(&self, surroundings: &dyn Surroundings, mistakes: &mut Mistakes) {
        self.refresh.check(mistakes);
        self.api.check(surroundings, mistakes);
        self.web.check(mistakes);
    }

    /// What stands if `below` is asked for too, with less say. The collectors are applied one
    /// after another instead.
    fn over(self, below: Self) -> Self {
        Self {
            refresh: self.refresh.over(below.refresh),
            api: self.api.over(below.api),
            collectors: self.collectors,
            detail: self.detail.or(below.detail),
            checks: self.checks.over(below.checks),
            web: self.web.over(below.web),
            state_file: self.state_file.or(below.state_file),
        }
    }
}

/// All that is wrong with what was asked for, one line each: the place, what is wrong with it,
/// and the repair. Never the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mistakes(pub Vec<String>);

impl Mistakes {
    /// The value, or nothing after noting its mistakes.
    pub fn take<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        result.map_err(|mistakes| self.0.extend(mistakes.0)).ok()
    }
}

impl From<String> for Mistakes {
    fn from(line: String) -> Self {
        Self(vec![line])
    }
}

impl Display for Mistakes {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str(&self.0.join("\n"))
    }
}

impl Error for Mistakes {}

#[cfg(test)]
mod tests;

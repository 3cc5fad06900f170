//! What was asked for, resolved: every value is there, typed, and makes sense.
//!
//! One file per concern. The environment comes in as a function, so that nothing here reads the
//! process's own.

pub mod account;
pub mod api;
pub mod checks;
pub mod credential;
pub mod endpoint;
pub mod log;
pub mod refresh;
pub mod web;

use std::error::Error;
use std::fmt::{Display, Formatter, Result as FmtResult};

/// Everything the exporter runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The accounts to watch.
    pub accounts: Vec<account::Account>,
    /// When to read.
    pub refresh: refresh::Refresh,
    /// What the checks compare with.
    pub checks: checks::Checks,
    /// Where to serve.
    pub web: web::Web,
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

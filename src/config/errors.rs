//! The errors of a configuration, which are reported all at once.

use std::error::Error;
use std::fmt::{Display, Formatter, Result as FmtResult};

/// All errors of a configuration, one line each: the place, what is wrong with it,
/// and the repair. Never the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigErrors(pub Vec<String>);

impl ConfigErrors {
    /// The value, or nothing after noting its errors.
    pub fn take<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        result.map_err(|errors| self.0.extend(errors.0)).ok()
    }
}

impl From<String> for ConfigErrors {
    fn from(line: String) -> Self {
        Self(vec![line])
    }
}

impl Display for ConfigErrors {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str(&self.0.join("\n"))
    }
}

impl Error for ConfigErrors {}

//! The level, the format and the content of the log.

use super::parse;
use super::table::Table;

/// The content of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Whether a refresh logs each resource and finding that came, went or changed, with its name
    /// (`--no-log.changes`, `log.changes`, true). With the detail `counts` no line names a resource,
    /// and none is logged.
    pub changes: bool,
}

/// The options as given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// See [`Log::changes`].
    pub changes: Option<bool>,
}

impl Default for Log {
    fn default() -> Self {
        Self { changes: true }
    }
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self { changes: table.read("changes", parse::boolean).map(|given| given.value) }
    }

    /// Returns these options over those of `below`, which has less precedence.
    pub(super) fn over(self, below: Self) -> Self {
        Self { changes: self.changes.or(below.changes) }
    }

    pub(super) fn resolve(self) -> Log {
        Log { changes: self.changes.unwrap_or(Log::default().changes) }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `time=… level=… msg=…`, a pair of key and value each.
    Logfmt,
    /// One JSON object a line, with the same keys.
    Json,
}

/// The lowest level that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// One line per call to OVHcloud, and all below.
    Debug,
    /// One line per refresh, and all below.
    Info,
    /// Degraded operation that goes on.
    Warn,
    /// Failures that need an operator.
    Error,
}

//! The level and the format of the log.

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

//! What is logged, and how it is written.

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `ts=… level=… message=…`, a pair of key and value each.
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// The lowest level that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// One line per call to OVHcloud, and all below.
    Debug,
    /// One line per pass, and all below.
    Info,
    /// What is degraded and goes on.
    Warn,
    /// What somebody must look at.
    Error,
}

//! The choice of metrics.

/// How many of the exporter's own metrics are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    Whole,
    /// Those that alerts need: neither the calls to the API nor the process, but for its start.
    Needed,
}

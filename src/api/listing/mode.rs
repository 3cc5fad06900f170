//! The ways of listing that a route may know.

/// The way of listing that works on a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Mode {
    /// The list comes expanded.
    Expanded,
    /// The list is ids; objects come in batches.
    Batch,
    /// The list is ids; objects come one by one.
    OneByOne,
}

//! The names that other rooms bring into the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::setting::CheckSpec;

/// The names that the rest of the house knows.
#[derive(Debug, Clone, Copy)]
pub struct Registry<'a> {
    /// The collectors.
    pub collectors: &'a [&'static str],
    /// Those that read unless they are asked not to.
    pub on: &'a BTreeSet<&'static str>,
    /// The interval of each collector that does not run in each refresh.
    pub intervals: &'a BTreeMap<&'static str, Duration>,
    /// The checks with their settings.
    pub checks: &'a [CheckSpec],
    /// The labels of the exporter's own series.
    pub labels: &'a BTreeSet<&'static str>,
}

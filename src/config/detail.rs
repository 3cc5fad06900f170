//! The level of detail of the published resources.

use super::parse::one_of;

/// Which series are published beside the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// None: no series names a resource.
    Counts,
    /// One for each finding, bounded by what is wrong, and one for each project (`detail`, the
    /// default).
    #[default]
    Findings,
    /// One for each resource too.
    Full,
}

impl Detail {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let words = [("counts", Self::Counts), ("findings", Self::Findings), ("full", Self::Full)];
        one_of(text, &words)
    }
}

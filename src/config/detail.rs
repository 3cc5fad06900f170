//! The level of detail of the published resources.

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
        match text {
            "counts" => Ok(Self::Counts),
            "findings" => Ok(Self::Findings),
            "full" => Ok(Self::Full),
            _ => Err("unknown; give counts, findings or full".to_owned()),
        }
    }
}

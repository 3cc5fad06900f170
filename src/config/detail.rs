//! How much is published of a single resource.

/// Which series are published beside the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// None: no series names a resource.
    Counts,
    /// One for each finding, bounded by what is wrong (`detail`, the default).
    #[default]
    Findings,
}

impl Detail {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "counts" => Ok(Self::Counts),
            "findings" => Ok(Self::Findings),
            _ => Err("unknown; give counts or findings".to_owned()),
        }
    }
}

//! The severities of checks, as the configuration, labels and documents spell them.

use serde::Serialize;

use super::parse::one_of;

/// The urgency of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Know it; there may be nothing to repair.
    Info,
    /// Repair it when there is time.
    Low,
    /// Repair it soon.
    Medium,
    /// Repair it today.
    High,
    /// Repair it now.
    Critical,
}

impl Severity {
    /// Every severity, the lowest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &Self::ALL.map(|severity| (severity.label(), severity)))
    }
}

//! The result of a check: its verdict, and the texts and values that are published with it.

use std::sync::Arc;

use crate::config::exemptions::Exemption;
use crate::config::setting::Threshold;
use crate::config::severity::Severity;
use crate::family::Word;

use super::check::Count;
use super::verdict::{Finding, Missing, Status, Verdict};

/// A check with its verdict. It owns its texts, so that rules from a configuration fit in too.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// The check's id.
    pub id: Word,
    /// The violation in a few words.
    pub title: Word,
    /// The severity of findings that set no other.
    pub severity: Severity,
    /// The verdict.
    pub verdict: Verdict,
    /// The values of its settings that are thresholds, by their names.
    pub thresholds: Vec<(Word, Threshold)>,
    /// The check's own count.
    pub count: Option<Count>,
    /// Its exemptions with their states; none until [`super::exempt`] has applied them.
    pub exemptions: Vec<(Arc<Exemption>, ExemptionState)>,
}

impl CheckResult {
    /// The findings that are not exempt; `None` if the check was not evaluated.
    pub fn violations(&self) -> Option<Vec<&Finding>> {
        (self.verdict.status() != Status::NotEvaluated).then(|| self.verdict.violations().collect())
    }

    /// Whether the configuration switches the check off.
    pub fn is_off(&self) -> bool {
        self.verdict.missing == Some(Missing::Disabled)
    }

    /// The severity of one of its findings.
    pub fn severity_of(&self, finding: &Finding) -> Severity {
        finding.severity.unwrap_or(self.severity)
    }
}

/// The state of an exemption for one of its checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExemptionState {
    /// It covers a finding, or one that could not be seen.
    Active,
    /// It covers none of all findings.
    Unused,
    /// Its last day is over: it exempts nothing.
    Expired,
}

impl ExemptionState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Unused, Self::Expired];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unused => "unused",
            Self::Expired => "expired",
        }
    }
}

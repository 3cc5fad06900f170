//! The result of a check: its verdict, and the texts and values that are published with it.

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
}

impl CheckResult {
    /// The findings; `None` if the check was not evaluated.
    pub fn findings(&self) -> Option<&[Finding]> {
        (self.verdict.status() != Status::NotEvaluated).then_some(&*self.verdict.findings)
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

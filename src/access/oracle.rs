//! OVHcloud's answers about the exporter's own rights, beside the exporter's evaluation of them.
//!
//! OVHcloud answers for the caller alone, so the exporter's identity is the one whose evaluation
//! can be verified.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::collectors::Inventory;
use crate::iam::account::Kind;
use crate::iam::answer::{Decision, Way};

use super::Access;

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Both say the same. A right under conditions agrees with either answer.
    Agree,
    /// They differ.
    Disagree,
    /// The exporter cannot decide.
    Unknown,
}

impl Outcome {
    /// All results.
    pub const ALL: [Self; 3] = [Self::Agree, Self::Disagree, Self::Unknown];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Disagree => "disagree",
            Self::Unknown => "unknown",
        }
    }

    /// The result for an answer of OVHcloud's and a decision.
    fn of(is_allowed: bool, decision: Decision) -> Self {
        match (decision, is_allowed) {
            (Decision::Unknown, _) => Self::Unknown,
            (Decision::Conditional, _)
            | (Decision::Allow, true)
            | (Decision::Deny | Decision::None, false) => Self::Agree,
            (Decision::Allow, false) | (Decision::Deny | Decision::None, true) => Self::Disagree,
        }
    }
}

/// All answers of OVHcloud's beside the exporter's decisions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Comparison {
    agreements: usize,
    unknown: usize,
    differences: usize,
    /// The first differences, which are logged once: a state file has the counts alone.
    #[serde(skip)]
    pub disagreements: Vec<Disagreement>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The action.
    pub action: String,
    /// The resource, as a URN.
    pub resource: String,
    /// Whether OVHcloud allows it.
    pub is_allowed: bool,
    /// The exporter's decision, which differs.
    pub decision: Decision,
    /// The policies and roles of the decision.
    pub by: Vec<String>,
}

impl Comparison {
    /// The number of decisions with this result.
    pub fn count(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::Agree => self.agreements,
            Outcome::Disagree => self.differences,
            Outcome::Unknown => self.unknown,
        }
    }

    fn add(&mut self, difference: Disagreement) {
        self.differences += 1;
        if self.disagreements.len() < MOST_LINES {
            self.disagreements.push(difference);
        }
    }

    /// Logs the disagreements: the exporter or OVHcloud is wrong about the account.
    pub fn log(&self, account: &str) {
        for disagreement in &self.disagreements {
            tracing::warn!(
                account,
                "{disagreement}; the exporter evaluates IAM wrongly, or its data is older than \
                 the answer: open an issue with this line if the next refresh logs it again"
            );
        }
        let more = self.differences.saturating_sub(self.disagreements.len());
        if more > 0 {
            tracing::warn!(account, "{more} more differences from OVHcloud's evaluation of IAM");
        }
    }
}

/// Logged disagreements of one comparison.
const MOST_LINES: usize = 10;

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, resource, is_allowed, decision, by } = self;
        let answer = if *is_allowed { "allows" } else { "does not allow" };
        write!(
            f,
            "OVHcloud {answer} {action} on {resource}; the evaluation of the policies says {}",
            decision.label()
        )?;
        if !by.is_empty() {
            write!(f, " by {}", by.join(", "))?;
        }
        Ok(())
    }
}

/// Whether OVHcloud's answers about the exporter's rights are known.
pub fn has_answers(inventory: &Inventory) -> bool {
    inventory.exporter_credential.items().any(|(_, credential)| !credential.answers.is_empty())
}

/// Compares OVHcloud's answers about the exporter's rights with the evaluation; `None` where there
/// is no answer, or where the exporter's identity is unknown.
pub fn compare(inventory: &Inventory, access: &Access) -> Option<Comparison> {
    let (_, credential) = inventory.exporter_credential.items().next()?;
    if credential.answers.is_empty() {
        return None;
    }
    let mut callers = credential.identities.iter().filter_map(|urn| access.engine.identity(urn));
    let Some(caller) = callers.find(|identity| identity.kind != Kind::Group) else {
        // No list and no policy has the identity, or the lists are unknown.
        return None;
    };
    let mut comparison = Comparison::default();
    for answers in &credential.answers {
        for resource in &answers.resources {
            let allowed = answers.allowed.iter().map(|action| (action, true));
            for (action, is_allowed) in
                allowed.chain(answers.denied.iter().map(|action| (action, false)))
            {
                let answer = access.engine.decide(caller, action, resource);
                match Outcome::of(is_allowed, answer.decision) {
                    Outcome::Agree => comparison.agreements += 1,
                    Outcome::Unknown => comparison.unknown += 1,
                    Outcome::Disagree => comparison.add(Disagreement {
                        action: action.clone(),
                        resource: resource.clone(),
                        is_allowed,
                        decision: answer.decision,
                        by: answer.ways.iter().map(Way::label).collect(),
                    }),
                }
            }
        }
    }
    Some(comparison)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conditional_right_agrees_with_either_answer() {
        for (decision, allowed, denied) in [
            (Decision::Allow, Outcome::Agree, Outcome::Disagree),
            (Decision::Conditional, Outcome::Agree, Outcome::Agree),
            (Decision::Deny, Outcome::Disagree, Outcome::Agree),
            (Decision::None, Outcome::Disagree, Outcome::Agree),
            (Decision::Unknown, Outcome::Unknown, Outcome::Unknown),
        ] {
            assert_eq!(Outcome::of(true, decision), allowed, "{decision:?}");
            assert_eq!(Outcome::of(false, decision), denied, "{decision:?}");
        }
    }
}

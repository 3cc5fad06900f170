//! The declaration of a check.

use crate::collectors::Inventory;
use crate::config::setting::{CheckSpec, Spec};
use crate::config::severity::Severity;
use crate::family::{Desc, Family};

use super::context::Context;
use super::controls::{Bundle, Control, listed};
use super::verdict::{Finding, Verdict};

/// A rule over the inventory, with everything that documents say about it.
#[derive(Debug)]
pub struct Check {
    /// Its id: snake case, the name of its file, never used again for another rule.
    pub id: &'static str,
    /// The violation in a few words, without a full stop.
    pub title: &'static str,
    /// The severity, unless a finding or the configuration sets another.
    pub severity: Severity,
    /// The risk: one or two sentences.
    pub why: &'static str,
    /// The repair of a violation.
    pub repair: Repair,
    /// The collectors without which there is no verdict; the first reads the judged objects.
    pub needs: &'static [&'static str],
    /// The controls of published frameworks that it gives evidence for; see
    /// [`Self::controls`].
    pub controls: &'static [Bundle],
    /// Whether it is evaluated unless the configuration says otherwise.
    pub is_on: bool,
    /// Its settings, beside `enabled` and `severity`.
    pub settings: &'static [Spec],
    /// The rule.
    pub evaluate: fn(&Context<'_>) -> Verdict,
    /// A count of its own, for dashboards that ask for just that.
    pub count: Option<Count>,
}

impl Check {
    /// The check as the configuration knows it.
    pub fn spec(&self) -> CheckSpec {
        let kind = self.needs.first().copied().unwrap_or_default();
        CheckSpec { id: self.id, kind, is_on: self.is_on, settings: self.settings }
    }

    /// The controls that it gives evidence for, each once.
    pub fn controls(&self) -> Vec<Control> {
        listed(self.controls)
    }
}

/// The repair of a violation, for people and for programs.
#[derive(Debug, Clone, Copy)]
pub struct Repair {
    /// The place in OVHcloud's Control Panel and the action there, or an instruction where the
    /// Control Panel has no such place.
    pub panel: &'static str,
    /// The API call, method and route; `None` where only a person can repair it.
    pub api: Option<&'static str>,
}

/// A family that counts a check's findings in its own way.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// The family.
    pub desc: &'static Desc,
    /// Its samples, given the findings of an evaluated check.
    pub samples: fn(&Inventory, &[Finding]) -> Family,
}

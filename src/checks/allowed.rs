//! The opinion of an allow list about a resource.

use jiff::Timestamp;

use crate::config::allowed::{List, Standing};

use super::verdict::{Opinion, Violation};

/// An allow list at the time of the refresh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed<'a> {
    pub(super) list: &'a List,
    pub(super) now: Timestamp,
}

impl Allowed<'_> {
    /// Whether a resource with these names is on the list.
    pub(crate) fn has(self, names: &[&str]) -> bool {
        self.list.standing(self.now, names) == Standing::Listed
    }

    /// The opinion about a resource that has these names, with the one that the evidence shows.
    pub(crate) fn opinion(self, names: &[&str], shown: &str) -> Opinion {
        match self.list.standing(self.now, names) {
            Standing::Listed => Opinion::Fine,
            Standing::Unlisted => Violation::because(format!("{shown} is on no allow list")).into(),
            Standing::Ended { until, owner } => {
                let owner = owner.map(|owner| format!(", owner {owner}")).unwrap_or_default();
                let evidence = format!("{shown}: listed until {until}{owner}");
                Violation::because(evidence).since(until.end()).into()
            }
        }
    }
}

//! The diagnosis of one account.

use serde::Serialize;

use super::rights::CollectorRights;

#[derive(Debug, Serialize)]
pub(super) struct AccountDiagnosis {
    pub(super) account: String,
    pub(super) endpoint: String,
    pub(super) url: String,
    pub(super) credential: &'static str,
    pub(super) steps: Vec<Step>,
    pub(super) collectors: Vec<CollectorRights>,
    /// Problems that are no failure.
    pub(super) warnings: Vec<String>,
}

/// A precondition of all permissions.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) state: StepState,
    pub(super) detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StepState {
    Ok,
    Failed,
    Unknown,
}

impl AccountDiagnosis {
    pub(super) fn is_well(&self) -> bool {
        self.steps.iter().all(|step| step.state != StepState::Failed)
            && self.collectors.iter().all(CollectorRights::is_well)
    }

    pub(super) fn step(&mut self, name: &'static str, state: StepState, detail: impl Into<String>) {
        self.steps.push(Step { name, state, detail: detail.into() });
    }
}

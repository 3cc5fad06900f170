//! The diagnosis of one account.

use std::collections::BTreeSet;

use serde::Serialize;

use super::rights::{CollectorRights, State};

#[derive(Debug, Serialize)]
pub(super) struct AccountDiagnosis {
    pub(super) account: String,
    pub(super) endpoint: String,
    pub(super) url: String,
    pub(super) credential: &'static str,
    pub(super) steps: Vec<Step>,
    /// The number of projects in service.
    pub(super) projects: usize,
    /// The number of those that were asked.
    pub(super) projects_asked: usize,
    pub(super) collectors: Vec<CollectorRights>,
    /// The missing actions, or the rules of a consumer key.
    pub(super) missing: BTreeSet<String>,
    /// The actions or rules that could not be asked for, because a list could not be read.
    pub(super) unverified: BTreeSet<String>,
    /// The permissions that only add details, missing or not verified.
    pub(super) optional: BTreeSet<String>,
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

    /// The number of failed steps and routes.
    pub(super) fn failures(&self) -> usize {
        let steps = self.steps.iter().filter(|step| step.state == StepState::Failed).count();
        let routes = self.collectors.iter().flat_map(|collector| &collector.routes);
        steps + routes.filter(|route| route.state == State::Failed).count()
    }

    /// Takes the rights of all collectors, and sums them up.
    pub(super) fn collect(&mut self, collectors: Vec<CollectorRights>) {
        let routes = || collectors.iter().flat_map(|collector| &collector.routes);
        let is_missing = |state| matches!(state, State::MissingAction | State::MissingResource);
        let missing = routes().filter(|route| is_missing(route.state));
        self.missing = missing.flat_map(|route| route.missing.iter().cloned()).collect();
        let needed = routes().filter(|route| !route.optional);
        let unverified: BTreeSet<_> = needed.flat_map(|route| route.unverified.clone()).collect();
        self.unverified = unverified.difference(&self.missing).cloned().collect();
        let optional = routes().filter(|route| route.optional);
        let optional = optional.flat_map(|route| route.missing.iter().chain(&route.unverified));
        let is_new = |one: &&String| !self.missing.contains(*one) && !unverified.contains(*one);
        self.optional = optional.filter(is_new).cloned().collect();
        self.collectors = collectors;
    }

    pub(super) fn step(&mut self, name: &'static str, state: StepState, detail: impl Into<String>) {
        self.steps.push(Step { name, state, detail: detail.into() });
    }
}

//! The verdict on the projects of an account: how many were asked, and for what.

use crate::api::error::chain;
use crate::api::{Error, Kind};
use crate::cli::survey::Survey;

use super::account::{AccountDiagnosis, StepState};
use super::rights::{NAMED, Rights, is_in_service};

/// Adds the step `projects`, and a warning if OVHcloud does not answer for all resources.
pub(super) fn judge(diagnosis: &mut AccountDiagnosis, survey: &Survey, rights: &Rights) {
    let routes = || rights.collectors.iter().flat_map(|collector| &collector.routes);
    if !routes().any(|route| route.route.contains("/project/{")) {
        return;
    }
    let projects = survey.projects.iter().filter(|project| is_in_service(project)).count();
    let asked = rights.projects.iter().filter(|(_, answer)| is_answer(answer)).count();
    diagnosis.projects = projects;
    diagnosis.projects_asked = projects.min(asked + 1);
    if let Some(error) = survey.projects_error() {
        let known = survey.projects.len();
        let detail = match known {
            0 => format!("the list can't be read, so that no project can be asked: {error}"),
            _ => format!("only {known} can be read: {error}"),
        };
        diagnosis.step("projects", StepState::Failed, detail);
        return;
    }
    let bad = rights.projects.iter().filter_map(|(id, answer)| Some((id, answer.as_ref().err()?)));
    let bad: Vec<_> = bad.collect();
    if let Some((_, error)) = bad.first() {
        let names: Vec<_> = bad.iter().take(NAMED).map(|(id, _)| id.as_str()).collect();
        let rest = bad.len().saturating_sub(NAMED);
        let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        let detail = format!("not readable: {}{more}: {}", names.join(", "), chain(*error));
        diagnosis.step("projects", StepState::Failed, detail);
        return;
    }
    let asked = diagnosis.projects_asked;
    let (state, scope) = match (&rights.answered, rights.probe) {
        _ if projects == 0 => (StepState::Ok, String::new()),
        (Ok(()), _) => (StepState::Ok, ", each for every permission".to_owned()),
        _ if projects == 1 => (StepState::Ok, String::new()),
        (Err(_), Some(route)) => {
            (StepState::Unknown, format!(", the others for GET {route} alone"))
        }
        (Err(_), None) => (StepState::Unknown, String::new()),
    };
    diagnosis.step("projects", state, format!("{asked} of {projects} in service asked{scope}"));
    if let Err(error) = &rights.answered
        && projects > 1
    {
        diagnosis.warnings.push(format!(
            "OVHcloud does not report the permissions for each project, so that a permission of a \
             single project may be missing: {error}"
        ));
    }
}

/// Whether OVHcloud answered; a refusal is an answer.
fn is_answer(answer: &Result<(), Error>) -> bool {
    match answer {
        Ok(()) => true,
        Err(error) => matches!(error.kind, Kind::Forbidden { .. } | Kind::Expired),
    }
}

//! The filters of a report.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::checks::{self, Framework, Severity};
use crate::collectors;
use crate::collectors::cloud_project::CloudProject;
use crate::config::names::{nearest, unknown};
use crate::daemon::system_clock;
use crate::findings::selection::Selection;
use crate::inventory::Unseen;
use crate::report::{AccountView, Report};

/// The flags of a report's filters.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Filters {
    /// Check to report, by its id; `explain` lists them [default: each]. Repeatable
    #[arg(long = "check", value_name = "ID", value_parser = check)]
    checks: Vec<&'static str>,
    /// Lowest severity of reported findings
    #[arg(long, value_name = "SEVERITY")]
    pub(super) severity: Option<Severity>,
    /// Public Cloud project to report, by its id or its name [default: each, and the account].
    /// Repeatable
    #[arg(long = "project", value_name = "PROJECT")]
    projects: Vec<String>,
    /// Framework whose controls the reported checks give evidence for, such as iso27001, soc2 or
    /// cis [default: each]. Repeatable
    #[arg(long = "framework", value_name = "FRAMEWORK", value_parser = framework)]
    frameworks: Vec<Named>,
}

/// The frameworks that one word names: `cis` is two.
#[derive(Debug, Clone)]
struct Named(Vec<Framework>);

impl Filters {
    /// The filters as a selection from these reports.
    ///
    /// # Errors
    ///
    /// No report has one of the projects.
    pub(super) fn selection(&self, known: &[(AccountView, Report)]) -> anyhow::Result<Selection> {
        Ok(Selection {
            checks: self.checks.iter().copied().collect(),
            severity: self.severity,
            projects: projects(&self.projects, known)?,
            frameworks: self.frameworks.iter().flat_map(|named| named.0.clone()).collect(),
            ..Selection::default()
        })
    }
}

/// The reports within the selected projects. An account that has none of them is left out.
pub(super) fn narrowed(
    known: Vec<(AccountView, Report)>,
    selection: &mut Selection,
) -> Vec<(AccountView, Report)> {
    if selection.projects.is_empty() {
        return known;
    }
    let now = system_clock();
    let has_one = |(_, report): &(AccountView, Report)| {
        let projects = &report.inventory.cloud_project;
        projects.unseen().is_some()
            || projects.items().any(|(_, project)| selection.projects.contains(&*project.id))
    };
    let (within, without): (Vec<_>, Vec<_>) = known.into_iter().partition(has_one);
    selection.accounts_without = without.into_iter().map(|(view, _)| view.name).collect();
    let narrow =
        |(view, report): (AccountView, Report)| (view, report.within(&selection.projects, now));
    within.into_iter().map(narrow).collect()
}

/// The ids of projects that are given by id or by name.
///
/// # Errors
///
/// No report has one of them.
pub(super) fn projects(
    names: &[String],
    known: &[(AccountView, Report)],
) -> anyhow::Result<BTreeSet<String>> {
    let all = || known.iter().flat_map(|(_, report)| report.inventory.cloud_project.items());
    let mut ids = BTreeSet::new();
    for name in names {
        let is_it = |project: &&CloudProject| *project.id == **name || project.name == *name;
        let found = all().map(|(_, project)| project).filter(is_it);
        let found: Vec<_> = found.map(|project| project.id.to_string()).collect();
        if !found.is_empty() {
            ids.extend(found);
            continue;
        }
        let unseen = known.iter().find_map(|(_, report)| report.inventory.cloud_project.unseen());
        let words = all().flat_map(|(_, project)| [&*project.id, project.name.as_str()]);
        let repair = match (unseen, nearest(name, words)) {
            (_, Some(near)) => format!("did you mean `{near}`?"),
            (Some(Unseen::NotCollected), _) => {
                "the collector cloud_project is disabled; --collector.cloud_project enables it"
                    .to_owned()
            }
            (Some(_), _) => {
                "the list of projects is incomplete: give an id, and see `check`".to_owned()
            }
            (None, _) => "`inventory` lists the projects".to_owned(),
        };
        bail!("--project: no account has a project `{name}`; {repair}");
    }
    Ok(ids)
}

/// The id of a check.
pub(super) fn check(id: &str) -> Result<&'static str, String> {
    let known = checks::ALL.iter().map(|check| check.id);
    match (checks::find(id), nearest(id, known)) {
        (Some(check), _) => Ok(check.id),
        (None, Some(near)) => Err(format!("unknown check; did you mean `{near}`?")),
        (None, None) => Err("unknown check; `ovhcloud-exporter explain` lists them".to_owned()),
    }
}

/// The name of a collector.
pub(super) fn kind(name: &str) -> Result<&'static str, String> {
    let known = || collectors::ALL.iter().map(|collector| collector.name);
    known().find(|known| *known == name).ok_or_else(|| unknown("kind", name, known()))
}

fn framework(word: &str) -> Result<Named, String> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let is_it = |framework: &Framework| plain(framework.label()).starts_with(&plain(word));
    let named: Vec<_> = Framework::ALL.into_iter().filter(is_it).collect();
    if plain(word).is_empty() || named.is_empty() {
        return Err(unknown("framework", word, Framework::ALL.iter().map(|one| one.label())));
    }
    Ok(Named(named))
}

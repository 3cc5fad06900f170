//! The caller, the projects and the key management services of an account, read in the way of a
//! refresh. Commands about permissions depend on them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::api::build::BuildError;
use crate::api::{Client, Session};
use crate::collectors::cloud_project::CloudProject;
use crate::collectors::exporter_credential::ExporterCredential;
use crate::collectors::okms::Kms;
use crate::collectors::{Inventory, Memo, Pass, Progress, Schedule, State};
use crate::config::account::Account;
use crate::daemon::system_clock;
use crate::telemetry::{Build, Telemetry};

/// The time limit of all calls of a command to one account.
pub(super) const TIME: Duration = Duration::from_mins(2);

/// The data of one account.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The caller.
    pub(super) credential: ExporterCredential,
    /// The readable projects.
    pub(super) projects: Vec<CloudProject>,
    /// The URNs of the key management services.
    pub(super) services: Vec<String>,
    /// The errors of the collectors that names are made from: the collector, and a sentence.
    pub(super) unknown: Vec<(&'static str, String)>,
    /// OVHcloud's message, if it rejects the credential itself.
    pub(super) refused: Option<String>,
    /// The complete collectors. A single refused route may not matter to them.
    pub(super) whole: BTreeSet<&'static str>,
}

/// The client of an account, outside of the daemon.
pub(super) fn client(account: &Account) -> Result<Client, BuildError> {
    Client::new(account, Telemetry::new(Build::THIS).account(&account.name, &account.labels))
}

/// The collectors that names are made from. Errors of the others are not reported.
const NAMING: [&str; 3] = [PROJECTS, "exporter_credential", OKMS];
/// The collector of projects.
pub(super) const PROJECTS: &str = "cloud_project";
/// Not every account has it, and not every policy needs it.
pub(super) const OKMS: &str = "okms";
/// A collector that is complete even if some of its routes are refused.
const LENIENT: &str = "account";

/// Reads the caller, the projects and the key management services.
pub(super) async fn survey(session: &Session<'_>) -> Survey {
    let collectors = NAMING.into_iter().chain([LENIENT]).collect();
    let (nothing, at_once) = (Inventory::default(), BTreeMap::new());
    let (memo, progress) = (Memo::default(), Progress::default());
    let schedule = Schedule {
        now: system_clock(),
        max_age: Duration::MAX,
        collectors: &collectors,
        tick: Duration::ZERO,
        intervals: &at_once,
        memo: &memo,
        progress: &progress,
    };
    let pass = Pass::new(session, schedule, &nothing);
    let inventory = nothing.refreshed(&pass).await;
    let states = inventory.states();
    let is_whole = |state: &&State<'_>| match state.reading {
        Some(reading) => reading.is_success(),
        None => false,
    };
    let whole = states.iter().filter(is_whole).map(|state| state.name).collect();
    let naming = states.iter().filter(|state| NAMING.contains(&state.name));
    let gaps = naming.filter_map(|state| Some((state.name, &state.reading?.gaps)));
    let gaps = gaps.flat_map(|(name, gaps)| gaps.iter().map(move |gap| (name, gap)));
    // A project out of service is no error of the list.
    let gaps = gaps.filter(|(name, gap)| *name != PROJECTS || !gap.reason.is_state());
    let gaps: Vec<_> = gaps.collect();
    let refused = gaps.iter().find(|(_, gap)| gap.reason.label() == "credentials");
    let credential = inventory.exporter_credential.items().next();
    let credential = credential.map(|(_, credential)| credential.clone()).unwrap_or_default();
    let projects = inventory.cloud_project.items().map(|(_, project)| project);
    let services = inventory.okms.items();
    Survey {
        projects: projects.filter(|project| project.is_readable()).cloned().collect(),
        services: services.filter_map(|(_, kms)| service_urn(kms, &credential)).collect(),
        refused: refused.map(|(_, gap)| gap.detail.clone()),
        unknown: gaps.into_iter().map(|(name, gap)| (name, gap.detail.clone())).collect(),
        credential,
        whole,
    }
}

/// The URN of a service from OVHcloud, or else the one from its scheme.
fn service_urn(kms: &Kms, credential: &ExporterCredential) -> Option<String> {
    kms.urn.clone().or_else(|| credential.okms_urn(&kms.id).filter(|_| !kms.id.is_empty()))
}

impl Survey {
    /// The error of the list of projects, or of one that it names.
    pub(super) fn projects_error(&self) -> Option<&str> {
        let error = self.unknown.iter().find(|(collector, _)| *collector == PROJECTS);
        error.map(|(_, error)| error.as_str())
    }

    /// The URNs of the account, its projects and its key management services, by type, as far as
    /// known.
    pub(super) fn resources(&self) -> BTreeMap<&'static str, Vec<String>> {
        let account = self.credential.account_urn();
        let projects = self.projects.iter();
        let projects = projects.filter_map(|project| self.credential.project_urn(&project.id));
        let account = account.into_iter().collect();
        BTreeMap::from([
            ("account", account),
            ("okms", self.services.clone()),
            ("publicCloudProject", projects.collect()),
        ])
    }
}

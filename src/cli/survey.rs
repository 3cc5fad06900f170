//! What commands need to know of an account before they can speak of its rights: who calls, and
//! which projects and key management services there are. It is read as a pass reads it.

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

/// All calls of a command to one account must be over in this time.
pub(super) const TIME: Duration = Duration::from_mins(2);

/// What is known of an account.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Who calls.
    pub(super) credential: ExporterCredential,
    /// The projects that may have something.
    pub(super) projects: Vec<CloudProject>,
    /// The URNs of the key management services.
    pub(super) services: Vec<String>,
    /// Why something that names are made from is not known: the collector, and a sentence.
    pub(super) unknown: Vec<(&'static str, String)>,
    /// With which words OVHcloud refuses the credential itself, if it does.
    pub(super) refused: Option<String>,
    /// The collectors that read all that they need, whatever single route was refused.
    pub(super) whole: BTreeSet<&'static str>,
}

/// What speaks to OVHcloud for an account, outside of the daemon.
pub(super) fn client(account: &Account) -> Result<Client, BuildError> {
    Client::new(account, Telemetry::new(Build::THIS).account(&account.name, &account.labels))
}

/// What names are made from. A failure of the others is not told.
const NAMING: [&str; 3] = ["cloud_project", "exporter_credential", OKMS];
/// What not every account has, nor every policy needs.
pub(super) const OKMS: &str = "okms";
/// It reads all that it needs, even if some of its routes are refused.
const LENIENT: &str = "account";

/// Asks who calls, and which projects and key management services there are.
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
    let gaps: Vec<_> = gaps.flat_map(|(name, gaps)| gaps.iter().map(move |g| (name, g))).collect();
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

/// The URN that OVHcloud gives a service, or else the one that its scheme gives it.
fn service_urn(kms: &Kms, credential: &ExporterCredential) -> Option<String> {
    kms.urn.clone().or_else(|| credential.okms_urn(&kms.id).filter(|_| !kms.id.is_empty()))
}

impl Survey {
    /// The URNs of the account, its projects and its key management services, by type, as far as
    /// they are known.
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

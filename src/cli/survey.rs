//! What commands need to know of an account before they can speak of its rights: who calls, and
//! which projects there are. It is read as a pass reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::api::client::BuildError;
use crate::api::{Client, Session};
use crate::collectors::cloud_project::CloudProject;
use crate::collectors::exporter_credential::ExporterCredential;
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
    /// Why something is not known, a sentence each.
    pub(super) unknown: Vec<String>,
    /// With which words OVHcloud refuses the credential itself, if it does.
    pub(super) refused: Option<String>,
    /// The collectors that read all that they need, whatever single route was refused.
    pub(super) whole: BTreeSet<&'static str>,
}

/// What speaks to OVHcloud for an account, outside of the daemon.
pub(super) fn client(account: &Account) -> Result<Client, BuildError> {
    Client::new(account, Telemetry::new(Build::THIS).account(&account.name, &account.labels))
}

/// Asks who calls and which projects there are.
pub(super) async fn survey(session: &Session<'_>) -> Survey {
    let collectors = BTreeSet::from(["cloud_project", "exporter_credential"]);
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
    let gaps: Vec<_> =
        states.iter().filter_map(|state| state.reading).flat_map(|reading| &reading.gaps).collect();
    let refused = gaps.iter().find(|gap| gap.reason.label() == "credentials");
    let credential = inventory.exporter_credential.items().next();
    let projects = inventory.cloud_project.items().map(|(_, project)| project);
    Survey {
        credential: credential.map(|(_, credential)| credential.clone()).unwrap_or_default(),
        projects: projects.filter(|project| project.is_readable()).cloned().collect(),
        refused: refused.map(|gap| gap.detail.clone()),
        unknown: gaps.into_iter().map(|gap| gap.detail.clone()).collect(),
        whole,
    }
}

impl Survey {
    /// The URNs of the account and of its projects, by type, as far as they are known.
    pub(super) fn resources(&self) -> BTreeMap<&'static str, Vec<String>> {
        let account = self.credential.account_urn();
        let projects = self.projects.iter();
        let projects = projects.filter_map(|project| self.credential.project_urn(&project.id));
        let account = account.into_iter().collect();
        BTreeMap::from([("account", account), ("publicCloudProject", projects.collect())])
    }
}

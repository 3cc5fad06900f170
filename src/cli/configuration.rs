//! The configuration of a command, with everything that is registered.

use std::collections::BTreeSet;

use crate::catalogue;
use crate::checks;
use crate::collectors::{self, Collector};
use crate::config::endpoint::Endpoint;
use crate::config::environment::Machine;
use crate::config::web::Web;
use crate::config::web_file::WebFile;
use crate::config::{Config, ConfigErrors, Options, Registry};
use crate::daemon::system_clock;

/// Looks up a variable of the environment.
pub(super) type Lookup<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// The collectors that are enabled by default.
pub(super) fn usual() -> BTreeSet<&'static str> {
    collectors::ALL.iter().filter(|collector| collector.is_on).map(|one| one.name).collect()
}

/// The configuration from the flags, this machine's files and these variables.
pub(super) fn configuration(
    asked: &Options,
    environment: Lookup<'_>,
) -> Result<Config, ConfigErrors> {
    let machine = Machine { variable: environment };
    with_registry(|known| Config::resolve(asked, known, &machine)).inspect(warn)
}

/// The same for a command that judges it: with the web configuration file, which the server reads
/// itself.
pub(super) fn with_web_file(
    asked: &Options,
    environment: Lookup<'_>,
) -> Result<Config, ConfigErrors> {
    let config = configuration(asked, environment)?;
    if let Some(path) = &config.web.config_file {
        let found = WebFile::read(path, &Machine { variable: environment }).1?;
        for warning in found.warnings {
            tracing::warn!("{warning}");
        }
    }
    Ok(config)
}

/// The same without any account, for a command that makes no call.
pub(super) fn offline(asked: &Options, environment: Lookup<'_>) -> Result<Config, ConfigErrors> {
    let machine = Machine { variable: environment };
    with_registry(|known| Config::offline(asked, known, &machine)).inspect(warn)
}

fn warn(config: &Config) {
    let now = system_clock();
    let expired = config.checks.exemptions.iter().filter_map(|one| one.expiry(now));
    for warning in config.warnings.iter().cloned().chain(expired) {
        tracing::warn!("{warning}");
    }
}

/// The names and the endpoints of the accounts, without their credentials.
pub(super) fn endpoints(
    asked: &Options,
    environment: Lookup<'_>,
) -> Result<Vec<(String, Endpoint)>, ConfigErrors> {
    let machine = Machine { variable: environment };
    with_registry(|known| Config::endpoints(asked, known, &machine))
}

/// The settings of the web server in the flags and in what can be read of the configuration file.
pub(super) fn web(asked: &Options, environment: Lookup<'_>) -> Web {
    let machine = Machine { variable: environment };
    with_registry(|known| Config::web(asked, known, &machine))
}

fn with_registry<T>(act: impl FnOnce(&Registry<'_>) -> T) -> T {
    let names: Vec<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
    let labels: BTreeSet<_> =
        catalogue().into_iter().flat_map(|family| family.labels).copied().collect();
    let rarely = |collector: &Collector| Some((collector.name, collector.interval?));
    let intervals = collectors::ALL.iter().filter_map(rarely).collect();
    let checks: Vec<_> = checks::ALL.iter().map(|check| check.spec()).collect();
    let known = Registry {
        collectors: &names,
        on: &usual(),
        intervals: &intervals,
        checks: &checks,
        labels: &labels,
    };
    act(&known)
}

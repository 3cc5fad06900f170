//! `demo`: a simulated account inside the process, and the exporter against it, over real HTTP on
//! loopback and with real authentication. It neither needs nor reads a credential.

use std::sync::Arc;

use anyhow::Context as _;
use ovhcloud_simulator::{Account, Auth, Options as Served, Simulator, Size};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::collectors::cloud_ssh_key::Fingerprints;
use crate::config::lists::ListName;
use crate::config::located::Located;
use crate::config::ssh_keys::fingerprints;
use crate::config::{Config, ConfigErrors, Options};
use crate::daemon::{Daemon, Reload, ServiceManager, supervise, system_clock};

use super::configuration::{Lookup, configuration};
use super::print::{print, say};
use super::stop_signal::stop_signal;

/// Starts both, prints where they are, and runs until a signal stops it. The URL of the metrics is
/// all that is on standard output, for scripts.
pub(super) fn run(asked: Options) -> anyhow::Result<()> {
    supervise(stop_signal, |stopped| started(asked, stopped))
}

async fn started(asked: Options, stopped: oneshot::Receiver<()>) -> anyhow::Result<()> {
    let account = Account::generate(Size::default(), system_clock());
    let allowed = most_keys(&account);
    let simulator = Simulator::start(Served::new(account))
        .await
        .context("the simulated account can't be served on 127.0.0.1")?;
    let variables = simulator.environment(Auth::OAuth2);
    let lookup = move |name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    };
    let asked = Options { skips_accounts: true, ..asked };
    let read = Arc::new(move || demonstrated(&asked, &lookup, &allowed));
    let reload = Reload { hangup: Some(signal(SignalKind::hangup())?), read };
    let daemon = Daemon::bind(reload.configuration().await?, system_clock).await?;
    let (page, metrics) = (daemon.origin()?, daemon.url()?);
    say(&welcome(&page));
    print(&format!("{metrics}\n")).context("can't write to standard output")?;
    daemon.run(async { drop(stopped.await) }, reload, ServiceManager::default()).await;
    Ok(())
}

/// The text before the URL of the metrics.
fn welcome(page: &str) -> String {
    format!(
        "A simulated account, without a credential and without a call to OVHcloud. Ctrl-C stops it.
Overview:   {page}/
Dashboards: scrape the metrics with Prometheus and import dashboards/*.json of the repository into
            Grafana; or stop this demo, and start another with both:
            docker compose -f deploy/compose/compose.yaml up
Metrics:
"
    )
}

/// The given configuration, with the simulated account.
fn demonstrated(
    asked: &Options,
    environment: Lookup<'_>,
    allowed: &[String],
) -> Result<Config, ConfigErrors> {
    let mut config = configuration(asked, environment)?;
    if config.checks.lists.get(ListName::SshKeys).is_none() {
        let place = "the demonstration's allow list";
        let allowed: Vec<_> = allowed.iter().map(|key| Located::at(place, key.clone())).collect();
        config.checks.allow(ListName::SshKeys, fingerprints(&allowed)?);
    }
    for account in &mut config.accounts {
        "demo".clone_into(&mut account.name);
        account.is_named = true;
    }
    Ok(config)
}

/// The fingerprints of all SSH keys except every fourth, so that the demo has unlisted keys.
fn most_keys(account: &Account) -> Vec<String> {
    let keys = account
        .projects()
        .into_iter()
        .flat_map(|project| account.list(&format!("/cloud/project/{project}/sshkey")).iter());
    let texts = keys.filter_map(|key| key.get("publicKey")?.as_str());
    texts
        .enumerate()
        .filter(|(index, _)| index % 4 != 3)
        .filter_map(|(_, text)| Some(Fingerprints::of(text)?.sha256))
        .collect()
}

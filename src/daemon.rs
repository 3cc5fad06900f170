//! The clock and the wiring: reads each account on its interval, publishes what it finds, and
//! serves it. Nobody else decides when something happens; only `server` spawns too, for its
//! connections.

mod account;
mod publisher;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::exposition::account::Watched;
use crate::server::{self, CONNECTIONS, Patience, Site};
use crate::telemetry::{Build, Telemetry};

use account::Watcher;
pub use account::{Plan, pass};
use publisher::Publisher;

/// Where the time comes from; tests give one that stands still.
pub type Clock = fn() -> Timestamp;

/// The time of this machine.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub fn system_clock() -> Timestamp {
    Timestamp::now()
}

/// An exporter that is bound to its addresses and not yet running.
#[derive(Debug)]
pub struct Daemon {
    listeners: Vec<TcpListener>,
    watchers: Vec<Watcher>,
    publisher: Arc<Publisher>,
    telemetry_path: String,
}

impl Daemon {
    /// Sets up every account and binds every address. Nothing is asked of OVHcloud yet.
    ///
    /// # Errors
    ///
    /// HTTPS can't be set up on this machine, or an address can't be bound.
    pub async fn bind(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let mut listeners = Vec::new();
        for address in &config.web.listen {
            listeners.push(server::bind(*address).await?);
        }
        let telemetry = Arc::new(Telemetry::new(Build::THIS));
        let mut watchers = Vec::new();
        let mut shown = Vec::new();
        let plan = Plan { refresh: config.refresh, checks: Arc::new(config.checks) };
        for (index, account) in config.accounts.into_iter().enumerate() {
            let name = account.name.clone();
            shown.push(Watched {
                name: name.clone(),
                endpoint: account.endpoint.name.clone(),
                interval: config.refresh.interval,
                report: None,
            });
            let calls = telemetry.account(&name);
            telemetry.refreshes(&name, config.refresh.interval);
            let watcher = Watcher::new(index, account, plan.clone(), calls, clock);
            watchers.push(watcher.with_context(|| format!("account `{name}`"))?);
        }
        let telemetry_path = config.web.telemetry_path;
        let publisher = Arc::new(Publisher::new(shown, telemetry_path.clone(), telemetry));
        Ok(Self { listeners, watchers, publisher, telemetry_path })
    }

    /// The URL of the metrics page.
    ///
    /// # Errors
    ///
    /// There is no address, or its socket is gone.
    pub fn url(&self) -> anyhow::Result<String> {
        let listener = self.listeners.first().context("no address to listen on")?;
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            // Every address is no address to go to.
            address = SocketAddr::from(([127, 0, 0, 1], address.port()));
        }
        Ok(format!("http://{address}{}", self.telemetry_path))
    }

    /// Reads and serves until `stop` ends, and then ends itself.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(());
        let mut servers = JoinSet::new();
        let site = Arc::new(Site {
            exposition: Arc::clone(self.publisher.exposition()),
            telemetry_path: self.telemetry_path,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            patience: Patience::default(),
        });
        for listener in self.listeners {
            let mut stopped = stopped.clone();
            // The channel closes when it is time.
            let stop = async move { while stopped.changed().await.is_ok() {} };
            servers.spawn(server::serve(listener, Arc::clone(&site), stop));
        }
        drop(stopped);
        let mut watchers = JoinSet::new();
        for watcher in self.watchers {
            watchers.spawn(watcher.run(Arc::clone(&self.publisher)));
        }
        stop.await;
        tracing::info!("stopping");
        // A pass under way is given up: it only reads.
        watchers.shutdown().await;
        drop(stopping);
        while servers.join_next().await.is_some() {}
    }
}

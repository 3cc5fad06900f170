//! The clock and the wiring: refreshes each account on its interval, publishes the reports, and
//! serves them.
//!
//! A reload replaces the accounts that have changed. No other module schedules anything; only `server`
//! spawns too, for its connections.

mod account;
mod clock;
mod crew;
mod fleet;
mod naming;
mod news;
mod owner;
mod publisher;
mod reload;
mod service_manager;
mod state;
mod supervisor;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::config::web::Web;
use crate::server::{self, AppState, Asking, Security};
use crate::telemetry::{Build, Extent, Telemetry};

pub use clock::{Clock, system_clock};
pub use reload::{Read, Reload};
pub use service_manager::ServiceManager;
pub use state::{SavedReport, is_state, saved};
pub use supervisor::supervise;

use crew::Crew;
use fleet::Fleet;
use publisher::Publisher;
use reload::Startup;
use state::StateFile;

/// An exporter that is bound to its addresses and not yet running.
#[derive(Debug)]
pub struct Daemon {
    listeners: Vec<TcpListener>,
    security: Arc<Security>,
    fleet: Fleet,
    publisher: Arc<Publisher>,
    telemetry: Arc<Telemetry>,
    startup: Startup,
    state: Option<StateFile>,
    clock: Clock,
}

/// The listeners of the configuration.
async fn listeners(web: &Web) -> io::Result<Vec<TcpListener>> {
    if web.systemd_socket {
        return server::passed();
    }
    let mut listeners = Vec::new();
    for address in &web.listen {
        listeners.push(server::bind(*address).await?);
    }
    Ok(listeners)
}

impl Daemon {
    /// Sets up every account with its saved state, and binds every address. OVHcloud is only asked
    /// whose account it is, where neither the configuration nor the state has a name for it.
    ///
    /// # Errors
    ///
    /// HTTPS can't be set up on this machine, the web configuration file has errors, or an address
    /// can't be bound.
    pub async fn bind(mut config: Config, clock: Clock) -> anyhow::Result<Self> {
        let security = Security::open(config.web.config_file.clone())?;
        let listeners = listeners(&config.web).await?;
        let extent = if config.web.exporter_metrics { Extent::Whole } else { Extent::Needed };
        let telemetry = Arc::new(Telemetry::of(Build::THIS, extent));
        let startup = Startup { web: config.web.clone(), state_file: config.state_file.clone() };
        let (state, saved) = startup.state_file.clone().map(StateFile::open).unwrap_or_default();
        if startup.state_file.is_some() && state.is_none() {
            telemetry.written(false);
        }
        naming::first(&mut config, &saved).await?;
        if let Some(words) = config.shard.words(config.accounts.len()) {
            tracing::info!("{words}");
        }
        for account in &config.accounts {
            tracing::info!(
                account = account.name,
                endpoint = account.endpoint.name,
                credential = %account.identity,
                collectors = account.collectors.len(),
                listing = account.api.listing.label(),
                interval = %humantime::format_duration(config.refresh.interval),
                "watching"
            );
        }
        let mut fleet = Fleet::new(config, clock, &telemetry, &[])?;
        fleet.restore(saved, clock());
        fleet.announce(&telemetry, &[]);
        telemetry.reloaded(true, clock().as_second());
        let web = startup.web.clone();
        let publisher = Publisher::new(fleet.shown(), web, clock, Arc::clone(&telemetry));
        let publisher = Arc::new(publisher);
        Ok(Self { listeners, security, fleet, publisher, telemetry, startup, state, clock })
    }

    /// The URL of the server, without a path.
    ///
    /// # Errors
    ///
    /// There is no address, or its socket is gone.
    pub fn origin(&self) -> anyhow::Result<String> {
        let listener = self.listeners.first().context("no address to listen on")?;
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            // A URL needs a specific address.
            address = SocketAddr::from(([127, 0, 0, 1], address.port()));
        }
        let scheme = if self.security.has_tls() { "https" } else { "http" };
        Ok(format!("{scheme}://{address}"))
    }

    /// The URL of the metrics page.
    ///
    /// # Errors
    ///
    /// There is no address, or its socket is gone.
    pub fn url(&self) -> anyhow::Result<String> {
        Ok(self.origin()? + &self.startup.web.telemetry_path)
    }

    /// One line for the service manager.
    fn status(&self) -> String {
        self.url().map(|url| format!("Serving {url}")).unwrap_or_default()
    }

    fn site(&self, asking: Asking) -> AppState {
        let web = &self.startup.web;
        let mut site = AppState::new(
            Arc::clone(self.publisher.exposition()),
            web.telemetry_path.clone(),
            Arc::clone(&self.security),
            self.telemetry.connections(),
        );
        site.reload = web.enable_lifecycle.then_some(asking);
        site
    }

    /// Refreshes and serves until `stop` ends. Each reload replaces the accounts that have changed.
    pub async fn run(
        self,
        stop: impl Future<Output = ()>,
        mut reload: Reload,
        manager: ServiceManager,
    ) {
        let status = self.status();
        let (stopping, stopped) = watch::channel(());
        let (asking, mut asked) = mpsc::channel(1);
        let site = Arc::new(self.site(asking));
        let mut servers = JoinSet::new();
        for listener in self.listeners {
            let mut stopped = stopped.clone();
            // The closed channel stops the server.
            let stop = async move { while stopped.changed().await.is_ok() {} };
            servers.spawn(server::serve(listener, Arc::clone(&site), stop));
        }
        drop(stopped);
        servers.spawn(Arc::clone(&self.publisher).run());
        if let Some(state) = self.state {
            servers.spawn(state.keep(Arc::clone(&self.publisher), Arc::clone(&self.telemetry)));
        }
        let mut crew = Crew::default();
        self.fleet.start(&self.publisher, &mut crew);
        manager.ready(&status);
        tokio::pin!(stop);
        loop {
            let reply = tokio::select! {
                () = &mut stop => break,
                () = reload.hung_up() => None,
                Some(reply) = asked.recv() => Some(reply),
            };
            manager.reloading();
            let (known, posts) = (self.publisher.accounts(), crew.posts());
            // It may wait for the name of an account.
            let next = tokio::select! {
                () = &mut stop => break,
                next = reload.fleet(&self.startup, self.clock, &self.telemetry, (&known, &posts)) => next,
            };
            self.telemetry.reloaded(next.is_ok(), (self.clock)().as_second());
            let result = match next {
                Ok(mut fleet) => {
                    fleet.relieve(&mut crew).await;
                    let known = self.publisher.accounts();
                    fleet.take_over(&known);
                    fleet.announce(&self.telemetry, &known);
                    self.publisher.replace(fleet.shown(), &fleet.staying());
                    fleet.start(&self.publisher, &mut crew);
                    Ok(())
                }
                Err(mistakes) => Err(mistakes),
            };
            manager.ready(&status);
            if let Some(reply) = reply {
                // The caller may have disconnected.
                drop(reply.send(result));
            }
        }
        manager.stopping();
        tracing::info!("stopping");
        crew.end().await;
        self.publisher.stop();
        drop(stopping);
        while servers.join_next().await.is_some() {}
    }
}

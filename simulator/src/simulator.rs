//! The simulator as tests and demonstrations hold it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::account::Account;
use crate::auth::{Auth, Gate};
use crate::fault::{Effect, Fault};
use crate::lock::hold;
use crate::rights::Rights;
use crate::server;
use crate::settings::{Listing, Settings, Unverified};
use crate::state::State;
use crate::stats::Stats;

/// How a simulator starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// The account that it serves.
    pub account: Account,
    /// How long each answer takes. Default none.
    pub latency: Duration,
    /// Which helpers for v1 lists work. Default both.
    pub listing: Listing,
    /// Items of a page of a v2 list, by default and at most. Default 100.
    pub page_size: usize,
    /// How long an issued token is good. Default one hour.
    pub token_lifetime: Duration,
    /// The rights of each of the three identities. Default everything.
    pub rights: Rights,
    /// The faults from the start.
    pub faults: Vec<Fault>,
    /// How it behaves where OVHcloud's behaviour is unverified.
    pub unverified: Unverified,
    /// The seconds by which the server's clock is ahead of the machine's.
    pub clock_ahead: i64,
}

impl Options {
    /// Everything by default.
    pub fn new(account: Account) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            account,
            latency: Duration::ZERO,
            listing: Listing::default(),
            page_size: 100,
            token_lifetime: Duration::from_hours(1),
            rights: Rights::all(),
            faults: Vec::new(),
            unverified: Unverified::default(),
            clock_ahead: 0,
        }
    }
}

/// A simulated OVHcloud account that is being served; it stops when dropped.
pub struct Simulator {
    address: SocketAddr,
    state: Arc<State>,
    /// Holds the server: dropping it ends the server and all its connections.
    _server: JoinSet<()>,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Simulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Simulator {
    /// Binds and serves. Must be called inside a tokio runtime, which the server lives in.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let Options { listing, unverified, page_size, latency, .. } = options;
        let state = Arc::new(State {
            account: RwLock::new(options.account),
            gate: Mutex::new(Gate::new(&options.rights, options.token_lifetime)),
            settings: Mutex::new(Settings { listing, unverified, page_size, latency }),
            faults: Mutex::new(options.faults),
            counters: Mutex::default(),
            clock_ahead: options.clock_ahead,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, _server: tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Scheme, host and port: `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The endpoint as OVHcloud's clients want it: `http://127.0.0.1:PORT/1.0`.
    pub fn endpoint(&self) -> String {
        format!("{}/1.0", self.origin())
    }

    /// The variables that OVHcloud's clients read, for one of the identities.
    pub fn environment(&self, auth: Auth) -> Vec<(&'static str, String)> {
        let mut variables = vec![("OVH_ENDPOINT", self.endpoint())];
        variables.extend(auth.environment());
        variables
    }

    /// Replaces all faults. The first fault that matches a call applies.
    pub fn faults(&self, faults: Vec<Fault>) {
        *hold(&self.state.faults) = faults;
    }

    /// Adds a fault for every call of a path template or concrete path; it goes before the
    /// others.
    pub fn fail(&self, path: &str, effect: Effect) {
        hold(&self.state.faults).insert(0, Fault::new(path, effect));
    }

    /// Replaces the rights of the service account.
    pub fn rights(&self, rights: Rights) {
        self.rights_of(Auth::OAuth2, rights);
    }

    /// Replaces the rights of one of the identities.
    pub fn rights_of(&self, auth: Auth, rights: Rights) {
        hold(&self.state.gate).set_rights(auth, rights);
    }

    /// Switches the helpers for v1 lists.
    pub fn listing(&self, listing: Listing) {
        hold(&self.state.settings).listing = listing;
    }

    /// Switches what is unverified of OVHcloud's behaviour.
    pub fn unverified(&self, unverified: Unverified) {
        hold(&self.state.settings).unverified = unverified;
    }

    /// Changes the account between two calls.
    pub fn change(&self, edit: impl FnOnce(&mut Account)) {
        edit(&mut self.state.account.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Refuses every token issued until now.
    pub fn expire_tokens(&self) {
        hold(&self.state.gate).expire_tokens();
    }

    /// Refuses the service account at the token endpoint; tokens already issued stay good.
    pub fn revoke(&self) {
        hold(&self.state.gate).revoked = true;
    }

    /// Takes `revoke` back.
    pub fn restore(&self) {
        hold(&self.state.gate).revoked = false;
    }

    /// Returns the counts of the calls until now.
    pub fn stats(&self) -> Stats {
        hold(&self.state.counters).stats.clone()
    }

    /// Sets all counts to zero.
    pub fn reset_stats(&self) {
        hold(&self.state.counters).reset();
    }
}

//! A simulated OVHcloud account over real HTTP, for tests, demonstrations and benchmarks.
//!
//! It holds an [`Account`] as state, answers OVHcloud's API in OVHcloud's form, verifies both
//! authentications, and does what a [`Fault`] says. It knows nothing of the exporter: not one
//! type is shared, so that a member misread by one cannot be misread by both.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use ovhcloud_simulator::{Account, Auth, Effect, Options, Simulator};
//!
//! let now = "2026-11-21T00:00:00Z".parse().unwrap();
//! let simulator = Simulator::start(Options::new(Account::reference(now))).await?;
//! simulator.fail("/me/api/credential", Effect::Status(503));
//! for (name, value) in simulator.environment(Auth::OAuth2) {
//!     // Hand them to the client under test.
//! }
//! # Ok(())
//! # }
//! ```

mod account;
mod answer;
mod auth;
mod control;
mod draw;
mod fault;
mod hex;
mod lock;
mod query;
mod refusal;
mod reply;
mod resources;
mod rights;
mod route;
mod seed;
mod server;
mod settings;
mod simulator;
mod state;
mod stats;
mod urn;

pub use account::{Account, Size};
pub use auth::Auth;
pub use fault::{Effect, Fault};
pub use rights::{Grant, Rights, Rule};
pub use settings::{Listing, SuspendedProjects, Unverified};
pub use simulator::{Options, Simulator};
pub use stats::Stats;

/// A route that the simulator serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path template: v1 without prefix, v2 with `/v2`.
    pub template: &'static str,
    /// The IAM action that it needs, if it lists one.
    pub action: Option<&'static str>,
    /// The query parameters that it knows.
    pub query: &'static [&'static str],
    /// The member that identifies an object of the answer.
    pub key: &'static str,
    /// The members of an object whose values are a closed set; `nodes.status` is a member of
    /// members.
    pub enums: &'static [&'static str],
}

/// All routes that the simulator serves.
pub fn routes() -> impl Iterator<Item = Served> {
    resources::routes().map(|route| Served {
        method: route.method,
        template: route.template,
        action: route.action,
        query: route.query,
        key: route.key,
        enums: route.enums,
    })
}

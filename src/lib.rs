//! A Prometheus exporter that inventories an OVHcloud account.
//!
//! Data goes one way through the rooms of this house:
//!
//! ```text
//! config -> api -> collectors -> inventory -> checks -> families -> exposition -> server
//!                  daemon: the clock, the pass, the only wiring and spawning
//! ```
//!
//! Nothing downstream can reach upstream: a scrape can't cause a call to OVHcloud. Which room
//! may open onto which is a table in `tests/it/house.rs`.

pub mod api;
pub mod checks;
pub mod cli;
pub mod collectors;
pub mod config;
pub mod daemon;
pub mod exposition;
pub mod family;
pub mod inventory;
pub mod permissions;
pub mod secret;
pub mod server;
pub mod telemetry;
pub mod whole_file;

use std::collections::BTreeSet;
use std::ptr;

/// Every metric family that the exporter can publish, but for the `process_*` ones.
pub fn catalogue() -> Vec<&'static family::Desc> {
    let collectors = collectors::ALL.iter().flat_map(|collector| collector.families).copied();
    let own = exposition::account::FAMILIES.iter().chain(telemetry::FAMILIES).copied();
    // Two collectors may feed the same family, which is one static then.
    let mut seen = BTreeSet::new();
    let is_new = |desc: &&'static family::Desc| seen.insert(ptr::from_ref(*desc));
    collectors.chain(checks::families()).chain(own).filter(is_new).collect()
}

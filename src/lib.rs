//! A Prometheus exporter that inventories an OVHcloud account.
//!
//! Data goes one way through the modules:
//!
//! ```text
//! config -> api -> collectors -> inventory -> checks -> families -> exposition -> server
//!                  iam, access: the rights of the account's identities
//!                  report: one refresh of an account: read, judge, remember
//!                  findings: the report as a document, for people and programs
//!                  changes: the differences of two documents
//!                  daemon: the clock, the only wiring and spawning
//! ```
//!
//! Nothing downstream reaches upstream: a scrape causes no call to OVHcloud. The table of allowed
//! dependencies is in `tests/it/house.rs`.

pub mod access;
pub mod api;
pub mod changes;
pub mod checks;
pub mod cli;
pub mod collectors;
pub mod config;
pub mod daemon;
pub mod end_of_life;
pub mod exposition;
pub mod family;
pub mod findings;
pub mod iam;
pub mod inventory;
pub mod permissions;
pub mod report;
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
    let access = access::FAMILIES.iter().copied();
    // Two collectors may feed the same family, which is one static then.
    let mut seen = BTreeSet::new();
    let is_new = |desc: &&'static family::Desc| seen.insert(ptr::from_ref(*desc));
    collectors.chain(checks::families()).chain(access).chain(own).filter(is_new).collect()
}

//! How hard OVHcloud's API may be asked.

use std::time::Duration;

use super::Mistakes;

/// Calls at once: what OVHcloud's own command-line tool does.
pub const IN_FLIGHT: usize = 10;
/// Calls a second, sustained. OVHcloud publishes no limit and speaks of fair use.
pub const RATE: f64 = 50.0;
/// Calls that may be made before the rate holds: a pass over some hundred and sixty projects, which
/// is then as fast as OVHcloud answers, while its average over an interval stays below two a second.
pub const BURST: u32 = 500;

/// Which ways of listing are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMode {
    /// Expanded lists, batches of 50, then one by one; what works is remembered per route.
    Auto,
    /// Only what OVHcloud documents: a list of ids, and each object by itself.
    Plain,
}

/// How hard OVHcloud's API may be asked on behalf of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// Calls at once (`--api.in-flight`, 10).
    pub in_flight: usize,
    /// Calls a second, sustained (`--api.rate`, 50). Halved when OVHcloud asks for less, raised
    /// again up to this.
    pub rate: f64,
    /// Calls that may be made before the rate holds (`--api.burst`, 500).
    pub burst: u32,
    /// How lists are read (`--api.listing`, auto).
    pub listing: ListMode,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Time between two pieces of an answer.
    pub read_timeout: Duration,
    /// The largest answer that is read, in bytes. A hundred thousand instances are about as much.
    pub largest_answer: usize,
    /// Time of a whole call, its answer included. OVHcloud's clients wait three minutes for
    /// anything; nothing that is read here takes so long.
    pub call_timeout: Duration,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            in_flight: IN_FLIGHT,
            rate: RATE,
            burst: BURST,
            listing: ListMode::Auto,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            largest_answer: 64 * 1024 * 1024,
            call_timeout: Duration::from_mins(1),
        }
    }
}

impl Api {
    /// The same, if it lets calls through at all.
    ///
    /// # Errors
    ///
    /// A limit of nothing, or of more than makes sense.
    pub fn checked(self) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        if !(1..=100).contains(&self.in_flight) {
            mistakes.0.push("--api.in-flight: give a number from 1 to 100".to_owned());
        }
        if !(0.1..=10_000.0).contains(&self.rate) {
            mistakes.0.push("--api.rate: give calls a second from 0.1 to 10000".to_owned());
        }
        if self.burst == 0 {
            mistakes.0.push("--api.burst: give at least 1".to_owned());
        }
        if mistakes.0.is_empty() { Ok(self) } else { Err(mistakes) }
    }
}

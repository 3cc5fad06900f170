//! The time limits of clients.

use std::time::Duration;

/// The time limits of clients.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A request's head must be there within this time, the first one and the next ones.
    pub head: Duration,
    /// A client that reads nothing of its response for this time is disconnected.
    pub write: Duration,
    /// A client that has not read its response after this time is disconnected.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            write: Duration::from_secs(10),
            answer: Duration::from_mins(1),
        }
    }
}

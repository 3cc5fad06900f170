//! The state that all connections share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::exposition::Exposition;

/// How long clients may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A request's head must be there within this time, the first one and the next ones.
    pub head: Duration,
    /// Clients that read nothing of their answer for this long are cut off.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), write: Duration::from_secs(10) }
    }
}

/// The published data, the limit of connections, and the time limits.
#[derive(Debug)]
pub struct AppState {
    /// The published data.
    pub exposition: Arc<Exposition>,
    /// The path of the metrics.
    pub telemetry_path: String,
    /// The way to ask for a reload, if that is allowed: the answer is nothing, or every error on a
    /// line of its own.
    pub reload: Option<mpsc::Sender<oneshot::Sender<Result<(), String>>>>,
    /// A place for each connection; connections beyond them wait.
    pub places: Arc<Semaphore>,
    /// How long clients may take.
    pub timeouts: Timeouts,
}

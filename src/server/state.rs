//! The state that all connections share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::exposition::Exposition;

/// The time limits of clients.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A request's head must be there within this time, the first one and the next ones.
    pub head: Duration,
    /// A client that reads nothing of its response for this time is disconnected.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), write: Duration::from_secs(10) }
    }
}

/// Requests reloads: the answer is nothing, or each error on a line of its own.
pub type Asking = mpsc::Sender<oneshot::Sender<Result<(), String>>>;

/// The served pages and the limits of clients.
#[derive(Debug)]
pub struct AppState {
    /// The published pages.
    pub exposition: Arc<Exposition>,
    /// The path of the metrics.
    pub telemetry_path: String,
    /// The channel that requests a reload, if enabled.
    pub reload: Option<Asking>,
    /// A place for each connection; further connections wait.
    pub places: Arc<Semaphore>,
    /// The time limits of clients.
    pub timeouts: Timeouts,
}

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
    /// A client that takes nothing of its answer for so long is cut off.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), write: Duration::from_secs(10) }
    }
}

/// What is served, to how many at once, and how patiently.
#[derive(Debug)]
pub struct AppState {
    /// What is published.
    pub exposition: Arc<Exposition>,
    /// The path of the metrics.
    pub telemetry_path: String,
    /// Where a reload is asked for, if that is allowed: the answer is nothing, or every mistake on
    /// a line of its own.
    pub reload: Option<mpsc::Sender<oneshot::Sender<Result<(), String>>>>,
    /// A place for each connection; whoever comes when all are taken waits.
    pub places: Arc<Semaphore>,
    /// How long clients may take.
    pub timeouts: Timeouts,
}

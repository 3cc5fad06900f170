//! The state that all connections share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::exposition::Exposition;
use crate::telemetry::Connections;

use super::authenticate::Authenticator;
use super::limits::Limits;
use super::security::Security;

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
    /// The places of connections.
    pub limits: Arc<Limits>,
    /// TLS, users and headers.
    pub security: Arc<Security>,
    /// The time limits of clients.
    pub timeouts: Timeouts,
    /// Knows who gave a right password.
    pub(super) authenticator: Authenticator,
}

impl AppState {
    /// These pages at this path, with the usual limits.
    pub fn new(
        exposition: Arc<Exposition>,
        telemetry_path: String,
        security: Arc<Security>,
        telemetry: Connections,
    ) -> Self {
        Self {
            exposition,
            telemetry_path,
            reload: None,
            limits: Arc::new(Limits::new(telemetry)),
            security,
            timeouts: Timeouts::default(),
            authenticator: Authenticator::new(),
        }
    }
}

//! The state that all connections share.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::exposition::Exposition;
use crate::telemetry::Connections;

use super::authenticate::Authenticator;
use super::limits::Limits;
use super::security::Security;
use super::timeouts::Timeouts;

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

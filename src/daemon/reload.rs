//! Another configuration, while running: a bad one changes nothing.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::future::pending;
use std::path::PathBuf;

use tokio::signal::unix::Signal;

use crate::api::error::chain;
use crate::config::web::Web;
use crate::config::{Config, ConfigErrors};
use crate::telemetry::Telemetry;

use super::Clock;
use super::fleet::Fleet;

/// How the configuration is read anew, and what asks for it beside `POST /-/reload`.
pub struct Reload<'a> {
    /// The signal that asks for it (SIGHUP).
    pub hangup: Option<Signal>,
    /// Reads it.
    pub read: Box<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync + 'a>,
}

impl Debug for Reload<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.debug_struct("Reload").field("hangup", &self.hangup).finish_non_exhaustive()
    }
}

/// What the exporter was started with and keeps until it ends.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) web: Web,
    pub(super) state_file: Option<PathBuf>,
}

impl Reload<'_> {
    /// Ends when the signal comes.
    pub(super) async fn hung_up(&mut self) {
        let came = match &mut self.hangup {
            Some(signal) => signal.recv().await,
            None => pending().await,
        };
        if came.is_none() {
            pending::<()>().await;
        }
    }

    /// The accounts as they are configured now, or every mistake on a line, which is also logged.
    pub(super) fn fleet(
        &self,
        started: &Started,
        clock: Clock,
        telemetry: &Telemetry,
    ) -> Result<Fleet, String> {
        let told = |line: String| {
            tracing::error!(error = %line, "the configuration stays as it was");
            line
        };
        let config = (self.read)()
            .map_err(|mistakes| mistakes.0.into_iter().map(told).collect::<Vec<_>>().join("\n"))?;
        if config.web != started.web {
            tracing::warn!("what is configured for the web takes a restart");
        }
        if config.state_file != started.state_file {
            tracing::warn!("another state file takes a restart");
        }
        let fleet = Fleet::new(config, clock, telemetry);
        let fleet = fleet.map_err(|error| told(chain(error.as_ref())))?;
        tracing::info!(accounts = fleet.shown.len(), "the configuration was read anew");
        Ok(fleet)
    }
}

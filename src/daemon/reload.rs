//! Reloads of the configuration: a bad one changes nothing.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::future::pending;
use std::path::PathBuf;

use tokio::signal::unix::Signal;

use crate::api::error::chain;
use crate::config::web::Web;
use crate::config::{Config, ConfigErrors};
use crate::telemetry::Telemetry;

use super::clock::Clock;
use super::fleet::Fleet;
use super::naming;
use super::owner::Shown;

/// The source of the configuration, and the signal that reloads it beside `POST /-/reload`.
pub struct Reload<'a> {
    /// The signal that reloads it (SIGHUP).
    pub hangup: Option<Signal>,
    /// Reads it.
    pub read: Box<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync + 'a>,
}

impl Debug for Reload<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.debug_struct("Reload").field("hangup", &self.hangup).finish_non_exhaustive()
    }
}

/// The settings that stay until the process ends.
#[derive(Debug)]
pub(super) struct Startup {
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

    /// The accounts of the configuration as it is now, or each mistake on a line; the log has them
    /// too.
    pub(super) async fn fleet(
        &self,
        started: &Startup,
        clock: Clock,
        telemetry: &Telemetry,
        known: &[Shown],
    ) -> Result<Fleet, String> {
        let logged = |line: String| {
            tracing::error!(error = %line, "configuration not reloaded; the previous one remains in use");
            line
        };
        let mut config = (self.read)().map_err(|mistakes| {
            mistakes.0.into_iter().map(logged).collect::<Vec<_>>().join("\n")
        })?;
        if config.web != started.web {
            tracing::warn!("a change of web.* requires a restart");
        }
        if config.state_file != started.state_file {
            tracing::warn!("a change of state.* requires a restart");
        }
        let named = naming::again(&mut config, known).await;
        let fleet = named.and_then(|()| Fleet::new(config, clock, telemetry));
        let fleet = fleet.map_err(|error| logged(chain(error.as_ref())))?;
        tracing::info!(accounts = fleet.len(), "the configuration was reloaded");
        Ok(fleet)
    }
}

//! Reloads of the configuration: a bad one changes nothing.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;

use crate::api::error::chain;
use crate::config::web::Web;
use crate::config::{Config, ConfigErrors};
use crate::telemetry::Telemetry;

use super::account::Post;
use super::clock::Clock;
use super::fleet::Fleet;
use super::naming;
use super::owner::Shown;

/// Reads the configuration.
pub type Read = Arc<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync>;

/// The source of the configuration, and the signal that reloads it beside `POST /-/reload`.
pub struct Reload {
    /// The signal that reloads it (SIGHUP).
    pub hangup: Option<Signal>,
    /// Reads it.
    pub read: Read,
}

impl Debug for Reload {
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

impl Reload {
    /// The configuration as it is now. A file that does not respond holds up nobody else.
    ///
    /// # Errors
    ///
    /// Every error in it.
    pub async fn configuration(&self) -> Result<Config, ConfigErrors> {
        let read = Arc::clone(&self.read);
        let read = spawn_blocking(move || read()).await;
        read.unwrap_or_else(|error| Err(ConfigErrors(vec![format!("a bug: {error}")])))
    }

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
    /// too. The known accounts keep their names, and those of a post their watchers.
    pub(super) async fn fleet(
        &self,
        started: &Startup,
        clock: Clock,
        telemetry: &Telemetry,
        (known, posts): (&[Shown], &[Post]),
    ) -> Result<Fleet, String> {
        let logged = |line: String| {
            tracing::error!(error = %line, "configuration not reloaded; the previous one remains in use");
            line
        };
        let mut config = self.configuration().await.map_err(|mistakes| {
            mistakes.0.into_iter().map(logged).collect::<Vec<_>>().join("\n")
        })?;
        if config.web != started.web {
            tracing::warn!("a change of web.* requires a restart");
        }
        if config.state_file != started.state_file {
            tracing::warn!("a change of state.* requires a restart");
        }
        let named = naming::again(&mut config, known).await;
        let fleet = named.and_then(|()| Fleet::new(config, clock, telemetry, posts));
        let fleet = fleet.map_err(|error| logged(chain(error.as_ref())))?;
        tracing::info!(accounts = fleet.len(), "the configuration was reloaded");
        Ok(fleet)
    }
}

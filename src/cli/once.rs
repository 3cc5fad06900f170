//! `once`: one refresh, and its metrics on standard output or in a file for the textfile collector
//! of Prometheus' node exporter. The exporter's own counters are left out: they describe a process
//! that has ended, and some are the node exporter's own.

use std::sync::Arc;

use anyhow::bail;
use clap::ValueEnum;

use crate::config::Config;
use crate::exposition::inventory;

use super::output::{Destination, destination};
use super::reading::{read, refusal};

/// The format of the metrics, and their destination.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Once {
    /// Output format: Prometheus' text format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Exposition,
    /// File to replace with the metrics; `-` is standard output. Its name ends in .prom for the
    /// textfile collector of Prometheus' node exporter, which ignores other files. An existing file keeps
    /// its permissions, a new one is readable by everybody
    #[arg(long, value_name = "FILE", default_value = "-", value_parser = destination::<Exposition>())]
    output: Destination,
}

/// The format of the metrics.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Exposition {
    /// Prometheus' text format.
    Text,
}

impl Once {
    /// Reads and writes.
    ///
    /// # Errors
    ///
    /// The metrics can't be written, or an account has nothing that could be read.
    pub(super) async fn run(&self, config: Config) -> anyhow::Result<()> {
        self.warn();
        let mut accounts = Vec::new();
        let mut refusals = Vec::new();
        for (mut view, report) in read(&config).await? {
            let refused = refusal(&report).map(|why| format!("account `{}`: {why}", view.name));
            refusals.extend(refused);
            view.report = Some(Arc::new(report));
            accounts.push(view);
        }
        let Exposition::Text = self.format;
        let page = inventory::classic(&accounts, config.detail);
        // Each reader of metrics may read a new file; one that exists has the readers it was given.
        self.output.write(&page, self.output.permissions().unwrap_or(0o644))?;
        if !refusals.is_empty() {
            bail!("nothing could be read: {}", refusals.join("; "));
        }
        Ok(())
    }

    /// Warns of a file that the textfile collector ignores. Another program may read it.
    fn warn(&self) {
        let Destination::File(path) = &self.output else { return };
        if path.extension().is_none_or(|extension| extension != "prom") {
            tracing::warn!(
                file = %path.display(),
                "the textfile collector of Prometheus' node exporter ignores this file: it reads \
                 names that end in .prom"
            );
        }
    }
}

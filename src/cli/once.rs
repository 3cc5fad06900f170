//! `once`: one refresh, and its metrics on standard output or in a file for the textfile collector
//! of Prometheus' node exporter. The exporter's own counters are left out: they describe a process
//! that has ended, and some are the node exporter's own.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::config::Config;
use crate::exposition::text;
use crate::whole_file::replace;

use super::print::print;
use super::reading::{read, refusal};

/// Where the metrics go.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Once {
    /// Replace this file as a whole, instead of writing to standard output. For the textfile
    /// collector of Prometheus' node exporter it ends in .prom
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Once {
    /// Reads and writes.
    ///
    /// # Errors
    ///
    /// The metrics can't be written, or an account has nothing that could be read.
    pub(super) async fn run(&self, config: Config) -> anyhow::Result<()> {
        let mut accounts = Vec::new();
        let mut refusals = Vec::new();
        for (mut view, report) in read(&config).await? {
            let refused = refusal(&report).map(|why| format!("account `{}`: {why}", view.name));
            refusals.extend(refused);
            view.report = Some(Arc::new(report));
            accounts.push(view);
        }
        let page =
            text::classic(&text::encode(&accounts.iter().collect::<Vec<_>>(), config.detail));
        match &self.output {
            // Each reader of metrics may read the file.
            Some(path) => replace(path, 0o644, &[page.as_bytes()])
                .with_context(|| format!("can't write {}", path.display()))?,
            None => print(&page).context("can't write to standard output")?,
        }
        if !refusals.is_empty() {
            bail!("nothing could be read: {}", refusals.join("; "));
        }
        Ok(())
    }
}

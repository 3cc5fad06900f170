//! `inventory`: one refresh, and its document as text or as JSON.

use std::process::ExitCode;

use crate::config::Config;
use crate::daemon::system_clock;
use crate::findings::selection::Selection;
use crate::findings::{Document, table};

use super::gate::Gate;
use super::output::{Format, Output};
use super::reading::read;

/// The form of the answer, and the severity that fails.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Inventory {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    gate: Gate,
}

impl Inventory {
    /// Reads, prints, and returns the exit code.
    ///
    /// # Errors
    ///
    /// The answer can't be written, or something in service could not be read.
    pub(super) async fn run(&self, config: Config) -> anyhow::Result<ExitCode> {
        let known = read(&config).await?;
        let document = Document::of(&known, &Selection::default(), system_clock())?;
        let text = match self.output.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&document)?),
            Format::Text => {
                let width = self.output.width();
                document.accounts.iter().map(|account| table::text(account, width)).collect()
            }
        };
        self.output.write(&text)?;
        self.gate.judge(&known, &document)
    }
}

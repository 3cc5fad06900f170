//! `inventory`: one refresh, and its document as text, as JSON, or as a table of one kind.

use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;

use crate::collectors;
use crate::config::{Config, ConfigErrors};
use crate::daemon::system_clock;
use crate::findings::printable::escaped;
use crate::findings::selection::{PUBLIC_CLOUD, Selection};
use crate::findings::state::Completeness;
use crate::findings::{Document, objects, table};

use super::exit::FAILED;
use super::filters::{kind, narrowed, projects};
use super::gate::Gate;
use super::output::{Destination, destination};
use super::print::complain;
use super::reading::read;

/// The form of the answer, the filters, and the severity that fails.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Inventory {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// File to write the output to, readable by its owner only; `-` is standard output
    #[arg(long = "output", value_name = "FILE", default_value = "-")]
    #[arg(value_parser = destination::<Format>())]
    destination: Destination,
    /// Kind of objects to print, by the name of its collector [default: each]. Repeatable; csv takes
    /// one
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    kinds: Vec<&'static str>,
    /// Public Cloud project to print, by its id or its name [default: each, and the account].
    /// Repeatable
    #[arg(long = "project", value_name = "PROJECT")]
    projects: Vec<String>,
    #[command(flatten)]
    gate: Gate,
}

/// The format of the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets, one kind; a cell that would be a formula begins with an apostrophe.
    Csv,
}

impl Inventory {
    /// Reads, prints, and returns the exit code.
    ///
    /// # Errors
    ///
    /// CSV of no or several kinds, a project that no account has, an answer that can't be written,
    /// or something in service that could not be read.
    pub(super) async fn run(
        &self,
        config: impl FnOnce() -> Result<Config, ConfigErrors>,
    ) -> anyhow::Result<ExitCode> {
        let kind = self.single_kind()?;
        self.verify()?;
        let known = read(&config()?).await?;
        let mut selection = Selection {
            kinds: self.kinds.iter().copied().collect(),
            projects: projects(&self.projects, &known)?,
            ..Selection::default()
        };
        let known = narrowed(known, &mut selection);
        let document = Document::of(&known, &selection, system_clock())?;
        let text = match (self.format, kind) {
            (Format::Csv, Some(kind)) => table_of(&document, kind)?,
            (Format::Json, _) => escaped(&serde_json::to_string_pretty(&document)?) + "\n",
            _ => {
                let width = self.destination.width();
                let accounts = document.accounts.iter();
                accounts.map(|account| table::text(&document, account, width)).collect()
            }
        };
        self.destination.write(&text, 0o600)?;
        let lacking = self.lacking(&document);
        for sentence in &lacking {
            complain(sentence);
        }
        let code = self.gate.judge(&known, &document)?;
        let is_well = code == ExitCode::SUCCESS;
        Ok(if is_well && !lacking.is_empty() { ExitCode::from(FAILED) } else { code })
    }

    /// The kinds that were asked for and have no objects to print, but for those that could not be
    /// read: the gate reports these.
    fn lacking(&self, document: &Document<'_>) -> Vec<String> {
        let is_lacking = |state| match state {
            Completeness::Off => true,
            // Other formats say so themselves.
            Completeness::OutOfService => self.format == Format::Csv,
            _ => false,
        };
        let unknown = self.kinds.iter().flat_map(|kind| objects::unknown(document, kind));
        unknown.filter(|one| is_lacking(one.state)).map(|one| one.sentence).collect()
    }

    /// Rejects kinds of the account beside projects: none of their objects is in one.
    fn verify(&self) -> anyhow::Result<()> {
        let of_account = |kind: &&&str| !kind.starts_with(PUBLIC_CLOUD);
        match self.kinds.iter().find(of_account) {
            Some(kind) if !self.projects.is_empty() => {
                bail!("--project leaves nothing of --kind {kind}: it belongs to the account")
            }
            _ => Ok(()),
        }
    }

    /// The kind of a table; `None` for other formats.
    fn single_kind(&self) -> anyhow::Result<Option<&'static str>> {
        match (self.format, self.kinds.as_slice()) {
            (Format::Csv, [kind]) => Ok(Some(kind)),
            (Format::Csv, kinds) => bail!(
                "--format csv is the table of one kind, and {} are given; give one --kind of: {}",
                kinds.len(),
                collectors::ALL.iter().map(|one| one.name).collect::<Vec<_>>().join(", ")
            ),
            _ => Ok(None),
        }
    }
}

/// The table of a kind that is known of an account at least.
fn table_of(document: &Document<'_>, kind: &str) -> anyhow::Result<String> {
    let unknown = objects::unknown(document, kind);
    if unknown.len() == document.accounts.len() {
        let sentences: Vec<_> = unknown.into_iter().map(|one| one.sentence).collect();
        bail!("there is no table: {}", sentences.join("; "));
    }
    Ok(objects::text(document, kind)?)
}

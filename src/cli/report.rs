//! `report`: one refresh, or the state file, in any number of forms.

use std::process::ExitCode;

use clap::ValueEnum;
use tokio::runtime::Runtime;

use crate::api::error::chain;
use crate::config::{Config, ConfigErrors};
use crate::daemon::system_clock;
use crate::findings::printable::escaped;
use crate::findings::{Document, csv, html, listing, markdown, ocsf, sarif};

use super::exit::FAILED;
use super::filters::{Filters, narrowed};
use super::gate::Gate;
use super::output::{Destination, destination};
use super::print::complain;
use super::reading::read;
use super::saved::{FromState, judged};

/// The forms, the filters, and the severity that fails.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Report {
    /// Form of the report [default: table]. Repeatable, each with its own --output
    #[arg(long = "format", value_name = "FORMAT")]
    formats: Vec<Format>,
    /// File to write a form to, readable by its owner only; `-` is standard output. The first is of
    /// the first --format, the second of the second
    #[arg(long = "output", value_name = "FILE", value_parser = destination::<Format>())]
    destinations: Vec<Destination>,
    #[command(flatten)]
    state: FromState,
    #[command(flatten)]
    filters: Filters,
    /// Leave out the checks that pass
    #[arg(long, value_name = "STATUS")]
    only: Option<Only>,
    #[command(flatten)]
    gate: Gate,
}

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people on a terminal.
    Table,
    /// For tickets, pull requests and wikis.
    Markdown,
    /// For managers and auditors: one file without scripts, for screens and for print.
    Html,
    /// For spreadsheets; a cell that would be a formula begins with an apostrophe.
    Csv,
    /// With the inventory, for `diff` and programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// OCSF Compliance Findings, one JSON object per line, for a SIEM.
    Ocsf,
}

/// The checks of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// Those that fail, and those without a verdict.
    Fail,
}

impl Format {
    /// The text of the form, in lines of at most this width if it has any.
    fn text(self, document: &Document<'_>, width: usize) -> anyhow::Result<String> {
        let table = |account| listing::text(document, account, width);
        Ok(match self {
            Self::Table => document.accounts.iter().map(table).collect::<Vec<_>>().join("\n\n"),
            Self::Json => escaped(&serde_json::to_string_pretty(document)?) + "\n",
            Self::Sarif => sarif::text(document)?,
            Self::Ocsf => ocsf::text(document)?,
            Self::Csv => csv::text(document)?,
            Self::Markdown => markdown::text(document),
            Self::Html => html::text(document)?,
        })
    }
}

impl Report {
    /// Reads, writes each form, and returns the exit code.
    ///
    /// # Errors
    ///
    /// A form without a destination, a filter that names nothing, an answer that can't be written,
    /// or something in service that could not be read.
    pub(super) fn run(
        &self,
        runtime: &Runtime,
        config: impl FnOnce() -> Result<Config, ConfigErrors>,
        offline: impl Fn() -> Result<Config, ConfigErrors>,
    ) -> anyhow::Result<ExitCode> {
        let forms = self.forms()?;
        if let Some(severity) = self.filters.severity
            && let Some(least) = self.gate.fail_on.filter(|least| *least < severity)
        {
            return mistake(format!(
                "--severity {} leaves out findings of --fail-on {}: lower --severity",
                severity.label(),
                least.label()
            ));
        }
        let known = match self.state.read(&offline)? {
            None => runtime.block_on(read(&config()?))?,
            Some(saved) => {
                let config = offline()?;
                saved.into_iter().map(|one| judged(one, &config)).collect()
            }
        };
        let mut selection = self.filters.selection(&known)?;
        selection.is_brief = self.only.is_some();
        let known = narrowed(known, &mut selection);
        let document = Document::of(&known, &selection, system_clock())?;
        // A form that can't be written takes no other with it.
        let write = |(format, destination): &(Format, Destination)| {
            destination.write(&format.text(&document, destination.width())?, 0o600)
        };
        let failed: Vec<_> = forms.iter().filter_map(|form| write(form).err()).collect();
        for error in &failed {
            complain(&chain(error.as_ref()));
        }
        let code = self.gate.judge(&known, &document)?;
        Ok(if failed.is_empty() { code } else { ExitCode::from(FAILED) })
    }

    /// Each form with its destination.
    fn forms(&self) -> anyhow::Result<Vec<(Format, Destination)>> {
        let formats = match self.formats.as_slice() {
            [] => &[Format::Table],
            formats => formats,
        };
        let mut destinations = self.destinations.clone();
        if destinations.is_empty() && formats.len() == 1 {
            destinations.push(Destination::Standard);
        }
        let names = || {
            let names = formats.iter().filter_map(ValueEnum::to_possible_value);
            names.map(|name| name.get_name().to_owned()).collect::<Vec<_>>().join(", ")
        };
        if destinations.len() != formats.len() {
            return mistake(format!(
                "--output: {} given, and --format: {} ({}); give each form its file, or `-` for \
                 one on standard output",
                destinations.len(),
                formats.len(),
                names()
            ));
        }
        let is_standard = |one: &&Destination| matches!(one, Destination::Standard);
        if destinations.iter().filter(is_standard).count() > 1 {
            let names = names();
            return mistake(format!(
                "--output: standard output takes one of the forms {names}; give the others a file"
            ));
        }
        Ok(formats.iter().copied().zip(destinations).collect())
    }
}

/// A mistake in the flags.
fn mistake<T>(line: String) -> anyhow::Result<T> {
    Err(ConfigErrors(vec![line]).into())
}

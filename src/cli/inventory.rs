//! `inventory`: one refresh, and its document as tables or as JSON.

use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::checks::{CheckResult, Missing, Severity, Status};
use crate::config::Config;
use crate::findings::{Document, document, table};
use crate::report::{AccountView, Report};

use super::exit::FINDINGS;
use super::output::{Format, Output};
use super::reading::{read, refusal};

/// The form of the answer, and the severity that fails.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Inventory {
    #[command(flatten)]
    output: Output,
    /// End with 2 if a check of this severity or a worse one fails, and with 1 if one lacks its data
    #[arg(long = "fail-on", value_name = "SEVERITY")]
    fail_on: Option<Severity>,
}

impl Inventory {
    /// Reads, prints, and returns the exit code.
    ///
    /// # Errors
    ///
    /// The answer can't be written, or an account has nothing that could be read.
    pub(super) async fn run(&self, config: Config) -> anyhow::Result<ExitCode> {
        let known = read(&config).await?;
        let refused = |(view, report): &(AccountView, Report)| {
            refusal(report).map(|why| format!("account `{}`: {why}", view.name))
        };
        let refusals: Vec<_> = known.iter().filter_map(refused).collect();
        let fails = known.iter().any(|(_, report)| self.fails(report));
        let accounts = known.iter().map(|(view, report)| document(view, report));
        let document = Document { accounts: accounts.collect::<Result<_, _>>()? };
        let text = match self.output.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&document)?),
            Format::Text => document.accounts.iter().map(table::text).collect(),
        };
        self.output.write(&text)?;
        if !refusals.is_empty() {
            bail!("nothing could be read: {}", refusals.join("; "));
        }
        if fails {
            return Ok(ExitCode::from(FINDINGS));
        }
        let unjudged: Vec<_> = known.iter().flat_map(|(_, report)| self.unjudged(report)).collect();
        if !unjudged.is_empty() {
            bail!(
                "no verdict without data: {}; see `Not read` for the reasons, and grant the rights",
                unjudged.join(", ")
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The deciding checks that lack data, except those that the configuration leaves out: no data
    /// must not look like no finding.
    fn unjudged(&self, report: &Report) -> Vec<String> {
        let lacks_data = |result: &&CheckResult| {
            result.verdict.status() == Status::NotEvaluated
                && !result.verdict.missing.is_some_and(Missing::is_intended)
        };
        self.deciding(report).filter(lacks_data).map(|result| result.id.to_string()).collect()
    }

    /// Whether a check has a finding that decides.
    fn fails(&self, report: &Report) -> bool {
        let Some(least) = self.fail_on else { return false };
        report.results.iter().any(|result| {
            result.verdict.findings.iter().any(|finding| result.severity_of(finding) >= least)
        })
    }

    /// The checks that decide whether the command fails; none without `--fail-on`.
    fn deciding<'a>(&self, report: &'a Report) -> impl Iterator<Item = &'a CheckResult> {
        let least = self.fail_on;
        let decides = move |result: &&CheckResult| least.is_some_and(|it| result.severity >= it);
        report.results.iter().filter(decides)
    }
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.label()))
    }
}

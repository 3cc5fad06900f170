//! `inventory`: one refresh, and its document as text or as JSON.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::checks::{CheckResult, Missing, Severity, Status};
use crate::config::Config;
use crate::findings::state::{CollectorState, Completeness};
use crate::findings::{AccountDocument, Document, document, table};
use crate::report::{AccountView, Report};

use super::exit::FINDINGS;
use super::output::{Format, Output};
use super::print::complain;
use super::reading::{read, refusal};

/// The form of the answer, and the severity that fails.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Inventory {
    #[command(flatten)]
    output: Output,
    /// Exit with 2 on a finding of this severity or above. Without one, exit with 1 if a check of
    /// this severity or above lacks data
    #[arg(long = "fail-on", value_name = "SEVERITY")]
    fail_on: Option<Severity>,
}

impl Inventory {
    /// Reads, prints, and returns the exit code. Findings that fail outweigh missing data.
    ///
    /// # Errors
    ///
    /// The answer can't be written, or something in service could not be read.
    pub(super) async fn run(&self, config: Config) -> anyhow::Result<ExitCode> {
        let known = read(&config).await?;
        let accounts = known.iter().map(|(view, report)| document(view, report));
        let document = Document { accounts: accounts.collect::<Result<_, _>>()? };
        let text = match self.output.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&document)?),
            Format::Text => {
                let width = self.output.width();
                document.accounts.iter().map(|account| table::text(account, width)).collect()
            }
        };
        self.output.write(&text)?;
        let problems = self.problems(&known, &document);
        if let Some(failing) = self.failing(&known) {
            for problem in problems.into_iter().chain([failing]) {
                complain(&problem);
            }
            return Ok(ExitCode::from(FINDINGS));
        }
        if !problems.is_empty() {
            bail!("{}", problems.join("; "));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The data in service that is missing, one sentence each.
    fn problems(&self, known: &[(AccountView, Report)], document: &Document) -> Vec<String> {
        let mut problems = Vec::new();
        for ((view, report), account) in known.iter().zip(&document.accounts) {
            let missing = match refusal(report) {
                Some(reason) => {
                    Some(format!("nothing could be read: account `{}`: {reason}", view.name))
                }
                None => missing(account),
            };
            problems.extend(missing);
        }
        let unjudged: Vec<_> = known.iter().flat_map(|(_, report)| self.unjudged(report)).collect();
        if !unjudged.is_empty() {
            problems.push(format!("no verdict without data: {}", unjudged.join(", ")));
        }
        problems
    }

    /// The deciding checks that lack data, except those that the configuration leaves out: no data
    /// must not look like no finding.
    fn unjudged(&self, report: &Report) -> Vec<String> {
        let lacks_data = |result: &&CheckResult| {
            result.verdict.status() == Status::NotEvaluated
                && !result.verdict.missing.is_some_and(Missing::is_intended)
        };
        let Some(least) = self.fail_on else { return Vec::new() };
        let deciding = report.results.iter().filter(|result| result.severity >= least);
        deciding.filter(lacks_data).map(|result| result.id.to_string()).collect()
    }

    /// The number of findings that fail, by check; `None` without any.
    fn failing(&self, known: &[(AccountView, Report)]) -> Option<String> {
        let least = self.fail_on?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for result in known.iter().flat_map(|(_, report)| &report.results) {
            let bad = result
                .verdict
                .violations()
                .filter(|finding| result.severity_of(finding) >= least)
                .count();
            if bad > 0 {
                *counts.entry(&*result.id).or_default() += bad;
            }
        }
        let total: usize = counts.values().sum();
        let counts: Vec<_> = counts.iter().map(|(id, count)| format!("{id}: {count}")).collect();
        let plural = if total == 1 { "" } else { "s" };
        let severity = least.label();
        (total > 0).then(|| {
            format!(
                "{total} finding{plural} of severity {severity} or above ({})",
                counts.join(", ")
            )
        })
    }
}

/// The collectors of an account that are not complete.
fn missing(account: &AccountDocument) -> Option<String> {
    let words = [(Completeness::NotRead, "not read"), (Completeness::Partial, "partly read")];
    let lists = words.into_iter().filter_map(|(completeness, word)| {
        let states = account.collectors.iter().filter(|one| one.state == completeness);
        let names: Vec<_> = states.map(|CollectorState { collector, .. }| *collector).collect();
        (!names.is_empty()).then(|| format!("{word}: {}", names.join(", ")))
    });
    let lists: Vec<_> = lists.collect();
    (!lists.is_empty())
        .then(|| format!("account `{}` is incomplete: {}", account.account, lists.join("; ")))
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.label()))
    }
}

//! The exit code of a command that prints a document: findings that fail, and missing data.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::checks::{Severity, Status};
use crate::findings::evidence::{CheckState, Evidence};
use crate::findings::selection::Selection;
use crate::findings::state::Completeness;
use crate::findings::unjudged::meaning;
use crate::findings::{AccountDocument, Document};
use crate::report::{AccountView, Report};

use super::exit::FINDINGS;
use super::print::complain;
use super::reading::refusal;

/// The severity that fails.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Gate {
    /// Exit with 2 on a finding of this severity or above. Without one, exit with 1 if a check of
    /// this severity or above lacks data
    #[arg(long = "fail-on", value_name = "SEVERITY")]
    pub(super) fail_on: Option<Severity>,
}

impl Gate {
    /// The exit code. Findings that fail outweigh missing data.
    ///
    /// # Errors
    ///
    /// Something in service could not be read.
    pub(super) fn judge(
        &self,
        known: &[(AccountView, Report)],
        document: &Document<'_>,
    ) -> anyhow::Result<ExitCode> {
        let problems = self.problems(known, document);
        if let Some(failing) = self.failing(document) {
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
    fn problems(&self, known: &[(AccountView, Report)], document: &Document<'_>) -> Vec<String> {
        let mut problems = Vec::new();
        for ((view, report), account) in known.iter().zip(&document.accounts) {
            let missing = match refusal(report) {
                Some(reason) => {
                    Some(format!("nothing could be read: account `{}`: {reason}", view.name))
                }
                None => missing(&account.evidence),
            };
            problems.extend(missing);
        }
        for account in &document.accounts {
            let unjudged = self.unjudged(account, &document.selection);
            if !unjudged.is_empty() {
                let (name, checks) = (account.evidence.account, unjudged.join(", "));
                problems.push(format!("account `{name}`: no verdict without data: {checks}"));
            }
        }
        problems
    }

    /// The deciding checks that lack data, with the reason: no data must not look like no finding.
    /// One that the configuration leaves out is missing only if it was asked for by its name.
    fn unjudged(&self, account: &AccountDocument<'_>, selection: &Selection) -> Vec<String> {
        let Some(least) = self.fail_on else { return Vec::new() };
        let lacks_data = |one: &&CheckState<'_>| {
            let is_excused = one.is_intended && !selection.checks.contains(one.check);
            one.status == Status::NotEvaluated && !is_excused
        };
        let deciding = account.evidence.checks.iter().filter(|one| one.severity >= least);
        let reason = |one: &CheckState<'_>| one.reason.map_or("", meaning);
        deciding.filter(lacks_data).map(|one| format!("{} ({})", one.check, reason(one))).collect()
    }

    /// The number of findings that fail, by check; `None` without any.
    fn failing(&self, document: &Document<'_>) -> Option<String> {
        let least = self.fail_on?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let violations = document.accounts.iter().flat_map(|account| account.evidence.violations());
        for found in violations.filter(|found| found.severity >= least) {
            *counts.entry(found.check).or_default() += 1;
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
fn missing(evidence: &Evidence<'_>) -> Option<String> {
    let words = [(Completeness::NotRead, "not read"), (Completeness::Partial, "partly read")];
    let lists = words.into_iter().filter_map(|(completeness, word)| {
        let states = evidence.collectors.iter().filter(|one| one.state == completeness);
        let names: Vec<_> = states.map(|state| state.collector).collect();
        (!names.is_empty()).then(|| format!("{word}: {}", names.join(", ")))
    });
    let lists: Vec<_> = lists.collect();
    (!lists.is_empty())
        .then(|| format!("account `{}` is incomplete: {}", evidence.account, lists.join("; ")))
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.label()))
    }
}

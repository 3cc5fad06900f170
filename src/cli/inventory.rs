//! `inventory`: one pass, and everything that is known afterwards, as tables or as JSON.

mod table;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::checks::{Judged, Severity, Verdict};
use crate::config::Config;
use crate::exposition::account::{Report, Watched};
use crate::inventory::{Gap, Unknown};

use super::output::Output;
use super::reading::{read, refusal};
use super::{FINDINGS, print};

/// What `inventory` shows, and when it fails.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Inventory {
    /// As tables for people or as JSON
    #[arg(long, value_name = "FORM", default_value = "text")]
    output: Output,
    /// End with 2 if a check of this severity or a worse one fails, and with 1 if one lacks its data
    #[arg(long = "fail-on", value_name = "SEVERITY")]
    fail_on: Option<Severity>,
}

/// What is known, for programs.
#[derive(Debug, Serialize)]
struct Answer {
    accounts: Vec<AccountAnswer>,
}

/// What is known of one account.
#[derive(Debug, Serialize)]
struct AccountAnswer {
    account: String,
    endpoint: String,
    began: String,
    duration_seconds: f64,
    requests: u64,
    /// The objects of each collector that is on, each with its `project_id`, empty for the
    /// account's own.
    inventory: Map<String, Value>,
    findings: Vec<Found>,
    not_evaluated: Vec<NotEvaluated>,
    gaps: Vec<CollectorGap>,
}

/// A resource that violates a check.
#[derive(Debug, Serialize)]
struct Found {
    severity: &'static str,
    check: &'static str,
    title: &'static str,
    project_id: String,
    resource: String,
    resource_name: String,
}

/// A check without a verdict.
#[derive(Debug, Serialize)]
struct NotEvaluated {
    check: &'static str,
    reason: &'static str,
}

/// What a collector could not read.
#[derive(Debug, Serialize)]
struct CollectorGap {
    collector: &'static str,
    #[serde(flatten)]
    gap: Gap,
}

impl Inventory {
    /// Reads, shows, and gives the exit code.
    ///
    /// # Errors
    ///
    /// The answer can't be written, or nothing at all is known of an account.
    pub(super) async fn run(&self, config: Config) -> anyhow::Result<ExitCode> {
        let known = read(&config).await?;
        let refused = |(watched, report): &(Watched, Report)| {
            refusal(report).map(|why| format!("account `{}`: {why}", watched.name))
        };
        let refusals: Vec<_> = known.iter().filter_map(refused).collect();
        let fails = known.iter().any(|(_, report)| self.fails(report));
        let accounts = known.iter().map(|(watched, report)| answer(watched, report));
        let answer = Answer { accounts: accounts.collect::<anyhow::Result<_>>()? };
        let text = match self.output {
            Output::Json => format!("{}\n", serde_json::to_string_pretty(&answer)?),
            Output::Text => answer.accounts.iter().map(table::text).collect(),
        };
        print(&text).context("can't write to standard output")?;
        if !refusals.is_empty() {
            bail!("nothing could be read: {}", refusals.join("; "));
        }
        if fails {
            return Ok(ExitCode::from(FINDINGS));
        }
        let unjudged: Vec<_> = known.iter().flat_map(|(_, report)| self.unjudged(report)).collect();
        if !unjudged.is_empty() {
            bail!(
                "no verdict for want of data: {}; see what was not read, or grant the rights",
                unjudged.join(", ")
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The checks that were to decide and could not, but for those that nobody asked for: a check
    /// that lacks its data must not pass for one that found nothing.
    fn unjudged(&self, report: &Report) -> Vec<&'static str> {
        let is_wanted =
            |why: Unknown| !matches!(why, Unknown::NotCollected | Unknown::NotConfigured);
        let lacks_data =
            |verdict: &Verdict| matches!(verdict, Verdict::NotEvaluated(why, _) if is_wanted(*why));
        let judged = self.deciding(report).filter(|judged| lacks_data(&judged.verdict));
        judged.map(|judged| judged.check.id).collect()
    }

    fn fails(&self, report: &Report) -> bool {
        let mut judged = self.deciding(report);
        judged.any(|judged| matches!(judged.verdict, Verdict::Fail(_)))
    }

    /// The checks that decide whether the command fails; none, unless that is asked for.
    fn deciding<'a>(&self, report: &'a Report) -> impl Iterator<Item = &'a Judged> {
        let least = self.fail_on;
        let decides = move |judged: &&Judged| least.is_some_and(|it| judged.check.severity >= it);
        report.judged.iter().filter(decides)
    }
}

fn answer(watched: &Watched, report: &Report) -> anyhow::Result<AccountAnswer> {
    let mut findings = Vec::new();
    let mut not_evaluated = Vec::new();
    for judged in &report.judged {
        let check = judged.check;
        if let Verdict::NotEvaluated(unknown, _) = &judged.verdict {
            not_evaluated.push(NotEvaluated { check: check.id, reason: unknown.label() });
        }
        findings.extend(judged.findings().unwrap_or_default().iter().map(|finding| Found {
            severity: check.severity.label(),
            check: check.id,
            title: check.title,
            project_id: finding.project_id.to_string(),
            resource: finding.resource.clone(),
            resource_name: finding.resource_name.clone(),
        }));
    }
    let states = report.inventory.states();
    let gaps = states.iter().flat_map(|state| {
        let gaps = state.reading.into_iter().flat_map(|reading| &reading.gaps);
        gaps.map(|gap| CollectorGap { collector: state.name, gap: gap.clone() })
    });
    let on: Vec<_> = states.iter().filter(|state| state.reading.is_some()).collect();
    let mut written = serde_json::to_value(&report.inventory)?;
    let inventory = on.iter().map(|state| {
        let sections = written.get_mut(state.name).map(Value::take);
        (state.name.to_owned(), objects(sections.unwrap_or_default()))
    });
    Ok(AccountAnswer {
        account: watched.name.clone(),
        endpoint: watched.endpoint.clone(),
        began: report.began.to_string(),
        duration_seconds: report.duration.as_secs_f64(),
        requests: report.requests,
        inventory: inventory.collect(),
        findings,
        not_evaluated,
        gaps: gaps.collect(),
    })
}

/// The objects of all sections of a collector, each with its project in front.
fn objects(mut sections: Value) -> Value {
    let mut objects = Vec::new();
    let by_scope = sections.get_mut("by_scope").and_then(Value::as_object_mut);
    for (project_id, section) in by_scope.into_iter().flatten() {
        let items = section.get_mut("items").and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            let mut object = Map::from_iter([("project_id".to_owned(), project_id.clone().into())]);
            if let Value::Object(members) = item.take() {
                object.extend(members);
            }
            objects.push(Value::Object(object));
        }
    }
    Value::Array(objects)
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Low, Self::Medium, Self::High, Self::Critical]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.label()))
    }
}

//! `access`: who may do what in an account, by the evaluation of its policies.

mod keys;
mod queries;
mod render;
mod source;
mod views;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use tokio::runtime::Runtime;

use crate::access::Incomplete;
use crate::config::names::nearest;
use crate::config::{Config, ConfigErrors};
use crate::iam::engine::Engine;

use super::exit::{FAILED, FINDINGS};
use super::output::{Destination, destination};
use super::print::complain;
use super::saved::FromState;

use keys::keys;
use source::{Known, from_state, read_now};
use views::{
    AccountView, Answer, IncompleteView, NOBODY, escalations, missing, named, overview, right,
    stranger,
};

/// The question, and the form of the answer.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Access {
    /// The identity: a URN, a login or another name, or a pattern with `*`. Alone, it prints the
    /// roles and policies of the identity
    #[arg(long, value_name = "IDENTITY")]
    identity: Option<String>,
    /// The IAM action, or a pattern with `*`: prints the identities that may do it
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// The resource as a URN, or a pattern with `*` [default: any resource]
    #[arg(long, value_name = "URN")]
    resource: Option<String>,
    /// Print the identities that can give themselves more rights, and the steps
    #[arg(long, conflicts_with_all = ["identity", "action", "resource", "queries"])]
    escalation: bool,
    /// File with one JSON query in each line, as {"identity": …, "action": …, "resource": …,
    /// "expect": …}; `-` is standard input. The answers are JSON lines; exits with 2 if one is not
    /// as expected
    #[arg(long, value_name = "FILE", conflicts_with_all = ["identity", "action", "resource"])]
    queries: Option<PathBuf>,
    #[command(flatten)]
    state: FromState,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", conflicts_with = "queries")]
    format: Format,
    /// File to write the output to, readable by its owner only; `-` is standard output
    #[arg(long = "output", value_name = "FILE", default_value = "-", value_parser = destination::<Format>())]
    destination: Destination,
}

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets; a cell that would be a formula begins with an apostrophe.
    Csv,
}

impl Access {
    /// Reads, answers, and returns the exit code: 2 for an answer that is not as expected, else 1
    /// for incomplete data and for an identity that nobody is.
    ///
    /// # Errors
    ///
    /// No question, a file that can't be read, or nothing that could be read of an account.
    pub(super) fn run(
        &self,
        runtime: &Runtime,
        config: impl FnOnce() -> Result<Config, ConfigErrors>,
        offline: impl FnOnce() -> Result<Config, ConfigErrors>,
    ) -> anyhow::Result<ExitCode> {
        let has_question = self.escalation || self.queries.is_some();
        if !has_question && self.identity.is_none() && self.action.is_none() {
            bail!("`access` needs a question: --identity, --action, --escalation or --queries");
        }
        // The queries are read first: a mistake in them costs no call.
        let queries = self.queries.as_deref().map(text_of).transpose()?;
        if let Some((name, text)) = &queries {
            queries::verify(name, text)?;
        }
        let known = match self.state.read(offline)? {
            None => runtime.block_on(read_now(config()?))?,
            Some(saved) => from_state(saved),
        };
        let code = if let Some((name, text)) = queries {
            self.answer_queries(&known, &name, &text)?
        } else {
            self.answer(&known)?;
            ExitCode::SUCCESS
        };
        let lacks = known.iter().filter_map(incomplete).chain(self.nobody(&known));
        let lacks: Vec<String> = lacks.collect();
        for line in &lacks {
            complain(line);
        }
        let is_well = code == ExitCode::SUCCESS;
        Ok(if is_well && !lacks.is_empty() { ExitCode::from(FAILED) } else { code })
    }

    fn answer_queries(&self, known: &[Known], name: &str, text: &str) -> anyhow::Result<ExitCode> {
        let answers = queries::answer(known, name, text)?;
        self.destination.write(&answers.text, 0o600)?;
        for failure in &answers.failures {
            complain(failure);
        }
        let has_failed = !answers.failures.is_empty();
        Ok(if has_failed { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
    }

    fn answer(&self, known: &[Known]) -> anyhow::Result<()> {
        let accounts: Vec<AccountView> = known.iter().map(|one| self.account(one)).collect();
        let text = match self.format {
            Format::Text => accounts.iter().map(render::text).collect::<Vec<_>>().join("\n"),
            Format::Json => {
                let document = serde_json::json!({ "accounts": accounts });
                format!("{}\n", serde_json::to_string_pretty(&document)?)
            }
            Format::Csv => render::csv(&accounts)?,
        };
        self.destination.write(&text, 0o600)
    }

    fn account(&self, known: &Known) -> AccountView {
        let Known { account, read_at, age, inventory, access } = known;
        let view = |one: &Incomplete| IncompleteView {
            collector: one.collector,
            reason: one.unseen.label(),
        };
        AccountView {
            account: account.clone(),
            read_at: read_at.to_string(),
            age_seconds: *age,
            incomplete: access.incomplete.iter().map(view).collect(),
            answer: self.of(known),
            application_keys: keys(inventory),
        }
    }

    /// A sentence on an identity that no account has: a mistake in its name is no missing right.
    fn nobody(&self, known: &[Known]) -> Option<String> {
        let identity = self.identity.as_deref()?;
        let engines = || known.iter().map(|one| &one.access.engine);
        if engines().any(|engine| !named(engine, identity).is_empty()) {
            return None;
        }
        let all = engines().flat_map(Engine::identities);
        let near = nearest(identity, all.flat_map(|one| [one.name.as_str(), one.urn.as_str()]));
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Some(format!("--identity: no known identity has the name or URN `{identity}`{near}"))
    }

    fn of(&self, known: &Known) -> Answer {
        let engine = &known.access.engine;
        if self.escalation {
            return Answer::Escalations(escalations(engine));
        }
        let identity = self.identity.as_deref().unwrap_or("*");
        if self.action.is_none() && self.resource.is_none() {
            let all = named(engine, identity).into_iter();
            return Answer::Identities(all.map(|one| overview(engine, one)).collect());
        }
        let action = self.action.as_deref().unwrap_or("*");
        let resource = self.resource.as_deref().unwrap_or("*");
        let all = named(engine, identity);
        let is_nobody = all.is_empty() && self.identity.is_some();
        let mut rights: Vec<_> =
            all.into_iter().map(|one| right(engine, one, action, resource)).collect();
        // A single identity is answered whatever the answer is.
        if rights.len() != 1 {
            rights.retain(|right| right.decision != "none");
        }
        if identity.contains('*') || rights.is_empty() {
            rights.extend(missing(&known.access, identity, action, resource));
        }
        if is_nobody && rights.is_empty() {
            rights.push(stranger(identity, action, resource, vec![NOBODY.to_owned()]));
        }
        Answer::Rights(rights)
    }
}

/// The name of a file, and its text; `-` is standard input.
fn text_of(path: &Path) -> anyhow::Result<(String, String)> {
    if path == Path::new("-") {
        let text = io::read_to_string(io::stdin()).context("can't read standard input")?;
        return Ok(("standard input".to_owned(), text));
    }
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("can't read {name}"))?;
    Ok((name, text))
}

/// A sentence on the missing data that decisions depend on.
fn incomplete(known: &Known) -> Option<String> {
    let matters = |one: &&Incomplete| !["cloud_project", "okms"].contains(&one.collector);
    let all = known.access.incomplete.iter().filter(matters);
    let names: Vec<_> =
        all.map(|one| format!("{} ({})", one.collector, one.unseen.label())).collect();
    let account = &known.account;
    (!names.is_empty()).then(|| {
        format!(
            "account `{account}` is incomplete, and decisions may be unknown: {}",
            names.join(", ")
        )
    })
}

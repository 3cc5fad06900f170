//! `explain`: the page of a check at the terminal, or the list of all.

use crate::checks::{self, Check, NOT_EVALUABLE};
use crate::config::setting::{Spec, Threshold};
use crate::findings::layout::{paragraph, rows};

use super::filters::check;
use super::output::Destination;

/// The check.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Explain {
    /// Id of the check [default: list all]
    #[arg(value_name = "ID", value_parser = check)]
    id: Option<&'static str>,
}

impl Explain {
    /// Prints the page or the list.
    ///
    /// # Errors
    ///
    /// Standard output can't be written.
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let standard = Destination::Standard;
        let width = standard.width();
        let text = match self.id.and_then(checks::find) {
            Some(check) => page(check, width),
            None => list(width),
        };
        standard.write(&text, 0o600)
    }
}

fn list(width: usize) -> String {
    let row = |check: &&'static Check| {
        let off = if check.is_on { "" } else { " (off by default)" };
        vec![
            check.id.to_owned(),
            check.severity.label().to_owned(),
            format!("{}{off}", check.title),
        ]
    };
    let header = ["check", "severity", "violation"];
    let checks: Vec<_> = checks::ALL.iter().map(row).collect();
    let mut text = rows(&header, &checks, 0, width);
    text += "\nNot evaluable, since OVHcloud's API does not answer:\n";
    let answers = NOT_EVALUABLE.iter();
    let answers: Vec<_> =
        answers.map(|one| vec![one.subject.to_owned(), plain(one.reason)]).collect();
    text += &rows(&["subject", "reason"], &answers, 2, width);
    text + "\n`ovhcloud-exporter explain ID` has the risk, the repair and the settings of a check.\n"
}

fn page(check: &Check, width: usize) -> String {
    let off = if check.is_on { "" } else { ", off by default" };
    let head = format!("{} ({}{off})", check.id, check.severity.label());
    let mut text = paragraph(&head, 0, width) + &paragraph(&format!("{}.", check.title), 0, width);
    let part = |title: &str, body: &str| format!("\n{title}\n{}", paragraph(body, 2, width));
    text += &part("Risk", &plain(check.why));
    text += &part("Repair", &format!("{}.", plain(check.repair.panel)));
    if let Some(api) = check.repair.api {
        text += &paragraph(&format!("API: {api}"), 2, width);
    }
    text += &part("Data", &format!("collector {}", check.needs.join(", ")));
    let controls = checks::by_framework(&check.controls());
    if !controls.is_empty() {
        text += "\nControls (~ marks an analogy of this project)\n";
        for (framework, ids) in controls {
            text += &paragraph(&format!("{}: {ids}", framework.name()), 2, width);
        }
    }
    text += "\nSettings and their defaults\n";
    for line in settings(check) {
        text += &paragraph(&line, 2, width);
    }
    text
}

/// A line for each key of the check in the configuration file.
fn settings(check: &Check) -> Vec<String> {
    let (id, severity) = (check.id, check.severity.label());
    let mut lines = vec![
        format!("checks.{id}.enabled: {}", check.is_on),
        format!("checks.{id}.severity: {severity}"),
    ];
    lines.extend(check.settings.iter().map(|setting| setting_line(id, setting)));
    lines
}

fn setting_line(id: &str, setting: &Spec) -> String {
    let Spec { name, help, flag, kind } = setting;
    let flag = flag.map(|flag| format!("; --{flag}")).unwrap_or_default();
    match (kind.threshold(), kind.limits()) {
        (Some(default), Some((least, most))) => {
            let [default, least, most] = [default, least, most].map(Threshold::shown);
            format!("checks.{id}.{name}: {default} ({help}; {least} to {most}{flag})")
        }
        _ => format!("checks.{id}.{name}: [] ({help}{flag})"),
    }
}

/// A text of the catalogue without the marks of Markdown.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

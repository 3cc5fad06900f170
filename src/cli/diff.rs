//! `diff`: the differences of two reports or state files.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use crate::changes::{Form, Written, compare, page};
use crate::config::{Config, ConfigErrors};
use crate::daemon::{is_state, saved, system_clock};
use crate::findings::Document;
use crate::findings::printable::escaped;
use crate::findings::selection::Selection;

use super::exit::FAILED;
use super::output::{Destination, destination};
use super::print::complain;
use super::saved::judged_then;

/// The greatest length of a file, as of a state file.
const LARGEST: u64 = 4 << 30;

/// The two files, and the form of the answer.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Diff {
    /// The older JSON report or state file
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer JSON report or state file
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// File to write the output to, readable by its owner only; `-` is standard output
    #[arg(long = "output", value_name = "FILE", default_value = "-", value_parser = destination::<Format>())]
    destination: Destination,
}

/// The form of the differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For tickets and pull requests.
    Markdown,
}

impl Diff {
    /// Compares, writes, and returns the exit code.
    ///
    /// # Errors
    ///
    /// A file is no whole report and no state file, the configuration that judges a state file is
    /// wrong, or the answer can't be written.
    pub(super) fn run(
        &self,
        offline: impl Fn() -> Result<Config, ConfigErrors>,
    ) -> anyhow::Result<ExitCode> {
        let (old, new) = (document(&self.old, &offline)?, document(&self.new, &offline)?);
        let comparison = compare(&old, &new)?;
        let text = match self.format {
            Format::Text => page(&comparison, Form::Text),
            Format::Markdown => page(&comparison, Form::Markdown),
            Format::Json => escaped(&serde_json::to_string_pretty(&comparison)?) + "\n",
        };
        self.destination.write(&text, 0o600)?;
        if comparison.is_incomplete() {
            complain("not everything can be compared: see \"Not comparable\" in the answer");
            return Ok(ExitCode::from(FAILED));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The content of a regular file: a pipe would never end.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        bail!("it is no regular file; give the path of a JSON report or a state file");
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        bail!("it is larger than 4 GiB");
    }
    Ok(bytes)
}

/// The document in a file. A state file is judged as of its own time, so that the time between the two
/// changes no verdict.
fn document(
    path: &Path,
    offline: impl Fn() -> Result<Config, ConfigErrors>,
) -> anyhow::Result<Written> {
    let shown = path.display().to_string();
    let bytes = read(path).with_context(|| format!("can't read {shown}"))?;
    let bytes = if is_state(&bytes) {
        let config = offline()?;
        let known = saved(path)?.into_iter().map(|one| judged_then(one, &config));
        let known: Vec<_> = known.collect();
        let document = Document::of(&known, &Selection::default(), system_clock())?;
        serde_json::to_vec(&document)?
    } else {
        bytes
    };
    let written =
        Written::parse(shown.clone(), &bytes).with_context(|| format!("can't compare {shown}"))?;
    if !written.filters.is_empty() {
        bail!(
            "can't compare {shown}: it was written with filters ({}), and what they left out would \
             look removed; write the report without them",
            written.filters.join("; ")
        );
    }
    Ok(written)
}

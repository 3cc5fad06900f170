//! The format of an answer, and its destination: standard output or a file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use clap::builder::{PathBufValueParser, TypedValueParser};
use console::Term;

use crate::findings::table::USUAL_WIDTH;
use crate::whole_file::{permissions, replace};

use super::print::print;

/// A terminal without a size reports 0, and nothing fits a few columns.
const LEAST_WIDTH: usize = 40;

/// The flags of a command that answers people and programs.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Output {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
    /// File to write the output to, readable by its owner only; `-` is standard output
    #[arg(long = "output", value_name = "FILE", default_value = "-", value_parser = destination::<Format>())]
    pub(super) destination: Destination,
}

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The destination of an answer.
#[derive(Debug, Clone)]
pub(super) enum Destination {
    /// Standard output.
    Standard,
    /// A file, which is replaced as a whole.
    File(PathBuf),
}

impl Output {
    /// Writes the answer. A file is for its owner: it names users, keys and projects.
    ///
    /// # Errors
    ///
    /// As [`Destination::write`].
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        self.destination.write(text, 0o600)
    }
}

impl Destination {
    /// The width of the terminal, if the destination is one that reports it.
    pub(super) fn width(&self) -> usize {
        let size = match self {
            Self::Standard => Term::stdout().size_checked(),
            Self::File(_) => None,
        };
        let columns = size.map(|(_, columns)| usize::from(columns));
        columns.filter(|columns| *columns >= LEAST_WIDTH).unwrap_or(USUAL_WIDTH)
    }

    /// The permissions of the file that is replaced, if there is one.
    pub(super) fn permissions(&self) -> Option<u32> {
        match self {
            Self::Standard => None,
            Self::File(path) => permissions(path),
        }
    }

    /// Writes a text; a file gets this mode.
    ///
    /// # Errors
    ///
    /// The file or standard output can't be written.
    pub(super) fn write(&self, text: &str, mode: u32) -> anyhow::Result<()> {
        match self {
            Self::Standard => print(text).context("can't write to standard output"),
            Self::File(path) => replace(path, mode, &[text.as_bytes()])
                .with_context(|| format!("can't write {}", path.display())),
        }
    }
}

/// The parser of `--output` beside the `--format` of `F`. A bare format word is a mistake for
/// `--format`, and no file.
pub(super) fn destination<F: ValueEnum>() -> impl TypedValueParser<Value = Destination> {
    PathBufValueParser::new().try_map(|path| {
        if is_word::<F>(&path) || is_word::<Format>(&path) {
            let word = path.display();
            return Err(format!(
                "`{word}` is a format and no file; give --format {word}, or ./{word} for a file of \
                 this name"
            ));
        }
        let is_standard = path == Path::new("-");
        Ok(if is_standard { Destination::Standard } else { Destination::File(path) })
    })
}

fn is_word<F: ValueEnum>(path: &Path) -> bool {
    let words = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    words.into_iter().any(|word| path == Path::new(word.get_name()))
}

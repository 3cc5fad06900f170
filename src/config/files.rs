//! Files of allow lists, exemptions and ends of life, which are read again when they change.
//!
//! A file that cannot be read any more keeps its last good content; at the start it is an error.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::end_of_life::Table;

use super::allowed::{Entry, List};
use super::document;
use super::environment::{Environment, Stamp, unreadable};
use super::errors::ConfigErrors;
use super::exemptions::{self, Exemption, Known};
use super::lists::{self, ListName, Lists};
use super::located::Located;
use super::notes::Notes;
use super::ssh_keys::authorized_keys;
use super::table::Value;

/// A larger file is not read.
const LARGEST: u64 = 1024 * 1024;

/// The number of errors that are reported of a file.
const MOST_ERRORS: usize = 10;

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    List(ListName),
    Exemptions,
    EndsOfLife,
}

impl Form {
    fn expected(self) -> &'static str {
        match self {
            Self::List(ListName::SshKeys) => "an authorized_keys file or a YAML list",
            Self::List(_) | Self::Exemptions => "a YAML list",
            Self::EndsOfLife => "a JSON file of endoflife.date",
        }
    }
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    List(ListName, Vec<Entry>),
    Exemptions(Vec<Arc<Exemption>>),
    EndsOfLife(Table),
}

/// A file as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    path: Located<PathBuf>,
    form: Form,
    stamp: Option<Stamp>,
    content: Content,
    /// The errors of the last reading; the content is that of an earlier one then.
    errors: Vec<String>,
    /// The warnings about its entries.
    warnings: Vec<String>,
}

/// The paths of the files, with the place that names each.
#[derive(Debug, Clone, Default)]
pub(super) struct Paths {
    pub(super) lists: Vec<(ListName, Located<PathBuf>)>,
    pub(super) exemptions: Vec<Located<PathBuf>>,
    pub(super) ends_of_life: Vec<Located<PathBuf>>,
}

/// The lists, exemptions and ends of life of the configuration and of its files together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Merged {
    pub(super) lists: Lists,
    pub(super) exemptions: Vec<Arc<Exemption>>,
    pub(super) ends_of_life: Table,
}

/// The state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// Its path.
    pub path: String,
    /// The errors of its last reading, one line each. Without any it was read.
    pub errors: Vec<String>,
    /// The warnings about its entries.
    pub warnings: Vec<String>,
}

/// All files, and the entries that the configuration holds itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Files {
    own: Merged,
    each: Vec<File>,
    known: Known,
}

impl Files {
    /// Reads all files, and gives the warnings about their entries too.
    ///
    /// # Errors
    ///
    /// Each file and each entry that cannot be read.
    pub(super) fn open(
        own: Merged,
        paths: Paths,
        known: Known,
        environment: &dyn Environment,
    ) -> Result<(Self, Vec<String>), ConfigErrors> {
        let (mut errors, mut warnings) = (ConfigErrors::default(), Vec::new());
        let lists = paths.lists.into_iter().map(|(name, path)| (Form::List(name), path));
        let exemptions = paths.exemptions.into_iter().map(|path| (Form::Exemptions, path));
        let ends_of_life = paths.ends_of_life.into_iter().map(|path| (Form::EndsOfLife, path));
        let mut each = Vec::new();
        for (form, path) in lists.chain(exemptions).chain(ends_of_life) {
            let stamp = environment.stamp(&path.value).ok();
            match read(form, &path, &known, environment) {
                Ok((content, noted)) => {
                    warnings.extend(noted.iter().cloned());
                    let errors = Vec::new();
                    each.push(File { path, form, stamp, content, errors, warnings: noted });
                }
                Err(found) => errors.0.extend(found.0),
            }
        }
        if errors.0.is_empty() { Ok((Self { own, each, known }, warnings)) } else { Err(errors) }
    }

    /// The files after reading those again that have changed; `None` if nothing is different.
    pub(super) fn renewed(&self, environment: &dyn Environment) -> Option<Self> {
        let renewed = self.each.iter().map(|file| file.renewed(&self.known, environment));
        let renewed: Vec<_> = renewed.collect();
        if renewed.iter().all(Option::is_none) {
            return None;
        }
        let each = self.each.iter().zip(renewed);
        let each = each.map(|(old, new)| new.unwrap_or_else(|| old.clone())).collect();
        Some(Self { own: self.own.clone(), each, known: self.known.clone() })
    }

    /// The entries of the configuration and of the files.
    pub(super) fn merged(&self) -> Merged {
        let mut all = self.own.clone();
        for file in &self.each {
            match &file.content {
                Content::List(name, entries) => all.lists.add(*name, List::of(entries.clone())),
                Content::Exemptions(exemptions) => all.exemptions.extend(exemptions.clone()),
                Content::EndsOfLife(table) => all.ends_of_life.extend(table),
            }
        }
        all
    }

    /// Adds entries that no file has.
    pub(super) fn allow(&mut self, name: ListName, list: List) {
        self.own.lists.add(name, list);
    }

    /// The state of each file.
    pub(super) fn states(&self) -> Vec<FileState> {
        let state = |file: &File| FileState {
            path: file.path.value.display().to_string(),
            errors: file.errors.clone(),
            warnings: file.warnings.clone(),
        };
        self.each.iter().map(state).collect()
    }
}

impl File {
    /// The file after reading it again; `None` if it is as before. A file with errors is read each
    /// time: its permissions may have changed.
    fn renewed(&self, known: &Known, environment: &dyn Environment) -> Option<Self> {
        let stamp = environment.stamp(&self.path.value).ok();
        if stamp.is_some() && stamp == self.stamp && self.errors.is_empty() {
            return None;
        }
        let file = match read(self.form, &self.path, known, environment) {
            Ok((content, warnings)) => {
                Self { stamp, content, errors: Vec::new(), warnings, ..self.clone() }
            }
            Err(errors) => Self { stamp, errors: errors.0, ..self.clone() },
        };
        (file != *self).then_some(file)
    }
}

/// Reads a file, and gives the warnings about its entries too. A file of another kind has an error in
/// each line; the first ones are enough.
fn read(
    form: Form,
    path: &Located<PathBuf>,
    known: &Known,
    environment: &dyn Environment,
) -> Result<(Content, Vec<String>), ConfigErrors> {
    parsed(form, path, known, environment).map_err(|ConfigErrors(mut lines)| {
        let more = lines.len().saturating_sub(MOST_ERRORS);
        lines.truncate(MOST_ERRORS);
        if more > 0 {
            lines.push(format!("{}: and {more} more errors", path.value.display()));
        }
        ConfigErrors(lines)
    })
}

fn parsed(
    form: Form,
    path: &Located<PathBuf>,
    known: &Known,
    environment: &dyn Environment,
) -> Result<(Content, Vec<String>), ConfigErrors> {
    let name = path.value.display().to_string();
    let bounded = environment.stamp(&path.value).and_then(|stamp| {
        stamp.at_most(LARGEST)?;
        Ok((environment.read(&path.value)?, stamp))
    });
    let (text, stamp) = bounded.map_err(|error| {
        unreadable(&format!("{}: `{name}`", path.place), &error, form.expected())
    })?;
    let mut errors = ConfigErrors::default();
    let content = match form {
        Form::List(ListName::SshKeys) if !is_yaml(&path.value) => {
            Content::List(ListName::SshKeys, authorized_keys(&name, &text, &mut errors))
        }
        Form::EndsOfLife => {
            let product = path.value.file_stem().unwrap_or_default().to_string_lossy();
            let table = Table::parse(&text, &product, stamp.modified);
            Content::EndsOfLife(table.map_err(|problem| format!("{name}:{problem}"))?)
        }
        Form::List(list) => {
            let (entries, notes) = yaml(&name, &text, |value| lists::entries(value, list));
            return noted(Content::List(list, entries), &notes);
        }
        Form::Exemptions => {
            let (found, notes) = yaml(&name, &text, |value| exemptions::read(value, known));
            return noted(Content::Exemptions(found.into_iter().map(Arc::new).collect()), &notes);
        }
    };
    if errors.0.is_empty() { Ok((content, Vec::new())) } else { Err(errors) }
}

/// Reads a YAML list.
fn yaml<T>(file: &str, text: &str, read: impl FnOnce(Value<'_>) -> Vec<T>) -> (Vec<T>, Notes) {
    let notes = Notes::of(file);
    let items = match document::parse(text) {
        Ok(node) => read(Value::whole(node, &notes)),
        Err((mark, what)) => {
            notes.note(mark, &what);
            Vec::new()
        }
    };
    (items, notes)
}

fn noted(content: Content, notes: &Notes) -> Result<(Content, Vec<String>), ConfigErrors> {
    let errors = notes.errors(ConfigErrors::default());
    if errors.0.is_empty() { Ok((content, notes.warnings())) } else { Err(errors) }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

//! The configuration file: strict YAML, whose errors are reported all at once.
//!
//! Each concern reads its own table; this is the list of the tables.

use std::collections::BTreeSet;
use std::path::Path;

use crate::secret::Source;

use super::detail::Detail;
use super::environment::Environment;
use super::errors::ConfigErrors;
use super::layer::Settings;
use super::located::Located;
use super::notes::Notes;
use super::registry::Registry;
use super::selection::Selection;
use super::table::{Table, Value};
use super::{account, api, checks, document, log, refresh, shard, web};

/// The content of a file.
#[derive(Debug, Default)]
pub(super) struct File {
    /// The settings of the whole exporter, and of accounts that set nothing else.
    pub(super) settings: Settings,
    /// The accounts; `None` if the file says nothing of accounts.
    pub(super) accounts: Option<Vec<account::Options>>,
}

impl File {
    /// Reads the file at this path, and gives what was noted of it too.
    pub(super) fn open(
        path: &Path,
        known: &Registry<'_>,
        environment: &dyn Environment,
    ) -> (Self, Notes) {
        let notes = Notes::of(path.display().to_string());
        match environment.read_piped(path) {
            Ok(text) => (Self::parse(&text, known, &notes), notes),
            Err(error) => {
                notes.unreadable(&error);
                (Self::of_nobody(), notes)
            }
        }
    }

    pub(super) fn parse(text: &str, known: &Registry<'_>, notes: &Notes) -> Self {
        match document::parse(text) {
            Ok(node) => {
                let value = Value::whole(node, notes);
                if value.may_be_table() {
                    return value.table(|table| Self::read(table, known));
                }
                value.table(|_| Self::of_nobody())
            }
            Err((mark, what)) => {
                notes.note(mark, &what);
                Self::of_nobody()
            }
        }
    }

    /// A file that could not be read may have had accounts: none are looked for elsewhere.
    fn of_nobody() -> Self {
        Self { settings: Settings::default(), accounts: Some(Vec::new()) }
    }

    fn read(table: &mut Table<'_>, known: &Registry<'_>) -> Self {
        let settings = Settings {
            refresh: table
                .table("refresh", |table| refresh::Options::read(table, known.collectors)),
            api: table.table("api", api::Options::read),
            collectors: table.table("collectors", |table| Selection::read(table, known.collectors)),
            detail: table.read("detail", Detail::parse),
            log: table.table("log", log::Options::read),
            checks: table.table("checks", |table| checks::Options::read(table, known.checks)),
            accepted: checks::Accepted::read(table, known),
            web: table.table("web", web::Options::read),
            state_file: table.table("state", |table| table.read_path("file")),
            shard: table.table("shard", shard::Options::read),
        };
        let accounts = table.take_written("accounts").map(|value| accounts(value, known));
        Self { settings, accounts }
    }

    /// Whether a secret stands in the file itself.
    pub(super) fn holds_a_secret(&self) -> bool {
        self.accounts
            .iter()
            .flatten()
            .flat_map(|account| &account.credential.value)
            .any(|(key, found)| key.file().is_some() && matches!(found.source, Source::Given(_)))
    }
}

fn accounts(value: Value<'_>, known: &Registry<'_>) -> Vec<account::Options> {
    if value.is_empty() {
        value.wrong(
            "expected at least one account; list one, or remove the key to watch the account of \
             the variables and of ovh.conf",
        );
    }
    value.items("- name: …").into_iter().map(|item| account::Options::read(item, known)).collect()
}

/// Notes the names that more than one account has.
pub(super) fn refuse_namesakes(accounts: &[account::Options], errors: &mut ConfigErrors) {
    let mut seen = BTreeSet::new();
    for Located { place, value } in accounts.iter().filter_map(|account| account.name.as_ref()) {
        if !place.is_empty() && !seen.insert(value) {
            errors.0.push(format!(
                "{place}: another account has the name `{}`; give each account its own",
                value.escape_debug()
            ));
        }
    }
}

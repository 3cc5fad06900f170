//! The objects of one collector as CSV.

use std::io;

use serde_json::{Map, Value};

use super::cells::lines;
use super::missing;
use super::state::{CollectorState, Completeness};
use super::{AccountDocument, Document};

/// The cell of a member that is unknown, in contrast to an empty one.
const UNKNOWN: &str = "unknown";

/// The objects of a collector in all accounts, a row each: the account, and the members in the order
/// of their first sight. A nested value is compact JSON.
///
/// # Errors
///
/// As [`lines`].
pub fn text(document: &Document<'_>, kind: &str) -> io::Result<String> {
    let objects: Vec<(&str, &Map<String, Value>)> =
        document.accounts.iter().flat_map(|account| objects(account, kind)).collect();
    let mut columns: Vec<&str> = Vec::new();
    for member in objects.iter().flat_map(|(_, object)| object.keys()) {
        if !columns.contains(&member.as_str()) {
            columns.push(member);
        }
    }
    let row = |(account, object): (&str, &Map<String, Value>)| {
        let cell = |column: &&str| object.get(*column).map_or(UNKNOWN.to_owned(), cell);
        [account.to_owned()].into_iter().chain(columns.iter().map(cell)).collect()
    };
    let header = [&["account"], columns.as_slice()].concat();
    lines(&header, objects.into_iter().map(row))
}

/// An account whose objects of a collector are unknown.
#[derive(Debug)]
pub struct Unknown {
    /// The reason: anything but [`Completeness::Complete`] and [`Completeness::Partial`].
    pub state: Completeness,
    /// The account, the collector and the reason.
    pub sentence: String,
}

/// The accounts whose objects of a collector are unknown.
pub fn unknown(document: &Document<'_>, kind: &str) -> Vec<Unknown> {
    let unknown = |account: &AccountDocument<'_>| {
        if account.inventory.get(kind).is_some_and(Value::is_array) {
            return None;
        }
        let is_it = |state: &&CollectorState| state.collector == kind;
        let state = account.evidence.collectors.iter().find(is_it);
        let state = state.map_or(Completeness::Off, |state| state.state);
        let repair = match state {
            Completeness::Off => format!("; --collector.{kind} enables it"),
            _ => String::new(),
        };
        let name = account.evidence.account;
        let sentence = format!("account `{name}`: {kind} is {}{repair}", missing::state(state));
        Some(Unknown { state, sentence })
    };
    document.accounts.iter().filter_map(unknown).collect()
}

fn objects<'a>(
    account: &'a AccountDocument<'_>,
    kind: &str,
) -> impl Iterator<Item = (&'a str, &'a Map<String, Value>)> {
    let name: &'a str = account.evidence.account;
    let objects = account.inventory.get(kind).and_then(Value::as_array);
    objects.into_iter().flatten().filter_map(Value::as_object).map(move |object| (name, object))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

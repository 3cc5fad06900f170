//! Reads the texts that more than one concern has: durations, numbers, yes and no.

use std::str::FromStr;
use std::time::Duration;

use super::names::unknown;
use super::table::{Table, Value};

/// No duration is longer: ten years.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// A duration as people write it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text)
        .map_err(|_| "expected a duration with a unit, such as 30s, 5m or 90d".to_owned())?;
    if duration > LONGEST {
        return Err("expected at most ten years".to_owned());
    }
    Ok(duration)
}

/// A number; `expected` names its kind and its range for the error.
pub(super) fn number<T: FromStr>(text: &str, expected: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("expected {expected}"))
}

/// Yes or no, as YAML and variables have it.
pub fn boolean(text: &str) -> Result<bool, String> {
    one_of(text, &[("true", true), ("false", false)])
}

/// One of these words, in any case.
pub(super) fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let (last, others) =
            words.split_last().map_or(("", words), |((last, _), rest)| (*last, rest));
        let others: Vec<_> = others.iter().map(|(word, _)| *word).collect();
        format!("expected {} or {last}", others.join(", "))
    })
}

/// A text that says something.
pub(super) fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("empty; expected a text".to_owned());
    }
    if text.contains(char::is_control) {
        return Err("contains a control character; expected printable text".to_owned());
    }
    Ok(text.to_owned())
}

/// The keys of a table that are to be names of this list; another name is an error.
pub(super) fn named<'n>(
    table: &mut Table<'n>,
    what: &str,
    names: &[&'static str],
) -> Vec<(&'static str, Value<'n>)> {
    let mut found = Vec::new();
    for (mark, key, value) in table.rest() {
        match names.iter().find(|name| **name == key) {
            Some(name) => found.push((*name, value)),
            None => {
                table.refuse(mark, &key, &unknown(what, &key, names.iter().copied()));
            }
        }
    }
    found
}

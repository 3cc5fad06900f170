//! Reads the texts that more than one concern has: durations, numbers, yes and no.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::table::{Table, Value, unknown};

/// No duration is longer: ten years.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// A duration as people write it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; give a duration such as 30s, 5m, 90d"))?;
    if duration > LONGEST {
        return Err("longer than ten years; give less".to_owned());
    }
    Ok(duration)
}

pub(super) fn number<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("not a number ({error}); give one"))
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("neither true nor false; give one of them".to_owned()),
    }
}

/// A text that says something.
pub(super) fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("empty; give a text".to_owned());
    }
    if text.contains(char::is_control) {
        return Err("holds a control character; give printable text".to_owned());
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

//! A value, and where it was given, so that an error about it can name the place to repair.
//!
//! It knows no concern: a flag, a variable and a key of the file are all a place.

use super::errors::ConfigErrors;

/// A value, and where it was given: `--api.rate`, `OVH_ENDPOINT`, or
/// `exporter.yaml:3:9: api.rate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The text that errors about it begin with.
    pub place: String,
    /// The value.
    pub value: T,
}

impl<T> Located<T> {
    /// A value that was given there.
    pub fn at(place: impl Into<String>, value: T) -> Self {
        Self { place: place.into(), value }
    }

    /// Returns the line of an error about it.
    pub fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.place)
    }

    /// Notes what `rule` finds wrong with it.
    pub(super) fn obey(
        given: Option<&Self>,
        rule: impl FnOnce(&T) -> Result<(), String>,
        errors: &mut ConfigErrors,
    ) {
        if let Some(given) = given
            && let Err(what) = rule(&given.value)
        {
            errors.0.push(given.wrong(&what));
        }
    }
}

/// The value alone, or the default.
pub(super) fn value_or<T>(given: Option<Located<T>>, default: T) -> T {
    given.map_or(default, |given| given.value)
}

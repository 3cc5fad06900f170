//! The sources of options, and the names of options there.

use crate::config::located::Located;

/// The beginning of the names of all variables.
pub(super) const PREFIX: &str = "OVHCLOUD_EXPORTER_";

/// A source of options.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Flags,
    Variables,
}

impl Source {
    /// The value of an option, with its name for errors.
    pub(super) fn located<T>(self, flag: &str, value: T) -> Located<T> {
        Located::at(self.place(flag), value)
    }

    /// The name of an option in errors.
    pub(super) fn place(self, flag: &str) -> String {
        match self {
            Self::Flags => format!("--{flag}"),
            Self::Variables => variable(flag),
        }
    }
}

/// The variable of a flag. `--no-NAME` shares the one of `--NAME`, which is false then.
pub(super) fn variable(flag: &str) -> String {
    let name = positive(flag).unwrap_or(flag);
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().fold(PREFIX.to_owned(), |mut name, c| {
        name.push(letter(c));
        name
    })
}

/// `NAME` of `no-NAME`.
pub(super) fn positive(flag: &str) -> Option<&str> {
    flag.strip_prefix("no-")
}

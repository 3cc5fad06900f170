//! Messages and levels of a SARIF document.

use serde::Serialize;

use crate::checks::Severity;
use crate::findings::printable::printable;

/// A message of a result or a notification.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    /// A message with texts from the account. SARIF replaces `{0}` and makes `[text](address)` a
    /// link, and operators choose names: neither stays.
    pub(super) fn of(text: &str) -> Self {
        let text = printable(text).replace('{', "{{").replace('}', "}}");
        Self { text: text.replace("](", "]\\(") }
    }
}

/// A description of a rule or a notification, a text of this program.
#[derive(Debug, Serialize)]
pub(super) struct Description {
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) markdown: Option<String>,
}

impl Description {
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), markdown: None }
    }
}

/// The four levels of SARIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// For results that are no failure.
    None,
    Note,
    Warning,
    Error,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Error,
            Severity::Medium => Self::Warning,
            Severity::Low | Severity::Info => Self::Note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_neither_a_link_nor_a_placeholder() {
        let Message { text } = Message::of("[pay](https://evil.example) {0}\u{202e}\n");
        assert_eq!(text, "[pay]\\(https://evil.example) {{0}}");
    }
}

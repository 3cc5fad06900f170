//! The tables of `docs/configuration.md`: the keys as `docs/ovhcloud-exporter.yaml` explains them,
//! the flags as `--help` does.
//!
//! Options of collectors and checks have pages of their own.

#![expect(clippy::string_slice, reason = "the offsets come from searches in the same text")]

use std::fmt::Write as _;

use ovhcloud_exporter::{checks, collectors};

use crate::documents;
use crate::program::{ended, program};

const PAGE: &str = "docs/configuration.md";

/// A key of the configuration file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Key {
    path: String,
    default: String,
    text: String,
}

/// A line that sets a key: its column, whether it begins an item of a list, its name, its value and
/// the comment behind it.
struct Line<'a> {
    column: usize,
    is_item: bool,
    name: &'a str,
    value: &'a str,
    comment: &'a str,
}

fn line(text: &str, column: usize) -> Option<Line<'_>> {
    let content = text.trim_start();
    let column = column + text.len() - content.len();
    let item = content.strip_prefix("- ");
    let (name, rest) = item.unwrap_or(content).split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if !is_name || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let (value, comment) = rest.split_once(" # ").unwrap_or((rest, ""));
    let (value, comment) = (value.trim(), comment.trim());
    let column = if item.is_some() { column + 2 } else { column };
    Some(Line { column, is_item: item.is_some(), name, value, comment })
}

/// The keys of the example, each once. A key that is commented out has no default.
fn keys(example: &str) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut comments: Vec<&str> = Vec::new();
    for text in example.lines() {
        let content = text.trim_start();
        let column = text.len() - content.len();
        let commented = content.strip_prefix("# ");
        let Some(line) = line(commented.unwrap_or(content), column) else {
            match (content, commented) {
                ("", _) => comments.clear(),
                // An item of a list of examples.
                (_, Some(item)) if item.trim_start().starts_with("- ") => {}
                (_, None) if content.starts_with("- ") => {
                    let default = &mut keys.last_mut().unwrap().default;
                    default.push_str(if default.is_empty() { "" } else { ", " });
                    default.push_str(content.trim_start_matches("- "));
                }
                _ => comments.push(content.trim_start_matches(['#', ' '])),
            }
            continue;
        };
        above.retain(|(column, _)| *column < line.column);
        if line.is_item {
            // The comment is about the example.
            comments.clear();
            if let Some((_, list)) = above.last_mut().filter(|(_, name)| !name.ends_with(']')) {
                list.push_str("[]");
            }
        }
        let is_collector = collectors::ALL.iter().any(|collector| collector.name == line.name);
        let name = if is_collector { "NAME" } else { line.name };
        above.push((line.column, name.to_owned()));
        let comment = comments.join(" ");
        comments.clear();
        let path: Vec<_> = above.iter().map(|(_, name)| name.as_str()).collect();
        let path = path.join(".");
        if path.starts_with("checks.") || keys.iter().any(|key| key.path == path) {
            continue;
        }
        let default = if commented.is_some() { "" } else { line.value };
        // Only the value of a secret is prose, other commented values are examples.
        let prose = if line.value.ends_with("itself") || line.value.contains("itself, ") {
            line.value
        } else {
            ""
        };
        let parts = [comment.as_str(), line.comment, prose];
        let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        keys.push(Key { path, default: default.to_owned(), text });
    }
    keys
}

/// Text that is safe in a table, with flags as code.
fn cell(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('<', "&lt;");
    let mut cell = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("--") {
        let is_flag = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let end = after.find(|c| !is_flag(c)).unwrap_or(after.len());
        // The full stop of a sentence is no part of it.
        let flag = after[..end].trim_end_matches('.');
        write!(cell, "{before}`--{flag}`").unwrap();
        rest = &after[flag.len()..];
    }
    cell + rest
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn keys_table() -> String {
    let mut table = "| key | default | meaning |\n|---|---|---|\n".to_owned();
    let keys = keys(&documents::read("docs/ovhcloud-exporter.yaml"));
    let has_keys = |path: &str| keys.iter().any(|key| key.path.starts_with(&format!("{path}.")));
    for Key { path, default, text } in &keys {
        if text.is_empty() && has_keys(path) {
            continue;
        }
        // The accounts of the example are examples.
        let default = if path.starts_with("accounts") { "" } else { default.as_str() };
        writeln!(table, "| `{path}` | {} | {} |", code(default), cell(text)).unwrap();
    }
    table
}

/// A flag of `--help`: heading, flag with its value, and text.
fn flags(help: &str) -> Vec<(String, String, String)> {
    let mut flags: Vec<(String, String, String)> = Vec::new();
    let mut heading = String::new();
    for line in help.lines() {
        let content = line.trim();
        let column = line.len() - line.trim_start().len();
        if column == 0 && content.ends_with(':') {
            content.trim_end_matches(':').clone_into(&mut heading);
        } else if column == 0 && !content.is_empty() {
            heading.clear();
        } else if column <= 6 && content.starts_with('-') {
            flags.push((heading.clone(), content.to_owned(), String::new()));
        } else if let Some((_, _, text)) = flags.last_mut().filter(|_| column > 6) {
            text.push_str(if text.is_empty() || content.is_empty() { "" } else { " " });
            text.push_str(content);
        }
    }
    flags
}

fn flags_table() -> String {
    let (code, help, error) = ended(&mut program(&["--help"]));
    assert_eq!(code, 0, "{error}");
    let mut table = "| flag | meaning |\n|---|---|\n".to_owned();
    let mut written = 0;
    for (heading, flag, text) in flags(&help) {
        if ["Collectors", "Checks", "Options"].contains(&heading.as_str()) {
            continue;
        }
        assert!(flag.starts_with("--") && !text.is_empty(), "{heading}: {flag}: {text}");
        writeln!(table, "| `{flag}` | {} |", cell(&text)).unwrap();
        written += 1;
    }
    assert!(written > 12, "{table}");
    table
}

#[test]
fn the_page_of_the_configuration_has_every_key_and_flag() {
    documents::assert_part(PAGE, "keys", &keys_table());
    documents::assert_part(PAGE, "flags", &flags_table());
}

#[test]
fn settings_of_checks_are_on_the_page_of_checks() {
    let page = documents::read("docs/checks.md");
    for check in checks::ALL {
        for setting in check.settings {
            assert!(page.contains(&format!("`checks.{}.{}`", check.id, setting.name)));
        }
    }
}

#[test]
fn keys_have_the_comment_above_them_or_behind_them() {
    let example = "# When.\na:\n  # How often\n  # (--a.b).\n  b: 5m\n  c: 1 # most\n  # f: x\n\n# prose\n\
                   d:\n  - :1\n# g:\n  # In a file.\n  # e: the text itself\n# Examples.\nl:\n  # One.\n  - n: 1 # its name\n    o: 2\n";
    let key = |path: &str, default: &str, text: &str| Key {
        path: path.to_owned(),
        default: default.to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(cell("(--a.b), <c> --d."), "(`--a.b`), &lt;c> `--d`.");
    let expected = [
        key("a", "", "When."),
        key("a.b", "5m", "How often (--a.b)."),
        key("a.c", "1", "most"),
        key("a.f", "", ""),
        key("d", ":1", "prose"),
        key("g", "", ""),
        key("g.e", "", "In a file. the text itself"),
        key("l", "", "Examples."),
        key("l[].n", "1", "its name"),
        key("l[].o", "2", ""),
    ];
    assert_eq!(keys(example), expected);
}

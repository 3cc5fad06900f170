//! Walks over a YAML document key by key, and notes every error with its line and column.
//!
//! An unknown key is an error; every key that was asked for is remembered, so that
//! a test can hold the example file against them.

use std::mem;
use std::path::PathBuf;

use super::document::{Content, Mark, Node};
use super::located::Located;
use super::names::{nearest, unknown};
use super::notes::Notes;

/// Longer than any key of ours, and shorter than OVHcloud's secrets.
const LONGEST_NAME: usize = 30;
/// A longer value is not shown in an error.
const LONGEST_SHOWN: usize = 20;

/// A value of the file, and the key that leads to it.
pub(super) struct Value<'n> {
    node: Node,
    /// The name in errors: `accounts[0].name`.
    path: String,
    /// The name without indexes: `accounts[].name`.
    pattern: String,
    notes: &'n Notes,
}

impl<'n> Value<'n> {
    /// The whole document.
    pub(super) fn whole(node: Node, notes: &'n Notes) -> Self {
        Self { node, path: String::new(), pattern: String::new(), notes }
    }

    /// Its place, for later errors.
    pub(super) fn place(&self) -> String {
        format!("{}: {}", self.notes.place(self.node.mark), self.path)
    }

    /// Notes what is wrong with it.
    pub(super) fn wrong(&self, what: &str) {
        let what =
            if self.path.is_empty() { what.to_owned() } else { format!("{}: {what}", self.path) };
        self.notes.note(self.node.mark, &what);
    }

    /// Notes a warning about it: it is right and probably not meant.
    pub(super) fn warn(&self, what: &str) {
        self.notes.warn(format!("{}: {what}", self.place()));
    }

    /// Whether nothing was written behind its key.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self.node.content, Content::Nothing)
    }

    /// Whether it has keys, or may have had some.
    pub(super) fn may_be_table(&self) -> bool {
        matches!(self.node.content, Content::Nothing | Content::Table(_))
    }

    /// The text as it was written; `None` if it is none.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.node.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.content, Content::List(_))
    }

    /// Whether it is nothing, or a list of nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.node.content.is_empty()
    }

    /// The text, read by `parse`; what it finds wrong is noted. A text is shown only if `parse`
    /// says what it expects, and if it is too short for a secret of OVHcloud's.
    pub(super) fn read<T>(
        self,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Located<T>> {
        let place = self.place();
        let Content::Text(text) = &self.node.content else {
            let found = kind(&self.node.content);
            self.wrong(&format!("expected one value, found {found}"));
            return None;
        };
        if text.contains("${") {
            self.warn(
                "`${…}` is used as it is written; the file has no environment variables: write \
                 the value, or use the variables of the credential or a key with _file",
            );
        }
        match parse(text) {
            Ok(value) => Some(Located { place, value }),
            Err(what) if what.starts_with("expected ") => {
                self.wrong(&format!("{what}, got {}", shown(text)));
                None
            }
            Err(what) => {
                self.wrong(&what);
                None
            }
        }
    }

    /// Its items, each with its index. `example` begins one.
    pub(super) fn items(self, example: &str) -> Vec<Self> {
        let (path, pattern, notes) = (&self.path, &self.pattern, self.notes);
        match self.node.content {
            Content::Nothing => Vec::new(),
            Content::List(items) => {
                let item = |(index, node)| Self {
                    node,
                    path: format!("{path}[{index}]"),
                    pattern: format!("{pattern}[]"),
                    notes,
                };
                items.into_iter().enumerate().map(item).collect()
            }
            other => {
                let name = if path.is_empty() { String::new() } else { format!("{path}: ") };
                let what = format!(
                    "{name}expected a list, found {}; start each item with \"{example}\"",
                    kind(&other)
                );
                notes.note(self.node.mark, &what);
                Vec::new()
            }
        }
    }

    /// Reads its keys; those that `read` leaves are errors.
    pub(super) fn table<T>(self, read: impl FnOnce(&mut Table<'n>) -> T) -> T {
        let (mark, path, pattern, notes) =
            (self.node.mark, self.path.clone(), self.pattern.clone(), self.notes);
        let entries = match self.node.content {
            Content::Table(entries) => entries,
            Content::Nothing => Vec::new(),
            other => {
                let is_glued = matches!(&other, Content::Text(text) if text.contains(':'));
                let hint = if is_glued { "; is a space missing after \":\"?" } else { "" };
                let name = if path.is_empty() { String::new() } else { format!("{path}: ") };
                let what = format!(
                    "{name}expected a mapping (\"key: value\" lines), found {}{hint}",
                    kind(&other)
                );
                notes.note(mark, &what);
                Vec::new()
            }
        };
        let mut table = Table { mark, path, pattern, notes, entries, asked: Vec::new() };
        table.refuse_merges();
        table.refuse_twice();
        let result = read(&mut table);
        table.refuse_rest();
        result
    }
}

/// The unread keys of a table.
pub(super) struct Table<'n> {
    mark: Mark,
    path: String,
    pattern: String,
    notes: &'n Notes,
    entries: Vec<(Mark, String, Node)>,
    asked: Vec<&'static str>,
}

impl<'n> Table<'n> {
    /// Its beginning.
    pub(super) fn place(&self) -> String {
        format!("{}: {}", self.notes.place(self.mark), self.path)
    }

    /// Notes what is wrong with it as a whole.
    pub(super) fn wrong(&self, what: &str) {
        self.notes.note(self.mark, &format!("{}: {what}", self.path));
    }

    /// Notes a warning about it as a whole.
    pub(super) fn warn(&self, what: &str) {
        self.notes.warn(format!("{}: {what}", self.place()));
    }

    /// Whether it has any keys that are not read yet.
    pub(super) fn has_keys(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Whether anything is written behind this key.
    pub(super) fn has(&self, key: &str) -> bool {
        let is_it =
            |(_, name, node): &(Mark, String, Node)| name == key && !node.content.is_empty();
        self.entries.iter().any(is_it)
    }

    /// The value of a key, if anything is written behind it.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'n>> {
        self.take_written(key).filter(|value| !value.is_nothing())
    }

    /// The value of a key that is there, even if nothing is written behind it.
    pub(super) fn take_written(&mut self, key: &'static str) -> Option<Value<'n>> {
        self.asked.push(key);
        self.notes.ask(join(&self.pattern, key));
        let index = self.entries.iter().position(|(_, name, _)| name == key)?;
        let (_, key, node) = self.entries.remove(index);
        Some(self.value(&key, node))
    }

    /// The value of a key that is one text, read by `parse`.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Located<T>> {
        self.take(key)?.read(parse)
    }

    /// The path that a key gives; one that is not absolute begins where the file is.
    pub(super) fn read_path(&mut self, key: &'static str) -> Option<Located<PathBuf>> {
        let notes = self.notes;
        self.read(key, |text| notes.path(text))
    }

    /// The paths that a key gives.
    pub(super) fn read_paths(&mut self, key: &'static str) -> Vec<Located<PathBuf>> {
        let notes = self.notes;
        self.read_list(key, |text| notes.path(text))
    }

    /// The items of a key that is a list of texts, each read by `parse`.
    pub(super) fn read_list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<Located<T>> {
        let items = self.take(key).map(|value| value.items("- ")).unwrap_or_default();
        items.into_iter().filter_map(|item| item.read(&parse)).collect()
    }

    /// The value of a key that is one text, or a list of texts, each read by `parse`.
    pub(super) fn read_some<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<Located<T>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let items = if value.is_list() { value.items("- ") } else { vec![value] };
        items.into_iter().filter_map(|item| item.read(&parse)).collect()
    }

    /// The keys of a table below this one.
    pub(super) fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        // Its keys are asked for even if it is not there, so that they are known.
        let mark = self.mark;
        let nothing = Node { mark, content: Content::Nothing };
        let value = self.take(key).unwrap_or_else(|| self.value(key, nothing));
        value.table(read)
    }

    /// All keys that are left, whatever their names.
    pub(super) fn rest(&mut self) -> Vec<(Mark, String, Value<'n>)> {
        let entries = mem::take(&mut self.entries);
        let value = |(mark, key, node): (Mark, String, Node)| {
            let value = self.value(&key, node);
            (mark, key, value)
        };
        entries.into_iter().map(value).collect()
    }

    /// Notes an error about a key of this table.
    pub(super) fn refuse(&self, mark: Mark, key: &str, what: &str) {
        // `client_secret:hunter2`, with its space forgotten, is a key: what follows the name of a
        // key may be a secret.
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let mut name: String = key.chars().take_while(|c| is_name(*c)).collect();
        let is_near = nearest(&name, self.asked.iter().copied()).is_some();
        if name.len() > LONGEST_NAME || (self.has_secrets() && !is_near) {
            // The secret itself may be the key.
            name.clear();
        }
        let cut = if name.len() < key.len() { "…" } else { "" };
        self.notes.note(mark, &format!("{}{cut}: {what}", join(&self.path, &name)));
    }

    /// Whether its values are secrets.
    fn has_secrets(&self) -> bool {
        let last = self.path.rsplit('.').next();
        last.is_some_and(|last| ["credential", "basic_auth_users"].contains(&last))
    }

    fn refuse_merges(&mut self) {
        let is_merge = |(_, key, _): &(Mark, String, Node)| key == "<<";
        for (mark, ..) in self.entries.iter().filter(|entry| is_merge(entry)) {
            let what = "YAML merge keys (`<<`) are not supported; repeat the values";
            self.notes.note(*mark, &format!("{}: {what}", self.path));
        }
        self.entries.retain(|entry| !is_merge(entry));
    }

    fn value(&self, key: &str, node: Node) -> Value<'n> {
        let (path, pattern) = (join(&self.path, key), join(&self.pattern, key));
        Value { node, path, pattern, notes: self.notes }
    }

    fn refuse_twice(&mut self) {
        let mut first = Vec::<(String, Mark)>::new();
        let mut kept = Vec::new();
        for (mark, key, node) in mem::take(&mut self.entries) {
            if let Some((_, before)) = first.iter().find(|(known, _)| *known == key) {
                let what = format!("given twice, first in line {}; keep one", before.line);
                self.refuse(mark, &key, &what);
            } else {
                first.push((key.clone(), mark));
                kept.push((mark, key, node));
            }
        }
        self.entries = kept;
    }

    fn refuse_rest(&self) {
        for (mark, key, _) in &self.entries {
            self.refuse(*mark, key, &unknown("key", key, self.asked.iter().copied()));
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The form of a value in errors.
fn kind(content: &Content) -> &'static str {
    match content {
        Content::Nothing => "nothing",
        Content::Text(_) => "a single value",
        Content::List(_) => "a list",
        Content::Table(_) => "a mapping",
    }
}

/// A wrong value in errors; a long one may be a secret.
fn shown(text: &str) -> String {
    let length = text.chars().count();
    if length > LONGEST_SHOWN {
        return format!("a text of {length} characters");
    }
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::super::document::parse;
    use super::super::errors::ConfigErrors;
    use super::*;

    fn reported(text: &str) -> String {
        let notes = Notes::of("f.yaml");
        Value::whole(parse(text).unwrap_or_else(|_| panic!("{text}")), &notes).table(|table| {
            table.read("rate", |text| text.parse::<u32>().map_err(|_| "expected one".to_owned()));
            table.table("web", |web| {
                web.read_list("paths", |_| Ok(()));
            });
            table.table("credential", |table| {
                table.read("client_id", |_| Ok(()));
            });
        });
        notes.errors(ConfigErrors::default()).to_string()
    }

    #[test]
    fn every_error_is_reported_with_its_line_and_column_in_the_files_order() {
        assert_eq!(
            reported("web:\n  path: [1]\nrate: x\nrate: 2\nwhatever: 1\n"),
            "f.yaml:2:3: web.path: unknown key; did you mean `paths`?\n\
             f.yaml:3:7: rate: expected one, got \"x\"\n\
             f.yaml:4:1: rate: given twice, first in line 3; keep one\n\
             f.yaml:5:1: whatever: unknown key; expected rate, web, credential"
        );
    }

    #[test]
    fn a_value_of_another_form_is_refused_without_being_shown() {
        assert_eq!(
            reported("rate: [hunter2]\nweb: hunter2\n"),
            "f.yaml:1:7: rate: expected one value, found a list\n\
             f.yaml:2:6: web: expected a mapping (\"key: value\" lines), found a single value"
        );
        assert_eq!(
            reported("web:\n  paths: {a: b}\n"),
            "f.yaml:2:10: web.paths: expected a list, found a mapping; start each item with \"- \""
        );
        assert!(reported("web: port:80\n").ends_with("is a space missing after \":\"?"));
        assert_eq!(
            reported("- a\n"),
            "f.yaml:1:1: expected a mapping (\"key: value\" lines), found a list"
        );
        assert_eq!(reported("rate:\nweb:\n"), "");
    }

    #[test]
    fn a_long_value_is_counted_and_not_shown() {
        assert_eq!(
            reported("rate: 0123456789abcdef0123456789abcdef\n"),
            "f.yaml:1:7: rate: expected one, got a text of 32 characters"
        );
    }

    #[test]
    fn a_secret_in_the_place_of_a_key_is_not_shown() {
        assert_eq!(
            reported("credential:\n  hunter2: x\n  client_ID: x\n"),
            "f.yaml:2:3: credential.…: unknown key; expected client_id\n\
             f.yaml:3:3: credential.client_ID: unknown key; did you mean `client_id`?"
        );
        let long = reported("web:\n  0123456789abcdef0123456789abcdef: x\n");
        assert_eq!(long, "f.yaml:2:3: web.…: unknown key; expected paths");
    }

    #[test]
    fn a_merge_key_is_named() {
        assert_eq!(
            reported("web:\n  <<: {paths: []}\n"),
            "f.yaml:2:3: web: YAML merge keys (`<<`) are not supported; repeat the values"
        );
    }

    #[test]
    fn a_key_with_its_space_forgotten_does_not_tell_the_value() {
        let reported = reported("web:\n  ? client_secret:hunter2\n  : x\n");
        assert!(reported.contains("web.client_secret…: unknown key"), "{reported}");
        assert!(!reported.contains("hunter2"), "{reported}");
    }
}

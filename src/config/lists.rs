//! Allow lists: the SSH keys, users, projects, regions and applications that belong to the account.
//!
//! All have one form. An entry is a text, or a mapping with an owner and an end; after its end it
//! allows nothing. Names are patterns: see [`Glob`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::allowed::{Entry, List};
use super::glob::Glob;
use super::located::Located;
use super::parse;
use super::ssh_keys;
use super::table::{Table, Value};
use super::until::Until;

/// An allow list of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListName {
    /// The SSH keys, by their fingerprints.
    SshKeys,
    /// The local users of the account, by their logins or by the domains of their addresses.
    Users,
    /// The Public Cloud projects, by their ids.
    Projects,
    /// The regions of resources, in any case.
    Regions,
    /// The legacy API applications, by their ids.
    Applications,
    /// The OpenStack users of projects, by their user names.
    CloudUsers,
}

impl ListName {
    /// Every list.
    pub const ALL: [Self; 6] = [
        Self::SshKeys,
        Self::Users,
        Self::Projects,
        Self::Regions,
        Self::Applications,
        Self::CloudUsers,
    ];

    /// Its key in `lists` of the configuration file.
    pub fn key(self) -> &'static str {
        match self {
            Self::SshKeys => "ssh_keys",
            Self::Users => "users",
            Self::Projects => "projects",
            Self::Regions => "regions",
            Self::Applications => "applications",
            Self::CloudUsers => "cloud_users",
        }
    }
}

/// The allow lists that the configuration has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lists(BTreeMap<ListName, List>);

impl Lists {
    /// A list; `None` if the configuration does not have it.
    pub fn get(&self, name: ListName) -> Option<&List> {
        self.0.get(&name)
    }

    /// Adds a list, or its entries to the list that is there.
    pub fn add(&mut self, name: ListName, list: List) {
        self.0.entry(name).or_default().extend(list);
    }
}

/// The lists as given.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Those that are given, by their names.
    pub(super) each: BTreeMap<ListName, ListOptions>,
}

/// A list as given.
#[derive(Debug, Clone, Default)]
pub(super) struct ListOptions {
    /// The entries of the configuration file itself.
    pub(super) entries: Vec<Entry>,
    /// The files with more entries.
    pub(super) files: Vec<Located<PathBuf>>,
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let list = |name: ListName, table: &mut Table<'_>| ListOptions {
            entries: table.take("allowed").map(|value| entries(value, name)).unwrap_or_default(),
            files: table.read_paths("files"),
        };
        let each = ListName::ALL.map(|name| (name, table.table(name.key(), |it| list(name, it))));
        let is_given = |(_, list): &(ListName, ListOptions)| {
            !list.entries.is_empty() || !list.files.is_empty()
        };
        Self { each: each.into_iter().filter(is_given).collect() }
    }

    /// The entries, and the files.
    pub(super) fn parts(self) -> (Lists, Vec<(ListName, Located<PathBuf>)>) {
        let (mut lists, mut files) = (Lists::default(), Vec::new());
        for (name, list) in self.each {
            files.extend(list.files.into_iter().map(|path| (name, path)));
            if !list.entries.is_empty() {
                lists.add(name, List::of(list.entries));
            }
        }
        (lists, files)
    }
}

/// Reads the entries of a list, and notes what is wrong with each.
pub(super) fn entries(value: Value<'_>, name: ListName) -> Vec<Entry> {
    value.items("- ").into_iter().filter_map(|item| entry(item, name)).collect()
}

fn entry(value: Value<'_>, list: ListName) -> Option<Entry> {
    const EVERYTHING: &str = "allows everything; name what belongs to the account";
    if !value.may_be_table() {
        if value.text().is_some_and(|text| Glob::parse(text).is_ok_and(|it| it.is_everything())) {
            value.warn(EVERYTHING);
        }
        return Some(value.read(|text| named(text, list))?.value);
    }
    value.table(|table| {
        let keys: &[&'static str] =
            if list == ListName::SshKeys { &["fingerprint", "key"] } else { &["name"] };
        let given = keys.iter().filter(|key| table.has(key)).count();
        let expected = keys.join(" or ");
        match given {
            0 => table.wrong(&format!("no {expected}; add `{}`", keys.first().unwrap_or(&""))),
            1 => {}
            _ => table.wrong(&format!("expected {expected}, found both; keep one")),
        }
        let found: Vec<_> =
            keys.iter().filter_map(|key| table.read(key, |text| named(text, list))).collect();
        let owner = table.read("owner", parse::text).map(|given| given.value);
        let until = table.read("until", Until::parse).map(|given| given.value);
        let entry = found.into_iter().next()?.value;
        if entry.name.is_everything() {
            table.warn(EVERYTHING);
        }
        Some(Entry { owner: owner.or(entry.owner), until: until.or(entry.until), ..entry })
    })
}

/// The entry of a text alone.
fn named(text: &str, list: ListName) -> Result<Entry, String> {
    match list {
        ListName::SshKeys => ssh_keys::entry(text),
        ListName::Regions => Ok(Entry::named(Glob::parse(text)?.lower())),
        // The domain of an e-mail address.
        ListName::Users if text.starts_with('@') => Ok(Entry::named(Glob::parse(text)?.lower())),
        _ => Ok(Entry::named(Glob::parse(text)?)),
    }
}

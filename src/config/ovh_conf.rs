//! The official clients' `ovh.conf`: `./ovh.conf` over `~/.ovh.conf` over `/etc/ovh.conf`, merged
//! key by key.
//!
//! The files are opened when something is looked for in them that is nowhere else, so that a file
//! that is for another program does no harm.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use configparser::ini::Ini;

use super::environment::{Environment, unreadable};
use super::errors::ConfigErrors;
use super::located::Located;

/// The three files.
pub(super) struct OvhConf<'a> {
    environment: &'a dyn Environment,
    files: OnceCell<Vec<File>>,
}

/// One of the three files.
pub(super) struct File {
    path: PathBuf,
    content: Content,
}

impl File {
    /// The value of this key, and where it stands.
    pub(super) fn find(&self, section: &str, key: &str) -> Option<Located<String>> {
        let Content::Sections(sections) = &self.content else { return None };
        let value = sections.get(section)?.get(key)?.trim();
        if value.is_empty() {
            return None;
        }
        let place = format!("{} [{section}] {key}", self.path.display());
        Some(Located::at(place, value.to_owned()))
    }
}

enum Content {
    Absent,
    /// The problem with it, for a person.
    Unusable(String),
    Sections(Sections),
}

impl<'a> OvhConf<'a> {
    pub(super) fn new(environment: &'a dyn Environment) -> Self {
        Self { environment, files: OnceCell::new() }
    }

    /// The first value of this key, and where it stands.
    pub(super) fn find(&self, section: &str, key: &str) -> Option<Located<String>> {
        self.each().find_map(|file| file.find(section, key))
    }

    /// The files, the nearest first.
    pub(super) fn each(&self) -> impl Iterator<Item = &File> {
        self.files().iter()
    }

    /// Returns the errors of the files that were opened.
    pub(super) fn errors(&self) -> ConfigErrors {
        let wrong = |file: &File| match &file.content {
            Content::Unusable(what) => Some(format!("{}{what}", file.path.display())),
            Content::Absent | Content::Sections(_) => None,
        };
        ConfigErrors(self.files.get().into_iter().flatten().filter_map(wrong).collect())
    }

    /// Each file that exists, and what of this section is in it.
    pub(super) fn reported(&self, section: &str) -> Vec<String> {
        let reported = |file: &File| {
            let what = match &file.content {
                Content::Absent => return None,
                Content::Unusable(_) => "can't be used".to_owned(),
                Content::Sections(sections) if sections.contains_key(section) => {
                    format!("section [{section}]")
                }
                Content::Sections(sections) => {
                    let others: Vec<_> = sections.keys().map(|name| format!("[{name}]")).collect();
                    format!("no section [{section}], only {}", others.join(", "))
                }
            };
            Some(format!("{} ({what})", file.path.display()))
        };
        self.each().filter_map(reported).collect()
    }

    fn files(&self) -> &[File] {
        self.files.get_or_init(|| {
            let home = self.environment.home().map(|home| home.join(".ovh.conf"));
            let paths = [Some("./ovh.conf".into()), home, Some("/etc/ovh.conf".into())];
            let open = |path: PathBuf| File { content: self.open(&path), path };
            paths.into_iter().flatten().map(open).collect()
        })
    }

    fn open(&self, path: &Path) -> Content {
        match self.environment.read(path) {
            Ok(text) => match parse(&text) {
                Ok(sections) => Content::Sections(sections),
                Err(line) => Content::Unusable(format!(
                    ":{line}: invalid INI; expected `[section]` and `key=value` lines; repair or \
                     remove the file"
                )),
            },
            Err(error) if is_absent(&error) => Content::Absent,
            Err(error) => {
                Content::Unusable(unreadable("", &error, "an INI file; repair or remove it"))
            }
        }
    }
}

/// Keys and values of each section. Keys before any section are in the one without a name.
type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// The sections, or the number of the line that can't be read. As in the official clients, quotes
/// and backslashes are part of the value, and a comment has a line of its own.
fn parse(text: &str) -> Result<Sections, usize> {
    let mut reader = Ini::new_cs();
    let mut form = reader.defaults();
    form.default_section = String::new();
    form.enable_inline_comments = false;
    reader.load_defaults(form);
    let all = reader.read(text.to_owned()).map_err(|error| line_of(&error))?;
    let mut sections = Sections::new();
    for (name, keys) in all {
        let section = sections.entry(name).or_default();
        for (key, value) in keys {
            // The library takes a line without `=` as a key without a value.
            let line = || text.lines().position(|line| line.trim() == key).unwrap_or(0) + 1;
            section.insert(key.clone(), value.ok_or_else(line)?);
        }
    }
    Ok(sections)
}

/// The number in the library's `line 3: …`.
fn line_of(error: &str) -> usize {
    let digits = error.trim_start_matches("line ").split(':').next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(1)
}

/// Whether there is no such file; its directory may be none either.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::super::fake::Fake;
    use super::*;

    #[test]
    fn the_files_are_merged_key_by_key_and_the_nearest_has_the_say() {
        let environment = Fake::default()
            .set("HOME", "/home/me")
            .file("./ovh.conf", "[ovh-eu]\nclient_id = near\nclient_secret=\n")
            .file(
                "/home/me/.ovh.conf",
                "; mine\n[ovh-eu]\nclient_id=middle\nclient_secret=a=\"b;c\n",
            )
            .file("/etc/ovh.conf", "[default]\nendpoint=ovh-eu\n");
        let conf = OvhConf::new(&environment);
        let found = |section: &str, key: &str| conf.find(section, key).map(|given| given.value);
        assert_eq!(found("ovh-eu", "client_id").as_deref(), Some("near"));
        assert_eq!(found("ovh-eu", "client_secret").as_deref(), Some("a=\"b;c"));
        assert_eq!(found("default", "endpoint").as_deref(), Some("ovh-eu"));
        assert_eq!(found("ovh-ca", "client_id"), None);
        assert_eq!(conf.errors(), ConfigErrors::default());
    }

    #[test]
    fn a_file_that_is_no_ini_is_named_with_its_line() {
        for (text, line) in [
            ("[default]\nendpoint=ovh-eu\nhunter2\n", 3),
            ("[default]\nhunter2\nendpoint=ovh-eu\n", 2),
            ("[default\nendpoint=ovh-eu\n", 1),
        ] {
            let environment = Fake::default().file("./ovh.conf", text);
            let conf = OvhConf::new(&environment);
            assert_eq!(conf.find("default", "endpoint"), None);
            assert_eq!(
                conf.errors().to_string(),
                format!(
                    "./ovh.conf:{line}: invalid INI; expected `[section]` and `key=value` lines; \
                     repair or remove the file"
                )
            );
        }
    }

    #[test]
    fn a_file_that_may_not_be_read_is_an_error_and_one_that_is_not_there_is_not() {
        let environment = Fake::default().open_file("/etc/ovh.conf", "", 0);
        let conf = OvhConf::new(&environment);
        assert_eq!(conf.find("default", "endpoint"), None);
        assert_eq!(
            conf.errors().to_string(),
            "/etc/ovh.conf: permission denied; let the exporter's user read it"
        );
    }
}

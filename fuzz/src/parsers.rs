//! Each parser of input from outside, as a function of bytes: what the fuzz targets and the property
//! tests in `tests/it/parsers.rs` share.
//!
//! A function panics where the parser breaks a promise; that it returns at all is the first one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Error, ErrorKind, Result as IoResult};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, process};

use jiff::Timestamp;
use ovhcloud_exporter::changes::Written;
use ovhcloud_exporter::config::environment::{Environment, Stamp};
use ovhcloud_exporter::config::web_file::WebFile;
use ovhcloud_exporter::config::{Config, Options, Registry};
use ovhcloud_exporter::daemon::{is_state, saved};
use ovhcloud_exporter::end_of_life::Table;
use ovhcloud_exporter::iam::condition::{Condition, Facts};
use ovhcloud_exporter::iam::pattern;
use ovhcloud_exporter::iam::truth::Truth;
use ovhcloud_exporter::{catalogue, checks, collectors};

/// No error may quote it.
const SECRET: &str = "hunter2-of-nobody-else";

/// The input as one file, beside files and variables that stay the same.
struct World<'a> {
    path: &'static str,
    text: &'a [u8],
    variables: &'a [(&'static str, &'static str)],
    configuration: &'static str,
}

impl Environment for World<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        let found = self.variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    }

    fn read(&self, path: &Path) -> IoResult<String> {
        if path == Path::new(self.path) {
            return String::from_utf8(self.text.to_vec())
                .map_err(|error| Error::new(ErrorKind::InvalidData, error.utf8_error()));
        }
        if path == Path::new("/etc/config.yaml") {
            return Ok(self.configuration.to_owned());
        }
        Err(ErrorKind::NotFound.into())
    }

    fn mode(&self, _: &Path) -> IoResult<u32> {
        Ok(0o600)
    }

    fn stamp(&self, path: &Path) -> IoResult<Stamp> {
        let length = self.read(path)?.len() as u64;
        Ok(Stamp { modified: Timestamp::UNIX_EPOCH, length, number: 0 })
    }
}

/// Resolves a configuration; its errors have words, and no secret.
fn resolve(world: &World<'_>, has_file: bool) {
    resolve_with(world, has_file, SECRET);
}

/// The same, where this is the secret.
fn resolve_with(world: &World<'_>, has_file: bool, secret: &str) {
    let names: Vec<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
    let labels: BTreeSet<_> =
        catalogue().into_iter().flat_map(|family| family.labels).copied().collect();
    let checks: Vec<_> = checks::ALL.iter().map(|check| check.spec()).collect();
    let known = Registry {
        collectors: &names,
        on: &names.iter().copied().collect(),
        intervals: &BTreeMap::new(),
        checks: &checks,
        labels: &labels,
    };
    let file = has_file.then(|| PathBuf::from("/etc/config.yaml"));
    let asked = Options { file, ..Options::default() };
    match Config::resolve(&asked, &known, world) {
        Ok(config) => assert!(!format!("{config:?}").contains(secret), "a secret is printed"),
        Err(errors) => {
            assert!(!errors.0.is_empty(), "refused without a reason");
            for error in &errors.0 {
                assert!(!error.contains(secret), "an error quotes a secret: {error}");
                assert!(!error.trim().is_empty(), "an error without words");
            }
        }
    }
}

const CREDENTIAL: &[(&str, &str)] =
    &[("OVH_CLIENT_ID", "EU.1"), ("OVH_CLIENT_SECRET", SECRET), ("HOME", "/home")];

/// The configuration file.
pub fn configuration(bytes: &[u8]) {
    let world =
        World { path: "/etc/config.yaml", text: bytes, variables: CREDENTIAL, configuration: "" };
    resolve(&world, true);
}

/// The official clients' `ovh.conf`.
pub fn ovh_conf(bytes: &[u8]) {
    let world = World {
        path: "/home/.ovh.conf",
        text: bytes,
        variables: &[("HOME", "/home")],
        configuration: "",
    };
    // A distorted file may have the text of the secret in another place, where it is none.
    let text = String::from_utf8_lossy(bytes);
    let names = ["client_secret", "application_secret"];
    let is_its = |line: &str| names.iter().any(|name| line.starts_with(name));
    let is_elsewhere = text
        .lines()
        .any(|line| line.contains(SECRET) && !(is_its(line) && line.matches(SECRET).count() == 1));
    resolve_with(&world, false, if is_elsewhere { "no such text" } else { SECRET });
}

/// The web configuration file.
pub fn web_configuration(bytes: &[u8]) {
    let world = World { path: "/web.yaml", text: bytes, variables: &[], configuration: "" };
    if let Err(errors) = WebFile::read(Path::new("/web.yaml"), &world).1 {
        assert!(!errors.0.is_empty(), "refused without a reason");
        assert!(errors.0.iter().all(|error| !error.contains(SECRET)), "{errors}");
    }
}

/// A file of SSH keys in the form of `authorized_keys`.
pub fn authorized_keys(bytes: &[u8]) {
    let configuration = "lists:\n  ssh_keys:\n    files: [/list]\n";
    resolve(&World { path: "/list", text: bytes, variables: CREDENTIAL, configuration }, true);
}

/// A file of an allow list in YAML, for each kind of list.
pub fn lists(bytes: &[u8]) {
    let configuration = "lists:\n  ssh_keys:\n    files: [/list.yaml]\n  users:\n    files: \
                         [/list.yaml]\n  regions:\n    files: [/list.yaml]\n";
    resolve(&World { path: "/list.yaml", text: bytes, variables: CREDENTIAL, configuration }, true);
}

/// A file of exemptions.
pub fn exemptions(bytes: &[u8]) {
    let configuration = "exemption_files: [/list.yaml]\n";
    resolve(&World { path: "/list.yaml", text: bytes, variables: CREDENTIAL, configuration }, true);
}

/// The state file: the input as it is, and as the content of an undamaged one.
pub fn state(bytes: &[u8]) {
    is_read(bytes);
}

/// As [`state`]; whether the content was taken.
pub fn is_read(bytes: &[u8]) -> bool {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("state-{}-{number}", process::id());
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() { memory.to_path_buf() } else { env::temp_dir() };
    let path = directory.join(name);
    let head =
        format!("ovhcloud-exporter-state 1 {} {:08x}\n", bytes.len(), crc32fast::hash(bytes));
    let mut is_taken = false;
    for content in [bytes, &[head.as_bytes(), bytes].concat()] {
        fs::write(&path, content).unwrap();
        is_taken = saved(&path).is_ok();
        assert!(!is_taken || is_state(content), "a foreign file was read as a state");
    }
    fs::remove_file(&path).unwrap();
    is_taken
}

/// A report that another command wrote.
pub fn document(bytes: &[u8]) {
    if let Err(error) = Written::parse("file".to_owned(), bytes) {
        assert!(!error.to_string().is_empty());
    }
}

/// The ends of life of software.
pub fn end_of_life(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(table) = Table::parse(text, "python", Timestamp::UNIX_EPOCH) {
        for name in ["python", "ubuntu 24.04", text] {
            table.find("python", name);
            table.find_image(name);
        }
    }
}

/// A pattern of IAM, and a text that it may stand for: the two lines of the input.
pub fn pattern(bytes: &[u8]) {
    let Ok(input) = str::from_utf8(bytes) else { return };
    let (pattern, text) = input.split_once('\n').unwrap_or((input, input));
    if pattern.len() * text.len() > 100_000 {
        return;
    }
    assert_eq!(pattern::covers(pattern, text), stands_for(pattern, text), "{pattern:?} {text:?}");
    if pattern::covers(pattern, text) {
        assert_eq!(pattern::matches(pattern, text), Truth::Holds, "{pattern:?} {text:?}");
    }
    pattern::matches(pattern, text);
    pattern::breadth(pattern);
    pattern::is_read(text);
}

/// The slow definition of a pattern: one row for each character of it, whether its beginning stands for
/// each beginning of the text.
fn stands_for(pattern: &str, text: &str) -> bool {
    let text = text.as_bytes();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for wanted in pattern.bytes() {
        let mut next = vec![false; text.len() + 1];
        for place in 0..=text.len() {
            next[place] = if wanted == b'*' {
                row[place] || (place > 0 && next[place - 1])
            } else {
                place > 0 && row[place - 1] && text[place - 1] == wanted
            };
        }
        row = next;
    }
    row[text.len()]
}

/// A condition of a policy. The conditions are conjunctive over facts: with fewer facts the answer is
/// the same or unknown.
pub fn condition(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice(bytes) else { return };
    let condition = Condition::read(&document);
    let tags = BTreeMap::from([("env".to_owned(), "prod".to_owned())]);
    let urn = "urn:v1:eu:resource:vps:vps-1";
    let all = condition.holds(&Facts { urn, name: Some("vps-web"), tags: Some(&tags) });
    let few = condition.holds(&Facts { urn, name: None, tags: None });
    assert!(few == all || few == Truth::Unknown, "{document}: {all:?}, without facts {few:?}");
}

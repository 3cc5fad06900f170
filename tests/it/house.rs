//! The plan of the house: which room may open onto which, and how large a room may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ovhcloud_exporter::{checks, collectors};

mod circles;

/// A room, and the rooms it may open onto.
const PLAN: [(&str, &[&str]); 20] = [
    ("secret", &[]),
    ("family", &[]),
    ("whole_file", &[]),
    ("telemetry", &["family"]),
    ("inventory", &["family"]),
    // Pure: the ends of life of software, from a text.
    ("end_of_life", &[]),
    ("config", &["end_of_life", "secret"]),
    ("api", &["config", "secret", "telemetry"]),
    // Pure: OVHcloud's IAM, as far as it can be known without the account.
    ("iam", &[]),
    ("collectors", &["api", "iam", "inventory", "family"]),
    // Pure: the rights of the account's identities, and how they compare with OVHcloud's.
    ("access", &["collectors", "iam", "inventory", "family"]),
    ("checks", &["access", "collectors", "end_of_life", "iam", "inventory", "family", "config"]),
    // Pure: the needs of collectors, in the terms of OVHcloud's grants.
    ("permissions", &["collectors"]),
    ("report", &["access", "api", "checks", "collectors", "config", "family", "inventory"]),
    ("findings", &["checks", "collectors", "config", "family", "inventory", "report", "telemetry"]),
    // Pure: the differences of two documents.
    ("changes", &["access", "collectors", "family", "findings", "iam", "inventory"]),
    (
        "exposition",
        &[
            "collectors",
            "checks",
            "config",
            "findings",
            "inventory",
            "family",
            "report",
            "telemetry",
        ],
    ),
    ("server", &["config", "exposition", "telemetry"]),
    (
        "daemon",
        &[
            "access",
            "api",
            "changes",
            "checks",
            "collectors",
            "config",
            "exposition",
            "inventory",
            "report",
            "server",
            "telemetry",
            "whole_file",
        ],
    ),
    // The catalogue is the crate's own list: whose labels an operator may not take.
    (
        "cli",
        &[
            "access",
            "api",
            "catalogue",
            "changes",
            "checks",
            "collectors",
            "config",
            "daemon",
            "exposition",
            "findings",
            "iam",
            "inventory",
            "permissions",
            "report",
            "telemetry",
            "whole_file",
        ],
    ),
];

/// A crate, and the only rooms that may name it.
const CRATES: [(&str, &[&str]); 13] = [
    ("prometheus_client", &["telemetry", "exposition"]),
    ("askama", &["exposition", "findings"]),
    ("hyper", &["server"]),
    ("blowfish", &["config"]),
    ("listenfd", &["server"]),
    ("rustix", &["daemon", "whole_file"]),
    ("reqwest", &["api"]),
    ("sha1", &["api"]),
    ("clap", &["cli"]),
    ("comfy_table", &["findings"]),
    ("indicatif", &["cli"]),
    ("anyhow", &["cli", "daemon"]),
    ("ovhcloud_simulator", &["cli"]),
];

/// Lines before the tests of a file begin.
const LONGEST_FILE: usize = 400;

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Each file of the exporter: its room, its path, and its text without comments and tests.
fn files() -> Vec<(String, PathBuf, String)> {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let own = |path: &PathBuf| !path.ends_with("main.rs") && !path.ends_with("lib.rs");
    let paths = sources(&house).into_iter().filter(own);
    paths
        .map(|path| {
            let first = path.strip_prefix(&house).unwrap().iter().next().unwrap();
            let room = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = code.collect::<Vec<_>>().join("\n");
            (room, path, code)
        })
        .collect()
}

/// The words that follow `prefix` anywhere in the code.
fn words_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.split(prefix)
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| is_word(*c)).collect())
        .collect()
}

#[test]
fn no_room_opens_onto_one_that_the_plan_does_not_show() {
    let plan: BTreeMap<_, _> = PLAN.into_iter().collect();
    let mut doors = 0;
    for (room, path, code) in files() {
        let allowed = plan.get(room.as_str()).unwrap_or_else(|| panic!("`{room}` is not in PLAN"));
        for back_door in ["use crate::{", "super::super::"] {
            assert!(!code.contains(back_door), "{}: {back_door} hides a room", path.display());
        }
        for other in words_after(&code, "crate::") {
            doors += 1;
            assert!(
                other == room || allowed.contains(&other.as_str()),
                "{}: {room} may not open onto {other}",
                path.display()
            );
        }
    }
    assert!(doors > 50, "the plan was not looked at: {doors}");
}

#[test]
fn a_library_is_named_in_its_room_only() {
    let mut seen = BTreeSet::new();
    for (room, path, code) in files() {
        for (name, rooms) in CRATES {
            if code.contains(&format!("{name}::")) {
                seen.insert(name);
                let ok = rooms.contains(&room.as_str());
                assert!(ok, "{}: {room} may not name {name}", path.display());
            }
        }
    }
    assert_eq!(seen.len(), CRATES.len(), "a rule without use: {seen:?}");
}

#[test]
fn a_collector_knows_no_other() {
    for (_, path, code) in files().into_iter().filter(|(room, ..)| room == "collectors") {
        for collector in collectors::ALL.iter().map(|collector| collector.name) {
            let names_it = ["super::", "super::{", "collectors::"]
                .iter()
                .any(|door| code.contains(&format!("{door}{collector}")));
            assert!(!names_it, "{} names {collector}", path.display());
        }
    }
}

#[test]
fn nobody_spawns_but_the_daemon_and_the_server() {
    let mut spawning = BTreeSet::new();
    for (room, _, code) in files() {
        if code.contains(".spawn(") || code.contains("spawn_blocking") {
            spawning.insert(room);
        }
    }
    assert_eq!(spawning, BTreeSet::from(["daemon".to_owned(), "server".to_owned()]));
}

#[test]
fn no_file_is_longer_than_one_reads_in_a_sitting() {
    for root in ["src", "simulator/src"] {
        for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root)) {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let lines = code.lines().count();
            assert!(lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn every_collector_and_check_is_registered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let names = collectors::ALL.iter().map(|collector| collector.name);
    let registered: BTreeSet<String> = names.map(str::to_owned).collect();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let files = sources(&root.join("collectors")).into_iter();
    let is_own = |path: &PathBuf| path.parent().unwrap().ends_with("collectors");
    let files: BTreeSet<_> = files.filter(is_own).map(stem).collect();
    let others = BTreeSet::from(
        ["collect", "differences", "inventory", "lists", "pass", "refresh", "shared", "subject"]
            .map(str::to_owned),
    );
    assert_eq!(&files - &others, registered);

    let catalogue = root.join("checks/catalogue");
    let files: BTreeSet<_> = sources(&catalogue).into_iter().map(stem).collect();
    // Parts that several checks share.
    let files = &files
        - &BTreeSet::from(
            [
                "clients",
                "credentials",
                "kms",
                "leaving",
                "lifecycle",
                "machines",
                "open_ports",
                "owner",
                "policies",
                "tokens",
                "users",
            ]
            .map(str::to_owned),
        );
    let ids: Vec<_> = checks::ALL.iter().map(|check| check.id.to_owned()).collect();
    assert_eq!(files, ids.iter().cloned().collect(), "file name = id");
    let registry = fs::read_to_string(root.join("checks/catalogue.rs")).unwrap();
    for id in ids {
        assert!(registry.contains(&format!("\nmod {id};\n")), "{id} has no mod line");
        assert!(registry.contains(&format!("    &{id}::CHECK,\n")), "{id} is not in ALL");
    }
}

#[test]
fn no_file_imports_itself_through_others() {
    for root in ["src", "simulator/src"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let files: Vec<(String, String)> = sources(&root)
            .into_iter()
            .filter(|path| !path.ends_with("main.rs"))
            .map(|path| {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                (name, fs::read_to_string(&path).unwrap())
            })
            .collect();
        let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let arrows = circles::Crate::new(files).arrows();
        assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 300, "no imports were read");
        let found = circles::circles(&arrows);
        assert!(found.is_empty(), "circles of files:\n{}", found.join("\n"));
    }
}

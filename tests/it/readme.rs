//! `README.md` and the pages below `docs/`: samples of real output, expressions that Prometheus
//! understands, links that lead somewhere, and a minimal configuration that works.
//!
//! Whether the prose is true is for readers.
#![expect(clippy::string_slice, reason = "the offsets come from searches in the same text")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use ovhcloud_exporter::checks::{self, Severity};
use ovhcloud_simulator::Rights;
use yaml_serde::Value as Yaml;

use crate::commands::end;
use crate::exporter::reference;
use crate::monitoring::{Query, review};
use crate::program::{ended, program};
use crate::{documents, golden};

const README: &str = "README.md";
/// Checks that the README shows, as an impression of the others.
const SHOWN: [&str; 8] = [
    "policy_can_escalate",
    "credential_full_write",
    "login_without_mfa",
    "credential_stale",
    "sshkey_unlisted_in_use",
    "database_open_to_world",
    "swift_public",
    "kube_version_eol",
];

/// The documents for people, by their paths in the repository.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut directories) = (Vec::new(), vec![PathBuf::from("docs")]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(root.join(&directory)).unwrap() {
            let path = directory.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let others = [README, "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "simulator/README.md"];
    found.extend(others.map(PathBuf::from));
    found.sort();
    found
}

/// The lines of the block of code that follows `<!-- sample: NAME -->`.
fn sample(document: &str, name: &str) -> Vec<String> {
    let text = documents::read(document);
    let marker = format!("<!-- sample: {name} -->\n```text\n");
    let (_, after) = text.split_once(&marker).unwrap_or_else(|| panic!("{document}: {name}"));
    let (block, _) = after.split_once("```").unwrap();
    let lines: Vec<_> = block.lines().map(str::to_owned).collect();
    assert!(!lines.is_empty(), "{document}: {name}");
    lines
}

/// Fails unless each line of the sample is a line of the output, in the same order. A line `…`
/// stands for lines that are left out.
fn assert_printed(document: &str, name: &str, output: &str) {
    let mut printed = output.lines();
    for line in sample(document, name).iter().filter(|line| line.trim() != "…") {
        assert!(printed.any(|one| one == line), "{document}, {name}: {line}\nis not in\n{output}");
    }
}

#[tokio::test]
async fn the_sample_of_metrics_is_published() {
    let scrapes = golden::scrapes().await;
    let published: BTreeSet<_> = scrapes.lines().collect();
    for line in sample(README, "metrics") {
        assert!(published.contains(line.as_str()), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_of_commands_are_printed() {
    let simulator = reference().await;
    let (code, report, log) = end(&simulator, &["report"]).await;
    assert_eq!(code, 0, "{log}");
    assert_printed(README, "report", &report);
    let (_, inventory, _) = end(&simulator, &["inventory", "--kind=api_application"]).await;
    assert_printed("docs/audit.md", "inventory", &inventory);
    let (_, escalation, _) = end(&simulator, &["access", "--identity=alice"]).await;
    assert_printed("docs/access.md", "access", &escalation);

    simulator.rights(Rights::none().grant(&["*get"], &["*"]));
    let (code, check, _) = end(&simulator, &["check"]).await;
    assert_eq!(code, 0, "{check}");
    assert_printed(README, "check", &check);
    simulator.rights(Rights::none());
    let (code, check, _) = end(&simulator, &["check"]).await;
    assert_eq!(code, 1, "{check}");
    assert_printed("docs/troubleshooting.md", "check", &check);
}

#[test]
fn the_minimal_configuration_is_complete() {
    let text = documents::read("docs/minimal.yaml");
    documents::assert_part(README, "minimal", &format!("```yaml\n{text}```\n"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/minimal.yaml");
    let flag = format!("--config.file={}", file.display());
    let mut command = program(&["check", "--config-only", &flag]);
    let (code, output, error) = ended(command.env("OVH_CLIENT_SECRET", "hunter2"));
    assert_eq!(code, 0, "{error}");
    assert!(output.contains("production at ovh-eu"), "{output}");
}

#[test]
fn the_readme_counts_the_checks() {
    let counts = Severity::ALL.into_iter().rev().map(|severity| {
        let of = checks::ALL.iter().filter(|check| check.severity == severity);
        format!("{} {}", of.count(), severity.label())
    });
    let mut text = format!(
        "{} checks: {}. Some of them:\n\n| check | severity | violation |\n|---|---|---|\n",
        checks::ALL.len(),
        counts.collect::<Vec<_>>().join(", ")
    );
    for id in SHOWN {
        let check = checks::ALL.iter().find(|check| check.id == id).unwrap();
        let (severity, title) = (check.severity.label(), check.title);
        writeln!(text, "| [`{id}`](docs/checks.md#{id}) | {severity} | {title} |").unwrap();
    }
    documents::assert_part(README, "checks", &text);
}

#[test]
fn the_readme_names_the_alerts() {
    let rules: Yaml = yaml_serde::from_str(&documents::read("alerts/ovhcloud.rules.yaml")).unwrap();
    let groups = rules["groups"].as_sequence().unwrap().iter();
    let rules = groups.flat_map(|group| group["rules"].as_sequence().unwrap());
    // An alert may have a rule for each severity.
    let mut alerts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in rules {
        // Recording rules have no name of an alert.
        let Some(name) = rule["alert"].as_str() else { continue };
        let link = format!("[{name}](docs/runbooks.md#{})", name.to_lowercase());
        let links = alerts.entry(rule["labels"]["severity"].as_str().unwrap()).or_default();
        if !links.contains(&link) {
            links.push(link);
        }
    }
    let mut text = "| severity | alerts |\n|---|---|\n".to_owned();
    for severity in ["critical", "warning", "info"] {
        let links = alerts.remove(severity).unwrap_or_default();
        writeln!(text, "| {severity} | {} |", links.join(", ")).unwrap();
    }
    assert!(alerts.is_empty(), "a severity without a row: {alerts:?}");
    documents::assert_part(README, "alerts", &text);
}

#[test]
fn expressions_name_only_what_the_exporter_has() {
    let mut queries = Vec::new();
    for page in pages() {
        let (place, text) = (page.display().to_string(), documents::read(page.to_str().unwrap()));
        for block in text.split("```promql\n").skip(1) {
            let (block, _) = block.split_once("```").unwrap();
            // Several expressions of a block have an empty line between them.
            for text in block.split("\n\n") {
                queries.push(Query { place: place.clone(), text: text.to_owned() });
            }
        }
    }
    assert!(queries.len() > 20, "{}", queries.len());
    let wrong = review(&queries);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The text without its blocks of code.
fn without_code(text: &str) -> String {
    let parts = text.split("\n```").step_by(2);
    parts.map(|part| part.split_once('\n').map_or(part, |(_, rest)| rest)).collect()
}

/// The targets of the links of a page.
fn links(text: &str) -> Vec<String> {
    let text = without_code(&format!("\n{text}"));
    let ends = text.match_indices("](").map(|(at, found)| at + found.len());
    ends.filter_map(|start| Some(text[start..].split_once(')')?.0.to_owned())).collect()
}

/// The anchors that GitHub makes of a page's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let text = without_code(&format!("\n{text}"));
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    headings.map(anchor).collect()
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[test]
fn links_lead_to_files_and_headings() {
    let (mut broken, mut looked_at) = (BTreeSet::new(), 0);
    for page in pages() {
        let text = documents::read(page.to_str().unwrap());
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            looked_at += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => plain(&page.parent().unwrap().join(file)),
            };
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&target);
            let is_there = path.exists()
                && (anchor.is_empty()
                    || anchors(&documents::read(target.to_str().unwrap())).contains(anchor));
            if !is_there {
                broken.insert(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(looked_at > 100, "{looked_at}");
    let broken: Vec<_> = broken.into_iter().collect();
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn links_and_anchors_are_found_outside_of_code() {
    let text = "# A `b_c` d\n\n[x](y.md#z) and\n```sh\n# no\n[n](o)\n```\n[p](q)\n";
    assert_eq!(links(text), ["y.md#z", "q"]);
    assert_eq!(anchors(text), BTreeSet::from(["a-b_c-d".to_owned()]));
}

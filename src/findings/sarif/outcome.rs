//! Findings and passed checks as the results of a SARIF document.

use std::collections::BTreeMap;
use std::iter;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::checks::Severity;
use crate::findings::evidence::{CheckState, Evidence, Exempt, Found};
use crate::findings::phrases::{NONE_VIOLATES, passed, project_of};
use crate::findings::printable::printable;

use super::message::{Level, Message};

/// The characters that RFC 3986 leaves unreserved.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The only fingerprint that GitHub reads.
const GITHUB: &str = "primaryLocationLineHash";

/// The index of each rule.
pub(super) type Rules<'a> = BTreeMap<&'a str, usize>;

/// A result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: Level,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    // SARIF wants it on each result of a run or on none: an empty list is "not suppressed".
    suppressions: Vec<Suppression<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation; 1],
}

/// A file that does not exist: viewers that know files only refuse a result without one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Debug, Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    status: &'static str,
    justification: String,
    properties: &'a Exempt<'a>,
}

#[derive(Debug, Serialize)]
struct Properties<'a> {
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "str::is_empty")]
    owner: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    region: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    project_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    project_name: &'a str,
    kind: &'a str,
    resource: &'a str,
    resource_name: &'a str,
}

/// The violations, the worst first, then the exempt findings, then the passed checks. Those that
/// pass by exemption have suppressed results.
pub(super) fn outcomes<'a>(
    evidence: &'a Evidence<'a>,
    rules: &'a Rules<'a>,
) -> impl Iterator<Item = Outcome<'a>> {
    let exempt = evidence.findings.iter().filter(|found| found.exemption.is_some());
    let found = evidence.violations().chain(exempt);
    let found = found.map(|found| Outcome::found(evidence, rules, found));
    let passed = passed(evidence).map(|check| Outcome::passed(evidence, rules, check));
    found.chain(passed)
}

/// The number of all results.
pub(super) fn count(evidence: &Evidence<'_>) -> usize {
    evidence.findings.len() + passed(evidence).count()
}

impl<'a> Outcome<'a> {
    fn found(evidence: &Evidence<'_>, rules: &Rules<'_>, found: &'a Found<'a>) -> Self {
        let fingerprint = found.fingerprint();
        let fingerprints =
            [("ovhcloudCheckResource/v1", fingerprint.clone()), (GITHUB, fingerprint)];
        Self {
            rule_id: found.check,
            rule_index: rules.get(found.check).copied(),
            kind: "fail",
            level: Level::from(found.severity),
            message: message(found),
            locations: [Location::of(
                &[evidence.account, found.project_id, found.kind, found.resource],
                found.shown(),
                "resource",
            )],
            partial_fingerprints: BTreeMap::from(fingerprints),
            suppressions: found.exemption.iter().map(Suppression::of).collect(),
            properties: Some(Properties::of(found)),
        }
    }

    fn passed(evidence: &Evidence<'_>, rules: &Rules<'_>, state: &'a CheckState<'_>) -> Self {
        let CheckState { check, title, .. } = state;
        let id = (*check).to_owned();
        Self {
            rule_id: check,
            rule_index: rules.get(check).copied(),
            kind: "pass",
            level: Level::None,
            message: Message::of(&format!("{NONE_VIOLATES}: {title}")),
            locations: [Location::of(&[evidence.account], evidence.account, "account")],
            partial_fingerprints: BTreeMap::from([("ovhcloudCheck/v1", id.clone()), (GITHUB, id)]),
            suppressions: Vec::new(),
            properties: None,
        }
    }
}

/// The resource by name, its project, and the fact.
fn message(found: &Found<'_>) -> Message {
    let project = match project_of(found) {
        "" => String::new(),
        project => format!(" (project {project})"),
    };
    Message::of(&format!("{}{project}: {}", found.shown(), found.fact()))
}

impl Location {
    fn of(path: &[&str], name: &str, kind: &'static str) -> Self {
        let segments = path.iter().filter(|segment| !segment.is_empty());
        let segments = iter::once("ovhcloud".to_owned()).chain(segments.map(|one| segment(one)));
        let uri = segments.collect::<Vec<_>>().join("/");
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: uri.clone() },
                region: Region { start_line: 1 },
            },
            logical_locations: [LogicalLocation {
                name: printable(name),
                fully_qualified_name: uri,
                kind,
            }],
        }
    }
}

/// A segment of a path, which no text from the account leaves.
pub(super) fn segment(text: &str) -> String {
    let is_step = text.chars().all(|c| c == '.');
    let encoded = utf8_percent_encode(text, UNRESERVED).to_string();
    // `.` and `..` are steps, encoded too.
    if is_step { encoded.replace('.', "%252E") } else { encoded }
}

impl<'a> Suppression<'a> {
    fn of(exempt: &'a Exempt<'a>) -> Self {
        let Exempt { reason, owner, until } = exempt;
        Self {
            kind: "external",
            status: "accepted",
            justification: printable(&format!("{reason} (owner {owner}, until {until})")),
            properties: exempt,
        }
    }
}

impl<'a> Properties<'a> {
    fn of(found: &'a Found<'a>) -> Self {
        Self {
            severity: found.severity,
            since: found.since,
            owner: found.owner,
            region: &found.region,
            project_id: found.project_id,
            project_name: found.project_name,
            kind: found.kind,
            resource: found.resource,
            resource_name: found.resource_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leaves_its_segment() {
        assert_eq!(segment("a/../b c\"<é"), "a%2F..%2Fb%20c%22%3C%C3%A9");
        assert_eq!(segment(".."), "%252E%252E");
        assert_eq!(segment("host-1.example_x~"), "host-1.example_x~");
    }
}

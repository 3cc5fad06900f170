//! The words that every form for people shares: summary, scope, reasons and controls.
//!
//! The texts are raw: each form escapes them for its readers.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::checks::{Framework, Severity, Status};
use crate::family::Word;

use super::evidence::{CheckState, ControlState, Evidence, Exempt, ExemptionState, Found};
use super::state::Completeness;
use super::{Document, Exporter};

/// The collector of projects.
const PROJECT: &str = "cloud_project";
/// The mark of a control that is an analogy of this project.
const ANALOGY: &str = "~";
/// Data of a refresh that ended longer ago, in seconds, is shown with its age.
const FRESH: i64 = 60;

/// A row of the summary: a severity or a status, and its numbers.
#[derive(Debug, PartialEq, Eq)]
pub struct SummaryRow {
    /// The severity or the status.
    pub name: String,
    /// The number of checks: those whose worst violation has the severity, or with the status.
    pub checks: String,
    /// The number of violations; empty in the row of a status.
    pub findings: String,
    /// The number of exempt findings; empty in the row of a status.
    pub exempt: String,
}

/// The summary: a row for each severity, the worst first, then one for each other status.
///
/// Each check is in one row, so that the rows add up. A row that the filters leave out says so and
/// has no number.
pub fn summary(evidence: &Evidence<'_>, document: &Document<'_>) -> Vec<SummaryRow> {
    let least = document.selection.severity;
    let failing = failing(evidence);
    let severities = Severity::ALL.into_iter().rev();
    let severity = |severity: Severity| {
        if least.is_some_and(|least| severity < least) {
            return left_out(severity.label());
        }
        let of_it = || evidence.findings.iter().filter(move |one| one.severity == severity);
        let violations = of_it().filter(|one| one.exemption.is_none());
        let checks = failing.iter().filter(|(check, all)| worst(check, all) == severity);
        let violations = violations.count();
        SummaryRow {
            name: severity.label().to_owned(),
            checks: checks.count().to_string(),
            findings: violations.to_string(),
            exempt: of_it().count().saturating_sub(violations).to_string(),
        }
    };
    // Without the mark, the few checks of a selection look like all of the account.
    let mark = if document.filters.is_empty() { "" } else { " (filtered)" };
    let status = |name, checks: usize| {
        let [findings, exempt] = [const { String::new() }; 2];
        SummaryRow { name: format!("{name}{mark}"), checks: checks.to_string(), findings, exempt }
    };
    let passed = if document.selection.is_brief {
        left_out("passed")
    } else {
        status("passed", passed(evidence).count())
    };
    let unjudged = evidence.checks.iter().filter(|one| one.status == Status::NotEvaluated);
    let mut rows: Vec<_> = severities.map(severity).collect();
    let exempted = status("passed by exemption", exempted(evidence).count());
    rows.extend([status("not evaluated", unjudged.count()), exempted, passed]);
    rows
}

fn left_out(name: &str) -> SummaryRow {
    let [findings, exempt] = [const { String::new() }; 2];
    SummaryRow { name: name.to_owned(), checks: "filtered".to_owned(), findings, exempt }
}

/// The account, its data and the exporter, as names and values.
pub fn head(evidence: &Evidence<'_>, document: &Document<'_>) -> Vec<(&'static str, String)> {
    let Evidence { identity, began, duration_seconds, requests, scope, .. } = evidence;
    let Exporter { version, revision, checks, catalogue } = &document.exporter;
    let age = age(evidence, document.generated);
    let read = format!(
        "read {}{}: {requests} calls in {duration_seconds:.1} s",
        second(*began),
        age.map_or(String::new(), |age| format!(", {age} before this report"))
    );
    let words =
        |words: &BTreeSet<Word>| words.iter().map(|word| &**word).collect::<Vec<_>>().join(", ");
    let filters = match document.filters.as_slice() {
        [] => String::new(),
        filters => format!("{}: not the whole account", filters.join("; ")),
    };
    let exporter = format!("{version} (revision {revision}), {checks} checks, version {catalogue}");
    let all = [
        ("Identity", (*identity).to_owned()),
        ("Data", read),
        ("Report", format!("made {}", second(document.generated))),
        ("Exporter", exporter),
        ("Filtered", filters),
        ("Projects", projects(evidence)),
        ("Regions", words(&scope.regions)),
        ("Regions not read", words(&scope.regions_not_read)),
        ("Older data", older(evidence)),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The age of data that is older than the report.
fn age(evidence: &Evidence<'_>, now: Timestamp) -> Option<String> {
    let seconds = now.duration_since(evidence.began).as_secs();
    #[expect(clippy::cast_possible_truncation, reason = "a refresh takes less than an interval")]
    let refresh = evidence.duration_seconds as i64;
    (seconds.saturating_sub(refresh) >= FRESH).then(|| duration(seconds))
}

/// The projects by name and id, and the reason why there may be more.
fn projects(evidence: &Evidence<'_>) -> String {
    let known = evidence.scope.projects.iter().map(|one| project(evidence, one.id));
    let state = evidence.collectors.iter().find(|one| one.collector == PROJECT);
    let doubt = match state.map(|one| one.state) {
        Some(Completeness::NotRead) => Some("unknown: the list is not read"),
        Some(Completeness::Partial) => Some("and others: the list is incomplete"),
        Some(Completeness::Off) => Some("unknown: the collector cloud_project is disabled"),
        _ => None,
    };
    let mut all: Vec<_> = known.chain(doubt.map(str::to_owned)).collect();
    if all.is_empty() {
        all.push("none".to_owned());
    }
    all.join(", ")
}

/// The collectors with data of earlier refreshes.
fn older(evidence: &Evidence<'_>) -> String {
    let old = evidence.collectors.iter().filter_map(|state| {
        let read_at = state.read_at.filter(|read_at| *read_at < evidence.began)?;
        Some(format!("{} of {}", state.collector, second(read_at)))
    });
    old.collect::<Vec<_>>().join(", ")
}

/// A time without fractions of a second.
pub fn second(time: Timestamp) -> String {
    time.strftime("%F %T UTC").to_string()
}

/// A duration in its largest unit, rounded down.
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// A project by its name and its id.
pub fn project(evidence: &Evidence<'_>, id: &str) -> String {
    match evidence.project_name(id) {
        "" => id.to_owned(),
        name => format!("{name} ({id})"),
    }
}

/// The project of a finding: its name, or the id of a project without one.
pub fn project_of<'a>(found: &Found<'a>) -> &'a str {
    if found.project_name.is_empty() { found.project_id } else { found.project_name }
}

/// The day since when a resource violates the check: the resource's own date, or that of the first
/// sight; empty if it is unknown.
pub fn since(found: &Found<'_>) -> String {
    found.since.map_or(String::new(), |since| since.strftime("%F").to_string())
}

/// The columns of which a row has a cell that is not empty.
pub fn dense<'a>(header: &[&'a str], rows: &[Vec<String>]) -> (Vec<&'a str>, Vec<Vec<String>>) {
    let has_cell = |row: &Vec<String>, at: usize| row.get(at).is_some_and(|cell| !cell.is_empty());
    let used =
        header.iter().enumerate().filter(|(at, _)| rows.iter().any(|row| has_cell(row, *at)));
    let (used, header): (Vec<_>, Vec<_>) = used.unzip();
    let narrow = |row: &Vec<String>| used.iter().filter_map(|at| row.get(*at).cloned()).collect();
    (header, rows.iter().map(narrow).collect())
}

/// The checks with violations, the worst first, each with its violations in their order.
pub fn failing<'a, 'b>(
    evidence: &'b Evidence<'a>,
) -> Vec<(&'b CheckState<'a>, Vec<&'b Found<'a>>)> {
    let group = |check: &'b CheckState<'a>| {
        let violations = evidence.findings_of(check.check).filter(|one| one.exemption.is_none());
        (check, violations.collect::<Vec<_>>())
    };
    let groups = evidence.checks.iter().map(group).filter(|(_, all)| !all.is_empty());
    let mut groups: Vec<_> = groups.collect();
    groups.sort_by_key(|(check, all)| (Reverse(worst(check, all)), check.check));
    groups
}

/// The number of violations, or the number of verdicts that stand behind none.
pub fn findings(evidence: &Evidence<'_>) -> String {
    let violations: Vec<_> = evidence.violations().map(|one| one.check).collect();
    if !violations.is_empty() {
        let checks: BTreeSet<_> = violations.iter().collect();
        return format!("{} by {}", violations.len(), count(checks.len(), "check"));
    }
    if evidence.checks.is_empty() {
        return "the filters leave no check".to_owned();
    }
    let judged = evidence.checks.len().saturating_sub(evidence.not_evaluated.len());
    let unjudged = evidence.not_evaluated.len();
    if judged == 0 {
        return format!("no check has a verdict, {unjudged} not evaluated");
    }
    format!("none by {} with a verdict, {unjudged} not evaluated", count(judged, "check"))
}

/// The exemptions without an exempt finding in the report, each with its check: unused, expired, or
/// active beside data that nobody sees.
pub fn idle_exemptions<'a, 'b>(
    evidence: &'b Evidence<'a>,
) -> impl Iterator<Item = (&'b CheckState<'a>, &'b ExemptionState<'a>)> {
    let all = evidence.checks.iter();
    let all = all.flat_map(|check| check.exemptions.iter().map(move |one| (check, one)));
    all.filter(|(check, one)| {
        evidence.findings_of(check.check).all(|found| found.exempt_at != one.place)
    })
}

/// An exemption without an exempt finding, as a sentence.
pub fn idle((check, one): (&CheckState<'_>, &ExemptionState<'_>)) -> String {
    let ExemptionState { exempt, state, place, resources } = one;
    let Exempt { reason, owner, until } = exempt;
    let check = check.check;
    format!(
        "{state} exemption of {check} for {resources}, until {until} by {owner}: {reason} ({place})"
    )
}

/// The severity of the worst of a check's violations.
pub fn worst(check: &CheckState<'_>, violations: &[&Found<'_>]) -> Severity {
    violations.iter().map(|one| one.severity).max().unwrap_or(check.severity)
}

/// The verdict of a check that passes without an exemption.
pub const NONE_VIOLATES: &str = "No resource violates the check";

/// The checks that pass, since no resource violates them.
pub fn passed<'a, 'b>(
    evidence: &'b Evidence<'a>,
) -> impl Iterator<Item = &'b CheckState<'a>> + use<'a, 'b> {
    let passing = evidence.checks.iter().filter(|one| one.status == Status::Pass);
    passing.filter(|one| !is_exempt(one, evidence))
}

/// The checks that pass only since every finding of them is exempt.
pub fn exempted<'a, 'b>(
    evidence: &'b Evidence<'a>,
) -> impl Iterator<Item = &'b CheckState<'a>> + use<'a, 'b> {
    evidence.checks.iter().filter(|one| is_exempt(one, evidence))
}

/// Whether a check passes only since every finding of it is exempt.
pub fn is_exempt(check: &CheckState<'_>, evidence: &Evidence<'_>) -> bool {
    check.status == Status::Pass && evidence.findings_of(check.check).next().is_some()
}

/// The values of a check's thresholds.
pub fn thresholds(check: &CheckState<'_>) -> String {
    let thresholds = check.thresholds.iter();
    let words = thresholds.map(|one| format!("{} = {}", one.setting, one.value));
    words.collect::<Vec<_>>().join(", ")
}

/// The controls of a check, each framework once. An analogy of this project ends in `~`.
pub fn controls(check: &CheckState<'_>) -> String {
    controls_in(check, &BTreeSet::new())
}

/// The controls of a check in these frameworks, or in all if there are none.
pub fn controls_in(check: &CheckState<'_>, frameworks: &BTreeSet<Framework>) -> String {
    let is_asked = |one: &&ControlState| {
        frameworks.is_empty() || frameworks.iter().any(|asked| asked.label() == one.framework)
    };
    let controls = check.controls.iter().filter(is_asked);
    let groups = by_framework(controls.map(|one| (one.name, one.id, one.is_analogy)), ANALOGY);
    let groups = groups.into_iter().map(|(name, ids)| format!("{name} {ids}"));
    groups.collect::<Vec<_>>().join("; ")
}

/// The ids of controls by the name of their framework, with this mark behind an analogy.
pub fn by_framework(
    controls: impl Iterator<Item = (&'static str, &'static str, bool)>,
    mark: &str,
) -> Vec<(&'static str, String)> {
    let mut frameworks: Vec<(&str, String)> = Vec::new();
    for (name, id, is_analogy) in controls {
        let mark = if is_analogy { mark } else { "" };
        match frameworks.iter_mut().find(|(other, _)| *other == name) {
            Some((_, ids)) => ids.extend([", ", id, mark]),
            None => frameworks.push((name, format!("{id}{mark}"))),
        }
    }
    frameworks
}

/// The id of a control, with the mark of an analogy.
pub fn control(control: &ControlState) -> String {
    format!("{}{}", control.id, if control.is_analogy { ANALOGY } else { "" })
}

/// The repair in the Control Panel, and the call that does the same; empty without one.
pub fn repair(check: &CheckState<'_>) -> String {
    let call = check.repair_api.map(|call| format!("API: {call}"));
    let parts = [Some(check.repair.to_owned()).filter(|panel| !panel.is_empty()), call];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The number of things, with the plural of the noun.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(-5), "0 s");
        assert_eq!((duration(119), duration(600)), ("119 s".to_owned(), "10 min".to_owned()));
        assert_eq!((duration(7200), duration(200_000)), ("2 h".to_owned(), "2 days".to_owned()));
    }

    #[test]
    fn one_thing_has_no_plural() {
        assert_eq!((count(1, "check"), count(0, "check")), ("1 check".into(), "0 checks".into()));
    }
}

//! The parts that pages in HTML share: the words of a check, its resources, and the state of a
//! collector.
//!
//! The macros of `templates/parts.html` show them; askama escapes every text.

use std::collections::BTreeMap;

use crate::checks::{Check, Control, Severity};
use crate::findings::evidence::{CheckState, CollectorGap, Evidence, Exempt, Found, Unclear};
use crate::findings::missing;
use crate::findings::phrases::{by_framework, since};
pub use crate::findings::phrases::{count as counted, second};
use crate::findings::printable::is_invisible;
use crate::findings::state::{CollectorState, Completeness};
use crate::inventory::Gap;

/// The mark of a control that is an analogy of this project.
const ANALOGY: &str = " (analogy)";

/// A number with its words.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The class of its colours.
    pub class: &'static str,
    /// The number.
    pub count: usize,
    /// The word after it.
    pub words: String,
}

impl Tile {
    /// A number that is bad news unless it is 0.
    pub fn new(class: &'static str, count: usize, words: &str) -> Self {
        Self { class: if count == 0 { "none" } else { class }, count, words: words.to_owned() }
    }

    /// The violations of each severity, the worst first.
    pub fn severities(evidence: &Evidence<'_>) -> Vec<Self> {
        let counts = evidence.by_severity().into_iter();
        counts.map(|(one, count)| Self::new(one.label(), count, one.label())).collect()
    }
}

/// Everything about a check that no account changes.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Its id.
    pub id: &'a str,
    /// The violation in a few words.
    pub title: &'a str,
    /// Its severity.
    pub severity: &'static str,
    /// The risk.
    pub why: &'static str,
    /// The repair in the Control Panel; empty without one.
    pub repair: &'static str,
    /// The API call of the repair.
    pub repair_api: Option<&'static str>,
    /// The collectors that it needs.
    pub needs: String,
    /// The ids of its controls, by framework.
    pub controls: Vec<(&'static str, String)>,
    /// The values of its thresholds, by setting.
    pub thresholds: Vec<(&'a str, String)>,
}

impl<'a> Facts<'a> {
    /// The facts of a check that was evaluated, or could have been.
    pub fn of(state: &CheckState<'a>) -> Self {
        let controls = state.controls.iter().map(|one| (one.name, one.id, one.is_analogy));
        let thresholds = state.thresholds.iter().map(|one| (one.setting, one.value.clone()));
        Self {
            id: state.check,
            title: state.title,
            severity: state.severity.label(),
            why: state.why,
            repair: state.repair,
            repair_api: state.repair_api,
            needs: state.needs.join(", "),
            controls: by_framework(controls, ANALOGY),
            thresholds: thresholds.collect(),
        }
    }

    /// The facts of a check of the registry, before any refresh.
    pub fn registered(check: &'static Check) -> Self {
        let controls = check.controls();
        let control = |one: &Control| (one.framework.name(), one.id, one.is_analogy);
        Self {
            id: check.id,
            title: check.title,
            severity: check.severity.label(),
            why: check.why,
            repair: check.repair.panel,
            repair_api: check.repair.api,
            needs: check.needs.join(", "),
            controls: by_framework(controls.iter().map(control), ANALOGY),
            thresholds: Vec::new(),
        }
    }
}

/// A resource that violates a check.
#[derive(Debug)]
pub struct Row<'a> {
    /// Its severity, where that is not the check's.
    pub severity: Option<&'static str>,
    /// Its name, which may be empty.
    pub name: &'a str,
    /// Its id, empty if the name is the same.
    pub id: &'a str,
    /// The name of its project, which may be empty.
    pub project_name: &'a str,
    /// The id of its project, empty for the account.
    pub project_id: &'a str,
    /// Its region, which may be empty.
    pub region: String,
    /// The day since when.
    pub since: String,
    /// The value of its tag `owner`, which may be empty.
    pub owner: &'a str,
    /// The fact that violates the check.
    pub evidence: &'a str,
    /// The exemption that covers it.
    pub exempt: Option<Exempt<'a>>,
}

impl<'a> Row<'a> {
    /// The row of a finding of a check of this severity.
    pub fn of(found: &Found<'a>, severity: Severity) -> Self {
        let is_named = !found.resource_name.is_empty() && found.resource_name != found.resource;
        Self {
            severity: (found.severity != severity).then(|| found.severity.label()),
            name: if is_named { found.resource_name } else { found.resource },
            id: if is_named { found.resource } else { "" },
            project_name: found.project_name,
            project_id: found.project_id,
            region: found.region.to_string(),
            since: since(found),
            owner: found.owner,
            evidence: found.evidence,
            exempt: found.exemption.clone(),
        }
    }
}

/// The state of a collector, in words.
#[derive(Debug)]
pub struct CollectorRow {
    /// Its name.
    pub name: &'static str,
    /// The class of its colours.
    pub class: &'static str,
    /// How much of it is known.
    pub word: &'static str,
    /// The number of objects; empty where nothing is known.
    pub objects: String,
    /// The time of reading of the oldest of them.
    pub read_at: String,
    /// The start of its last complete refresh.
    pub last_success: String,
    /// The missing lists and objects.
    pub gaps: Vec<GapRow>,
    /// The number of gaps that are left out.
    pub more_gaps: usize,
}

/// A missing list, or missing objects.
#[derive(Debug)]
pub struct GapRow {
    /// The number of lists or objects.
    pub count: usize,
    /// The reason.
    pub reason: &'static str,
    /// The id of the project; empty for the account.
    pub project_id: String,
    /// The name of the project, which may be empty.
    pub project_name: String,
    /// The error.
    pub detail: String,
}

impl CollectorRow {
    /// The state with at most so many gaps; without names, a gap keeps its number and its reason.
    pub fn of(
        state: &CollectorState,
        evidence: &Evidence<'_>,
        most_gaps: usize,
        has_names: bool,
    ) -> Self {
        let gaps: Vec<&CollectorGap<'_>> =
            evidence.gaps.iter().filter(|gap| gap.collector == state.collector).collect();
        let row = |gap: &&CollectorGap<'_>| GapRow::of(gap.gap, evidence);
        let (gaps, more_gaps) = if has_names {
            let rows = gaps.iter().take(most_gaps).map(row).collect();
            (rows, gaps.len().saturating_sub(most_gaps))
        } else {
            (by_reason(&gaps), 0)
        };
        let is_on = state.state != Completeness::Off;
        let last_success = match state.last_success {
            Some(when) if is_on => second(when),
            None if is_on => "never".to_owned(),
            _ => String::new(),
        };
        Self {
            name: state.collector,
            class: class(state.state),
            word: missing::state(state.state),
            objects: missing::objects(state),
            read_at: state.read_at.map(second).unwrap_or_default(),
            last_success,
            gaps,
            more_gaps,
        }
    }
}

/// The number of missing lists and objects of each reason.
fn by_reason(gaps: &[&CollectorGap<'_>]) -> Vec<GapRow> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for gap in gaps {
        *counts.entry(gap.gap.reason.label()).or_default() += gap.gap.count;
    }
    let row = |(reason, count)| GapRow {
        count,
        reason,
        project_id: String::new(),
        project_name: String::new(),
        detail: String::new(),
    };
    counts.into_iter().map(row).collect()
}

impl GapRow {
    fn of(gap: &Gap, evidence: &Evidence<'_>) -> Self {
        Self {
            count: gap.count,
            reason: gap.reason.label(),
            project_id: gap.project_id.to_string(),
            project_name: evidence.project_name(&gap.project_id).to_owned(),
            // Nothing repairs what is out of service, and its error adds nothing.
            detail: if gap.is_plain() { String::new() } else { gap.detail.clone() },
        }
    }
}

/// The class of a state. Only a complete one is good news.
fn class(state: Completeness) -> &'static str {
    match state {
        Completeness::Complete => "good",
        Completeness::Partial => "warn",
        Completeness::NotRead => "bad",
        Completeness::OutOfService => "wait",
        Completeness::Off => "none",
    }
}

/// The repair of a check without a verdict, by the label of the reason.
pub fn advice(reason: &str) -> &'static str {
    match reason {
        "not_collected" => {
            "A collector that the check needs is disabled; enable it under `collectors`."
        }
        "not_read" => {
            "Its data was never read, or too long ago. The collectors that it needs have the error \
             below; `ovhcloud-exporter check` names a missing right."
        }
        "incomplete" => {
            "A part of its data is missing, so there may be findings that nobody sees. The \
             collectors that it needs have the errors below."
        }
        "unclear" => {
            "OVHcloud's answer about some resources lacks a property that the check needs."
        }
        "not_evaluable" => {
            "OVHcloud does not answer the question for this account or this credential."
        }
        "not_configured" => {
            "The check compares with a list that the configuration does not have; docs/checks.md \
             names its key."
        }
        "bug" => {
            "The check failed by a bug of the exporter, whose log has the place; please report it."
        }
        "disabled" => "The configuration switches the check off, under `checks`.",
        _ => "",
    }
}

/// A name without what it may share with another anchor, so that ids of a page stay apart.
pub fn slug(name: &str) -> String {
    let part = |c: char| {
        let is_plain = c.is_ascii_alphanumeric() || "-_.".contains(c);
        if is_plain { c.to_string() } else { format!("~{:x}~", u32::from(c)) }
    };
    name.chars().map(part).collect()
}

/// A resource that a check could not judge, by its name or its id.
pub fn shown<'a>(unclear: &Unclear<'a>) -> &'a str {
    if unclear.resource_name.is_empty() { unclear.resource } else { unclear.resource_name }
}

/// The page without the characters that change the order or the look of others: no template can
/// forget a name.
pub fn clean(page: &str) -> String {
    let is_shown = |c: &char| *c == '\n' || !(c.is_control() || is_invisible(*c));
    page.chars().filter(is_shown).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_that_differ_have_anchors_that_differ() {
        let names = ["a b", "a~20~b", "a-b", "a_b", "ä", "a/b", "A B"];
        let slugs: BTreeSet<_> = names.iter().map(|name| slug(name)).collect();
        assert_eq!(slugs.len(), names.len());
        assert_eq!(slug("ab12345-ovh"), "ab12345-ovh");
        assert!(slugs.iter().all(|slug| !slug.contains([' ', '"', '#', '%'])));
    }

    #[test]
    fn a_page_keeps_its_lines_and_loses_what_nobody_sees() {
        assert_eq!(clean("<p>\u{202e}a\u{200b}\nb\u{1b}</p>"), "<p>a\nb</p>");
    }
}

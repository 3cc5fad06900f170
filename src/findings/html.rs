//! The document as one page in HTML, for managers and auditors.
//!
//! It has no scripts and loads nothing, so that a file of it is whole and safe to open. Every text
//! is escaped by the template; see `templates/report.html`.

pub mod objects;
pub mod parts;
pub mod standing;

use std::cmp::Reverse;

use askama::Template;

use crate::checks::{Severity, Status};

use super::evidence::{CheckState, Evidence, ExemptionState};
use super::phrases::is_exempt;
use super::{AccountDocument, Document};

use objects::{Cell, Table};
use parts::{CollectorRow, Facts, Row, Tile, advice, clean, counted, second, shown, slug};
use standing::{Notice, numbers, severities};

/// The findings of the summary.
const TOP: usize = 10;

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    document: &'a Document<'a>,
    generated: String,
    filters: String,
    accounts: Vec<Account<'a>>,
}

/// An account.
struct Account<'a> {
    evidence: &'a Evidence<'a>,
    slug: String,
    notices: Vec<Notice>,
    severities: Vec<Tile>,
    others: Vec<Tile>,
    began: String,
    took: String,
    regions: String,
    regions_not_read: String,
    top: Vec<Top<'a>>,
    groups: Vec<Group<'a>>,
    collectors: Vec<CollectorRow>,
    tables: Vec<Table<'a>>,
}

/// A finding of the summary.
struct Top<'a> {
    severity: &'static str,
    check: &'a str,
    title: &'a str,
    name: &'a str,
    evidence: &'a str,
}

/// Checks of one state.
struct Group<'a> {
    title: &'static str,
    note: &'static str,
    checks: Vec<CheckPart<'a>>,
    is_open: bool,
}

/// A check with its resources.
struct CheckPart<'a> {
    facts: Facts<'a>,
    tally: String,
    rows: Vec<Row<'a>>,
    reason: Option<&'static str>,
    advice: &'static str,
    unclear: Vec<&'a str>,
    exemptions: Vec<&'a ExemptionState<'a>>,
    severity: Severity,
}

/// The page.
///
/// # Errors
///
/// None is known: the page is a text in memory.
pub fn text(document: &Document<'_>) -> askama::Result<String> {
    let is_whole = document.filters.is_empty();
    let page = Page {
        document,
        generated: second(document.generated),
        filters: document.filters.join("; "),
        accounts: document.accounts.iter().map(|one| Account::of(one, is_whole)).collect(),
    };
    page.render().map(|page| clean(&page))
}

impl<'a> Account<'a> {
    fn of(document: &'a AccountDocument<'a>, is_whole: bool) -> Self {
        let evidence = &document.evidence;
        let mut notices = Notice::all(evidence, true);
        for notice in notices.iter_mut().filter(|one| one.class == "good" && !is_whole) {
            notice.class = "wait";
            notice.word += " in this selection";
        }
        let list = |regions: Vec<&str>| regions.join(", ");
        Self {
            evidence,
            slug: slug(evidence.account),
            notices,
            severities: severities(evidence),
            others: numbers(evidence),
            began: second(evidence.began),
            took: format!("{:.1} s", evidence.duration_seconds),
            regions: list(evidence.scope.regions.iter().map(|one| &**one).collect()),
            regions_not_read: list(
                evidence.scope.regions_not_read.iter().map(|one| &**one).collect(),
            ),
            top: top(evidence),
            groups: groups(evidence),
            collectors: collectors(evidence),
            tables: document.inventory.iter().map(|(name, one)| Table::of(name, one)).collect(),
        }
    }
}

/// The worst findings, each check once before any check twice.
fn top<'a>(evidence: &'a Evidence<'a>) -> Vec<Top<'a>> {
    let mut seen: Vec<&str> = Vec::new();
    let mut top = Vec::new();
    for found in evidence.violations() {
        if top.len() == TOP {
            break;
        }
        if seen.contains(&found.check) {
            continue;
        }
        seen.push(found.check);
        top.push(Top {
            severity: found.severity.label(),
            check: found.check,
            title: found.title,
            name: found.shown(),
            evidence: found.evidence,
        });
    }
    top
}

/// The checks by their state, the worst first.
fn groups<'a>(evidence: &'a Evidence<'a>) -> Vec<Group<'a>> {
    let mut groups = vec![
        Group {
            title: "Findings",
            note: "The worst checks first, each with its risk, its repair and every resource.",
            checks: Vec::new(),
            is_open: true,
        },
        Group {
            title: "Checks without a verdict",
            note: "Data that they need is missing: they have seen no violation, and may not have \
                   seen all.",
            checks: Vec::new(),
            is_open: true,
        },
        Group {
            title: "Checks that are not asked",
            note: "The configuration leaves them out, or OVHcloud does not answer their question.",
            checks: Vec::new(),
            is_open: false,
        },
        Group {
            title: "Passed by exemption",
            note: "Resources violate them, and an exemption accepts each of these until its day.",
            checks: Vec::new(),
            is_open: false,
        },
        Group {
            title: "Passed checks",
            note: "They saw everything, and no resource violates them.",
            checks: Vec::new(),
            is_open: false,
        },
    ];
    for state in &evidence.checks {
        let place = match (state.status, state.is_intended) {
            (Status::Fail, _) => 0,
            (Status::NotEvaluated, false) => 1,
            (Status::NotEvaluated, true) => 2,
            (Status::Pass, _) if is_exempt(state, evidence) => 3,
            (Status::Pass, _) => 4,
        };
        if let Some(group) = groups.get_mut(place) {
            group.checks.push(CheckPart::of(state, evidence));
        }
    }
    for group in &mut groups {
        group.checks.sort_by_key(|check| Reverse(check.severity));
    }
    groups.retain(|group| !group.checks.is_empty());
    groups
}

impl<'a> CheckPart<'a> {
    fn of(state: &'a CheckState<'a>, evidence: &'a Evidence<'a>) -> Self {
        let findings: Vec<_> = evidence.findings_of(state.check).collect();
        let exempt = findings.iter().filter(|found| found.exemption.is_some()).count();
        let violations = findings.len() - exempt;
        let tally = match (state.status, exempt) {
            (Status::Fail, 0) => counted(violations, "finding"),
            (Status::Fail, exempt) => {
                format!("{}, {exempt} exempt", counted(violations, "finding"))
            }
            (Status::NotEvaluated, _) => state.reason.unwrap_or_default().replace('_', " "),
            (Status::Pass, 0) => "pass".to_owned(),
            (Status::Pass, exempt) => format!("{exempt} exempt"),
        };
        Self {
            facts: Facts::of(state),
            tally,
            rows: findings.into_iter().map(|found| Row::of(found, state.severity)).collect(),
            reason: state.reason,
            advice: state.reason.map(advice).unwrap_or_default(),
            unclear: state.unclear.iter().map(shown).collect(),
            exemptions: state.exemptions.iter().collect(),
            severity: state.severity,
        }
    }
}

/// Every collector with all its gaps.
fn collectors(evidence: &Evidence<'_>) -> Vec<CollectorRow> {
    let states = evidence.collectors.iter();
    states.map(|state| CollectorRow::of(state, evidence, usize::MAX, true)).collect()
}

//! The checks on the landing page: one section each, with the resources of every account.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::checks::{self, Severity, Status};
use crate::findings::evidence::{CheckState, Found};
use crate::findings::html::parts::{Facts, Row, advice, counted, shown};

use super::known::Known;

/// The resources shown for a check and an account.
const MOST_ROWS: usize = 50;
/// The resources shown on the page: some 400 bytes each.
const ROWS_OF_PAGE: usize = 2000;
/// The accounts and unclear resources named beside a reason.
const MOST_NAMES: usize = 20;

/// Checks of one state, the worst of their states in any account.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) title: &'static str,
    pub(super) note: &'static str,
    pub(super) checks: Vec<Section<'a>>,
}

/// The states of a check, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Failing,
    Unjudged,
    Waiting,
    Exempt,
    NotAsked,
    Passed,
}

/// A check.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) facts: Facts<'a>,
    /// Its state in a few words.
    pub(super) tally: String,
    /// The accounts with findings, exempt or not.
    pub(super) places: Vec<Place<'a>>,
    /// Whether an account has findings of which none is named.
    pub(super) has_unnamed: bool,
    /// The reasons why it did not see or understand everything.
    pub(super) unjudged: Vec<Unjudged<'a>>,
    /// The number of accounts in their first refresh.
    pub(super) waiting: usize,
    /// The number of accounts where it passes.
    pub(super) passed: usize,
    severity: Severity,
    standing: Standing,
}

/// An account's findings of a check.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) account: &'a str,
    pub(super) slug: &'a str,
    pub(super) anchor: String,
    pub(super) tally: String,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) left_out: usize,
}

/// A reason why a check did not see or understand everything.
#[derive(Debug)]
pub(super) struct Unjudged<'a> {
    pub(super) class: &'static str,
    pub(super) reason: &'static str,
    pub(super) advice: &'static str,
    /// Whether it has a finding nevertheless.
    pub(super) is_beside: bool,
    /// The accounts; none on the page of a single one.
    pub(super) accounts: Vec<&'a str>,
    pub(super) more_accounts: usize,
    pub(super) unclear: Vec<&'a str>,
    pub(super) more: usize,
}

/// The checks of all accounts, those that need attention first.
pub(super) fn groups<'a>(known: &'a [Known<'a>], has_names: bool) -> Vec<Group<'a>> {
    let findings: Vec<_> = known.iter().map(Known::by_check).collect();
    let most_rows = if has_names { most_rows(&findings) } else { 0 };
    let page = Page { known, findings, has_names, most_rows };
    let mut sections: Vec<_> = ids(known).into_iter().filter_map(|id| page.section(id)).collect();
    // Stable: checks of one severity keep the order of the registry.
    sections.sort_by_key(|one| (one.standing, Reverse(one.severity)));
    let mut groups: Vec<Group<'a>> = Vec::new();
    for section in sections {
        let (title, note) = words(section.standing);
        match groups.last_mut() {
            Some(group) if group.title == title => group.checks.push(section),
            _ => groups.push(Group { title, note, checks: vec![section] }),
        }
    }
    groups
}

fn words(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Failing => (
            "Failing checks",
            "The worst first. Each opens to the risk, the repair and the resources.",
        ),
        Standing::Unjudged => (
            "Checks without a verdict",
            "Data that they need is missing: they have seen no violation, and may not have seen all.",
        ),
        Standing::Waiting => {
            ("Checks that wait for the first refresh", "Nothing is known of them yet.")
        }
        Standing::Exempt => (
            "Exempt findings only",
            "The configuration accepts these findings until a date; nothing else violates them.",
        ),
        Standing::NotAsked => (
            "Checks that are not asked",
            "The configuration leaves them out, or OVHcloud does not answer their question.",
        ),
        Standing::Passed => ("Passed checks", "They saw everything, and nothing violates them."),
    }
}

/// The ids of all checks in the order of the registry, then those that only a report has.
fn ids<'a>(known: &'a [Known<'a>]) -> Vec<&'a str> {
    let mut ids: Vec<&str> = checks::ALL.iter().map(|check| check.id).collect();
    let evaluated = known.iter().flat_map(|one| &one.evidence).flat_map(|one| &one.checks);
    for id in evaluated.map(|one| one.check) {
        if checks::find(id).is_none() && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

type ByCheck<'a> = HashMap<&'a str, Vec<&'a Found<'a>>>;

/// The highest number of rows for each check and account that keeps the page within its bound.
fn most_rows(findings: &[ByCheck<'_>]) -> usize {
    let counts: Vec<usize> = findings.iter().flat_map(HashMap::values).map(Vec::len).collect();
    let rows = |most: usize| counts.iter().map(|count| (*count).min(most)).sum::<usize>();
    (0..=MOST_ROWS).rev().find(|most| rows(*most) <= ROWS_OF_PAGE).unwrap_or_default()
}

struct Page<'a> {
    known: &'a [Known<'a>],
    findings: Vec<ByCheck<'a>>,
    has_names: bool,
    most_rows: usize,
}

impl<'a> Page<'a> {
    /// The section of a check; `None` for an id that nobody knows.
    fn section(&self, id: &'a str) -> Option<Section<'a>> {
        let evidences = || self.known.iter().filter_map(|one| one.evidence.as_ref());
        let states: Vec<Option<&CheckState<'a>>> = self
            .known
            .iter()
            .map(|one| one.evidence.as_ref().and_then(|evidence| evidence.check(id)))
            .collect();
        let (facts, severity) = match states.iter().flatten().next() {
            Some(state) => (Facts::of(state), state.severity),
            None => checks::find(id).map(|check| (Facts::registered(check), check.severity))?,
        };
        let places: Vec<_> =
            (0..self.known.len()).filter_map(|index| self.place(index, id, severity)).collect();
        let count = |status| states.iter().flatten().filter(|one| one.status == status).count();
        let waiting = self.known.len() - evidences().count();
        let standing = standing(&states, &places, waiting);
        Some(Section {
            tally: self.tally(standing, &states, id),
            has_unnamed: places.iter().any(|place| place.rows.is_empty()),
            places,
            unjudged: self.unjudged(&states),
            waiting,
            passed: count(Status::Pass),
            facts,
            severity,
            standing,
        })
    }

    /// The findings of a check in an account; `None` without any.
    fn place(&self, index: usize, id: &str, severity: Severity) -> Option<Place<'a>> {
        let (account, findings) = (self.known.get(index)?, self.findings.get(index)?.get(id)?);
        let (violations, exempt): (Vec<&Found<'a>>, Vec<_>) =
            findings.iter().partition(|found| found.exemption.is_none());
        let all = violations.iter().chain(&exempt);
        Some(Place {
            account: &account.view.name,
            slug: &account.slug,
            anchor: format!("account-{}-check-{id}", account.slug),
            tally: sum(violations.len(), exempt.len()),
            rows: all.take(self.most_rows).map(|found| Row::of(found, severity)).collect(),
            left_out: findings.len().saturating_sub(self.most_rows),
        })
    }

    /// The state of a check in a few words.
    fn tally(&self, standing: Standing, states: &[Option<&CheckState<'a>>], id: &str) -> String {
        let found = || self.findings.iter().filter_map(|one| one.get(id)).flatten();
        let exempt = found().filter(|one| one.exemption.is_some()).count();
        let violations = found().count().saturating_sub(exempt);
        let failing = states.iter().flatten().filter(|one| one.status == Status::Fail).count();
        let reason = || states.iter().flatten().find_map(|one| one.reason).unwrap_or_default();
        match standing {
            Standing::Failing if self.known.len() > 1 => {
                format!("{} in {}", sum(violations, exempt), counted(failing, "account"))
            }
            Standing::Failing | Standing::Exempt => sum(violations, exempt),
            Standing::Unjudged | Standing::NotAsked => reason().replace('_', " "),
            Standing::Waiting => "no verdict yet".to_owned(),
            Standing::Passed => "pass".to_owned(),
        }
    }

    /// The reasons of all accounts, each with the accounts and the unclear resources.
    fn unjudged(&self, states: &[Option<&CheckState<'a>>]) -> Vec<Unjudged<'a>> {
        let mut reasons: Vec<Unjudged<'a>> = Vec::new();
        for (account, state) in self.known.iter().zip(states) {
            let Some((state, reason)) = state.and_then(|one| Some((one, one.reason?))) else {
                continue;
            };
            let is_beside = state.status == Status::Fail;
            let is_it = |one: &Unjudged<'_>| one.reason == reason && one.is_beside == is_beside;
            let index = reasons.iter().position(is_it).unwrap_or(reasons.len());
            if index == reasons.len() {
                reasons.push(Unjudged::new(state, reason));
            }
            if let Some(one) = reasons.get_mut(index) {
                one.add(state, &account.view.name, self);
            }
        }
        reasons
    }
}

impl<'a> Unjudged<'a> {
    fn new(state: &CheckState<'_>, reason: &'static str) -> Self {
        Self {
            class: if state.is_intended { "wait" } else { "warn" },
            reason,
            advice: advice(reason),
            is_beside: state.status == Status::Fail,
            accounts: Vec::new(),
            more_accounts: 0,
            unclear: Vec::new(),
            more: 0,
        }
    }

    fn add(&mut self, state: &CheckState<'a>, account: &'a str, page: &Page<'_>) {
        if page.known.len() > 1 {
            if self.accounts.len() < MOST_NAMES {
                self.accounts.push(account);
            } else {
                self.more_accounts += 1;
            }
        }
        let room = if page.has_names { MOST_NAMES.saturating_sub(self.unclear.len()) } else { 0 };
        self.unclear.extend(state.unclear.iter().take(room).map(shown));
        self.more += state.unclear.len().saturating_sub(room);
    }
}

fn standing(states: &[Option<&CheckState<'_>>], places: &[Place<'_>], waiting: usize) -> Standing {
    let of = |state: &&CheckState<'_>| match (state.status, state.is_intended) {
        (Status::Fail, _) => Standing::Failing,
        (Status::NotEvaluated, false) => Standing::Unjudged,
        (Status::NotEvaluated, true) => Standing::NotAsked,
        (Status::Pass, _) if places.is_empty() => Standing::Passed,
        (Status::Pass, _) => Standing::Exempt,
    };
    let waits = (waiting > 0).then_some(Standing::Waiting);
    states.iter().flatten().map(of).chain(waits).min().unwrap_or(Standing::Waiting)
}

fn sum(violations: usize, exempt: usize) -> String {
    match (violations, exempt) {
        (violations, 0) => counted(violations, "finding"),
        (0, exempt) => format!("{exempt} exempt"),
        (violations, exempt) => format!("{}, {exempt} exempt", counted(violations, "finding")),
    }
}

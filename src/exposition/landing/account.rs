//! An account on the landing page: how much of it is known, its numbers, and its collectors.

use jiff::Timestamp;

use crate::findings::evidence::Evidence;
use crate::findings::html::parts::{CollectorRow, Tile, second};
use crate::findings::html::standing::{Notice, numbers, on, severities, unjudged};
use crate::findings::state::{CollectorState, Completeness};

use super::known::Known;

/// The gaps shown for a collector; the report has them all.
const MOST_GAPS: usize = 5;
/// The failing checks listed for one of many accounts; the section of each check has the rest.
const MOST_FAILING: usize = 15;
/// The incomplete collectors shown for all accounts of a page together.
const MOST_COLLECTORS: usize = 600;
/// The least of them for each account.
const LEAST_COLLECTORS: usize = 3;
/// Data of this many intervals ago is stale.
const STALE: u32 = 3;

/// An account.
#[derive(Debug)]
pub(super) struct Account<'a> {
    pub(super) name: &'a str,
    pub(super) anchor: &'a str,
    pub(super) endpoint: &'a str,
    /// Empty where the page names nothing.
    pub(super) identity: &'a str,
    pub(super) interval: String,
    /// The state of the account, the worst news first; there is at least one.
    pub(super) notices: Vec<Notice>,
    /// `None` before the first refresh.
    pub(super) read: Option<Read<'a>>,
}

impl Account<'_> {
    /// The first news.
    pub(super) fn worst(&self) -> Option<&Notice> {
        self.notices.first()
    }
}

/// An account after a refresh.
#[derive(Debug)]
pub(super) struct Read<'a> {
    pub(super) began: String,
    pub(super) took: String,
    pub(super) requests: u64,
    pub(super) next: String,
    /// The time after which the page is stale.
    pub(super) stale_after: String,
    pub(super) severities: Vec<Tile>,
    pub(super) others: Vec<Tile>,
    /// The number of checks that lack data.
    pub(super) unjudged: usize,
    /// The number of collectors that lack something.
    pub(super) incomplete: usize,
    /// The number of enabled collectors.
    pub(super) on: usize,
    pub(super) failing: Vec<Failing<'a>>,
    pub(super) more_failing: usize,
    pub(super) collectors: Vec<CollectorRow>,
    /// The names of collectors without a row, by their state.
    pub(super) rest: Vec<(&'static str, String)>,
}

/// A link to a failing check of an account.
#[derive(Debug)]
pub(super) struct Failing<'a> {
    pub(super) anchor: String,
    pub(super) check: &'a str,
    pub(super) count: usize,
}

/// All accounts.
pub(super) fn all<'a>(known: &'a [Known<'a>], has_names: bool, now: Timestamp) -> Vec<Account<'a>> {
    let share = MOST_COLLECTORS.checked_div(known.len()).unwrap_or_default().max(LEAST_COLLECTORS);
    let most_rows = (known.len() > 1).then_some(share);
    known.iter().map(|one| one.account(has_names, most_rows, now)).collect()
}

impl Known<'_> {
    fn account(&self, has_names: bool, most_rows: Option<usize>, now: Timestamp) -> Account<'_> {
        let view = self.view;
        Account {
            name: &view.name,
            anchor: &self.slug,
            endpoint: &view.endpoint,
            identity: if has_names { &view.identity } else { "" },
            interval: humantime::format_duration(view.interval).to_string(),
            notices: match &self.evidence {
                None => vec![Notice::new("wait", "The first refresh is under way", NOTHING)],
                Some(evidence) => self.notices(evidence, has_names, now),
            },
            read: self.evidence.as_ref().map(|one| self.read(one, has_names, most_rows)),
        }
    }

    /// The time after which the data is stale.
    fn stale_after(&self, evidence: &Evidence<'_>) -> Timestamp {
        let age = self.view.interval.saturating_mul(STALE);
        evidence.began.checked_add(age).unwrap_or(Timestamp::MAX)
    }

    /// The state of an account that was read, the worst news first. Only an account that is read as
    /// a whole, in time, and without a finding has good news.
    fn notices(&self, evidence: &Evidence<'_>, has_names: bool, now: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        if now > self.stale_after(evidence) {
            let words = format!(
                "The last refresh began at {}, more than {STALE} intervals before this page was \
                 written: what follows may be over, and what is new is missing.",
                second(evidence.began)
            );
            notices.push(Notice::new("bad", "Stale data", words));
        }
        notices.extend(Notice::all(evidence, has_names));
        notices
    }

    fn read(&self, evidence: &Evidence<'_>, has_names: bool, most_rows: Option<usize>) -> Read<'_> {
        let took = evidence.duration_seconds;
        let interval = self.view.interval;
        let row = |state: &&CollectorState| CollectorRow::of(state, evidence, MOST_GAPS, has_names);
        let mut states: Vec<_> = evidence.collectors.iter().collect();
        states.sort_by_key(|state| (!state.state.is_missing(), state.state == Completeness::Off));
        let (rows, rest) = match most_rows {
            None => (states.iter().map(row).collect(), Vec::new()),
            Some(most) => {
                let missing = states.iter().filter(|state| state.state.is_missing()).count();
                let (shown, rest) = states.split_at(missing.min(most));
                (shown.iter().map(row).collect(), named(rest))
            }
        };
        let mut failing = self.failing();
        let more_failing = failing.len().saturating_sub(MOST_FAILING);
        failing.truncate(MOST_FAILING);
        Read {
            began: second(evidence.began),
            took: format!("{took:.2} s"),
            requests: evidence.requests,
            next: second(evidence.began.checked_add(interval).unwrap_or(Timestamp::MAX)),
            stale_after: second(self.stale_after(evidence)),
            severities: severities(evidence),
            others: numbers(evidence),
            unjudged: unjudged(evidence).count(),
            incomplete: evidence.incomplete().count(),
            on: on(evidence).count(),
            failing,
            more_failing,
            collectors: rows,
            rest,
        }
    }

    /// The failing checks, those with the worst findings first.
    fn failing(&self) -> Vec<Failing<'_>> {
        let mut failing: Vec<Failing<'_>> = Vec::new();
        for found in self.evidence.iter().flat_map(Evidence::violations) {
            match failing.iter_mut().find(|one| one.check == found.check) {
                Some(one) => one.count += 1,
                None => failing.push(Failing {
                    anchor: format!("account-{}-check-{}", self.slug, found.check),
                    check: found.check,
                    count: 1,
                }),
            }
        }
        failing
    }
}

const NOTHING: &str = "Nothing is known yet: no finding is shown, and none is ruled out.";

/// The names of collectors, by their state.
fn named(states: &[&CollectorState]) -> Vec<(&'static str, String)> {
    let words = [
        (Completeness::NotRead, "Not read"),
        (Completeness::Partial, "Partly read"),
        (Completeness::Complete, "Complete"),
        (Completeness::OutOfService, "Out of service"),
        (Completeness::Off, "Disabled"),
    ];
    let list = |(state, word)| {
        let with_objects = |one: &&&CollectorState| match one.objects {
            Some(objects) => format!("{} ({objects})", one.collector),
            None => one.collector.to_owned(),
        };
        let names: Vec<_> =
            states.iter().filter(|one| one.state == state).map(|one| with_objects(&one)).collect();
        (!names.is_empty()).then(|| (word, names.join(", ")))
    };
    words.into_iter().filter_map(list).collect()
}

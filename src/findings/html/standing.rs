//! How much of an account is known, in words: what is missing must not look like good news.

use crate::checks::Status;
use crate::findings::evidence::{CheckState, Evidence};
use crate::findings::missing::is_anything_known as is_known;
use crate::findings::phrases::{exempted, passed};
use crate::findings::state::{CollectorState, Completeness};

use super::parts::{Tile, counted, second};

/// A sentence about the state of an account.
#[derive(Debug)]
pub struct Notice {
    /// The class of its colours: `good`, `warn`, `bad` or `wait`.
    pub class: &'static str,
    /// The state in a few words.
    pub word: String,
    /// The rest of it.
    pub words: String,
}

impl Notice {
    /// A notice.
    pub fn new(class: &'static str, word: impl Into<String>, words: impl Into<String>) -> Self {
        Self { class, word: word.into(), words: words.into() }
    }

    /// The state of an account that was read, the worst news first; there is at least one. Only an
    /// account that is read as a whole and has no finding has good news.
    pub fn all(evidence: &Evidence<'_>, has_names: bool) -> Vec<Self> {
        let mut notices = Vec::new();
        let (incomplete, on) = (evidence.incomplete().count(), on(evidence).count());
        if !is_known(evidence) {
            let first = evidence.gaps.first().filter(|_| has_names);
            let words = first.map(|gap| gap.gap.detail.clone()).unwrap_or_default();
            notices.push(Self::new("bad", "Nothing could be read", words));
        } else if incomplete > 0 {
            let oldest = evidence.incomplete().filter_map(|state| state.read_at).min();
            let kept = oldest.filter(|when| *when < evidence.began).map_or(String::new(), |when| {
                format!(" Values that could not be refreshed are of {} or later.", second(when))
            });
            let word = format!("{incomplete} of {on} collectors incomplete");
            notices.push(Self::new("warn", word, format!("Findings may be missing.{kept}")));
        }
        let (violations, unjudged) = (evidence.violations().count(), unjudged(evidence).count());
        if violations > 0 {
            let worst = evidence.violations().next().map_or("", |one| one.severity.label());
            let word = counted(violations, "finding");
            let class = if ["critical", "high"].contains(&worst) { "bad" } else { "warn" };
            notices.push(Self::new(class, word, format!("The worst is {worst}.")));
        }
        if unjudged > 0 && is_known(evidence) {
            let word = format!("{} without a verdict", counted(unjudged, "check"));
            notices.push(Self::new(
                "warn",
                word,
                "Data is missing, and there may be more findings.",
            ));
        }
        if notices.is_empty() {
            notices.push(calm(evidence));
        }
        notices
    }
}

/// The news of an account that was read as a whole and has no finding.
fn calm(evidence: &Evidence<'_>) -> Notice {
    let (passed, exempted) = (passed(evidence).count(), exempted(evidence).count());
    if passed == 0 && exempted == 0 {
        return Notice::new("wait", "No check has a verdict", "The configuration asks for none.");
    }
    let words = format!("{} found nothing that violates them.", counted(passed, "check"));
    if exempted > 0 {
        let words = format!("{words} {} passed by exemption.", counted(exempted, "check"));
        return Notice::new("wait", "No findings that are not exempt", words);
    }
    Notice::new("good", "No findings", words)
}

/// The enabled collectors.
pub fn on<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = &'a CollectorState> {
    evidence.collectors.iter().filter(|state| state.state != Completeness::Off)
}

/// The violations of each severity, the worst first; none where nothing is known, since a 0 would
/// look like a count.
pub fn severities(evidence: &Evidence<'_>) -> Vec<Tile> {
    if is_known(evidence) { Tile::severities(evidence) } else { Vec::new() }
}

/// The checks that lack data that somebody can repair.
pub fn unjudged<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = &'a CheckState<'a>> {
    let checks = evidence.checks.iter();
    checks.filter(|one| one.status == Status::NotEvaluated && !one.is_intended)
}

fn with_status(evidence: &Evidence<'_>, status: Status) -> usize {
    evidence.checks.iter().filter(|one| one.status == status).count()
}

/// The numbers beside the findings. Passes alone prove little, so they have no colour.
pub fn numbers(evidence: &Evidence<'_>) -> Vec<Tile> {
    let exempt = evidence.findings.iter().filter(|found| found.exemption.is_some()).count();
    let unjudged = unjudged(evidence).count();
    let not_asked = with_status(evidence, Status::NotEvaluated).saturating_sub(unjudged);
    let incomplete = evidence.incomplete().count();
    let (passed, exempted) = (passed(evidence).count(), exempted(evidence).count());
    let mut tiles = vec![
        Tile::new("wait", exempt, "exempt"),
        Tile::new("warn", unjudged, "without a verdict"),
        Tile::new("warn", incomplete, "incomplete collectors"),
        Tile::new("none", not_asked, "checks not asked"),
        Tile::new("none", passed, "checks passed"),
    ];
    if exempted > 0 {
        tiles.push(Tile::new("wait", exempted, "passed by exemption"));
    }
    tiles
}

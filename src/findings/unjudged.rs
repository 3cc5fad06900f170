//! The reasons why checks did not judge everything, in words.
//!
//! The texts are raw: each form escapes them for its readers.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use crate::checks::Status;

use super::evidence::{CheckState, Evidence, Unclear};
use super::state::Completeness;

/// The most resources that an event names; a page may name more or fewer.
pub const NAMED: usize = 10;

/// The reason of a check that could not judge single resources.
const UNCLEAR: &str = "unclear";

/// The checks without a verdict by their reason: first those that lack data, then those that the
/// configuration or OVHcloud leaves out.
pub fn by_reason<'a, 'b>(
    evidence: &'b Evidence<'a>,
) -> BTreeMap<(bool, &'static str), Vec<&'b CheckState<'a>>> {
    let mut by_reason: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let without = evidence.checks.iter().filter(|one| one.status == Status::NotEvaluated);
    for check in without {
        let key = (check.is_intended, check.reason.unwrap_or_default());
        by_reason.entry(key).or_default().push(check);
    }
    by_reason
}

/// The meaning of the reason of a check that did not see or understand everything.
pub fn meaning(reason: &str) -> &'static str {
    match reason {
        "disabled" => "switched off by the configuration",
        "not_configured" => "the configuration lacks the list to compare with",
        "not_evaluable" => "OVHcloud does not answer the question for this account or credential",
        "not_collected" => "a needed collector is disabled",
        "not_read" => "needed data was not read",
        "incomplete" => "needed data is incomplete",
        "bug" => "a bug of the exporter ended the check, and its log says where",
        UNCLEAR => "some resources could not be judged",
        _ => "the reason is unknown",
    }
}

/// The reason in words, with the collectors or at most `most` of the resources that it concerns;
/// `None` for a check that judged everything.
pub fn explained(check: &CheckState<'_>, evidence: &Evidence<'_>, most: usize) -> Option<String> {
    let reason = check.reason?;
    let collectors: Vec<_> = match reason {
        "not_collected" => check
            .needs
            .iter()
            .filter(|need| is_off(evidence, need))
            .map(|need| (*need).to_owned())
            .collect(),
        "not_read" | "incomplete" => gaps(check, evidence),
        _ => Vec::new(),
    };
    let collectors = after(": ", &collectors);
    let start = if reason == UNCLEAR { ": " } else { "; unclear: " };
    Some(format!("{}{collectors}{}", meaning(reason), after(start, &unclear(check, most))))
}

fn is_off(evidence: &Evidence<'_>, collector: &str) -> bool {
    let mut states = evidence.collectors.iter();
    states.any(|one| one.collector == collector && one.state == Completeness::Off)
}

/// The needed collectors that lack something, each with the reasons of its gaps.
fn gaps(check: &CheckState<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let named = |need: &&str| {
        let gaps = evidence.gaps.iter().filter(|one| one.collector == *need);
        let reasons: BTreeSet<_> = gaps.map(|one| one.gap.reason.label()).collect();
        let reasons: Vec<_> = reasons.into_iter().collect();
        (!reasons.is_empty()).then(|| format!("{need} ({})", reasons.join(", ")))
    };
    check.needs.iter().filter_map(named).collect()
}

/// The words in one list behind its start; empty without any.
fn after<W: Borrow<str>>(start: &str, words: &[W]) -> String {
    if words.is_empty() { String::new() } else { format!("{start}{}", words.join(", ")) }
}

/// The reason why a failing check may have missed resources, with at most `most` of their names;
/// empty for a check that saw everything.
pub fn doubt(check: &CheckState<'_>, most: usize) -> String {
    let Some(reason) = check.reason else { return String::new() };
    let names = after(": ", &unclear(check, most));
    format!("there may be more, since {}{names}", meaning(reason))
}

/// The resources that a check could not judge, at most `most` by their names.
pub fn unclear(check: &CheckState<'_>, most: usize) -> Vec<String> {
    let name = |one: &Unclear<'_>| {
        let Unclear { resource, resource_name, .. } = *one;
        match resource_name {
            "" => resource.to_owned(),
            name if name == resource => name.to_owned(),
            name => format!("{name} ({resource})"),
        }
    };
    let mut names: Vec<_> = check.unclear.iter().take(most).map(name).collect();
    let more = check.unclear.len().saturating_sub(most);
    names.extend((more > 0).then(|| format!("{more} more")));
    names
}

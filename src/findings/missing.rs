//! The data that a report lacks, in words.
//!
//! The texts are raw: each form escapes them for its readers.

use std::collections::BTreeMap;

use crate::collectors::Collect as _;
use crate::collectors::exporter_credential::ExporterCredential;

use super::evidence::{CollectorGap, Evidence};
use super::phrases::project;
use super::state::{CollectorState, Completeness};

/// The state of a collector in words.
pub fn state(state: Completeness) -> &'static str {
    match state {
        Completeness::Complete => "complete",
        Completeness::Partial => "partly read",
        Completeness::NotRead => "not read",
        Completeness::OutOfService => "out of service",
        Completeness::Off => "disabled",
    }
}

/// The number of a collector's objects, as far as it is known.
pub fn objects(state: &CollectorState) -> String {
    match (state.objects, state.state) {
        (Some(0), Completeness::Partial) => "none known".to_owned(),
        (Some(objects), Completeness::Partial) => format!("at least {objects}"),
        (Some(objects), _) => objects.to_string(),
        (None, _) => String::new(),
    }
}

/// Whether anything of the account is known. A credential's answer about itself needs no right.
pub fn is_anything_known(evidence: &Evidence<'_>) -> bool {
    let states = evidence.collectors.iter();
    let mut states = states.filter(|state| state.collector != ExporterCredential::NAME);
    states.any(|state| matches!(state.state, Completeness::Complete | Completeness::Partial))
}

/// The gaps of a collector.
pub fn gaps<'a, 'b>(evidence: &'b Evidence<'a>, collector: &str) -> Vec<&'b CollectorGap<'a>> {
    evidence.gaps.iter().filter(|gap| gap.collector == collector).collect()
}

/// The reasons of a collector's missing objects in service, one for all projects that share it.
pub fn reasons(evidence: &Evidence<'_>, state: &CollectorState) -> Vec<String> {
    let mut shared: Vec<(&CollectorGap<'_>, usize)> = Vec::new();
    let gaps = gaps(evidence, state.collector).into_iter();
    for gap in gaps.filter(|gap| !gap.gap.reason.is_state()) {
        let is_same = |(other, _): &&mut (&CollectorGap<'_>, usize)| {
            (other.gap.reason, &other.gap.actions) == (gap.gap.reason, &gap.gap.actions)
        };
        match shared.iter_mut().find(is_same) {
            Some((_, projects)) => *projects += 1,
            None => shared.push((gap, 1)),
        }
    }
    let reason = |(CollectorGap { gap, .. }, projects): (&CollectorGap<'_>, usize)| {
        // The error in full: it names the repair.
        let detail = &gap.detail;
        match (projects, gap.project_id.is_empty()) {
            (1, true) => detail.clone(),
            (1, false) => format!("project {}: {detail}", project(evidence, &gap.project_id)),
            (projects, _) => format!("{projects} projects: {detail}"),
        }
    };
    shared.into_iter().map(reason).collect()
}

/// The projects, or the account as the empty id, that OVHcloud does not have in service, by the
/// reason, each with the collectors that lack them.
pub fn out_of_service<'a>(evidence: &Evidence<'a>) -> BTreeMap<(&'a str, &'a str), Vec<&'a str>> {
    let mut places: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for CollectorGap { collector, gap } in &evidence.gaps {
        if gap.reason.is_state() {
            places.entry((&gap.project_id, gap.reason.label())).or_default().push(collector);
        }
    }
    places
}

/// The collectors that have every object and lack details of some, with the reasons.
pub fn details(evidence: &Evidence<'_>) -> Vec<(&'static str, Vec<String>)> {
    let complete = evidence.collectors.iter().filter(|state| !state.state.is_missing());
    let details = complete.map(|state| (state.collector, reasons(evidence, state)));
    details.filter(|(_, reasons)| !reasons.is_empty()).collect()
}

//! The first sight of each finding whose start the data does not hold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::family::Word;

use super::result::CheckResult;
use super::verdict::Finding;

/// The first sights of findings, kept from one refresh to the next and in the state file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Sight>", into = "Vec<Sight>")]
pub struct Memory(BTreeMap<Key, Timestamp>);

/// The identity of a finding. A resource that changes its name is the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    check: Word,
    kind: Word,
    project_id: Word,
    resource: Word,
}

/// One line of the state file.
#[derive(Serialize, Deserialize)]
struct Sight {
    check: Word,
    kind: Word,
    project_id: Word,
    resource: Word,
    since: Timestamp,
}

impl From<Vec<Sight>> for Memory {
    fn from(sights: Vec<Sight>) -> Self {
        let entry = |sight: Sight| {
            let Sight { check, kind, project_id, resource, since } = sight;
            (Key { check, kind, project_id, resource }, since)
        };
        Self(sights.into_iter().map(entry).collect())
    }
}

impl From<Memory> for Vec<Sight> {
    fn from(Memory(sights): Memory) -> Self {
        let sight = |(key, since): (Key, Timestamp)| {
            let Key { check, kind, project_id, resource } = key;
            Sight { check, kind, project_id, resource, since }
        };
        sights.into_iter().map(sight).collect()
    }
}

/// Sets `since` of the findings that have none to their first sight: the remembered one, or `now`.
/// Returns the memory for the next refresh.
///
/// A finding that is not there is forgotten only if its check was complete: a resource that could
/// not be read this time may violate the check all the same.
pub fn remember(previous: &Memory, results: &mut [CheckResult], now: Timestamp) -> Memory {
    let mut next = BTreeMap::new();
    for result in results {
        if !result.verdict.is_complete() {
            let of_check = previous.0.range(first(&result.id)..);
            let of_check = of_check.take_while(|(key, _)| key.check == result.id);
            next.extend(of_check.map(|(key, since)| (key.clone(), *since)));
        }
        for finding in result.verdict.findings.iter_mut().filter(|one| one.since.is_none()) {
            let key = key(&result.id, finding);
            // A time after now was remembered before the clock was set back.
            let since = previous.0.get(&key).map_or(now, |since| now.min(*since));
            finding.since = Some(since);
            next.insert(key, since);
        }
    }
    Memory(next)
}

/// The least key of a check.
fn first(check: &Word) -> Key {
    let nothing = Word::new();
    let (kind, project_id, resource) = (nothing.clone(), nothing.clone(), nothing);
    Key { check: check.clone(), kind, project_id, resource }
}

fn key(check: &Word, finding: &Finding) -> Key {
    let resource = &finding.resource;
    Key {
        check: check.clone(),
        kind: resource.kind.clone(),
        project_id: resource.project_id.clone(),
        resource: resource.id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::slice;
    use std::sync::Arc;

    use super::super::verdict::{Missing, Resource, Verdict};
    use super::*;
    use crate::config::fixtures::exemption;
    use crate::config::severity::Severity;
    use crate::inventory::Unseen;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn result(ids: &[&str], derived: Option<Timestamp>, missing: Option<Missing>) -> CheckResult {
        let finding = |id: &&str| Finding {
            resource: Resource {
                kind: "thing".into(),
                project_id: "p1".into(),
                id: (*id).into(),
                name: "name".into(),
            },
            evidence: String::new(),
            since: derived,
            severity: None,
            exemption: None,
        };
        let findings = ids.iter().map(finding).collect();
        CheckResult {
            id: "check".into(),
            title: "title".into(),
            severity: Severity::Low,
            verdict: Verdict { findings, missing, ..Verdict::default() },
            thresholds: Vec::new(),
            count: None,
            exemptions: Vec::new(),
        }
    }

    fn since(previous: &Memory, mut result: CheckResult, now: i64) -> (Memory, Vec<i64>) {
        let memory = remember(previous, slice::from_mut(&mut result), at(now));
        let seconds = result.verdict.findings.iter().map(|one| one.since.unwrap().as_second());
        (memory, seconds.collect())
    }

    #[test]
    fn an_exempt_finding_keeps_its_first_sight() {
        let (memory, _) = since(&Memory::default(), result(&["a"], None, None), 10);
        let mut exempt = result(&["a"], None, None);
        let exemption = Arc::new(exemption("credential_stale", "id: a"));
        exempt.verdict.findings[0].exemption = Some(exemption);
        let (memory, seconds) = since(&memory, exempt, 20);
        assert_eq!(seconds, [10]);
        assert_eq!(since(&memory, result(&["a"], None, None), 30).1, [10]);
    }

    #[test]
    fn the_first_sight_stays_and_a_finding_that_returns_is_new() {
        let (memory, first) = since(&Memory::default(), result(&["a"], None, None), 10);
        let (memory, second) = since(&memory, result(&["a", "b"], None, None), 20);
        assert_eq!((first, second), (vec![10], vec![10, 20]));
        let (memory, _) = since(&memory, result(&["b"], None, None), 30);
        assert_eq!(since(&memory, result(&["a", "b"], None, None), 40).1, [40, 20]);
    }

    #[test]
    fn a_finding_that_could_not_be_seen_is_not_forgotten() {
        let (memory, _) = since(&Memory::default(), result(&["a"], None, None), 10);
        let blind = result(&[], None, Some(Missing::Data(Unseen::NotRead)));
        let (memory, _) = since(&memory, blind, 20);
        assert_eq!(since(&memory, result(&["a"], None, None), 30).1, [10]);
    }

    #[test]
    fn a_time_from_the_data_stands_and_a_later_one_was_of_another_clock() {
        let (memory, derived) = since(&Memory::default(), result(&["a"], Some(at(5)), None), 10);
        assert_eq!((memory, derived), (Memory::default(), vec![5]));
        let (memory, _) = since(&Memory::default(), result(&["a"], None, None), 100);
        assert_eq!(since(&memory, result(&["a"], None, None), 50).1, [50]);
    }

    #[test]
    fn it_survives_a_state_file() {
        let (memory, _) = since(&Memory::default(), result(&["a", "b"], None, None), 10);
        let written = serde_json::to_string(&memory).unwrap();
        assert_eq!(serde_json::from_str::<Memory>(&written).unwrap(), memory);
        assert!(written.contains(r#""check":"check","kind":"thing","project_id":"p1""#));
    }
}

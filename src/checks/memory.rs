//! The first sight of each finding whose start the data does not hold.

use std::collections::BTreeMap;

use foldhash::HashMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::family::Word;

use super::result::CheckResult;
use super::verdict::Finding;

/// The first sights of findings by check, kept from one refresh to the next and in the state file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Sight>", into = "Vec<Sight>")]
pub struct Memory(BTreeMap<Word, Sights>);

/// The first sights of a check's findings. A hash table: an order by several texts costs much more.
type Sights = HashMap<Key, Timestamp>;

/// The identity of a check's finding. A resource that changes its name is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    kind: Word,
    project_id: Word,
    resource: Word,
}

/// One line of the state file.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Sight {
    check: Word,
    kind: Word,
    project_id: Word,
    resource: Word,
    since: Timestamp,
}

impl From<Vec<Sight>> for Memory {
    fn from(sights: Vec<Sight>) -> Self {
        let mut memory = Self::default();
        for Sight { check, kind, project_id, resource, since } in sights {
            let of_check = memory.0.entry(check).or_default();
            of_check.insert(Key { kind, project_id, resource }, since);
        }
        memory
    }
}

impl From<Memory> for Vec<Sight> {
    fn from(Memory(checks): Memory) -> Self {
        let of_check = |(check, sights): (Word, Sights)| {
            sights.into_iter().map(move |(key, since)| {
                let Key { kind, project_id, resource } = key;
                Sight { check: check.clone(), kind, project_id, resource, since }
            })
        };
        let mut sights: Self = checks.into_iter().flat_map(of_check).collect();
        sights.sort_unstable();
        sights
    }
}

/// Sets `since` of the findings that have none to their first sight: the remembered one, or `now`.
/// Returns the memory for the next refresh.
///
/// A finding that is not there is forgotten only if its check was complete: a resource that could
/// not be read this time may violate the check all the same.
pub fn remember(previous: &Memory, results: &mut [CheckResult], now: Timestamp) -> Memory {
    let mut next = Memory::default();
    for result in results {
        let before = previous.0.get(&result.id);
        let is_complete = result.verdict.is_complete();
        let mut sights = before.filter(|_| !is_complete).cloned().unwrap_or_default();
        for finding in result.verdict.findings.iter_mut().filter(|one| one.since.is_none()) {
            let key = key(finding);
            // A time after now was remembered before the clock was set back.
            let known = before.and_then(|before| before.get(&key));
            let since = known.map_or(now, |since| now.min(*since));
            finding.since = Some(since);
            sights.insert(key, since);
        }
        if !sights.is_empty() {
            next.0.insert(result.id.clone(), sights);
        }
    }
    next
}

fn key(finding: &Finding) -> Key {
    let resource = &finding.resource;
    Key {
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

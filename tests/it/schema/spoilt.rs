//! The law of lists: nothing counts twice, nothing without an id counts, and nothing is lost without
//! a gap. Drawn lists repeat objects, have some without their id, and end too early.

use std::collections::{BTreeMap, BTreeSet};

use ovhcloud_exporter::collectors::{self, State};
use ovhcloud_simulator::{Effect, Fault};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use proptest::{bool, collection, option};
use serde_json::{Value, json};

use super::draw::{Answers, Drawer, Style, key};
use super::{OWN, PROJECTS, config, known_lists, read_faults, reference, runtime, templates};

/// The changes to one list.
#[derive(Debug, Clone)]
struct Spoil {
    /// The first object comes once more, at the end.
    twice: bool,
    /// The object at this place lacks its id, in one of four ways.
    nameless: Option<(usize, usize)>,
    /// The headers announce one element more.
    cut: bool,
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let nameless = option::weighted(0.3, (0..3_usize, 0..4_usize));
    (bool::ANY, nameless, bool::weighted(0.2)).prop_map(|(twice, nameless, cut)| Spoil {
        twice,
        nameless,
        cut,
    })
}

impl Spoil {
    /// Changes the list of this route. Whether something of it can't be read then.
    fn apply(&self, key: &str, list: &mut Vec<Value>) -> bool {
        if let Some(first) = list.first().filter(|_| self.twice) {
            list.push(first.clone());
        }
        let Some((place, how)) = self.nameless else { return self.cut };
        let Some(element) = list.get_mut(place).filter(|element| element.is_object()) else {
            return self.cut;
        };
        match how {
            0 => element[key] = Value::Null,
            1 => element[key] = json!(""),
            2 => drop(element.as_object_mut().unwrap().remove(key)),
            _ => *element = json!({ "class": "Server::Boom", "message": "no" }),
        }
        true
    }
}

/// The ids in a list.
fn ids(key: &str, list: &[Value]) -> BTreeSet<String> {
    let id = |element: &Value| {
        let id = element.as_object().map_or(Some(element), |object| object.get(key))?;
        Some(id.to_string()).filter(|_| *id != Value::Null && *id != json!(""))
    };
    list.iter().filter_map(id).collect()
}

/// The lists on the way to the objects of a list, each asked for per object of the one before.
fn chain(template: &str) -> impl Iterator<Item = &str> {
    let above = template.match_indices("/{").map(|(end, _)| template.split_at(end).0);
    above.chain([template])
}

/// The number of objects with different ids that were answered in all.
fn different(template: &str, answers: &Answers) -> usize {
    let count = |list: &str| match &answers.0.get(list) {
        _ if OWN.contains(&list) => PROJECTS,
        Some(Value::Array(elements)) => ids(key(list), elements).len(),
        other => panic!("{list} is answered with {other:?}"),
    };
    chain(template).map(count).product()
}

/// One collector keeps the law.
fn judge(
    state: &State<'_>,
    list: &str,
    answers: &Answers,
    spoilt: &BTreeMap<&str, bool>,
) -> Result<(), String> {
    let (name, found, expected) = (state.name, state.objects, different(list, answers));
    if found != expected {
        return Err(format!("{name}: {found} objects of {expected} with an id"));
    }
    let has_gap = !state.reading.unwrap().gaps.is_empty();
    let is_spoilt = |template: &str| spoilt.get(template).copied().unwrap_or_default();
    let (above, _) = list.rsplit_once("/{").unwrap_or_default();
    let is_asked = above.is_empty() || different(above, answers) > 0;
    if is_asked && is_spoilt(list) && !has_gap {
        return Err(format!("{name}: a loss without a gap"));
    }
    let collector = collectors::ALL.iter().find(|collector| collector.name == name).unwrap();
    if has_gap && !collector.routes.iter().any(|route| is_spoilt(route.template)) {
        return Err(format!("{name}: {:?}", state.reading.unwrap().gaps));
    }
    Ok(())
}

#[test]
fn no_list_counts_twice_or_without_an_id_or_loses_without_a_gap() {
    let runtime = runtime();
    let simulator = runtime.block_on(reference());
    let drawer = Drawer::new();
    let lists = known_lists(&runtime, &simulator, &drawer);
    let spoilable: BTreeSet<&str> =
        lists.values().copied().filter(|list| templates().contains(list)).collect();
    let drawn = (
        drawer.answers(&templates(), Style::Odd),
        collection::vec(spoil(), spoilable.len()..=spoilable.len()),
    );
    let result = TestRunner::new(config()).run(&drawn, |(mut answers, spoils)| {
        let mut spoilt = BTreeMap::new();
        for (template, spoil) in spoilable.iter().zip(&spoils) {
            if let Some(Value::Array(list)) = answers.0.get_mut(template) {
                spoilt.insert(*template, spoil.apply(key(template), list));
            }
        }
        let fault = |(template, answer): (&&'static str, &Value)| {
            let body = answer.to_string();
            let place = spoilable.iter().position(|one| one == template);
            let announced = place.filter(|place| spoils[*place].cut).and(answer.as_array());
            let effect = match announced {
                Some(list) => Effect::Page {
                    list: Some(body),
                    keep: None,
                    headers: [("x-pagination-elements".into(), (list.len() + 1).to_string())]
                        .into(),
                },
                None if template.ends_with('}') && answer.is_object() => Effect::Like(body),
                None => Effect::Body { status: 200, body },
            };
            Fault::new(template, effect)
        };
        let faults = answers.0.iter().map(fault).collect();
        let exporter = runtime.block_on(read_faults(&simulator, faults));
        for state in exporter.inventory().states() {
            let Some(list) = lists.get(state.name) else { continue };
            judge(&state, list, &answers, &spoilt).map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
    if let Err(problem) = result {
        panic!("{problem}");
    }
}

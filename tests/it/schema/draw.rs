//! Answers drawn from OVHcloud's schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::fs;
use std::path::Path;

use ovhcloud_simulator::routes;
use proptest::prelude::*;
use proptest::{bool, collection, num, option, sample};
use serde_json::{Map, Value, json};

/// How deep objects in objects go, and lists in lists.
const DEEPEST: usize = 6;
/// The lengths of the lists of a complete answer. They differ, so that a count identifies its list.
const WHOLE: [usize; 6] = [5, 7, 11, 13, 17, 19];

/// The documents that have an id of their own.
const IDENTIFIED: [&str; 2] = ["/me", "/auth/currentCredential"];

/// The kind of a drawn answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Answers that lack nothing and have nothing that is not known.
    Whole,
    /// Answers that anything is missing from that may be, and with anything new.
    Odd,
}

/// The answer of each route, by its template.
#[derive(Clone)]
pub(super) struct Answers(pub(super) BTreeMap<&'static str, Value>);

impl Debug for Answers {
    /// Those that are not empty, to be put into a test.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        let is_empty = |value: &Value| *value == json!([]) || *value == json!({});
        for (template, answer) in self.0.iter().filter(|(_, answer)| !is_empty(answer)) {
            writeln!(formatter, "{template}: {answer}")?;
        }
        Ok(())
    }
}

/// OVHcloud's schemas.
pub(super) struct Drawer {
    v1: Value,
    v2: Value,
}

impl Drawer {
    pub(super) fn new() -> Self {
        let read = |name: &str| -> Value {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/tests/schema");
            serde_json::from_str(&fs::read_to_string(path.join(name)).unwrap()).unwrap()
        };
        Self { v1: read("v1.json"), v2: read("v2.json") }
    }

    /// An answer of each of these routes.
    pub(super) fn answers(
        &self,
        templates: &BTreeSet<&'static str>,
        style: Style,
    ) -> impl Strategy<Value = Answers> + use<> {
        let (names, strategies): (Vec<_>, Vec<_>) = templates
            .iter()
            .zip(WHOLE.iter().cycle())
            .map(|(template, count)| {
                let object = templates.iter().find(|other| is_below(template, other));
                let length = if style == Style::Whole { *count..=*count } else { 0..=3 };
                (*template, self.answer(template, object.copied(), style, length.into()))
            })
            .unzip();
        strategies.prop_map(move |answers| Answers(names.iter().copied().zip(answers).collect()))
    }

    fn answer(
        &self,
        template: &str,
        object: Option<&str>,
        style: Style,
        length: collection::SizeRange,
    ) -> BoxedStrategy<Value> {
        let (branch, schema) = self.schema(template);
        let models = Models { models: &branch["components"]["schemas"], style };
        let schema = models.resolved(schema);
        let Some(item) = schema.get("items") else {
            return models.document(template, schema);
        };
        let item = object.map_or(item, |object| self.schema(object).1);
        if models.resolved(item)["format"] == "ip-block" {
            // Values that identify nothing.
            return collection::vec(models.value(item, 0), length).prop_map(Value::Array).boxed();
        }
        let key = key(template);
        let id_type = models.resolved(item);
        let id_type = id_type["properties"].get(key).map_or(id_type, |id| models.resolved(id));
        let is_number = id_type["type"] == "integer";
        let ids = (any::<u32>(), models.id_text());
        let items = collection::vec(models.value(item, 0), length);
        let identified = (items, ids).prop_map(move |(mut items, (first, text))| {
            for (index, item) in items.iter_mut().enumerate() {
                let number = first as usize + index;
                let id = if is_number { json!(number) } else { json!(format!("{text}{number}")) };
                match item.as_object_mut() {
                    Some(members) => drop(members.insert(key.to_owned(), id)),
                    None => *item = id,
                }
            }
            Value::Array(items)
        });
        identified.boxed()
    }

    /// The schema of a route's good answer, and the document that it is in.
    fn schema(&self, template: &str) -> (&Value, &Value) {
        let (branch, path) = match template.strip_prefix("/v2") {
            Some(path) => (&self.v2, path),
            None => (&self.v1, template),
        };
        let answer = &branch["paths"][path]["get"]["responses"]["200"];
        let schema = &answer["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{template} is not in the schema");
        (branch, schema)
    }
}

/// The member that identifies an object of a list.
pub(super) fn key(template: &str) -> &'static str {
    let key = routes().find(|served| served.template == template).map(|served| served.key);
    key.unwrap_or_else(|| panic!("the simulator does not serve {template}"))
}

/// Whether a route is that of one object of a list, with which the list can be answered: only those
/// of the first version are asked to be expanded.
fn is_below(list: &str, other: &str) -> bool {
    let rest = other
        .strip_prefix(list)
        .filter(|_| !list.starts_with("/v2/"))
        .and_then(|rest| rest.strip_prefix("/{"));
    rest.is_some_and(|rest| !rest.contains('/'))
}

/// The models of one document.
#[derive(Clone, Copy)]
struct Models<'a> {
    models: &'a Value,
    style: Style,
}

impl<'a> Models<'a> {
    /// The schema behind a reference, or behind an `allOf` of one.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.resolved(&self.models[name]);
        }
        match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([one]) => self.resolved(one),
            Some(several) => panic!("an allOf of {}", several.len()),
            None => schema,
        }
    }

    /// An object that is alone at its path, with its id if it has one.
    fn document(&self, template: &str, schema: &'a Value) -> BoxedStrategy<Value> {
        let value = self.value(schema, 0);
        if !IDENTIFIED.contains(&template) {
            return value;
        }
        let key = key(template);
        let is_number = self.resolved(&schema["properties"][key])["type"] == "integer";
        let identified = (value, any::<u32>()).prop_map(move |(mut value, number)| {
            value[key] = if is_number { json!(number) } else { json!(number.to_string()) };
            value
        });
        identified.boxed()
    }

    fn value(&self, schema: &'a Value, depth: usize) -> BoxedStrategy<Value> {
        let schema = self.resolved(schema);
        let is_odd = self.style == Style::Odd;
        if let Some(known) = schema["enum"].as_array() {
            let known = sample::select(known.clone());
            // A new value of an enumeration has the type of the known ones.
            let new = match schema["type"].as_str() {
                Some("integer") => any::<i64>().prop_map(|number| json!(number)).boxed(),
                _ => self.text(),
            };
            return if is_odd { prop_oneof![9 => known, 1 => new].boxed() } else { known.boxed() };
        }
        match schema["type"].as_str() {
            Some("string") => match schema["format"].as_str() {
                Some("date-time") => moment(is_odd),
                Some("date") => day().prop_map(Value::String).boxed(),
                Some("ip-block") if is_odd => prop_oneof![block(), self.text()].boxed(),
                Some("ip-block") => block(),
                _ => self.text(),
            },
            Some("integer") if is_odd => {
                prop_oneof![0..100_i64, any::<i64>()].prop_map(|number| json!(number)).boxed()
            }
            Some("integer") => (0..100_i64).prop_map(|number| json!(number)).boxed(),
            Some("number") if is_odd => {
                let float = num::f64::NORMAL.prop_map(|number| json!(number));
                prop_oneof![any::<i64>().prop_map(|number| json!(number)), float].boxed()
            }
            Some("number") => (0..100_u8).prop_map(|number| json!(f64::from(number))).boxed(),
            Some("boolean") => bool::ANY.prop_map(|flag| json!(flag)).boxed(),
            Some("array") if depth < DEEPEST => {
                let items = self.value(&schema["items"], depth + 1);
                collection::vec(items, 0..=2).prop_map(Value::Array).boxed()
            }
            Some("array") => Just(json!([])).boxed(),
            Some("object") if depth < DEEPEST => self.object(schema, depth),
            Some("object") => Just(json!({})).boxed(),
            other => panic!("a schema of type {other:?}"),
        }
    }

    /// Any member of an odd object may be missing, null or new.
    fn object(&self, schema: &'a Value, depth: usize) -> BoxedStrategy<Value> {
        let mut names = Vec::new();
        let mut members = Vec::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            names.push(name.clone());
            members.push(self.member(schema, depth));
        }
        let others = match schema.get("additionalProperties") {
            Some(others) => self.value(others, depth + 1),
            None => anything(),
        };
        let is_map = schema.get("additionalProperties").is_some();
        let most = usize::from(is_map || self.style == Style::Odd);
        let others = collection::vec(("new[A-Z][a-zé]{0,3}", others), 0..=most);
        let object = (members, others).prop_map(move |(members, others)| {
            let members = names.iter().cloned().zip(members);
            let mut object: Map<_, _> =
                members.filter_map(|(name, value)| Some((name, value?))).collect();
            object.extend(others);
            Value::Object(object)
        });
        object.boxed()
    }

    /// One member, or nothing where it is left out.
    fn member(&self, schema: &'a Value, depth: usize) -> BoxedStrategy<Option<Value>> {
        let value = self.value(schema, depth + 1);
        if self.style == Style::Whole {
            return value.prop_map(Some).boxed();
        }
        let nulls = if schema["nullable"] == true { 3 } else { 1 };
        // The simplest first: that is where shrinking goes.
        prop_oneof![
            2 => Just(None),
            nulls => Just(Some(Value::Null)),
            7 => value.prop_map(Some),
        ]
        .boxed()
    }

    fn text(&self) -> BoxedStrategy<Value> {
        let text = match self.style {
            Style::Whole => "[a-z]{1,8}".boxed(),
            Style::Odd => {
                prop_oneof![Just(String::new()), "[a-z0-9-]{1,12}", "\\PC{0,8}", any::<String>()]
                    .boxed()
            }
        };
        text.prop_map(Value::String).boxed()
    }

    /// The beginning of an id; a number makes it unique.
    fn id_text(&self) -> BoxedStrategy<String> {
        match self.style {
            Style::Whole => Just(String::new()).boxed(),
            Style::Odd => "[a-z%/, ?é-]{0,4}".boxed(),
        }
    }
}

/// A block of addresses.
fn block() -> BoxedStrategy<Value> {
    let blocks = ["0.0.0.0/0", "::/0", "192.0.2.0/24", "2001:db8::/32"].map(Value::from);
    sample::select(blocks.to_vec()).boxed()
}

/// A day, as `2026-11-21`.
fn day() -> BoxedStrategy<String> {
    let day = (1..=9999_u16, 1..=12_u8, 1..=28_u8);
    let text = day.prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
    prop_oneof![9 => text, 1 => Just("9999-12-31".to_owned())].boxed()
}

/// A moment in one of the spellings that OVHcloud has.
fn moment(is_odd: bool) -> BoxedStrategy<Value> {
    let time = (0..24_u8, 0..60_u8, 0..60_u8)
        .prop_map(|(hour, minute, second)| format!("{hour:02}:{minute:02}:{second:02}"));
    let fraction = option::of("[0-9]{1,9}");
    let zone = sample::select(&["Z", "+02:00", "-11:30", "+00:00"][..]);
    let whole = (day(), time, fraction, zone).prop_map(move |(day, time, fraction, zone)| {
        let fraction = fraction.filter(|_| is_odd).map(|digits| format!(".{digits}"));
        json!(format!("{day}T{time}{}{zone}", fraction.unwrap_or_default()))
    });
    whole.boxed()
}

/// Any JSON.
fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        bool::ANY.prop_map(|flag| json!(flag)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<u64>().prop_map(|number| json!(number)),
        num::f64::NORMAL.prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::String),
    ];
    let inner = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            collection::hash_map("[a-z]{0,3}", inner, 0..3).prop_map(|members| json!(members)),
        ]
    });
    inner.boxed()
}

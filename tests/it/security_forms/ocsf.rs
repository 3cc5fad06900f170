//! Events held against OCSF's own definitions: classes, objects, profiles and the dictionary.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::slice;

use serde_json::{Map, Value};

/// Deprecated attributes that are emitted on purpose.
const DEPRECATED: [&str; 1] = ["project_uid"];

/// The published schema.
pub(crate) struct Schema {
    root: PathBuf,
    dictionary: Value,
    /// The definitions that were read, by path and profiles.
    known: RefCell<BTreeMap<String, Rc<Definition>>>,
}

/// The attributes of a class or an object, with the definitions of all its parents.
#[derive(Clone, Default)]
struct Definition {
    attributes: BTreeMap<String, Map<String, Value>>,
    at_least_one: Vec<String>,
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|_| panic!("no {}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Puts the members of the second over those of the first, enums member by member.
fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if name == "enum" => {
                merge(old, new);
            }
            _ => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

impl Schema {
    pub(crate) fn published() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schema/ocsf");
        let dictionary = read(&root.join("dictionary.json"));
        Self { root, dictionary, known: RefCell::default() }
    }

    fn read(&self, path: &str) -> Value {
        read(&self.root.join(path))
    }

    /// The definition of a file with its parents and with the profiles that are in use.
    fn definition(&self, path: &str, profiles: &[&str]) -> Rc<Definition> {
        let key = format!("{path} {}", profiles.join(" "));
        let known = self.known.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let definition = Rc::new(self.defined(path, profiles));
            self.known.borrow_mut().insert(key, Rc::clone(&definition));
            definition
        })
    }

    fn defined(&self, path: &str, profiles: &[&str]) -> Definition {
        let own = self.read(path);
        let parent = match own["extends"].as_str() {
            Some(parent) if path.starts_with("objects/") => {
                self.definition(&format!("objects/{parent}.json"), profiles)
            }
            Some("finding") => self.definition("events/findings/finding.json", profiles),
            Some("base_event") => self.definition("events/base_event.json", profiles),
            Some(parent) => panic!("{path} extends {parent}"),
            None => Rc::default(),
        };
        let mut definition = Definition::clone(&parent);
        let mut add = |attributes: &Map<String, Value>| {
            for (name, attribute) in attributes.iter().filter(|(name, _)| *name != "$include") {
                let of_profile = attribute["profile"].as_str();
                if of_profile.is_none_or(|profile| profiles.contains(&profile)) {
                    let known = definition.attributes.entry(name.clone()).or_default();
                    merge(known, attribute.as_object().unwrap());
                }
            }
        };
        let attributes = own["attributes"].as_object().unwrap();
        for profile in profiles {
            let file = format!("profiles/{profile}.json");
            let includes = attributes.get("$include").and_then(Value::as_array);
            if includes.into_iter().flatten().any(|one| *one == file.as_str()) {
                add(self.read(&file)["attributes"].as_object().unwrap());
            }
        }
        add(attributes);
        if let Some(names) = own["constraints"]["at_least_one"].as_array() {
            definition.at_least_one =
                names.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        }
        definition
    }

    /// The violations of the schema by an event of the class Compliance Finding.
    pub(crate) fn errors(&self, event: &Value) -> Vec<String> {
        let class = self.read("events/findings/compliance_finding.json");
        let category = &self.read("categories.json")["attributes"]["findings"]["uid"];
        let class_uid = category.as_u64().unwrap() * 1000 + class["uid"].as_u64().unwrap();
        let activity = event["activity_id"].as_u64().unwrap_or_default();
        let mut errors = Vec::new();
        for (name, expected) in [
            ("category_uid", category.as_u64().unwrap()),
            ("class_uid", class_uid),
            ("type_uid", class_uid * 100 + activity),
        ] {
            if event[name] != expected {
                errors.push(format!("{name} is {}, not {expected}", event[name]));
            }
        }
        let version = &self.read("version.json")["version"];
        if event["metadata"]["version"] != *version {
            errors.push(format!("metadata.version is not {version}"));
        }
        let profiles = event["metadata"]["profiles"].as_array().map(Vec::as_slice);
        let profiles: Vec<_> =
            profiles.unwrap_or_default().iter().filter_map(Value::as_str).collect();
        let path = "events/findings/compliance_finding.json";
        let mut definition = Definition::clone(&self.definition(path, &profiles));
        // These enums come from the categories and classes themselves, compared above.
        for name in ["category_uid", "class_uid"] {
            definition.attributes.get_mut(name).unwrap().remove("enum");
        }
        errors.extend(self.object(event, &definition, &profiles, ""));
        errors
    }

    fn object(
        &self,
        value: &Value,
        definition: &Definition,
        profiles: &[&str],
        path: &str,
    ) -> Vec<String> {
        let Some(members) = value.as_object() else { return vec![format!("{path} is no object")] };
        let required = definition.attributes.iter().filter(|(name, attribute)| {
            attribute.get("requirement").is_some_and(|one| one == "required")
                && !members.contains_key(*name)
        });
        let mut errors: Vec<_> = required.map(|(name, _)| format!("{path} lacks {name}")).collect();
        let any = &definition.at_least_one;
        if !any.is_empty() && !any.iter().any(|name| members.contains_key(name)) {
            errors.push(format!("{path} has none of {any:?}"));
        }
        for (name, member) in members {
            let path = format!("{path}.{name}");
            let Some(own) = definition.attributes.get(name) else {
                errors.push(format!("{path} is unknown"));
                continue;
            };
            let mut attribute = self.dictionary["attributes"][name].as_object().unwrap().clone();
            merge(&mut attribute, own);
            errors.extend(self.attribute(member, &attribute, profiles, &path));
            if let Some(caption) = enum_caption(member, &attribute)
                && let Some(sibling) = attribute.get("sibling").and_then(Value::as_str)
                && *member != 99
                && members.get(sibling).is_some_and(|text| text != caption)
            {
                errors.push(format!("{path}: {sibling} is not {caption}"));
            }
            if attribute.contains_key("@deprecated") && !DEPRECATED.contains(&name.as_str()) {
                errors.push(format!("{path} is deprecated"));
            }
        }
        errors
    }

    fn attribute(
        &self,
        value: &Value,
        attribute: &Map<String, Value>,
        profiles: &[&str],
        path: &str,
    ) -> Vec<String> {
        let mut errors = Vec::new();
        if attribute.contains_key("enum") && enum_caption(value, attribute).is_none() {
            errors.push(format!("{path}: {value} is not in the enum"));
        }
        let is_array = attribute.get("is_array").is_some_and(|one| *one == true);
        let values = match value {
            Value::Array(values) if is_array => values.as_slice(),
            one if !is_array => slice::from_ref(one),
            _ => return vec![format!("{path} is no array")],
        };
        let kind = attribute["type"].as_str().unwrap();
        for value in values {
            let is_right = match self.base(kind) {
                Some("string_t") => value.is_string(),
                Some("integer_t" | "long_t") => value.is_i64(),
                Some("boolean_t") => value.is_boolean(),
                Some(other) => panic!("{path}: type {other}"),
                // An object of any attributes.
                None if kind == "object" => value.is_object(),
                None => {
                    let definition = self.definition(&format!("objects/{kind}.json"), profiles);
                    errors.extend(self.object(value, &definition, profiles, path));
                    true
                }
            };
            if !is_right {
                errors.push(format!("{path}: {value} is no {kind}"));
            }
        }
        errors
    }

    /// The type below a type of the dictionary; `None` for an object.
    fn base<'a>(&'a self, kind: &'a str) -> Option<&'a str> {
        let definition = self.dictionary["types"]["attributes"].get(kind)?;
        Some(definition["type"].as_str().unwrap_or(kind))
    }
}

/// The caption of an enum's value.
fn enum_caption<'a>(value: &Value, attribute: &'a Map<String, Value>) -> Option<&'a str> {
    attribute.get("enum")?.get(value.to_string())?["caption"].as_str()
}

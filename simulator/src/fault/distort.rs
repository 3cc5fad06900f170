//! Spoils true answers: members lost, nulled, added, of unknown values and of wrong types.

use serde_json::{Map, Value, json};

use super::Effect;
use crate::route::Route;

/// A value that no closed set of OVHcloud's has.
const UNKNOWN: &str = "SIMULATED_UNKNOWN";

/// The body as the effect leaves it; other effects than those on members leave it whole.
pub(crate) fn distort(effect: &Effect, route: &Route, body: Value) -> Value {
    if *effect == Effect::WrongType {
        return of_wrong_type(route, body);
    }
    each_object(body, &|object| match effect {
        Effect::MissingMembers => object.retain(|name, _| name == route.key),
        Effect::NullMembers => {
            let members = object.iter_mut().filter(|(name, _)| *name != route.key);
            members.for_each(|(_, value)| *value = Value::Null);
        }
        Effect::UnknownEnums => {
            for path in route.enums {
                make_unknown(object, path);
            }
        }
        Effect::ExtraMembers => {
            object.insert("simulatedExtra".to_owned(), json!({ "nested": [1, null, "x"] }));
        }
        _ => {}
    })
}

/// Spoils every object of an answer: alone, in a list, or in a batch.
fn each_object(body: Value, spoil: &dyn Fn(&mut Map<String, Value>)) -> Value {
    match body {
        Value::Array(items) => items.into_iter().map(|item| each_object(item, spoil)).collect(),
        Value::Object(mut object) if is_batch_item(&object) => {
            if let Some(value) = object.remove("value") {
                object.insert("value".to_owned(), each_object(value, spoil));
            }
            Value::Object(object)
        }
        Value::Object(mut object) => {
            spoil(&mut object);
            Value::Object(object)
        }
        other => other,
    }
}

/// Changes the member at a path, in each object of the lists on its way.
fn make_unknown(object: &mut Map<String, Value>, path: &str) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (object.get_mut(name), rest) {
        (Some(value), None) => *value = json!(UNKNOWN),
        (Some(Value::Object(inner)), Some(rest)) => make_unknown(inner, rest),
        (Some(Value::Array(items)), Some(rest)) => {
            for inner in items.iter_mut().filter_map(Value::as_object_mut) {
                make_unknown(inner, rest);
            }
        }
        _ => {}
    }
}

fn of_wrong_type(route: &Route, body: Value) -> Value {
    match body {
        Value::Array(mut items) => {
            let middle = items.len() / 2;
            if let Some(item) = items.get_mut(middle) {
                *item = of_wrong_type(route, item.take());
            }
            Value::Array(items)
        }
        Value::Object(mut object) if is_batch_item(&object) => {
            if let Some(value) = object.remove("value") {
                object.insert("value".to_owned(), of_wrong_type(route, value));
            }
            Value::Object(object)
        }
        Value::Object(mut object) => {
            let state = route.enums.first().and_then(|path| path.split('.').next());
            for name in state.into_iter().chain([route.key]) {
                object.insert(name.to_owned(), json!({ "simulated": true }));
            }
            Value::Object(object)
        }
        _ => json!([true]),
    }
}

fn is_batch_item(object: &Map<String, Value>) -> bool {
    object.len() == 3 && ["key", "value", "error"].iter().all(|name| object.contains_key(*name))
}

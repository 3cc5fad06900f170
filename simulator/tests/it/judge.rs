//! OVHcloud's schemas as judges: `OpenAPI` 3.0 turned into JSON Schema, stricter than OVHcloud.
//!
//! Stricter in two ways: a member that a model does not know is an error, and so is a missing
//! one that is not nullable. OVHcloud's answer models mark no member as required.

use jsonschema::{Validator, draft202012};
use ovhcloud_simulator::{Served, routes};
use serde_json::{Map, Value, json};

const V1: &str = include_str!("../schema/v1.json");
const V2: &str = include_str!("../schema/v2.json");

/// Members that are left out on purpose: `groups` is too young for every answer to have it, and
/// each family of errors has its own members.
const OPTIONAL: &[&str] =
    &["groups", "class", "details", "errorCode", "httpCode", "value", "error"];

pub(crate) struct Judge {
    v1: Value,
    v2: Value,
}

impl Judge {
    pub(crate) fn new() -> Self {
        let schema = |text| serde_json::from_str(text).unwrap();
        Self { v1: schema(V1), v2: schema(V2) }
    }

    fn branch<'a>(&self, template: &'a str) -> (&Value, &'a str) {
        template.strip_prefix("/v2").map_or((&self.v1, template), |rest| (&self.v2, rest))
    }

    /// The operation as the schema has it; a route that it does not know is a failure.
    pub(crate) fn operation(&self, method: &str, template: &str) -> &Value {
        let (branch, path) = self.branch(template);
        let operation = branch["paths"].get(path).and_then(|path| path.get(method.to_lowercase()));
        assert!(operation.is_some(), "{method} {template} is not in the schema");
        operation.unwrap()
    }

    /// The schema of the good answer.
    fn answer_schema(&self, method: &str, template: &str) -> Value {
        self.operation(method, template)["responses"]["200"]["content"]["application/json"]
            ["schema"]
            .clone()
    }

    /// Judges the good answers of a route.
    pub(crate) fn of_answer(&self, method: &str, template: &str) -> Validator {
        self.compile(template, &self.answer_schema(method, template))
    }

    /// Judges expanded lists: the objects of the route below.
    pub(crate) fn of_expanded(&self, child: &str) -> Validator {
        self.compile(child, &json!({ "type": "array", "items": self.answer_schema("GET", child) }))
    }

    /// Judges batches: items, whose values are the objects of the route.
    pub(crate) fn of_batch(&self, template: &str) -> Validator {
        let item = json!({ "$ref": "#/components/schemas/x.BatchItem" });
        let value = json!({ "anyOf": [self.answer_schema("GET", template), { "type": "null" }] });
        let value = json!({ "properties": { "value": value } });
        let items = json!({ "allOf": [item, value] });
        let mut schema = self.document(template);
        schema["type"] = json!("array");
        schema["items"] = json!({ "allOf": [converted(&item), items["allOf"][1]] });
        validator(&schema)
    }

    /// Judges error answers.
    pub(crate) fn of_error(&self, template: &str) -> Validator {
        self.compile(template, &json!({ "$ref": "#/components/schemas/x.Error" }))
    }

    pub(crate) fn of_model(&self, template: &str, name: &str) -> Validator {
        self.compile(template, &json!({ "$ref": format!("#/components/schemas/{name}") }))
    }

    /// The model of one object that a route answers.
    pub(crate) fn model(&self, method: &str, template: &str) -> Value {
        let schema = self.answer_schema(method, template);
        let schema = schema.get("items").unwrap_or(&schema);
        self.resolved(template, schema)
    }

    /// The model of the objects of a route; that of a list of identifiers is the one of the route
    /// below.
    pub(crate) fn model_of(&self, route: &Served) -> Value {
        let model = self.model(route.method, route.template);
        if model.get("properties").is_some() {
            return model;
        }
        let parent = |child: &Served| child.template.rsplit_once("/{").map(|(parent, _)| parent);
        let below = routes().find(|child| parent(child) == Some(route.template));
        below.map_or(model, |below| self.model(below.method, below.template))
    }

    /// The values of a member of a route's objects, if they are a closed set.
    pub(crate) fn closed_set(&self, route: &Served, member: &str) -> Option<Vec<String>> {
        let mut model = self.model_of(route);
        for name in member.split('.') {
            model = self.resolved(route.template, model.get("properties")?.get(name)?);
            if let Some(items) = model.get("items") {
                model = self.resolved(route.template, items);
            }
        }
        serde_json::from_value(model.get("enum")?.clone()).ok()
    }

    /// The schema behind a reference or behind an `allOf` of one.
    pub(crate) fn resolved(&self, template: &str, schema: &Value) -> Value {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.rsplit('/').next().unwrap();
            return self.branch(template).0["components"]["schemas"][name].clone();
        }
        match schema.pointer("/allOf/0") {
            Some(inner) => self.resolved(template, inner),
            None => schema.clone(),
        }
    }

    fn document(&self, template: &str) -> Value {
        let models = self.branch(template).0["components"]["schemas"].as_object().unwrap();
        let models: Map<_, _> =
            models.iter().map(|(name, model)| (name.clone(), converted(model))).collect();
        json!({ "components": { "schemas": models } })
    }

    fn compile(&self, template: &str, schema: &Value) -> Validator {
        let mut document = self.document(template);
        document["allOf"] = json!([converted(schema)]);
        validator(&document)
    }
}

fn validator(schema: &Value) -> Validator {
    draft202012::options().should_validate_formats(true).build(schema).unwrap()
}

fn converted(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(converted).collect(),
        Value::Object(members) => {
            let mut object: Map<_, _> = members
                .iter()
                .filter(|(name, _)| *name != "nullable" && *name != "example")
                .map(|(name, value)| (name.clone(), converted(value)))
                .collect();
            // OVHcloud's times have no offset, which JSON Schema's must have.
            if members.get("format") == Some(&json!("time")) {
                object.insert("format".to_owned(), json!("ovhcloud-time"));
                object.insert("pattern".to_owned(), json!("^[0-9]{2}:[0-9]{2}:[0-9]{2}$"));
            }
            if let Some(properties) = members.get("properties").and_then(Value::as_object)
                && members.get("type") == Some(&json!("object"))
            {
                object.entry("additionalProperties").or_insert(json!(false));
                let present = |(name, property): (&String, &Value)| {
                    let needed = property.get("nullable") != Some(&json!(true));
                    (needed && !OPTIONAL.contains(&name.as_str())).then(|| json!(name))
                };
                let required = properties.iter().filter_map(present).collect();
                object.insert("required".to_owned(), Value::Array(required));
            }
            if members.get("nullable") == Some(&json!(true)) {
                return json!({ "anyOf": [object, { "type": "null" }] });
            }
            Value::Object(object)
        }
        other => other.clone(),
    }
}

/// Stops at the first thing that is wrong, and says where it is.
pub(crate) fn assert_valid(validator: &Validator, document: &Value, what: &str) {
    let error = validator.iter_errors(document).next();
    let place = error.map(|error| format!("{error} at {}", error.instance_path()));
    assert_eq!(place, None, "{what}: {document}");
}

#[test]
fn the_judge_refuses_what_the_schema_does_not_know() {
    let judge = Judge::new();
    let validator = judge.of_model("/me", "auth.ApiApplication");
    let good = json!({
        "applicationId": 1, "applicationKey": "k", "name": "n", "description": "d",
        "status": "active",
    });
    assert!(validator.is_valid(&good));
    for (member, value) in
        [("status", json!("new")), ("extra", json!(1)), ("name", json!(null)), ("name", json!(7))]
    {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(!validator.is_valid(&bad), "{member}");
    }
    let mut short = good;
    short.as_object_mut().unwrap().remove("name");
    assert!(!validator.is_valid(&short));
}

#[test]
fn the_judge_knows_what_is_nullable_and_what_a_date_is() {
    let judge = Judge::new();
    let validator = judge.of_model("/me", "auth.ApiCredential");
    let good = json!({
        "credentialId": 1, "applicationId": 1, "status": "expired", "ovhSupport": false,
        "creation": "2026-01-01T00:00:00+02:00", "rules": [], "lastUse": null,
    });
    assert!(validator.is_valid(&good));
    for (member, value) in
        [("creation", json!(null)), ("creation", json!("yesterday")), ("lastUse", json!("never"))]
    {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(!validator.is_valid(&bad), "{member}");
    }
}

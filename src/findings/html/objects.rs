//! The inventory as tables, one for each collector.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::parts::second;

/// The objects of a collector.
#[derive(Debug)]
pub struct Table<'a> {
    /// The collector's name.
    pub name: &'a str,
    /// The members of the objects.
    pub columns: Vec<&'a str>,
    /// A cell for each member of each object.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the objects are unknown.
    pub is_unknown: bool,
}

/// A value of an object.
#[derive(Debug, PartialEq, Eq)]
pub enum Cell {
    /// OVHcloud's answer lacks it.
    Unknown,
    /// It is known to be empty.
    Empty,
    /// Its text.
    Text(String),
}

impl<'a> Table<'a> {
    /// The table of the objects in a document's inventory.
    pub fn of(name: &'a str, objects: &'a Value) -> Self {
        let all: Vec<&Map<String, Value>> =
            objects.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
        let mut columns: Vec<&str> = Vec::new();
        for column in all.iter().flat_map(|object| object.keys()) {
            if !columns.contains(&column.as_str()) {
                columns.push(column);
            }
        }
        // The objects of the account have no project.
        let is_text = |value: Option<&Value>| {
            value.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        let has_project = all.iter().any(|object| is_text(object.get("project_id")));
        columns.retain(|column| *column != "project_id" || has_project);
        let row = |object: &&Map<String, Value>| {
            let cell = |column: &&str| object.get(*column).map_or(Cell::Unknown, Cell::of);
            columns.iter().map(cell).collect()
        };
        let rows = all.iter().map(row).collect();
        Self { name, columns, rows, is_unknown: objects.is_null() }
    }
}

impl Cell {
    fn of(value: &Value) -> Self {
        let text = text(value);
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

/// A value as a person writes it: lists with commas, members with their names.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.parse::<Timestamp>().map_or_else(|_| text.clone(), second),
        Value::Array(values) => {
            let texts = values.iter().map(text).filter(|one| !one.is_empty());
            texts.collect::<Vec<_>>().join(", ")
        }
        Value::Object(members) => {
            let named = members.iter().map(|(name, value)| (name, text(value)));
            let texts = named.filter(|(_, one)| !one.is_empty());
            texts.map(|(name, one)| format!("{name}: {one}")).collect::<Vec<_>>().join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_value_is_no_empty_one() {
        let objects = json!([
            {"project_id": "", "id": "1", "tags": {"a": "b", "c": null}, "ips": ["x", "y"]},
            {"project_id": "", "id": "2", "tags": null, "on": false},
        ]);
        let table = Table::of("iam_user", &objects);
        assert_eq!(table.columns, ["id", "tags", "ips", "on"]);
        let cell = |text: &str| Cell::Text(text.to_owned());
        assert_eq!(table.rows[0], [cell("1"), cell("a: b"), cell("x, y"), Cell::Unknown]);
        assert_eq!(table.rows[1], [cell("2"), Cell::Empty, Cell::Unknown, cell("no")]);
        assert!(Table::of("iam_user", &Value::Null).is_unknown);
    }
}

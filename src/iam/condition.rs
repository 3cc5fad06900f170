//! Conditions of policies, evaluated as far as the resource is known.
//!
//! The date and the address of a request are unknown here, and so is every key and operator that
//! OVHcloud's guide does not have: such a condition may hold.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::truth::Truth;
use super::urn;

/// Nested conditions that are read; OVHcloud allows as many.
const DEEPEST: usize = 3;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// There is none.
    Always,
    /// All hold.
    And(Vec<Self>),
    /// One holds.
    Or(Vec<Self>),
    /// None holds.
    Not(Vec<Self>),
    /// Each comparison holds.
    Match(Vec<Comparison>),
    /// Something that cannot be evaluated.
    Unknown,
}

/// A comparison with an attribute of the resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// An attribute of the resource, the operator and its values.
    Of(Attribute, Operator, Vec<String>),
    /// An attribute of the request, an unknown key or an unknown operator.
    Unknown,
}

/// An attribute of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// The value of its tag with this key.
    Tag(String),
    /// Its name.
    Name,
    /// Its type.
    Type,
}

/// A comparison of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The same as one of the values.
    Equal,
    /// Starts with the value.
    Start,
    /// Ends with the value.
    End,
}

/// The attributes of a resource.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// Its URN.
    pub urn: &'a str,
    /// Its display name; `None` if unknown.
    pub name: Option<&'a str>,
    /// Its tags; `None` if unknown.
    pub tags: Option<&'a BTreeMap<String, String>>,
}

impl Condition {
    /// The condition of OVHcloud's document.
    pub fn read(document: &Value) -> Self {
        match document {
            Value::Null => Self::Always,
            document => read(document, DEEPEST),
        }
    }

    /// Whether it holds for a resource.
    pub fn holds(&self, facts: &Facts<'_>) -> Truth {
        let each = |conditions: &[Self]| -> Vec<Truth> {
            conditions.iter().map(|condition| condition.holds(facts)).collect()
        };
        match self {
            Self::Always => Truth::Holds,
            Self::And(conditions) => Truth::all(each(conditions)),
            Self::Or(conditions) => Truth::any(each(conditions)),
            Self::Not(conditions) => Truth::any(each(conditions)).opposite(),
            Self::Match(comparisons) => Truth::all(comparisons.iter().map(|one| one.holds(facts))),
            Self::Unknown => Truth::Unknown,
        }
    }
}

impl Comparison {
    fn holds(&self, facts: &Facts<'_>) -> Truth {
        let Self::Of(attribute, operator, values) = self else { return Truth::Unknown };
        let is = |text: &str| Truth::any(values.iter().map(|value| operator.compare(text, value)));
        match attribute {
            Attribute::Tag(key) => match facts.tags {
                None => Truth::Unknown,
                Some(tags) => tags.get(key).map_or(Truth::Fails, |value| is(value)),
            },
            Attribute::Type => urn::resource_type(facts.urn).map_or(Truth::Unknown, is),
            // No source says whether it is the name in the URN or the one that is shown.
            Attribute::Name => match (urn::resource_name(facts.urn), facts.name) {
                (Some(name), Some(shown)) if is(name) == is(shown) => is(name),
                _ => Truth::Unknown,
            },
        }
    }
}

impl Operator {
    /// Whether case matters is undocumented.
    fn compare(self, text: &str, value: &str) -> Truth {
        let holds = |text: &str, value: &str| match self {
            Self::Equal => text == value,
            Self::Start => text.starts_with(value),
            Self::End => text.ends_with(value),
        };
        if holds(text, value) {
            return Truth::Holds;
        }
        let is_alike = holds(&text.to_lowercase(), &value.to_lowercase());
        if is_alike { Truth::Unknown } else { Truth::Fails }
    }
}

fn read(document: &Value, levels: usize) -> Condition {
    let Some(below) = levels.checked_sub(1) else { return Condition::Unknown };
    let text = |member: &str| document.get(member).and_then(Value::as_str);
    let nested = || -> Option<Vec<Condition>> {
        let list = document.get("conditions")?.as_array().filter(|list| !list.is_empty())?;
        Some(list.iter().map(|condition| read(condition, below)).collect())
    };
    let condition = match text("operator").map(str::to_ascii_uppercase).as_deref() {
        Some("AND") => nested().map(Condition::And),
        Some("OR") => nested().map(Condition::Or),
        Some("NOT") => nested().map(Condition::Not),
        Some("MATCH") => comparisons(document.get("values").and_then(Value::as_object)),
        _ => None,
    };
    condition.unwrap_or(Condition::Unknown)
}

fn comparisons(values: Option<&Map<String, Value>>) -> Option<Condition> {
    let values = values.filter(|values| !values.is_empty())?;
    let each = values.iter().map(|(key, value)| comparison(key, value.as_str()));
    Some(Condition::Match(each.map(|one| one.unwrap_or(Comparison::Unknown)).collect()))
}

/// `resource.Tag(key)`, `resource.Name.STARTS_WITH`: an attribute and an operator.
fn comparison(key: &str, value: Option<&str>) -> Option<Comparison> {
    let value = value?;
    let (attribute, operator) = attribute(key)?;
    let is_list = operator.eq_ignore_ascii_case("IN");
    // Tags have no list in the guide.
    if is_list && matches!(attribute, Attribute::Tag(_)) {
        return None;
    }
    let values = if is_list {
        value.split(',').map(|value| value.trim().to_owned()).collect()
    } else {
        vec![value.to_owned()]
    };
    let operator = match operator.to_ascii_uppercase().as_str() {
        "" | "EQ" | "IN" => Operator::Equal,
        "START_WITH" | "STARTS_WITH" => Operator::Start,
        "END_WITH" | "ENDS_WITH" => Operator::End,
        _ => return None,
    };
    Some(Comparison::Of(attribute, operator, values))
}

/// The attribute of a key, and the rest of the key without its dot.
fn attribute(key: &str) -> Option<(Attribute, &str)> {
    let (class, rest) = key.split_once('.')?;
    if !class.eq_ignore_ascii_case("resource") {
        return None;
    }
    let (attribute, rest) = match rest.split_once('(') {
        Some((word, rest)) if word.eq_ignore_ascii_case("tag") => {
            let (key, rest) = rest.split_once(')')?;
            (Attribute::Tag(key.to_owned()), rest)
        }
        Some(_) => return None,
        None => {
            let end = rest.find('.').unwrap_or(rest.len());
            let (word, rest) = rest.split_at_checked(end)?;
            let attribute = match word.to_ascii_lowercase().as_str() {
                "name" => Attribute::Name,
                "type" => Attribute::Type,
                _ => return None,
            };
            (attribute, rest)
        }
    };
    if rest.is_empty() {
        return Some((attribute, ""));
    }
    rest.strip_prefix('.').map(|operator| (attribute, operator))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::Truth::{Fails, Holds, Unknown};
    use super::*;

    const URN: &str = "urn:v1:eu:resource:vps:vps-1";

    fn holds(document: &Value) -> Truth {
        let tags = BTreeMap::from([("env".to_owned(), "prod".to_owned())]);
        let facts = Facts { urn: URN, name: Some("vps-web"), tags: Some(&tags) };
        Condition::read(document).holds(&facts)
    }

    fn one(key: &str, value: &str) -> Value {
        json!({ "operator": "MATCH", "values": { key: value } })
    }

    #[test]
    fn attributes_of_the_resource_are_compared_and_all_else_is_unknown() {
        for (key, value, expected) in [
            ("resource.Tag(env)", "prod", Holds),
            ("resource.Tag(env)", "dev", Fails),
            ("resource.Tag(env)", "PROD", Unknown),
            ("resource.Tag(team)", "a", Fails),
            ("resource.tag(env).Eq", "prod", Holds),
            ("resource.Tag(env).STARTS_WITH", "pr", Holds),
            ("resource.Tag(env).START_WITH", "pr", Holds),
            ("resource.Tag(env).Ends_With", "od", Holds),
            ("resource.Tag(env).IN", "prod,dev", Unknown),
            ("resource.Tag(env)x", "prod", Unknown),
            ("resource.Tag(env", "prod", Unknown),
            ("resource.Type", "vps", Holds),
            ("resource.Type.In", "account, vps", Holds),
            ("resource.Type.IN", "account,okms", Fails),
            ("resource.Name.STARTS_WITH", "vps-", Holds),
            ("resource.Name.STARTS_WITH", "db-", Fails),
            ("resource.Name", "vps-1", Unknown),
            ("resource.Name.LIKE", "vps-1", Unknown),
            ("resource.Owner", "x", Unknown),
            ("request.IP", "192.0.2.1", Unknown),
            ("date(Europe/Paris).WeekDay.In", "monday", Unknown),
            ("date", "x", Unknown),
        ] {
            assert_eq!(holds(&one(key, value)), expected, "{key} {value}");
        }
        let bare = Facts { urn: URN, ..Facts::default() };
        for key in ["resource.Tag(env)", "resource.Name.STARTS_WITH"] {
            assert_eq!(Condition::read(&one(key, "x")).holds(&bare), Unknown, "{key}");
        }
    }

    #[test]
    fn operators_combine_conditions_up_to_three_levels() {
        let (yes, no) = (one("resource.Type", "vps"), one("resource.Type", "okms"));
        let maybe = one("request.IP", "192.0.2.1");
        let of =
            |operator: &str, list: &[&Value]| json!({"operator": operator, "conditions": list});
        for (document, expected) in [
            (of("AND", &[&yes, &yes]), Holds),
            (of("and", &[&yes, &no]), Fails),
            (of("AND", &[&yes, &maybe]), Unknown),
            (of("AND", &[&no, &maybe]), Fails),
            (of("OR", &[&no, &yes]), Holds),
            (of("OR", &[&no, &maybe]), Unknown),
            (of("NOT", &[&no, &no]), Holds),
            (of("NOT", &[&no, &yes]), Fails),
            (of("NOT", &[&maybe]), Unknown),
            (of("AND", &[&of("OR", &[&yes])]), Holds),
            (of("AND", &[&of("OR", &[&of("AND", &[&yes])])]), Unknown),
            (of("AND", &[]), Unknown),
            (of("XOR", &[&yes]), Unknown),
            (json!({"operator": "MATCH", "values": {}}), Unknown),
            (json!({"operator": "MATCH", "values": {"resource.Type": ["vps"]}}), Unknown),
            (json!("AND"), Unknown),
            (Value::Null, Holds),
        ] {
            assert_eq!(holds(&document), expected, "{document}");
        }
        let both = json!({"operator": "MATCH",
            "values": {"resource.Type": "vps", "resource.Tag(env)": "dev"}});
        assert_eq!(holds(&both), Fails);
    }

    proptest! {
        #[test]
        fn no_key_breaks_it(key in "\\PC{0,40}", value in "\\PC{0,20}") {
            holds(&one(&key, &value));
            holds(&one(&format!("resource.{key}"), &value));
        }
    }
}

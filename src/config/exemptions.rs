//! Exemptions: findings that their owners accept, each with a reason and an end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::glob::Glob;
use super::names::unknown;
use super::parse;
use super::table::{Table, Value};
use super::until::Until;

/// Findings that are accepted until a date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exemption {
    /// The place in the configuration, for messages about it.
    pub place: String,
    /// The ids of the checks.
    pub checks: BTreeSet<String>,
    /// The resources.
    pub resource: Pattern,
    /// The reason why they are accepted.
    pub reason: String,
    /// The person or team who accepts them.
    pub owner: String,
    /// The last day on which they are.
    pub until: Until,
}

/// A pattern of resources: every member that is given must match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pattern {
    id: Option<String>,
    glob: Option<Glob>,
    kind: Option<String>,
    project: Option<String>,
    tag: Option<Tag>,
}

/// A tag of a resource, with any value or with this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Tag {
    key: String,
    value: Option<String>,
}

/// A resource, as patterns compare it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The name of its collector.
    pub kind: &'a str,
    /// Its project, empty for the account.
    pub project_id: &'a str,
    /// OVHcloud's id of it.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its tags; `None` if they are unknown.
    pub tags: Option<&'a BTreeMap<String, String>>,
}

/// The names that exemptions refer to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Known {
    /// The ids of the checks.
    pub(super) checks: Vec<&'static str>,
    /// The names of the collectors.
    pub(super) collectors: Vec<&'static str>,
}

impl Exemption {
    /// Whether its last day is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.until.is_over(now)
    }

    /// Whether it covers findings of this check about this resource, expired or not.
    pub fn covers(&self, check: &str, subject: Subject<'_>) -> bool {
        self.checks.contains(check) && self.resource.matches(subject)
    }

    /// The warning about an expired exemption.
    pub fn expiry(&self, now: Timestamp) -> Option<String> {
        self.is_expired(now).then(|| {
            let Self { place, until, owner, .. } = self;
            format!(
                "{place}: expired on {until} and exempts nothing; remove it, or have its owner \
                 ({owner}) renew it"
            )
        })
    }
}

impl Pattern {
    fn matches(&self, subject: Subject<'_>) -> bool {
        let Self { id, glob, kind, project, tag } = self;
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        is(id, subject.id)
            && is(kind, subject.kind)
            && is(project, subject.project_id)
            && glob.as_ref().is_none_or(|glob| glob.matches(subject.id) || glob.matches(subject.name))
            // A resource whose tags are unknown may lack this one.
            && tag.as_ref().is_none_or(|tag| subject.tags.is_some_and(|tags| tag.is_in(tags)))
    }

    /// Whether it matches every resource.
    fn is_everything(&self) -> bool {
        let Self { id, glob, kind, project, tag } = self;
        let others = [id, kind, project].into_iter().all(Option::is_none) && tag.is_none();
        others && glob.as_ref().is_some_and(Glob::is_everything)
    }

    /// Its members as an operator would write them, for labels.
    pub fn shown(&self) -> String {
        let Self { id, glob, kind, project, tag } = self;
        let members = [
            ("id", id.clone()),
            ("glob", glob.as_ref().map(Glob::to_string)),
            ("kind", kind.clone()),
            ("project", project.clone()),
            ("tag", tag.as_ref().map(Tag::shown)),
        ];
        let members = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
        members.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    fn read(table: &mut Table<'_>, known: &Known) -> Self {
        if !["id", "glob", "kind", "project", "tag"].into_iter().any(|key| table.has(key)) {
            table.wrong("no member; add id, glob, kind, project or tag");
        }
        let kind = table.read("kind", |text| one_of("kind", text, &known.collectors));
        Self {
            id: table.read("id", parse::text).map(|given| given.value),
            glob: table.read("glob", Glob::parse).map(|given| given.value),
            kind: kind.map(|given| given.value),
            project: table.read("project", parse::text).map(|given| given.value),
            tag: table.read("tag", Tag::parse).map(|given| given.value),
        }
    }
}

impl Tag {
    fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, None),
        };
        if key.trim().is_empty() {
            return Err("expected KEY or KEY=VALUE".to_owned());
        }
        let value = value.map(|value| value.trim().to_owned());
        Ok(Self { key: key.trim().to_owned(), value })
    }

    fn is_in(&self, tags: &BTreeMap<String, String>) -> bool {
        let wanted = |found: &String| self.value.as_ref().is_none_or(|value| value == found);
        tags.get(&self.key).is_some_and(wanted)
    }

    fn shown(&self) -> String {
        let value = self.value.as_ref().map(|value| format!("={value}"));
        format!("{}{}", self.key, value.unwrap_or_default())
    }
}

/// Reads a list of exemptions, and notes what is wrong with each.
pub(super) fn read(list: Value<'_>, known: &Known) -> Vec<Exemption> {
    list.items("- check: …").into_iter().filter_map(|item| exemption(item, known)).collect()
}

fn exemption(item: Value<'_>, known: &Known) -> Option<Exemption> {
    let place = item.place();
    item.table(|table| {
        for (key, what, repair) in [
            ("check", "no check", "the id of a check, or a list of ids"),
            ("resource", "no resource", "id, glob, kind, project or tag of the resources"),
            ("reason", "no reason", "why the findings are accepted"),
            ("owner", "no owner", "who accepts them"),
            ("until", "no end", "the last day of the exemption, such as 2027-01-31"),
        ] {
            if !table.has(key) {
                table.wrong(&format!("{what}; add `{key}`: {repair}"));
            }
        }
        let ids = table.read_some("check", |text| one_of("check", text, &known.checks));
        let resource = table.take("resource");
        let resource = resource.map(|it| it.table(|table| Pattern::read(table, known)));
        let resource = resource.unwrap_or_default();
        if resource.is_everything() {
            let checks = ids.iter().map(|id| id.value.as_str()).collect::<Vec<_>>().join(", ");
            table.warn(&format!("exempts every finding of {checks}; name the resources"));
        }
        let reason = table.read("reason", parse::text).map(|given| given.value);
        let owner = table.read("owner", parse::text).map(|given| given.value);
        let until = table.read("until", Until::parse).map(|given| given.value);
        let checks = ids.into_iter().map(|id| id.value).collect();
        Some(Exemption { place, checks, resource, reason: reason?, owner: owner?, until: until? })
    })
}

fn one_of(what: &str, text: &str, known: &[&'static str]) -> Result<String, String> {
    let found = known.iter().find(|name| **name == text);
    found.map(|name| (*name).to_owned()).ok_or_else(|| unknown(what, text, known.iter().copied()))
}

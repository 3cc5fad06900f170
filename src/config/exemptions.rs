//! Exemptions: findings that their owners accept, each with a reason and an end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::glob::Glob;
use super::names::unknown;
use super::parse;
use super::registry::Registry;
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
    /// The ids of the checks, with the kind of the objects that each judges.
    pub(super) checks: Vec<(&'static str, &'static str)>,
    /// The names of the collectors.
    pub(super) collectors: Vec<&'static str>,
}

impl Known {
    pub(super) fn of(registry: &Registry<'_>) -> Self {
        let checks = registry.checks.iter().map(|check| (check.id, check.kind)).collect();
        Self { checks, collectors: registry.collectors.to_vec() }
    }
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

    /// Whether it asks for a tag.
    pub fn has_tag(&self) -> bool {
        self.tag.is_some()
    }

    /// Whether it matches every resource of this kind.
    fn is_everything(&self, judged: &str) -> bool {
        let Self { id, glob, kind, project, tag } = self;
        let is_limited = id.is_some() || project.is_some() || tag.is_some();
        let is_any = glob.as_ref().is_none_or(Glob::is_everything)
            && kind.as_ref().is_none_or(|kind| kind == judged);
        !is_limited && is_any && (glob.is_some() || kind.is_some())
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
        let names: Vec<_> = known.checks.iter().map(|(id, _)| *id).collect();
        let ids = table.read_some("check", |text| one_of("check", text, &names));
        let resource = table.take("resource");
        let resource = resource.map(|it| it.table(|table| Pattern::read(table, known)));
        let resource = resource.unwrap_or_default();
        let is_emptied = |id: &&str| {
            let judged = known.checks.iter().find(|(check, _)| check == id);
            judged.is_some_and(|(_, kind)| resource.is_everything(kind))
        };
        let emptied: Vec<_> =
            ids.iter().map(|id| id.value.as_str()).filter(|id| is_emptied(id)).collect();
        if !emptied.is_empty() {
            let checks = emptied.join(", ");
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

#[cfg(test)]
mod tests {
    use super::super::fixtures::{exemption, parsed};
    use super::*;

    const KEY: Subject<'static> = Subject {
        kind: "cloud_ssh_key",
        project_id: "p1",
        id: "k-1",
        name: "alice laptop",
        tags: None,
    };

    fn covers(resource: &str) -> bool {
        exemption("sshkey_unlisted", resource).covers("sshkey_unlisted", KEY)
    }

    #[test]
    fn every_member_of_a_resource_must_match() {
        for resource in [
            "id: k-1",
            "glob: 'alice *'",
            "glob: k-?",
            "kind: cloud_ssh_key",
            "project: p1",
            "id: k-1, glob: 'k*', kind: cloud_ssh_key, project: p1",
        ] {
            assert!(covers(resource), "{resource}");
        }
        for resource in [
            "id: k-*",
            "glob: alice",
            "kind: iam_user",
            "project: p2",
            "id: k-1, project: p2",
            "tag: env",
            "id: k-1, tag: env",
        ] {
            assert!(!covers(resource), "{resource}");
        }
        assert!(!exemption("credential_stale", "id: k-1").covers("sshkey_unlisted", KEY));
    }

    #[test]
    fn a_tag_matches_by_key_or_by_key_and_value() {
        let tags = BTreeMap::from([("env".to_owned(), "test".to_owned())]);
        let tagged = Subject { tags: Some(&tags), ..KEY };
        for (tag, expected) in
            [("env", true), ("env=test", true), ("env=prod", false), ("team", false)]
        {
            let exemption = exemption("sshkey_unlisted", &format!("tag: {tag}"));
            assert_eq!(exemption.covers("sshkey_unlisted", tagged), expected, "{tag}");
        }
    }

    #[test]
    fn an_exemption_expires_at_the_end_of_its_day() {
        let exemption = exemption("sshkey_unlisted", "id: k-1");
        assert!(!exemption.is_expired("2027-01-31T23:59:59Z".parse().unwrap()));
        let after = "2027-02-01T00:00:00Z".parse().unwrap();
        assert_eq!(
            exemption.expiry(after).unwrap(),
            "e.yaml:1:3: [0]: expired on 2027-01-31 and exempts nothing; remove it, or have its \
             owner (team-a) renew it"
        );
    }

    #[test]
    fn each_missing_or_wrong_member_is_reported() {
        let (found, errors, _) = parsed(
            "- check: sshkey_unlistd\n  resource: {kind: cloud_sshkey, glob: 'a[1]'}\n  \
             until: soon\n- {}\n- {check: [], resource: {}, reason: r, owner: o, until: \
             2027-01-31}\n",
        );
        assert_eq!(
            errors,
            [
                "e.yaml:1:3: [0]: no reason; add `reason`: why the findings are accepted",
                "e.yaml:1:3: [0]: no owner; add `owner`: who accepts them",
                "e.yaml:1:10: [0].check: unknown check; did you mean `sshkey_unlisted`?",
                "e.yaml:2:20: [0].resource.kind: unknown kind; did you mean `cloud_ssh_key`?",
                "e.yaml:2:40: [0].resource.glob: brackets are not supported; write `?` for one \
                 character, or an entry for each name",
                "e.yaml:3:10: [0].until: expected a date such as 2027-01-31, got \"soon\"",
                "e.yaml:4:3: [1]: no check; add `check`: the id of a check, or a list of ids",
                "e.yaml:4:3: [1]: no resource; add `resource`: id, glob, kind, project or tag of \
                 the resources",
                "e.yaml:4:3: [1]: no reason; add `reason`: why the findings are accepted",
                "e.yaml:4:3: [1]: no owner; add `owner`: who accepts them",
                "e.yaml:4:3: [1]: no end; add `until`: the last day of the exemption, such as \
                 2027-01-31",
                "e.yaml:5:3: [2]: no check; add `check`: the id of a check, or a list of ids",
                "e.yaml:5:25: [2].resource: no member; add id, glob, kind, project or tag"
            ]
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn an_exemption_of_everything_is_a_warning() {
        let (found, errors, warnings) = parsed(
            "- {check: [sshkey_unlisted, credential_stale], resource: {glob: '*'}, reason: r, \
             owner: o, until: 2027-01-31}\n",
        );
        assert_eq!((found.len(), errors.len()), (1, 0));
        assert_eq!(
            warnings,
            ["e.yaml:1:3: [0]: exempts every finding of sshkey_unlisted, credential_stale; name \
              the resources"]
        );
    }
}

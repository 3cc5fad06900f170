//! The differences as text for a terminal, or as Markdown for tickets and pull requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value;

use crate::collectors::Subject;
use crate::findings::markdown::escape::code;
use crate::findings::printable::cut;
use crate::findings::unjudged::meaning;
use crate::inventory::Change;

use super::difference::{
    AccountChanges, Blind, CheckBlind, Comparison, FindingChange, LevelChange, Member,
    ObjectChange, Outcome,
};
use super::outcome::{ABSENT, OTHER_SETTINGS};

/// The form of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a terminal.
    Text,
    /// For tickets and pull requests.
    Markdown,
}

/// The characters at which a value is cut; JSON has the whole value.
const LONGEST: usize = 160;
/// The elements that a line names of those that came to or went from a list; JSON has all.
const ELEMENTS: usize = 10;

/// All accounts as a page. Names come from the account: no name adds a line, a link or markup.
pub fn page(comparison: &Comparison, form: Form) -> String {
    let page = Page { form };
    let parts = comparison.accounts.iter().map(|account| page.account(account));
    let mut parts: Vec<_> = parts.collect();
    let alone = [("OLD", &comparison.only_in_old), ("NEW", &comparison.only_in_new)];
    let alone =
        alone.into_iter().flat_map(|(side, names)| names.iter().map(move |name| (side, name)));
    for (side, name) in alone {
        parts.push(
            page.line("?", &format!("account {}: not compared, only in {side}", page.word(name))),
        );
    }
    let (old, new) = (&comparison.old.catalogue, &comparison.new.catalogue);
    if old != new {
        parts.push(page.note(
            "The documents were judged by different versions of the checks: a \
             finding may have come or gone with them.",
        ));
    }
    parts.join("\n")
}

#[derive(Clone, Copy)]
struct Page {
    form: Form,
}

impl Page {
    /// A word of the account.
    fn word(self, text: &str) -> String {
        match self.form {
            Form::Text => cut(text, LONGEST),
            Form::Markdown => code(&cut(text, LONGEST)),
        }
    }

    fn heading(self, level: usize, text: &str) -> String {
        match self.form {
            Form::Text => format!("{text}\n"),
            Form::Markdown => format!("{} {text}\n\n", "#".repeat(level)),
        }
    }

    fn line(self, mark: &str, text: &str) -> String {
        match self.form {
            Form::Text => format!("  {mark} {text}\n"),
            Form::Markdown => format!("- `{mark}` {text}\n"),
        }
    }

    fn note(self, text: &str) -> String {
        match self.form {
            Form::Text => format!("  {text}\n"),
            Form::Markdown => format!("{text}\n"),
        }
    }

    fn account(self, account: &AccountChanges) -> String {
        let date = |at: Option<Timestamp>| {
            at.map_or_else(|| "unknown".to_owned(), |at| at.strftime("%F %T UTC").to_string())
        };
        let (old, new) = (date(account.old_began), date(account.new_began));
        let name = self.word(&account.account);
        let mut text = self.heading(2, &format!("Account {name}: {old} to {new}"));
        if account.old_began > account.new_began {
            text += &self.note("OLD is younger than NEW: are the files in the right order?");
        }
        text += &self.note(&summary(account));
        let of = |subject| account.objects.iter().filter(move |one| one.subject == subject);
        let objects = |subject| of(subject).map(|one| self.object(one)).collect::<String>();
        let levels = account.levels.iter().map(|one| self.level(one));
        let sections = [
            ("Identities", objects(Subject::Identities)),
            ("Keys and credentials", objects(Subject::Keys)),
            ("Rights", levels.collect::<String>() + &objects(Subject::Rights)),
            ("Findings", account.findings.iter().map(|one| self.finding(one)).collect()),
            ("Resources", objects(Subject::Resources)),
            ("Not comparable", self.blinds(account)),
        ];
        for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            write!(text, "\n{}{lines}", self.heading(3, title)).ok();
        }
        text
    }

    fn object(self, one: &ObjectChange) -> String {
        let mark = match one.change {
            Change::Added => "+",
            Change::Removed => "-",
            Change::Changed => "~",
        };
        let place = self.place(&one.project_id, &one.project_name);
        let name = self.named(&one.name, &one.id);
        let mut line = format!("{} {name}{place}", one.kind);
        if !one.members.is_empty() {
            line = format!("{line}: {}", self.members(&one.members));
        }
        self.line(mark, &line)
    }

    fn level(self, one: &LevelChange) -> String {
        let LevelChange { identity_kind, identity, name, old, new } = one;
        let name = self.named(name, identity);
        match old {
            None => self.line("+", &format!("level of {identity_kind} {name}: {new}")),
            Some(old) => {
                self.line("~", &format!("level of {identity_kind} {name}: {old} -> {new}"))
            }
        }
    }

    fn finding(self, one: &FindingChange) -> String {
        let why = one.reason.as_deref().map(words).unwrap_or_default();
        let (mark, note) = match one.outcome {
            Outcome::Appeared => ("+", String::new()),
            Outcome::MayBeOlder => ("+", format!("; it may be older: in OLD, {why}")),
            Outcome::Changed => ("~", String::new()),
            Outcome::ResourceRemoved => ("-", "; the resource is gone".to_owned()),
            Outcome::Resolved => ("-", "; resolved".to_owned()),
            Outcome::Unknown => ("?", format!("; unknown in NEW: {why}")),
        };
        let (severity, check) = (self.plain(&one.severity), self.plain(&one.check));
        let place = self.place(&one.project_id, &one.project_name);
        let name = self.named(&one.resource_name, &one.resource);
        let mut line = format!("{severity} {check}: {} {name}{place}", self.plain(&one.kind));
        if !one.members.is_empty() {
            line = format!("{line}: {}", self.members(&one.members));
        } else if !one.evidence.is_empty() {
            line = format!("{line}: {}", self.word(&one.evidence));
        }
        self.line(mark, &format!("{line}{note}"))
    }

    /// A word of the exporter, as it stands in a file.
    fn plain(self, text: &str) -> String {
        let is_own = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !text.is_empty() && text.chars().all(is_own) { text.to_owned() } else { self.word(text) }
    }

    /// The name, and the id beside it.
    fn named(self, name: &str, id: &str) -> String {
        let (name, id) = (self.word(name), self.word(id));
        if name.is_empty() || name == id { id } else { format!("{name} ({id})") }
    }

    fn place(self, id: &str, name: &str) -> String {
        if id.is_empty() { String::new() } else { format!(" in {}", self.named(name, id)) }
    }

    fn members(self, members: &[Member]) -> String {
        members.iter().map(|one| self.member(one)).collect::<Vec<_>>().join("; ")
    }

    fn member(self, Member { member, old, new }: &Member) -> String {
        let name = self.plain(member);
        if let (Value::Array(old), Value::Array(new)) = (old, new) {
            let came: Vec<_> = new.iter().filter(|one| !old.contains(one)).collect();
            let went: Vec<_> = old.iter().filter(|one| !new.contains(one)).collect();
            let lists = [("+", came), ("-", went)].map(|(mark, all)| self.elements(mark, &all));
            let lists: Vec<_> = lists.into_iter().filter(|list| !list.is_empty()).collect();
            if !lists.is_empty() {
                return format!("{name} {}", lists.join(" "));
            }
        }
        format!("{name} {} -> {}", self.value(old), self.value(new))
    }

    fn elements(self, mark: &str, all: &[&Value]) -> String {
        let shown = all.iter().take(ELEMENTS).map(|one| format!("{mark}{}", self.value(one)));
        let more = all.len().saturating_sub(ELEMENTS);
        let more = (more > 0).then(|| format!("{mark}{more} more"));
        shown.chain(more).collect::<Vec<_>>().join(" ")
    }

    fn value(self, value: &Value) -> String {
        match value {
            Value::Null => "none".to_owned(),
            Value::String(text) if text.is_empty() => "empty".to_owned(),
            Value::String(text) => self.word(text),
            other => self.word(&other.to_string()),
        }
    }

    /// A line for each cause, with its collectors or checks.
    fn blinds(self, account: &AccountChanges) -> String {
        let mut causes: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for Blind { old, new, project_id, project_name, kind, .. } in &account.not_comparable {
            let kinds =
                causes.entry((*old, *new, [project_name.as_str(), project_id])).or_default();
            kinds.push(self.plain(kind));
        }
        let objects = causes.into_iter().map(|((old, new, [project_name, project_id]), kinds)| {
            let place = self.place(project_id, project_name);
            let kinds = kinds.join(", ");
            self.line("?", &format!("{}{place}: {kinds}", sides(old, new)))
        });
        let mut reasons: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for CheckBlind { check, old, new, settings, .. } in &account.checks_not_comparable {
            let mut check = self.plain(check);
            if !settings.is_empty() {
                check = format!("{check} ({})", self.members(settings));
            }
            reasons.entry((old.as_deref(), new.as_deref())).or_default().push(check);
        }
        let checks = reasons.into_iter().map(|((old, new), checks)| {
            let sides = sides(old.map_or("complete", words), new.map_or("complete", words));
            self.line("?", &format!("verdicts: {sides}: {}", checks.join(", ")))
        });
        let levels = account.levels_not_comparable.iter();
        let levels = levels.map(|LevelChange { identity_kind, identity, name, old, new }| {
            let (old, name) = (old.unwrap_or("new"), self.named(name, identity));
            self.line("?", &format!("level of {identity_kind} {name}: {old} in OLD, {new} in NEW"))
        });
        objects.chain(checks).chain(levels).collect()
    }
}

/// The number of differences, and whether there may be more.
fn summary(account: &AccountChanges) -> String {
    let is_blind = !account.not_comparable.is_empty()
        || !account.checks_not_comparable.is_empty()
        || !account.levels_not_comparable.is_empty();
    if account.is_empty() {
        let scope = if is_blind { " in what can be compared" } else { "" };
        return format!("No differences{scope}.");
    }
    let objects = |change| account.objects.iter().filter(|one| one.change == change).count();
    let findings =
        |of: &[Outcome]| account.findings.iter().filter(|one| of.contains(&one.outcome)).count();
    let more = if is_blind { " More is not comparable: see below." } else { "" };
    format!(
        "{} added, {} removed, {} changed; levels of rights: {}; findings: {} new, {} \
         resolved, {} with a removed resource, {} changed, {} unknown.{more}",
        objects(Change::Added),
        objects(Change::Removed),
        objects(Change::Changed),
        account.levels.len(),
        findings(&[Outcome::Appeared, Outcome::MayBeOlder]),
        findings(&[Outcome::Resolved]),
        findings(&[Outcome::ResourceRemoved]),
        findings(&[Outcome::Changed]),
        findings(&[Outcome::Unknown]),
    )
}

/// The reason why a document says nothing about a finding.
fn words(reason: &str) -> &'static str {
    match reason {
        ABSENT => "the check is not in the document",
        OTHER_SETTINGS => "judged by other settings",
        "out_of_service" => "OVHcloud has needed data out of service",
        "not_evaluated" => "not evaluated",
        reason => meaning(reason),
    }
}

/// The states of both documents in words.
fn sides(old: &str, new: &str) -> String {
    if old == new { format!("{old} in both") } else { format!("{old} in OLD, {new} in NEW") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leaves_its_code_span_in_no_way() {
        let page = Page { form: Form::Markdown };
        assert_eq!(page.word("a\n# b<i>"), "`a# b<i>`");
    }

    #[test]
    fn a_list_shows_its_elements_that_came_and_went() {
        let page = Page { form: Form::Text };
        let list = |words: &[&str]| Value::from(words.to_vec());
        let member = |old: Value, new: Value| page.member(&Member { member: "m".into(), old, new });
        assert_eq!(member(list(&["a", "b"]), list(&["b", "c"])), "m +c -a");
        assert_eq!(
            member(list(&["a", "b"]), list(&["b", "a"])),
            "m [\"a\",\"b\"] -> [\"b\",\"a\"]"
        );
        assert_eq!(member(Value::Null, Value::from("")), "m none -> empty");
    }
}

//! The document as text, for people.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::checks::Status;

use super::evidence::{CheckState, CollectorGap, Evidence, Exempt, Found};
use super::layout::{paragraph, rows};
use super::missing;
use super::printable::{self, printable};
use super::state::{CollectorState, Completeness, Projects};
use super::{AccountDocument, Document};

/// The width of a terminal that does not report its own.
pub const USUAL_WIDTH: usize = 80;
/// The width at which a text is cut; JSON has the whole text.
const WIDEST: usize = 240;
/// The unclear resources that a check names; JSON has all of them.
const NAMED: usize = 5;

/// The objects of each collector, then findings, checks that did not judge everything, and
/// projects out of service, in lines of at most this width.
pub fn text(document: &Document<'_>, account: &AccountDocument<'_>, width: usize) -> String {
    let page = Page { account, width };
    let collectors =
        account.evidence.collectors.iter().filter(|one| one.state != Completeness::Off);
    let collectors = collectors.map(|state| page.collector(state));
    let rest = [page.findings(), page.unjudged(), page.out_of_service(), page.off()];
    let parts = [page.head(), page.filters(document)].into_iter().chain(collectors).chain(rest);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n") + "\n"
}

struct Page<'a> {
    account: &'a AccountDocument<'a>,
    width: usize,
}

impl Page<'_> {
    fn head(&self) -> String {
        let Evidence { account, endpoint, began, requests, duration_seconds, .. } =
            &self.account.evidence;
        let head = format!(
            "Account {account} at {endpoint}, read {}: {requests} calls in {duration_seconds:.1} s",
            began.strftime("%F %T UTC")
        );
        let states = &self.account.evidence.collectors;
        let missing = states.iter().filter(|state| state.state.is_missing());
        let missing: Vec<_> = missing.map(|state| state.collector).collect();
        let on = states.iter().filter(|state| state.state != Completeness::Off).count();
        let head = paragraph(&printable(&head), 0, self.width);
        if missing.is_empty() {
            return head;
        }
        let count = missing.len();
        let line = format!("Incomplete: {count} of {on} collectors ({})", missing.join(", "));
        head + &paragraph(&line, 0, self.width)
    }

    /// The filters, without which the page would look like the whole account.
    fn filters(&self, document: &Document<'_>) -> String {
        if document.filters.is_empty() {
            return String::new();
        }
        let line = format!("Filtered: {}: not the whole account", document.filters.join("; "));
        paragraph(&printable(&line), 0, self.width)
    }

    /// The state of a collector, the reasons of what is missing, and the objects.
    fn collector(&self, state: &CollectorState) -> String {
        let summary = format!("{}: {}", state.collector, self.summary(state));
        let mut text = paragraph(&summary, 0, self.width);
        for reason in missing::reasons(&self.account.evidence, state) {
            text += &paragraph(&printable(&reason), 2, self.width);
        }
        let objects = self.account.inventory.get(state.collector).and_then(Value::as_array);
        for (project_id, objects) in by_project(objects.map(Vec::as_slice).unwrap_or_default()) {
            let indent = if project_id.is_empty() { 2 } else { 4 };
            if !project_id.is_empty() {
                text += &paragraph(&format!("project {}", self.project(project_id)), 2, self.width);
            }
            text += &of_objects(&objects, indent, self.width);
        }
        text
    }

    /// The number of objects as far as it is known.
    fn summary(&self, state: &CollectorState) -> String {
        let missing = missing(state, &missing::gaps(&self.account.evidence, state.collector));
        match (state.state, state.objects) {
            (Completeness::Partial, Some(0)) => format!("none known ({missing})"),
            (Completeness::Partial, Some(objects)) => format!("at least {objects} ({missing})"),
            (_, Some(objects)) if missing.is_empty() => objects.to_string(),
            (_, Some(objects)) => format!("{objects} ({missing})"),
            (Completeness::OutOfService, None) => {
                match missing::gaps(&self.account.evidence, state.collector).first() {
                    Some(gap) if state.projects.is_none() => printable(&gap.gap.detail),
                    _ => missing,
                }
            }
            (_, None) => "not read".to_owned(),
        }
    }

    /// A project by its name and its id.
    fn project(&self, id: &str) -> String {
        match self.account.evidence.project_name(id) {
            "" => cut(id),
            name => format!("{} ({})", cut(name), cut(id)),
        }
    }

    fn findings(&self) -> String {
        let findings = &self.account.evidence.findings;
        let exempt = findings.iter().filter(|found| found.exemption.is_some()).count();
        let exempt = if exempt == 0 { String::new() } else { format!(", {exempt} of them exempt") };
        let mut text = format!("Findings: {}{exempt}\n", findings.len());
        for found in &self.account.evidence.findings {
            let Found { severity, check, project_id, resource, .. } = found;
            let name = found.shown();
            let line = format!("{:8} {check}: {}", severity.label(), cut(name));
            text += &paragraph(&line, 2, self.width);
            let id = (name != *resource).then(|| format!("id {}", cut(resource)));
            let project =
                (!project_id.is_empty()).then(|| format!("project {}", self.project(project_id)));
            let since = found.since.map(|when| format!("since {}", when.strftime("%F")));
            let place: Vec<_> = [id, project, since].into_iter().flatten().collect();
            text += &paragraph(&place.join(", "), 11, self.width);
            text += &paragraph(&cut(found.evidence), 11, self.width);
            if let Some(Exempt { reason, owner, until }) = &found.exemption {
                let line = format!("exempt until {until} by {owner}: {reason}");
                text += &paragraph(&cut(&line), 11, self.width);
            }
        }
        text
    }

    /// The checks without a verdict, and those whose failure may not be all: by their reason, or by
    /// themselves where resources are unclear.
    fn unjudged(&self) -> String {
        let checks = self.account.evidence.checks.iter();
        let incomplete: Vec<_> = checks.filter(|one| one.reason.is_some()).collect();
        let mut text = format!("Checks that did not judge everything: {}\n", incomplete.len());
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for CheckState { check, status, reason, unclear, .. } in incomplete {
            let reason = reason.unwrap_or_default();
            if *status == Status::NotEvaluated && unclear.is_empty() {
                by_reason.entry(reason).or_default().push(check);
                continue;
            }
            let mut names: Vec<_> =
                unclear.iter().take(NAMED).map(|one| cut(one.resource)).collect();
            let more = unclear.len().saturating_sub(NAMED);
            names.extend((more > 0).then(|| format!("{more} more")));
            let names =
                if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
            let line = format!("{check} {}, {reason}{names}", status.label());
            text += &paragraph(&line, 2, self.width);
        }
        for (reason, checks) in by_reason {
            text += &paragraph(&format!("{reason}: {}", checks.join(", ")), 2, self.width);
        }
        text
    }

    /// The projects that OVHcloud does not have in service, with the collectors that lack them.
    fn out_of_service(&self) -> String {
        let mut projects = missing::out_of_service(&self.account.evidence);
        projects.retain(|(project_id, _), _| !project_id.is_empty());
        if projects.is_empty() {
            return String::new();
        }
        let mut text = "Out of service\n".to_owned();
        for ((id, reason), collectors) in projects {
            text += &paragraph(&format!("project {}: {reason}", self.project(id)), 2, self.width);
            text += &paragraph(&collectors.join(", "), 4, self.width);
        }
        text
    }

    fn off(&self) -> String {
        let states = self.account.evidence.collectors.iter();
        let off = states.filter(|state| state.state == Completeness::Off);
        let off: Vec<_> = off.map(|state| state.collector).collect();
        if off.is_empty() {
            return String::new();
        }
        paragraph(&format!("Disabled collectors: {}", off.join(", ")), 0, self.width)
    }
}

/// The missing part of a collector, in the numbers of its projects or of its lists and objects.
fn missing(state: &CollectorState, gaps: &[&CollectorGap<'_>]) -> String {
    let mut parts = Vec::new();
    if let Some(Projects { total, not_read, partial, out_of_service }) = state.projects {
        let counts =
            [(not_read, "not read"), (partial, "partly read"), (out_of_service, "out of service")];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        parts.extend(counts.map(|(count, word)| format!("{count} of {total} projects {word}")));
    }
    let of_account = gaps.iter().filter(|gap| gap.gap.project_id.is_empty());
    let unread = of_account.filter(|gap| !gap.gap.reason.is_state()).map(|gap| gap.gap.count);
    match (unread.sum::<usize>(), state.projects) {
        (0, _) => {}
        (_, Some(_)) => parts.push("the list of projects is incomplete".to_owned()),
        (1, None) => parts.push("1 list or object not read".to_owned()),
        (count, None) => parts.push(format!("{count} lists or objects not read")),
    }
    parts.join(", ")
}

/// The objects of each project, in their order. The account's own have no project.
fn by_project(objects: &[Value]) -> Vec<(&str, Vec<&Map<String, Value>>)> {
    let mut groups: Vec<(&str, Vec<&Map<String, Value>>)> = Vec::new();
    for object in objects.iter().filter_map(Value::as_object) {
        let id = object.get("project_id").and_then(Value::as_str).unwrap_or_default();
        match groups.last_mut() {
            Some((last, group)) if *last == id => group.push(object),
            _ => groups.push((id, vec![object])),
        }
    }
    groups
}

/// Objects of one kind, whose members are the columns.
fn of_objects(objects: &[&Map<String, Value>], indent: usize, width: usize) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for member in objects.iter().flat_map(|object| object.keys()) {
        if member != "project_id" && !columns.contains(&member.as_str()) {
            columns.push(member);
        }
    }
    let row = |object: &&Map<String, Value>| {
        // A member that is unknown is missing, in contrast to one that is null.
        let cell = |column: &&str| object.get(*column).map_or("unknown".to_owned(), cell);
        columns.iter().map(cell).collect()
    };
    rows(&columns, &objects.iter().map(row).collect::<Vec<_>>(), indent, width)
}

/// A value as a person writes it: lists with commas, members with equals signs.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.parse().map_or_else(|_| cut(text), second),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{name}={}", cell(value));
            members.iter().map(member).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// A date without fractions of a second.
fn second(date: Timestamp) -> String {
    date.strftime("%FT%TZ").to_string()
}

fn cut(text: &str) -> String {
    printable::cut(text, WIDEST)
}

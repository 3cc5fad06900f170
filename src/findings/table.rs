//! The document as tables, for people.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use super::{AccountDocument, CheckState, CollectorGap};

/// The width at which a cell is cut; JSON has the whole text.
const WIDEST: usize = 60;

/// A table for each collector, then findings, checks that did not judge everything, and gaps.
pub fn text(account: &AccountDocument) -> String {
    let AccountDocument { account: name, endpoint, requests, duration_seconds, .. } = account;
    let head =
        format!("Account {name} at {endpoint}: {requests} calls in {duration_seconds:.1} s\n");
    let collectors = account.inventory.iter().map(|(collector, objects)| {
        let objects = objects.as_array().map(Vec::as_slice).unwrap_or_default();
        titled(collector, objects.len(), &of_objects(objects))
    });
    let rest = [findings(account), unjudged(account), gaps(account)];
    [head].into_iter().chain(collectors).chain(rest).collect::<Vec<_>>().join("\n") + "\n"
}

fn findings(account: &AccountDocument) -> String {
    let rows = account.findings.iter().map(|found| {
        let since = found.since.map(|when| when.strftime("%F").to_string()).unwrap_or_default();
        let (check, project_id) = (&*found.check, &*found.project_id);
        let (resource, name) = (&*found.resource, &*found.resource_name);
        [found.severity, check, project_id, resource, name, &since, &found.evidence].map(cut).into()
    });
    let columns =
        ["severity", "check", "project_id", "resource", "resource_name", "since", "evidence"];
    titled("Findings", account.findings.len(), &table(&columns, rows))
}

/// The checks without a verdict, and those whose failure may not be all.
fn unjudged(account: &AccountDocument) -> String {
    let incomplete: Vec<_> = account.checks.iter().filter(|one| one.reason.is_some()).collect();
    let rows = incomplete.iter().map(|one: &&CheckState| {
        let unclear: Vec<_> = one.unclear.iter().map(|one| one.resource.as_str()).collect();
        let reason = one.reason.unwrap_or_default();
        [&*one.check, one.status, reason, &unclear.join(", ")].map(cut).into()
    });
    let table = table(&["check", "status", "reason", "unclear"], rows);
    titled("Checks that did not judge everything", incomplete.len(), &table)
}

fn gaps(account: &AccountDocument) -> String {
    let rows = account.gaps.iter().map(|CollectorGap { collector, gap }| {
        // The error in full: it names the repair.
        let why = printable(&gap.detail);
        vec![(*collector).to_owned(), cut(&gap.project_id), gap.count.to_string(), why]
    });
    let table = table(&["collector", "project_id", "missing", "why"], rows);
    titled("Not read", account.gaps.len(), &table)
}

fn titled(title: &str, count: usize, table: &str) -> String {
    format!("{title}: {count}\n{table}")
}

/// Objects of one kind, whose members are the columns. The account's own have no project.
fn of_objects(objects: &[Value]) -> String {
    let members = objects.first().and_then(Value::as_object);
    let columns: Vec<&str> = members.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let is_shown = |column: &&str| {
        *column != "project_id"
            || objects.iter().any(|one| one.get(column) != Some(&Value::String(String::new())))
    };
    let columns: Vec<_> = columns.into_iter().filter(is_shown).collect();
    let rows = objects.iter().map(|object| {
        let cell = |column: &&str| cut(&cell(object.get(column).unwrap_or(&Value::Null)));
        columns.iter().map(cell).collect()
    });
    table(&columns, rows)
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table.add_rows(rows);
    if table.is_empty() {
        return String::new();
    }
    let lines = table.lines().map(|line| format!(" {}\n", line.trim_end()));
    lines.collect()
}

/// A value as a person writes it: lists with commas, members with equals signs.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{name}={}", cell(value));
            members.iter().map(member).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    let text = printable(text);
    if text.chars().count() <= WIDEST {
        return text;
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

/// Texts from OVHcloud go to a terminal: they lose their control characters.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "")
}

//! What is known of an account, as tables that a person reads.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use super::{AccountAnswer, CollectorGap};

/// A cell that is longer is cut; JSON has all of it.
const WIDEST: usize = 60;

/// A table for each collector, then what is wrong and what is not known.
pub(super) fn text(account: &AccountAnswer) -> String {
    let AccountAnswer { account: name, endpoint, requests, duration_seconds, .. } = account;
    let head =
        format!("Account {name} at {endpoint}: {requests} calls in {duration_seconds:.1} s\n");
    let collectors = account.inventory.iter().map(|(collector, objects)| {
        let objects = objects.as_array().map(Vec::as_slice).unwrap_or_default();
        titled(collector, objects.len(), &of_objects(objects))
    });
    let findings = account.findings.iter().map(|found| {
        [found.severity, found.check, &found.project_id, &found.resource, &found.resource_name]
            .map(cut)
            .into()
    });
    let findings =
        table(&["severity", "check", "project_id", "resource", "resource_name"], findings);
    let unjudged = account.not_evaluated.iter();
    let unjudged = unjudged.map(|one| [one.check, one.reason].map(cut).into());
    let gaps = account.gaps.iter().map(|CollectorGap { collector, gap }| {
        // In full: it says what to do.
        let why = printable(&gap.detail);
        vec![(*collector).to_owned(), cut(&gap.project_id), gap.count.to_string(), why]
    });
    let rest = [
        titled("Findings", account.findings.len(), &findings),
        titled(
            "Checks without a verdict",
            account.not_evaluated.len(),
            &table(&["check", "reason"], unjudged),
        ),
        titled(
            "Not read",
            account.gaps.len(),
            &table(&["collector", "project_id", "missing", "why"], gaps),
        ),
    ];
    [head].into_iter().chain(collectors).chain(rest).collect::<Vec<_>>().join("\n") + "\n"
}

fn titled(title: &str, count: usize, table: &str) -> String {
    format!("{title}: {count}\n{table}")
}

/// Objects of one kind, whose members are the columns. The account's own have no project.
fn of_objects(objects: &[Value]) -> String {
    let members = objects.first().and_then(Value::as_object);
    let columns: Vec<&str> = members.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let is_told = |column: &&str| {
        *column != "project_id"
            || objects.iter().any(|one| one.get(column) != Some(&Value::String(String::new())))
    };
    let columns: Vec<_> = columns.into_iter().filter(is_told).collect();
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

/// Some of it is what OVHcloud answered, and goes to a terminal.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "")
}

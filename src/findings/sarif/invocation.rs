//! The refresh as the invocation of a SARIF document, and everything that it lacks as notifications.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, to_value};

use crate::checks::Status;
use crate::findings::evidence::{CheckState, CollectorGap, Evidence};
use crate::findings::phrases::project;
use crate::findings::state::{CollectorState, Completeness};
use crate::findings::unjudged::{NAMED, explained};

use super::message::{Description, Level, Message};
use super::outcome::Rules;

/// The refresh.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    execution_successful: bool,
    start_time_utc: Timestamp,
    end_time_utc: Timestamp,
    tool_execution_notifications: Vec<Notification<'a>>,
}

/// Something that the document lacks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification<'a> {
    descriptor: Reference<'static>,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<Reference<'a>>,
    level: Level,
    message: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Reference<'a> {
    id: &'a str,
    index: usize,
}

/// The kind of a notification.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Topic {
    id: &'static str,
    short_description: Description,
}

/// The ids and descriptions of notifications.
const TOPICS: [(&str, &str); 5] = [
    ("check_not_evaluated", "A check did not judge everything"),
    ("collector_incomplete", "A collector lacks objects in service"),
    ("gap", "Lists or objects were not read"),
    ("filtered", "The document has filters and is not the whole report"),
    ("results_left_out", "The document has no room for all results"),
];

/// The kinds of all notifications.
pub(super) fn topics() -> Vec<Topic> {
    let topic = |(id, text)| Topic { id, short_description: Description::of(text) };
    TOPICS.into_iter().map(topic).collect()
}

impl<'a> Invocation<'a> {
    /// The invocation, with the number of results that are left out.
    ///
    /// # Errors
    ///
    /// A gap can't be written as JSON.
    pub(super) fn of(
        evidence: &'a Evidence<'a>,
        rules: &Rules<'_>,
        filters: &[String],
        left_out: usize,
    ) -> serde_json::Result<Self> {
        let mut notifications = Vec::new();
        notifications.extend(cut(left_out));
        for check in &evidence.checks {
            notifications.extend(not_evaluated(check, evidence, rules)?);
        }
        notifications.extend(evidence.incomplete().map(incomplete));
        for one in &evidence.gaps {
            notifications.push(gap(one, evidence)?);
        }
        notifications.extend(filtered(filters));
        Ok(Self {
            // A reader of this one flag must not take half an account for the whole: it is false as
            // soon as data in service is missing, where the program ends with 1 too.
            execution_successful: evidence.incomplete().next().is_none(),
            start_time_utc: evidence.began,
            end_time_utc: ended(evidence),
            tool_execution_notifications: notifications,
        })
    }
}

/// The end of the refresh.
fn ended(evidence: &Evidence<'_>) -> Timestamp {
    let duration = Duration::try_from_secs_f64(evidence.duration_seconds).unwrap_or_default();
    evidence.began.checked_add(duration).unwrap_or(evidence.began)
}

impl Notification<'_> {
    fn of(topic: usize, level: Level, text: &str) -> Self {
        let id = TOPICS.get(topic).map_or("", |(id, _)| id);
        let descriptor = Reference { id, index: topic };
        let message = Message::of(text);
        Self { descriptor, associated_rule: None, level, message, properties: None }
    }
}

fn not_evaluated<'a>(
    check: &'a CheckState<'_>,
    evidence: &Evidence<'_>,
    rules: &Rules<'_>,
) -> serde_json::Result<Option<Notification<'a>>> {
    let Some(reason) = explained(check, evidence, NAMED) else { return Ok(None) };
    let level = if check.is_intended { Level::Note } else { Level::Warning };
    let missing = match check.status {
        Status::Fail => "did not judge everything, there may be more violations",
        Status::Pass | Status::NotEvaluated => "has no verdict",
    };
    let text = format!("Check {} {missing}: {reason}", check.check);
    let rule = rules.get(check.check).map(|index| Reference { id: check.check, index: *index });
    let properties = (!check.unclear.is_empty()).then(|| to_value(&check.unclear)).transpose()?;
    let properties = properties.map(|unclear| Value::from_iter([("unclear", unclear)]));
    let associated_rule = rule;
    Ok(Some(Notification { associated_rule, properties, ..Notification::of(0, level, &text) }))
}

fn incomplete<'a>(state: &CollectorState) -> Notification<'a> {
    let CollectorState { collector, state, objects, .. } = state;
    let text = match (state, objects) {
        (Completeness::Partial, Some(objects)) => {
            format!("Collector {collector} was partly read: at least {objects} objects")
        }
        (Completeness::Partial, None) => format!("Collector {collector} was partly read"),
        _ => format!("Collector {collector} was not read: nothing is known about its objects"),
    };
    Notification::of(1, Level::Warning, &text)
}

fn gap<'a>(
    CollectorGap { collector, gap }: &CollectorGap<'_>,
    evidence: &Evidence<'_>,
) -> serde_json::Result<Notification<'a>> {
    let level = if gap.is_failure() { Level::Warning } else { Level::Note };
    let project = match &*gap.project_id {
        "" => String::new(),
        id => format!(", project {}", project(evidence, id)),
    };
    let (reason, count) = (gap.reason.label(), gap.count);
    let things = if count == 1 { "list or object" } else { "lists or objects" };
    let text = format!("{collector}{project}: {count} {things}, {reason}: {}", gap.detail);
    let properties = [("collector", to_value(collector)?), ("gap", to_value(gap)?)];
    let properties = Some(Value::from_iter(properties));
    Ok(Notification { properties, ..Notification::of(2, level, &text) })
}

fn filtered<'a>(filters: &[String]) -> Option<Notification<'a>> {
    let text = || format!("Only a part of the report: {}", filters.join("; "));
    (!filters.is_empty()).then(|| Notification::of(3, Level::Note, &text()))
}

fn cut<'a>(left_out: usize) -> Option<Notification<'a>> {
    let text = || {
        format!(
            "{left_out} results are left out, the least severe, then exempt ones, then passed \
             checks: narrow the report, or read it as JSON"
        )
    };
    (left_out > 0).then(|| Notification::of(4, Level::Warning, &text()))
}

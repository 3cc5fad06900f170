//! Queries, one JSON object in each line, and their answers. A query with an expectation is an
//! assertion.

use anyhow::bail;
use serde::{Deserialize, Serialize};

use crate::iam::account::Kind;
use crate::iam::answer::Decision;

use super::source::Known;
use super::views::{NOBODY, RightView, missing, named, right, stranger};

/// A query. A member that is absent stands for anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    identity: Option<String>,
    action: Option<String>,
    resource: Option<String>,
    expect: Option<Expected>,
}

/// The decision that a query expects.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Allow,
    Conditional,
    Deny,
    None,
    Unknown,
}

impl Expected {
    fn decision(self) -> Decision {
        match self {
            Self::Allow => Decision::Allow,
            Self::Conditional => Decision::Conditional,
            Self::Deny => Decision::Deny,
            Self::None => Decision::None,
            Self::Unknown => Decision::Unknown,
        }
    }
}

/// An answer.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(rename = "line")]
    number: usize,
    account: &'a str,
    #[serde(flatten)]
    right: RightView,
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<bool>,
}

/// The answers as JSON lines, and a sentence for each assertion that fails.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) text: String,
    pub(super) failures: Vec<String>,
}

/// Answers the queries of a text; `name` is the file's.
///
/// # Errors
///
/// Lines that are no queries, all of them at once.
pub(super) fn answer(known: &[Known], name: &str, text: &str) -> anyhow::Result<Answers> {
    let mut answers = Answers::default();
    for (number, query) in queries(name, text)? {
        for line in lines(known, number, &query) {
            if line.holds == Some(false) {
                answers.failures.push(failure(name, &line));
            }
            answers.text += &serde_json::to_string(&line)?;
            answers.text.push('\n');
        }
    }
    Ok(answers)
}

/// Verifies the lines of a text of queries.
///
/// # Errors
///
/// Lines that are no queries, all of them at once.
pub(super) fn verify(name: &str, text: &str) -> anyhow::Result<()> {
    queries(name, text).map(drop)
}

fn queries(name: &str, text: &str) -> anyhow::Result<Vec<(usize, Query)>> {
    let (mut queries, mut mistakes) = (Vec::new(), Vec::new());
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (number, line) in lines.map(|(number, line)| (number + 1, line)) {
        match serde_json::from_str(line) {
            Ok(query) => queries.push((number, query)),
            Err(error) => mistakes.push(format!(
                "{name}:{number}: {error}; expected {}",
                r#"{"identity": …, "action": …, "resource": …, "expect": …}, each a text or absent"#
            )),
        }
    }
    if !mistakes.is_empty() {
        bail!("{}", mistakes.join("\n"));
    }
    Ok(queries)
}

fn lines<'a>(known: &'a [Known], number: usize, query: &Query) -> Vec<Line<'a>> {
    let text = |member: &Option<String>| member.clone().unwrap_or_else(|| "*".to_owned());
    let (identity, action, resource) =
        (text(&query.identity), text(&query.action), text(&query.resource));
    let expected = query.expect.map(Expected::decision);
    let of = |account: &'a str, right: RightView| Line {
        number,
        account,
        expect: expected.map(Decision::label),
        holds: expected.map(|expected| expected.label() == right.decision),
        right,
    };
    let mut all = Vec::new();
    for Known { account, access, .. } in known {
        for one in named(&access.engine, &identity) {
            // The account itself may do everything: a pattern is about the others.
            if one.kind == Kind::Account && identity.contains('*') {
                continue;
            }
            all.push(of(account, right(&access.engine, one, &action, &resource)));
        }
    }
    let is_pattern = identity.contains('*');
    for Known { account, access, .. } in known.iter().filter(|_| is_pattern) {
        let others = missing(access, &identity, &action, &resource);
        all.extend(others.map(|right| of(account, right)));
    }
    if all.is_empty() {
        let name = known.first().map_or("", |one| one.account.as_str());
        let reason = vec![NOBODY.to_owned()];
        all.push(of(name, stranger(&identity, &action, &resource, reason)));
    }
    // Among many identities those without the right say nothing, unless all of them lack it.
    let is_right = |line: &Line<'_>| line.right.decision != "none" || line.holds == Some(false);
    if is_pattern && all.iter().any(is_right) {
        all.retain(is_right);
    } else if is_pattern {
        all.truncate(1);
        for line in &mut all {
            line.right.identity.clone_from(&identity);
            line.right.name.clone_from(&identity);
            line.right.identity_kind = "any";
        }
    }
    all
}

fn failure(name: &str, line: &Line<'_>) -> String {
    let Line { number, right, expect, .. } = line;
    let RightView { identity, action, resource, decision, by, unresolved, .. } = right;
    let reasons = [by.as_slice(), unresolved].concat();
    let reasons =
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    format!(
        "{name}:{number}: expected {}, found {decision}: {action} on {resource} by {identity}{reasons}",
        expect.unwrap_or_default()
    )
}

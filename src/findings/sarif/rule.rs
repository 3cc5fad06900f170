//! Checks as the rules of a SARIF document.

use serde::Serialize;

use crate::checks::Severity;
use crate::findings::evidence::{CheckState, ControlState};
use crate::findings::phrases;

use super::message::{Description, Level};

/// GitHub refuses a rule with more tags.
const MOST_TAGS: usize = 20;
/// The tag of rules about security, which viewers filter by.
const SECURITY: &str = "security";

/// A check.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    id: &'a str,
    name: String,
    short_description: Description,
    full_description: Description,
    help: Description,
    default_configuration: Configuration,
    properties: Properties<'a>,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: Level,
    enabled: bool,
}

#[derive(Debug, Serialize)]
struct Properties<'a> {
    tags: Vec<String>,
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    severity: Severity,
    needs: &'static [&'static str],
    controls: &'a [ControlState],
}

impl<'a> Rule<'a> {
    pub(super) fn of(state: &'a CheckState<'_>) -> Self {
        let CheckState { check, title, severity, why, needs, controls, .. } = state;
        Self {
            id: check,
            name: name(check),
            short_description: Description::of(title),
            full_description: Description::of(if why.is_empty() { title } else { why }),
            help: help(state),
            default_configuration: Configuration {
                level: Level::from(*severity),
                enabled: state.reason != Some("disabled"),
            },
            properties: Properties {
                tags: tags(controls),
                security_severity: security_severity(*severity),
                severity: *severity,
                needs,
                controls,
            },
        }
    }
}

/// The id in the form of SARIF's names: `UserInactive`.
fn name(id: &str) -> String {
    let capital = |word: &str| {
        let mut rest = word.chars();
        let first = rest.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(rest).collect::<String>()
    };
    id.split('_').map(capital).collect()
}

fn help(check: &CheckState<'_>) -> Description {
    let CheckState { title, repair, repair_api, .. } = check;
    let text = phrases::repair(check);
    if text.is_empty() {
        return Description::of(title);
    }
    let panel = (!repair.is_empty()).then(|| format!("**Repair**: {repair}."));
    let call = repair_api.map(|call| format!("**API**: `{call}`"));
    let paragraphs: Vec<_> = [panel, call].into_iter().flatten().collect();
    Description { text: format!("Repair: {text}"), markdown: Some(paragraphs.join("\n\n")) }
}

/// The controls as tags, those that are no analogy first: the tags may be cut, the controls in the
/// properties are complete.
fn tags(controls: &[ControlState]) -> Vec<String> {
    let tag = |ControlState { framework, id, is_analogy, .. }: &ControlState| {
        format!("{framework}/{id}{}", if *is_analogy { "~" } else { "" })
    };
    let by = |is_analogy| {
        controls.iter().filter(move |control| control.is_analogy == is_analogy).map(tag)
    };
    [SECURITY.to_owned()].into_iter().chain(by(false)).chain(by(true)).take(MOST_TAGS).collect()
}

/// The severity on GitHub's scale from 0 to 10.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.0",
        Severity::High => "7.0",
        Severity::Medium => "4.0",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

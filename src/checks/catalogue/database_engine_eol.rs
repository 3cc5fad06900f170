//! Managed databases of engine versions at their end of life.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::leaving::judge_databases;
use super::lifecycle;

static BEFORE: Setting<Duration> = Setting {
    name: "before",
    default: days(90),
    limits: (days(0), days(365)),
    help: "Report databases of medium severity from this time before the end of life on",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "database_engine_eol",
    title: "Database engine version at its end of life",
    severity: Severity::High,
    why: "A version past its end of life gets no repairs of vulnerabilities.",
    repair: Repair {
        panel: "Public Cloud > Project > Databases > the service: update the engine to a newer \
                version",
        api: None,
    },
    needs: &["cloud_database"],
    controls: &[controls::END_OF_LIFE],
    is_on: true,
    settings: &[BEFORE.spec()],
    evaluate,
    count: None,
};

/// OVHcloud's end of life of a version counts; a table of the configuration is for versions to
/// which it gives none.
fn evaluate(context: &Context<'_>) -> Verdict {
    let soon = context.get(&BEFORE);
    judge_databases(context, |database| {
        let (engine, version) = (&database.engine, &database.version);
        let Some(end) = database.end_of_life else {
            return match context.lists.ends_of_life.find(engine, version) {
                Some((release, end)) => {
                    lifecycle::opinion(context, format_args!("{engine} {release}"), end, soon)
                }
                None => Opinion::Unclear,
            };
        };
        let day = end.strftime("%F");
        if end <= context.now {
            let evidence = format!("OVHcloud's end of life of {engine} {version} was {day}");
            return Violation::because(evidence).since(Some(end)).into();
        }
        if !context.is_within(end, soon) {
            return Opinion::Fine;
        }
        let evidence = format!("OVHcloud's end of life of {engine} {version} is {day}");
        let since = end.checked_sub(soon).ok();
        Violation::because(evidence).since(since).severity(Severity::Medium).into()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::database;
    use crate::checks::fixtures::{NOW, at, evaluated, evaluated_with, nothing, project, said};
    use crate::collectors::Inventory;
    use crate::config::checks::Checks;
    use crate::end_of_life::Table;

    fn databases(end: &Value) -> Inventory {
        let database = database(json!({ "end_of_life": end }));
        Inventory { cloud_database: project(vec![database]), ..nothing() }
    }

    #[test]
    fn a_database_fails_from_ninety_days_before_its_end_and_worse_after_it() {
        let inventory = databases(&json!("2026-11-01T00:00:00Z"));
        let at = |now: &str| {
            let verdict = evaluated(&CHECK, &inventory, now);
            let severity = verdict.findings.first().and_then(|finding| finding.severity);
            (said(&verdict), severity)
        };
        assert_eq!(at("2026-08-03T00:00:00Z").0, "pass");
        let soon = "fail: OVHcloud's end of life of postgresql 17 is 2026-11-01";
        assert_eq!(at("2026-08-03T00:00:01Z"), (soon.to_owned(), Some(Severity::Medium)));
        assert_eq!(at("2026-10-31T23:59:59Z").1, Some(Severity::Medium));
        let past = "fail: OVHcloud's end of life of postgresql 17 was 2026-11-01";
        assert_eq!(at("2026-11-01T00:00:00Z"), (past.to_owned(), None));
    }

    #[test]
    fn a_version_without_a_date_is_unclear_unless_a_table_has_it() {
        let inventory = databases(&Value::Null);
        assert_eq!(said(&evaluated(&CHECK, &inventory, NOW)), "not evaluated: unclear");
        let mut checks = Checks::default();
        let list = r#"[{"cycle": "17", "eol": "2029-11-08"}]"#;
        checks.ends_of_life.extend(&Table::parse(list, "postgresql", at(NOW)).unwrap());
        assert_eq!(said(&evaluated_with(&CHECK, &inventory, &checks, NOW)), "pass");
    }
}

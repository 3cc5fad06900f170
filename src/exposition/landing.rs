//! The page at `/`, for a person who wonders what this process knows and why not more.

use std::fmt::{Result as FmtResult, Write as _};

use crate::checks::{Judged, Verdict};
use crate::collectors::{self, State};
use crate::inventory::Reading;
use crate::telemetry::Build;

use super::account::{Report, Watched};

const STYLE: &str = include_str!("landing.css");

/// The page.
pub fn page(accounts: &[Watched], telemetry_path: &str) -> String {
    let mut html = String::new();
    // Writing to a string does not fail.
    if write_page(&mut html, accounts, telemetry_path).is_err() {
        html.clear();
    }
    html
}

fn write_page(html: &mut String, accounts: &[Watched], telemetry_path: &str) -> FmtResult {
    writeln!(
        html,
        concat!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width\">\n",
            "<title>OVHcloud exporter</title>\n<style>{}</style></head><body>\n",
            "<h1>OVHcloud exporter</h1>\n<p>Version {} (revision {}). ",
            "<a href=\"{}\">Metrics</a> · <a href=\"/-/healthy\">Healthy</a> · ",
            "<a href=\"/-/ready\">Ready</a></p>"
        ),
        STYLE,
        escape(Build::THIS.version),
        escape(Build::THIS.revision),
        telemetry_path
    )?;
    for watched in accounts {
        account(html, watched)?;
    }
    writeln!(html, "</body></html>")
}

fn account(html: &mut String, watched: &Watched) -> FmtResult {
    let interval = humantime::format_duration(watched.interval);
    let (name, endpoint) = (escape(&watched.name), escape(&watched.endpoint));
    writeln!(html, "<section><h2>Account {name}</h2>")?;
    let Some(report) = &watched.report else {
        let names: Vec<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
        return writeln!(
            html,
            "<p>{endpoint} · every {interval}.</p>\n<p class=\"note\">The first pass is not over. \
             It reads {}.</p></section>",
            names.join(", ")
        );
    };
    writeln!(
        html,
        "<p>{endpoint} · last pass began {} and took {:.2} s with {} calls; every {interval}.</p>",
        report.began.strftime("%F %T UTC"),
        report.duration.as_secs_f64(),
        report.requests
    )?;
    html.push_str(
        "<table><thead><tr><th>Collector</th><th>State</th><th class=\"n\">Objects</th>\
         <th>Last success</th><th>What is missing</th></tr></thead><tbody>\n",
    );
    for state in report.inventory.states() {
        collector(html, report, &state)?;
    }
    html.push_str(
        "</tbody></table>\n<table><thead><tr><th>Check</th><th>Severity</th><th>Status</th>\
         <th class=\"n\">Violations</th><th>About</th></tr></thead><tbody>\n",
    );
    for judged in &report.judged {
        check(html, judged)?;
    }
    writeln!(html, "</tbody></table></section>")
}

fn collector(html: &mut String, report: &Report, state: &State<'_>) -> FmtResult {
    let when = state
        .last_success
        .map_or_else(|| "never".to_owned(), |when| when.strftime("%F %T UTC").to_string());
    let (class, word) = match state.reading {
        None => ("off", "off"),
        Some(reading) if reading.is_success() => ("good", "success"),
        Some(_) => ("bad", "failing"),
    };
    let objects = state.reading.map(|_| state.objects.to_string()).unwrap_or_default();
    writeln!(
        html,
        "<tr><td><code>{}</code></td><td class=\"{class}\">{word}</td><td class=\"n\">{objects}\
         </td><td>{}</td><td>{}</td></tr>",
        state.name,
        if state.reading.is_some() { &when } else { "" },
        state.reading.map(|reading| gaps(report, reading)).unwrap_or_default()
    )
}

/// At most so many gaps are spelled out for a collector; the metrics have them all.
const MOST_GAPS: usize = 5;

fn gaps(report: &Report, reading: &Reading) -> String {
    let mut lines: Vec<String> = Vec::new();
    for gap in reading.gaps.iter().take(MOST_GAPS) {
        let place = if gap.project_id.is_empty() {
            String::new()
        } else {
            let mut projects = report.inventory.cloud_project.items();
            let project = projects.find(|(_, project)| project.id == gap.project_id);
            let name = project.map(|(_, project)| project.name.as_str()).unwrap_or_default();
            format!(" in project {} {}", escape(name), escape(&gap.project_id))
        };
        let reason = gap.reason.label();
        // What is out of service is not to be repaired, and its error says no more.
        let detail = if gap.reason.is_state() { String::new() } else { escape(&gap.detail) };
        let colon = if detail.is_empty() { "" } else { ": " };
        lines.push(format!("<b>{} {reason}</b>{place}{colon}{detail}", gap.count));
    }
    if let Some(more) = reading.gaps.len().checked_sub(MOST_GAPS).filter(|more| *more > 0) {
        lines.push(format!("and {more} more"));
    }
    lines.join("<br>")
}

fn check(html: &mut String, judged: &Judged) -> FmtResult {
    let (class, about) = match &judged.verdict {
        Verdict::Pass => ("good", String::new()),
        Verdict::Fail(_) => ("bad", String::new()),
        Verdict::NotEvaluated(unknown, objects) => {
            let named: Vec<_> = objects.iter().take(MOST_GAPS).map(|id| escape(id)).collect();
            (
                "off",
                format!(
                    " ({}{}{})",
                    unknown.label(),
                    if named.is_empty() { "" } else { ": " },
                    named.join(", ")
                ),
            )
        }
    };
    let violations = judged.findings().map(|found| found.len().to_string()).unwrap_or_default();
    writeln!(
        html,
        "<tr><td><code>{}</code></td><td>{}</td><td class=\"{class}\">{}{about}</td>\
         <td class=\"n\">{violations}</td><td>{}</td></tr>",
        judged.check.id,
        judged.check.severity.label(),
        judged.status().replace('_', " "),
        judged.check.title
    )
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_ovhcloud_says_can_not_become_markup() {
        assert_eq!(escape("<script a=\"b\">&"), "&lt;script a=&quot;b&quot;&gt;&amp;");
    }

    #[test]
    fn an_account_in_its_first_pass_is_told() {
        let watched = Watched {
            name: "a<b".to_owned(),
            endpoint: "ovh-eu".to_owned(),
            labels: BTreeMap::new(),
            interval: Duration::from_mins(5),
            report: None,
        };
        let page = page(&[watched], "/metrics");
        assert!(page.contains("<h2>Account a&lt;b</h2>") && page.contains("ovh-eu · every 5m"));
        assert!(page.contains("The first pass is not over. It reads cloud_project, "), "{page}");
    }
}

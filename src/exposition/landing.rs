//! The page at `/`, for a person who wonders what this process knows and why not more.

use std::fmt::{Result as FmtResult, Write as _};
use std::sync::Arc;

use crate::checks::{Judged, Verdict};
use crate::collectors::State;
use crate::inventory::Reading;
use crate::telemetry::Build;

use super::account::Report;

const STYLE: &str = include_str!("landing.css");

/// The page. Accounts whose first pass is not over are told by their number only.
pub fn page(reports: &[Option<Arc<Report>>], telemetry_path: &str) -> String {
    let mut html = String::new();
    // Writing to a string does not fail.
    if write_page(&mut html, reports, telemetry_path).is_err() {
        html.clear();
    }
    html
}

fn write_page(
    html: &mut String,
    reports: &[Option<Arc<Report>>],
    telemetry_path: &str,
) -> FmtResult {
    writeln!(
        html,
        "<!DOCTYPE html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
\
         <meta name=\"viewport\" content=\"width=device-width\">
\
         <title>OVHcloud exporter</title>
<style>{STYLE}</style></head><body>
\
         <h1>OVHcloud exporter</h1>
<p>Version {} (revision {}). \
         <a href=\"{telemetry_path}\">Metrics</a> · <a href=\"/-/healthy\">Healthy</a> · \
         <a href=\"/-/ready\">Ready</a></p>",
        escape(Build::THIS.version),
        escape(Build::THIS.revision)
    )?;
    let waiting = reports.iter().filter(|report| report.is_none()).count();
    if waiting > 0 {
        writeln!(
            html,
            "<p class=\"note\">Accounts in their first pass: {waiting}. Reload to see them.</p>"
        )?;
    }
    for report in reports.iter().flatten() {
        account(html, report)?;
    }
    writeln!(html, "</body></html>")
}

fn account(html: &mut String, report: &Report) -> FmtResult {
    writeln!(
        html,
        "<section><h2>Account {}</h2>\n<p>{} · last pass began {} and took {:.2} s with {} calls; \
         every {}.</p>",
        escape(&report.name),
        escape(&report.endpoint),
        report.began.strftime("%F %T UTC"),
        report.duration.as_secs_f64(),
        report.requests,
        humantime::format_duration(report.interval)
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
        let (reason, detail) = (gap.reason.label(), escape(&gap.detail));
        lines.push(format!("<b>{} {reason}</b>{place}: {detail}", gap.count));
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
        Verdict::NotEvaluated(unknown) => ("off", format!(" ({})", unknown.label())),
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
    use super::*;

    #[test]
    fn what_ovhcloud_says_can_not_become_markup() {
        assert_eq!(escape("<script a=\"b\">&"), "&lt;script a=&quot;b&quot;&gt;&amp;");
    }

    #[test]
    fn an_account_in_its_first_pass_is_told() {
        assert!(page(&[None, None], "/metrics").contains("Accounts in their first pass: 2"));
    }
}

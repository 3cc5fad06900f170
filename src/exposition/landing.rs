//! The page at `/`: the state of each collector and check, for people.

use std::fmt::{Result as FmtResult, Write as _};

use crate::checks::{CheckResult, Finding, Status, Verdict};
use crate::collectors::{self, State};
use crate::config::exemptions::Exemption;
use crate::inventory::{Reading, Reason};
use crate::report::{AccountView, Report};
use crate::telemetry::Build;

const STYLE: &str = include_str!("landing.css");

/// The page.
pub fn page(accounts: &[AccountView], telemetry_path: &str) -> String {
    let mut html = String::new();
    // Writing to a string does not fail.
    if write_page(&mut html, accounts, telemetry_path).is_err() {
        html.clear();
    }
    html
}

fn write_page(html: &mut String, accounts: &[AccountView], telemetry_path: &str) -> FmtResult {
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
        escape(telemetry_path)
    )?;
    for view in accounts {
        account(html, view)?;
    }
    writeln!(html, "</body></html>")
}

fn account(html: &mut String, view: &AccountView) -> FmtResult {
    let interval = humantime::format_duration(view.interval);
    let (name, endpoint) = (escape(&view.name), escape(&view.endpoint));
    let identity = escape(&view.identity);
    writeln!(html, "<section><h2>Account {name}</h2>\n<p>{identity}</p>")?;
    let Some(report) = &view.report else {
        let names: Vec<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
        return writeln!(
            html,
            "<p>{endpoint} · every {interval}.</p>\n<p class=\"note\">The first refresh is under \
             way. It reads {}.</p></section>",
            names.join(", ")
        );
    };
    writeln!(
        html,
        "<p>{endpoint} · last refresh started {} and took {:.2} s with {} calls; every {interval}.</p>",
        report.began.strftime("%F %T UTC"),
        report.duration.as_secs_f64(),
        report.requests
    )?;
    html.push_str(
        "<table><thead><tr><th>Collector</th><th>State</th><th class=\"n\">Objects</th>\
         <th>Last success</th><th>Missing</th></tr></thead><tbody>\n",
    );
    for state in report.inventory.states() {
        collector(html, report, &state)?;
    }
    html.push_str(
        "</tbody></table>\n<table class=\"checks\"><thead><tr><th>Check</th><th>Severity</th><th>Status</th>\
         <th class=\"n\">Violations</th><th>About</th></tr></thead><tbody>\n",
    );
    for result in &report.results {
        check(html, result)?;
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
    // A 0 of a collector without any data would look like a count.
    let is_known = |reading: &Reading| !state.scopes.is_empty() || reading.gaps.is_empty();
    let objects = match (state.reading.filter(|reading| is_known(reading)), state.last_success) {
        (None, _) => String::new(),
        (Some(_), None) if state.objects == 0 => String::new(),
        (Some(_), None) => format!("at least {}", state.objects),
        (Some(_), Some(_)) => state.objects.to_string(),
    };
    writeln!(
        html,
        "<tr><td><code>{}</code></td><td class=\"{class}\">{word}</td><td class=\"n\">{objects}\
         </td><td>{}</td><td>{}</td></tr>",
        state.name,
        if state.reading.is_some() { &when } else { "" },
        state.reading.map(|reading| gaps(report, reading)).unwrap_or_default()
    )
}

/// The number of gaps shown for a collector; the metrics have them all.
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
        // Nothing repairs a service that is out of service, and its error adds nothing but the name
        // of a region.
        let is_plain = gap.reason.is_state() && gap.reason != Reason::Maintenance;
        let detail = if is_plain { String::new() } else { escape(&gap.detail) };
        let colon = if detail.is_empty() { "" } else { ": " };
        lines.push(format!("<b>{} {reason}</b>{place}{colon}{detail}", gap.count));
    }
    if let Some(more) = reading.gaps.len().checked_sub(MOST_GAPS).filter(|more| *more > 0) {
        lines.push(format!("and {more} more"));
    }
    lines.join("<br>")
}

fn check(html: &mut String, result: &CheckResult) -> FmtResult {
    let class = match result.verdict.status() {
        Status::Pass => "good",
        Status::Fail => "bad",
        Status::NotEvaluated => "off",
    };
    let violations = result.violations().map(|found| found.len().to_string()).unwrap_or_default();
    writeln!(
        html,
        "<tr><td><code>{}</code></td><td>{}</td><td class=\"{class}\">{}{}</td>\
         <td class=\"n\">{violations}</td><td>{}{}</td></tr>",
        escape(&result.id),
        result.severity.label(),
        result.verdict.status().label().replace('_', " "),
        not_judged(&result.verdict),
        escape(&result.title),
        exempt(&result.verdict)
    )
}

/// The exempt findings, with the reason and the end of each exemption.
fn exempt(verdict: &Verdict) -> String {
    let exempt = verdict.findings.iter().filter_map(|one| Some((one, one.exemption.as_ref()?)));
    let mut lines: Vec<_> = exempt
        .map(|(Finding { resource, .. }, exemption)| {
            let name = if resource.name.is_empty() { &resource.id } else { &resource.name };
            let Exemption { reason, owner, until, .. } = &**exemption;
            let [name, reason, owner] = [name, reason, owner].map(|text| escape(text));
            format!("exempt until {until}: {name} ({reason}; owner {owner})")
        })
        .collect();
    let more = lines.len().saturating_sub(MOST_GAPS);
    lines.truncate(MOST_GAPS);
    if more > 0 {
        lines.push(format!("and {more} more exempt"));
    }
    let start = if lines.is_empty() { "" } else { "<br>" };
    format!("{start}{}", lines.join("<br>"))
}

/// The reason of a verdict that is not complete, with the unclear resources, beside a failure too.
fn not_judged(verdict: &Verdict) -> String {
    let Some(reason) = verdict.reason() else { return String::new() };
    let named: Vec<_> =
        verdict.unclear.iter().take(MOST_GAPS).map(|resource| escape(&resource.id)).collect();
    let more = match verdict.unclear.len().saturating_sub(MOST_GAPS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let unclear = match (reason, named.is_empty()) {
        (_, true) => String::new(),
        ("unclear", _) => format!(": {}{more}", named.join(", ")),
        _ => format!("; unclear: {}{more}", named.join(", ")),
    };
    format!(" ({reason}{unclear})")
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
    fn text_from_ovhcloud_does_not_become_markup() {
        assert_eq!(escape("<script a=\"b\">&"), "&lt;script a=&quot;b&quot;&gt;&amp;");
    }

    #[test]
    fn an_account_in_its_first_refresh_is_shown() {
        let view = AccountView {
            name: "a<b".to_owned(),
            endpoint: "ovh-eu".to_owned(),
            identity: "service account <EU.1> (client_id: OVH_CLIENT_ID)".to_owned(),
            labels: BTreeMap::new(),
            interval: Duration::from_mins(5),
            report: None,
        };
        let page = page(&[view], "/metrics");
        assert!(page.contains("<h2>Account a&lt;b</h2>") && page.contains("ovh-eu · every 5m"));
        assert!(page.contains("<p>service account &lt;EU.1&gt; (client_id: OVH_CLIENT_ID)</p>"));
        assert!(
            page.contains("The first refresh is under way. It reads cloud_project, "),
            "{page}"
        );
    }
}

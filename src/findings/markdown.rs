//! The report as Markdown, for tickets, pull requests and wikis.
//!
//! Tables are those of GitHub's dialect, which GitLab and most others share. The inventory is left
//! out.

pub mod escape;

use super::evidence::{CheckState, CollectorGap, Evidence, Exempt, Found, Unclear};
use super::missing;
use super::phrases::{self, SummaryRow, count};
use super::state::CollectorState;
use super::unjudged;
use super::{AccountDocument, Document};

use escape::{code, prose};

/// The columns of numbers.
const NUMBERS: [&str; 5] = ["Checks", "Findings", "Exempt", "Objects", "Count"];

/// The report of all accounts, one part each.
pub fn text(document: &Document<'_>) -> String {
    let part = |account: &AccountDocument<'_>| {
        let page = Page { document, evidence: &account.evidence };
        let parts = [
            page.head(),
            page.incomplete(),
            page.summary(),
            page.findings(),
            page.exemptions(),
            page.not_evaluated(),
            page.exempted(),
            page.passed(),
            page.data(),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    };
    document.accounts.iter().map(part).collect::<Vec<_>>().join("\n")
}

/// A table; cells are escaped before.
fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(header.to_vec());
    let rule = |name: &&str| if NUMBERS.contains(name) { "---:" } else { "---" };
    text += &line(header.iter().map(rule).collect());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text
}

struct Page<'a> {
    document: &'a Document<'a>,
    evidence: &'a Evidence<'a>,
}

impl Page<'_> {
    fn head(&self) -> String {
        let Evidence { account, endpoint, .. } = self.evidence;
        let rows = phrases::head(self.evidence, self.document).into_iter();
        let place = [("Endpoint", (*endpoint).to_owned())].into_iter();
        let row = |(name, value): (&str, String)| vec![name.to_owned(), prose(&value)];
        let rows: Vec<_> = place.chain(rows).map(row).collect();
        format!("# OVHcloud report of account {}\n\n{}", prose(account), table(&["", ""], &rows))
    }

    /// A sentence for each collector that lacks something in service, and the reasons.
    fn incomplete(&self) -> String {
        let line = |state: &CollectorState| {
            let reasons: Vec<_> = missing::reasons(self.evidence, state);
            let word = missing::state(state.state);
            format!("- {} {word}: {}\n", code(state.collector), prose(&reasons.join("; ")))
        };
        let lines: String = self.evidence.incomplete().map(line).collect();
        if lines.is_empty() { lines } else { format!("**Incomplete:**\n\n{lines}") }
    }

    fn summary(&self) -> String {
        let row =
            |SummaryRow { name, checks, findings, exempt }| vec![name, checks, findings, exempt];
        let rows: Vec<_> =
            phrases::summary(self.evidence, self.document).into_iter().map(row).collect();
        format!("## Summary\n\n{}", table(&["", "Checks", "Findings", "Exempt"], &rows))
    }

    fn findings(&self) -> String {
        let groups = phrases::failing(self.evidence);
        let number = phrases::findings(self.evidence);
        let groups: Vec<_> = groups.iter().map(|(check, all)| group(check, all)).collect();
        let groups = groups.iter().map(|group| format!("\n{group}"));
        format!("## Findings\n\n{number}.\n{}", groups.collect::<String>())
    }

    /// The exempt findings, and the exemptions without any.
    fn exemptions(&self) -> String {
        let exempt = |found: &Found<'_>| {
            let Exempt { reason, owner, until } = found.exemption.as_ref()?;
            let cells = [
                found.severity.label().to_owned(),
                code(found.check),
                code(found.shown()),
                code(phrases::project_of(found)),
                until.clone(),
                prose(owner),
                prose(reason),
                prose(found.evidence),
            ];
            Some(cells.to_vec())
        };
        let rows: Vec<_> = self.evidence.findings.iter().filter_map(exempt).collect();
        let idle: Vec<_> = phrases::idle_exemptions(self.evidence).map(phrases::idle).collect();
        if rows.is_empty() && idle.is_empty() {
            return String::new();
        }
        let header =
            ["Severity", "Check", "Resource", "Project", "Until", "Owner", "Reason", "Evidence"];
        let table = if rows.is_empty() { String::new() } else { table(&header, &rows) };
        let idle: Vec<_> = idle.iter().map(|line| format!("- {}\n", prose(line))).collect();
        let idle = idle.concat();
        let number = count(rows.len(), "exempt finding");
        let parts = [format!("## Exemptions\n\n{number}.\n"), table, idle];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n")
    }

    fn not_evaluated(&self) -> String {
        let number = self.evidence.not_evaluated.len();
        let of = count(self.evidence.checks.len(), "check");
        let line = format!("## Not evaluated\n\n{number} of {of}.\n");
        if number == 0 {
            return line;
        }
        let groups = unjudged::by_reason(self.evidence);
        let rows = groups.iter().flat_map(|((is_intended, reason), checks)| {
            checks.iter().map(move |check| {
                let names: Vec<_> = check.unclear.iter().map(unclear).collect();
                vec![
                    check.severity.label().to_owned(),
                    code(check.check),
                    if *is_intended { "left out" } else { "**missing**" }.to_owned(),
                    prose(reason),
                    unjudged::meaning(reason).to_owned(),
                    names.join(", "),
                    prose(&phrases::thresholds(check)),
                    self.controls(check),
                ]
            })
        });
        let header = [
            "Severity",
            "Check",
            "Data",
            "Reason",
            "Explanation",
            "Resources",
            "Threshold",
            "Controls",
        ];
        format!("{line}\n{}", table(&header, &rows.collect::<Vec<_>>()))
    }

    fn controls(&self, check: &CheckState<'_>) -> String {
        prose(&phrases::controls_in(check, &self.document.selection.frameworks))
    }

    /// The checks without a finding, each with its thresholds and its controls.
    fn checks(&self, checks: &[&CheckState<'_>]) -> String {
        let row = |check: &&CheckState<'_>| {
            vec![
                code(check.check),
                prose(check.title),
                check.severity.label().to_owned(),
                prose(&phrases::thresholds(check)),
                self.controls(check),
            ]
        };
        let rows: Vec<_> = checks.iter().map(row).collect();
        let header = ["Check", "Violation", "Severity", "Threshold", "Controls"];
        if rows.is_empty() { String::new() } else { format!("\n{}", table(&header, &rows)) }
    }

    /// The checks of which every finding is exempt: an acceptance of the risk is no pass.
    fn exempted(&self) -> String {
        let checks: Vec<_> = phrases::exempted(self.evidence).collect();
        if checks.is_empty() {
            return String::new();
        }
        let number = count(checks.len(), "check");
        format!("## Passed by exemption\n\n{number}.\n{}", self.checks(&checks))
    }

    fn passed(&self) -> String {
        if self.document.selection.is_brief {
            return "## Passed\n\nLeft out.\n".to_owned();
        }
        let passed: Vec<_> = phrases::passed(self.evidence).collect();
        let number = count(passed.len(), "check");
        let of_selection =
            if self.document.filters.is_empty() { "" } else { " of the selected ones" };
        format!("## Passed\n\n{number}{of_selection}.\n{}", self.checks(&passed))
    }

    /// The collectors, and the lists and objects that are missing or out of service.
    fn data(&self) -> String {
        let row = |state: &CollectorState| {
            let objects = state.objects.map_or("unknown".to_owned(), |count| count.to_string());
            let read_at = state.read_at.map(phrases::second).unwrap_or_default();
            vec![code(state.collector), missing::state(state.state).to_owned(), objects, read_at]
        };
        let rows: Vec<_> = self.evidence.collectors.iter().map(row).collect();
        let header = ["Collector", "State", "Objects", "Read at"];
        let gap = |CollectorGap { collector, gap }: &CollectorGap<'_>| {
            let project = match &*gap.project_id {
                "" => "account".to_owned(),
                id => code(&phrases::project(self.evidence, id)),
            };
            vec![
                code(collector),
                project,
                gap.reason.label().to_owned(),
                gap.count.to_string(),
                prose(&gap.detail),
            ]
        };
        let gaps: Vec<_> = self.evidence.gaps.iter().map(gap).collect();
        let text = format!("## Data\n\n{}", table(&header, &rows));
        if gaps.is_empty() {
            return text;
        }
        let header = ["Collector", "Project", "Reason", "Count", "First error"];
        format!("{text}\n### Not read or out of service\n\n{}", table(&header, &gaps))
    }
}

/// A check, and the resources that violate it.
fn group(check: &CheckState<'_>, violations: &[&Found<'_>]) -> String {
    let worst = phrases::worst(check, violations);
    let facts = [
        ("Why", check.why.to_owned()),
        ("Repair", check.repair.to_owned()),
        ("Call", check.repair_api.map(code).unwrap_or_default()),
        ("Threshold", prose(&phrases::thresholds(check))),
        ("Controls", prose(&phrases::controls(check))),
        ("Caution", prose(&unjudged::doubt(check, usize::MAX))),
    ];
    let facts = facts.iter().filter(|(_, value)| !value.is_empty());
    let facts: Vec<_> = facts.map(|(name, value)| format!("- **{name}:** {value}\n")).collect();
    let facts = facts.concat();
    let heading = format!("### {}: {}", worst.label(), prose(check.title));
    let id = format!("Check {}, {}", code(check.check), count(violations.len(), "finding"));
    let is_mixed = violations.iter().any(|found| found.severity != worst);
    let row = |found: &&Found<'_>| {
        let severity = if is_mixed { found.severity.label() } else { "" };
        [vec![severity.to_owned()], cells(found)].concat()
    };
    let header = ["Severity", "Resource", "Id", "Project", "Region", "Since", "Owner", "Evidence"];
    let rows: Vec<_> = violations.iter().map(row).collect();
    let (header, rows) = phrases::dense(&header, &rows);
    format!("{heading}\n\n{id}.\n\n{facts}\n{}", table(&header, &rows))
}

/// The cells of a finding.
fn cells(found: &Found<'_>) -> Vec<String> {
    vec![
        code(found.resource_name),
        code(found.resource),
        code(phrases::project_of(found)),
        code(&found.region),
        phrases::since(found),
        code(found.owner),
        prose(found.evidence),
    ]
}

/// A resource by its name and its id.
fn unclear(one: &Unclear<'_>) -> String {
    match one.resource_name {
        "" => code(one.resource),
        name if name == one.resource => code(name),
        name => format!("{} ({})", code(name), code(one.resource)),
    }
}

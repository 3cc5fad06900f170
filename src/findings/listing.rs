//! The report as text for a terminal: the worst findings first, then everything without a verdict.
//!
//! The inventory is left out; [`super::table`] has it.

use std::collections::BTreeMap;

use crate::checks::Severity;

use super::evidence::{CheckState, Evidence, Exempt, Found};
use super::layout::{entries, grid_of, paragraph, rows};
use super::missing;
use super::phrases::{self, count};
use super::printable::{self, printable};
use super::state::{CollectorState, Completeness};
use super::unjudged;
use super::{AccountDocument, Document};

/// The width at which a text from the account is cut; JSON has the whole text.
const WIDEST: usize = 240;
/// The unclear resources that a check names; JSON has all of them.
const NAMED: usize = 5;
/// The lines that a row may take in a table; above, each row is an item of a list.
const TALLEST: usize = 2;

/// The columns of findings.
const COLUMNS: [&str; 7] = ["resource", "id", "project", "region", "since", "owner", "evidence"];

/// The report of an account, in lines of at most this width.
pub fn text(document: &Document<'_>, account: &AccountDocument<'_>, width: usize) -> String {
    let page = Page { document, evidence: &account.evidence, width };
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
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

struct Page<'a> {
    document: &'a Document<'a>,
    evidence: &'a Evidence<'a>,
    width: usize,
}

impl Page<'_> {
    fn paragraph(&self, text: &str, indent: usize) -> String {
        paragraph(&printable(text), indent, self.width)
    }

    /// Names and values; those without a value are left out.
    fn entries(&self, of: Vec<(&str, String)>, indent: usize) -> String {
        let of = of.into_iter().filter(|(_, value)| !value.is_empty());
        let of: Vec<_> = of.map(|(name, value)| (name, printable(&value))).collect();
        if of.is_empty() { String::new() } else { entries(&of, indent, self.width) }
    }

    fn head(&self) -> String {
        let Evidence { account, endpoint, .. } = self.evidence;
        let line = format!("Report of account {account} at {endpoint}");
        self.paragraph(&line, 0) + &self.entries(phrases::head(self.evidence, self.document), 2)
    }

    /// A line for each collector that lacks something in service, and the reasons.
    fn incomplete(&self) -> String {
        let mut text = String::new();
        for state in self.evidence.incomplete() {
            let line = format!("Incomplete: {} {}", state.collector, missing::state(state.state));
            text += &self.paragraph(&line, 0);
            for reason in missing::reasons(self.evidence, state) {
                text += &self.paragraph(&reason, 2);
            }
        }
        text
    }

    fn summary(&self) -> String {
        let row = |row: phrases::SummaryRow| {
            let phrases::SummaryRow { name, checks, findings, exempt } = row;
            let numbers = [checks, findings, exempt].map(|number| format!("{number:>8}"));
            [&[name], numbers.as_slice()].concat()
        };
        let all: Vec<_> =
            phrases::summary(self.evidence, self.document).into_iter().map(row).collect();
        let header = ["", "  checks", "findings", "  exempt"];
        format!("Summary\n{}", rows(&header, &all, 2, self.width))
    }

    fn findings(&self) -> String {
        let groups = phrases::failing(self.evidence);
        let groups: Vec<_> = groups.iter().map(|(check, found)| self.group(check, found)).collect();
        let groups = groups.iter().map(|group| format!("\n{group}"));
        let number = phrases::findings(self.evidence);
        self.paragraph(&format!("Findings: {number}"), 0) + &groups.collect::<String>()
    }

    /// A check, and the resources that violate it.
    fn group(&self, check: &CheckState<'_>, violations: &[&Found<'_>]) -> String {
        let worst = phrases::worst(check, violations);
        let number = count(violations.len(), "finding");
        let heading = format!("{} {}: {} ({number})", worst.label(), check.check, check.title);
        let facts = vec![
            ("why", check.why.to_owned()),
            ("repair", check.repair.to_owned()),
            ("call", check.repair_api.unwrap_or_default().to_owned()),
            ("threshold", phrases::thresholds(check)),
            ("controls", phrases::controls(check)),
            ("caution", unjudged::doubt(check, NAMED)),
        ];
        self.paragraph(&heading, 0)
            + &self.entries(facts, 2)
            + "\n"
            + &self.resources(worst, violations)
    }

    /// The resources as a table, or as a list where a table is too narrow to be read.
    fn resources(&self, worst: Severity, violations: &[&Found<'_>]) -> String {
        let cells: Vec<_> = violations.iter().map(|found| cells(worst, found)).collect();
        let all: Vec<_> = cells.iter().map(|row| row.to_vec()).collect();
        let (header, dense) = phrases::dense(&COLUMNS, &all);
        let table = grid_of(&header, &dense, 4, self.width);
        let most = 1 + TALLEST * cells.len();
        let table = table.filter(|table| table.lines().count() <= most);
        table.unwrap_or_else(|| cells.into_iter().map(|row| self.item(row)).collect())
    }

    fn item(&self, [resource, id, project, region, since, owner, evidence]: [String; 7]) -> String {
        let named = |name: &str, value: String| {
            if value.is_empty() { value } else { format!("{name} {value}") }
        };
        let place = [
            named("id", id),
            named("project", project),
            named("region", region),
            named("since", since),
            named("owner", owner),
        ];
        let place: Vec<_> = place.into_iter().filter(|part| !part.is_empty()).collect();
        let lines = [(resource, 4), (place.join(", "), 6), (evidence, 6)];
        let lines = lines.iter().filter(|(line, _)| !line.is_empty());
        lines.map(|(line, indent)| paragraph(line, *indent, self.width)).collect()
    }

    /// The exempt findings, and the exemptions without any.
    fn exemptions(&self) -> String {
        let mut text = String::new();
        for found in &self.evidence.findings {
            let Some(Exempt { reason, owner, until }) = &found.exemption else { continue };
            let project = match phrases::project_of(found) {
                "" => String::new(),
                name => format!(" of project {name}"),
            };
            let (severity, check) = (found.severity.label(), found.check);
            let line = format!("{severity} {check}: {}{project}", cut(found.shown()));
            text += &self.paragraph(&line, 2);
            let line = format!("until {until} by {}: {}", cut(owner), cut(reason));
            text += &self.paragraph(&line, 4);
            text += &self.paragraph(&cut(found.evidence), 4);
        }
        for one in phrases::idle_exemptions(self.evidence) {
            text += &self.paragraph(&phrases::idle(one), 2);
        }
        let exempt = self.evidence.findings.iter().filter(|one| one.exemption.is_some()).count();
        let heading = format!("Exemptions: {}\n", count(exempt, "exempt finding"));
        if text.is_empty() { text } else { heading + &text }
    }

    fn not_evaluated(&self) -> String {
        let number = self.evidence.not_evaluated.len();
        if number == 0 {
            return format!(
                "Not evaluated: none of {}\n",
                count(self.evidence.checks.len(), "check")
            );
        }
        let mut text = format!("Not evaluated: {}\n", count(number, "check"));
        for ((is_intended, reason), checks) in unjudged::by_reason(self.evidence) {
            let lack = if is_intended { "" } else { "data missing, " };
            let explained = unjudged::meaning(reason);
            text += &self.paragraph(&format!("{lack}{reason} ({explained}):"), 2);
            for check in checks {
                text += &self.check(check, 4);
                if !check.unclear.is_empty() {
                    let names = unjudged::unclear(check, NAMED).join(", ");
                    text += &self.paragraph(&format!("unclear: {names}"), 6);
                }
            }
        }
        text
    }

    /// A check without a finding: its severity and its thresholds, and its controls below.
    fn check(&self, check: &CheckState<'_>, indent: usize) -> String {
        let parts = [check.check, check.severity.label(), &phrases::thresholds(check)];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let controls = phrases::controls_in(check, &self.document.selection.frameworks);
        let line = self.paragraph(&parts.join(", "), indent);
        if controls.is_empty() { line } else { line + &self.paragraph(&controls, indent + 2) }
    }

    /// The checks of which every finding is exempt: an acceptance of the risk is no pass.
    fn exempted(&self) -> String {
        let checks: Vec<_> = phrases::exempted(self.evidence).collect();
        if checks.is_empty() {
            return String::new();
        }
        let heading = format!("Passed by exemption: {}\n", count(checks.len(), "check"));
        checks.iter().fold(heading, |text, check| text + &self.check(check, 2))
    }

    fn passed(&self) -> String {
        if self.document.selection.is_brief {
            return "Passed: left out\n".to_owned();
        }
        let passed: Vec<_> = phrases::passed(self.evidence).collect();
        let of_selection =
            if self.document.filters.is_empty() { "" } else { " of the selected ones" };
        let number = match passed.len() {
            0 => "no check".to_owned(),
            number => count(number, "check"),
        };
        let heading = format!("Passed: {number}{of_selection}\n");
        passed.iter().fold(heading, |text, check| text + &self.check(check, 2))
    }

    /// The collectors by their state and the time of their data.
    fn data(&self) -> String {
        let mut groups: BTreeMap<(&str, _), Vec<&str>> = BTreeMap::new();
        for state in &self.evidence.collectors {
            let read_at = state.read_at.map(phrases::second);
            groups.entry((missing::state(state.state), read_at)).or_default().push(state.collector);
        }
        let is_on = |one: &&CollectorState| one.state != Completeness::Off;
        let on = self.evidence.collectors.iter().filter(is_on).count();
        let mut text = format!("Data: {}\n", count(on, "collector"));
        for ((state, read_at), names) in groups {
            let read_at = read_at.map_or(String::new(), |when| format!(", read {when}"));
            let line = format!("{state}{read_at}: {}", names.join(", "));
            text += &self.paragraph(&line, 2);
        }
        for ((project_id, reason), names) in missing::out_of_service(self.evidence) {
            let place = match project_id {
                "" => "account".to_owned(),
                id => format!("project {}", phrases::project(self.evidence, id)),
            };
            let line = format!("out of service, {place}, {reason}: {}", names.join(", "));
            text += &self.paragraph(&line, 2);
        }
        for (collector, reasons) in missing::details(self.evidence) {
            text += &self.paragraph(&format!("details not read, {collector}:"), 2);
            text += &self.paragraph(&reasons.join("; "), 4);
        }
        text
    }
}

/// The cells of a finding, of which the check's worst has this severity.
fn cells(worst: Severity, found: &Found<'_>) -> [String; 7] {
    let shown = found.shown();
    let id = if shown == found.resource { "" } else { found.resource };
    let severity = if found.severity == worst {
        String::new()
    } else {
        format!(" [{}]", found.severity.label())
    };
    [
        cut(shown) + &severity,
        cut(id),
        cut(phrases::project_of(found)),
        cut(&found.region),
        phrases::since(found),
        cut(found.owner),
        cut(found.evidence),
    ]
}

fn cut(text: &str) -> String {
    printable::cut(text, WIDEST)
}

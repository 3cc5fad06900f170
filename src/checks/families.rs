//! Verdicts as metric families.

use crate::collectors::Inventory;
use crate::config::setting::Threshold;
use crate::family::{Desc, Family, Word, amount};

use super::controls::Control;
use super::result::{CheckResult, ExemptionState};
use super::verdict::Status;
use super::{ALL, backups};

static INFO: Desc = Desc::gauge(
    "ovhcloud_policy_check_info",
    "Always 1; the severity and title of each check",
    &["check", "severity", "title"],
);
static REPAIR: Desc = Desc {
    per_account: false,
    ..Desc::gauge(
        "ovhcloud_policy_check_repair_info",
        "Always 1; the repair of each check's findings in OVHcloud's Control Panel, the same for all \
         accounts",
        &["check", "repair"],
    )
};
static STATUS: Desc = Desc::gauge(
    "ovhcloud_policy_check_status",
    "1 for the status each check has, 0 for the others: pass, fail or not_evaluated",
    &["check", "status"],
);
static NOT_EVALUATED: Desc = Desc::gauge(
    "ovhcloud_policy_check_not_evaluated_info",
    "Always 1, for each check without a verdict, with the reason: not_collected, not_read, \
     incomplete, unclear, not_evaluable (OVHcloud does not answer the question for this account or \
     this credential), not_configured, disabled or bug (the landing page names unclear resources)",
    &["check", "reason"],
);
static THRESHOLD: Desc = Desc::gauge(
    "ovhcloud_policy_check_threshold_seconds",
    "The configured value, or the default, of each check setting that is a time span",
    &["check", "setting"],
);
static NUMBER: Desc = Desc::gauge(
    "ovhcloud_policy_check_threshold",
    "The configured value, or the default, of each check setting that is a number",
    &["check", "setting"],
);
static CONTROL: Desc = Desc::of_each(
    "ovhcloud_policy_check_control_info",
    "Always 1, for each control of a published framework that a check gives evidence for; analogy is \
     true where the mapping is an analogy of this project",
    &["check", "framework", "control", "analogy"],
);
static VIOLATIONS: Desc = Desc::gauge(
    "ovhcloud_policy_violations",
    "Resources that violate each check, without those that are exempt; no sample where the check \
     is not evaluated",
    &["check", "severity"],
);
static VIOLATION: Desc = Desc::of_few(
    "ovhcloud_policy_violation_info",
    "Always 1, for each resource that violates a check and is not exempt; kind is the collector \
     that reads the resource, project_id is empty for resources of the account",
    &["check", "severity", "project_id", "kind", "resource", "resource_name"],
);
static SINCE: Desc = Desc::of_few(
    "ovhcloud_policy_violation_since_timestamp_seconds",
    "The time since when each resource violates a check, in Unix time: from the resource's own \
     dates where they hold it, else its first sight",
    &["check", "severity", "project_id", "kind", "resource", "resource_name"],
);

static EXEMPTED: Desc = Desc::gauge(
    "ovhcloud_policy_exempted",
    "Resources that violate each check and are exempt, for each check with an exemption; no zeros \
     where the check lacks data",
    &["check", "severity"],
);
static EXEMPTIONS: Desc = Desc::gauge(
    "ovhcloud_policy_exemptions",
    "Exemptions of each check that has one, by state: active, unused (it covers no finding of a \
     check that saw everything) or expired (it exempts nothing)",
    &["check", "state"],
);
static EXEMPTION_END: Desc = Desc::of_few(
    "ovhcloud_policy_exemption_end_timestamp_seconds",
    "The end of each exemption, expired or not, in Unix time; pattern is the one of its resources",
    &["check", "pattern", "exemption_owner"],
);

/// The families that every check feeds.
static COMMON: [&Desc; 13] = [
    &INFO,
    &REPAIR,
    &CONTROL,
    &STATUS,
    &NOT_EVALUATED,
    &THRESHOLD,
    &NUMBER,
    &VIOLATIONS,
    &VIOLATION,
    &SINCE,
    &EXEMPTED,
    &EXEMPTIONS,
    &EXEMPTION_END,
];

/// Every family that this room publishes.
pub fn families() -> impl Iterator<Item = &'static Desc> {
    let own = ALL.iter().filter_map(|check| check.count).map(|count| count.desc);
    // Two checks may feed the same family.
    let mut seen = Vec::new();
    COMMON.into_iter().chain(backups::FAMILIES).chain(own).filter(move |desc| {
        let new = !seen.contains(&desc.name);
        seen.push(desc.name);
        new
    })
}

/// The samples of all verdicts.
pub fn samples(inventory: &Inventory, results: &[CheckResult]) -> Vec<Family> {
    let (mut info, mut status) = (INFO.family(), STATUS.family());
    let mut not_evaluated = NOT_EVALUATED.family();
    let (mut threshold, mut number) = (THRESHOLD.family(), NUMBER.family());
    let mut own = Vec::new();
    for result in results {
        for (setting, value) in &result.thresholds {
            let labels = [result.id.clone(), setting.clone()];
            match value {
                Threshold::Duration(value) => threshold.set(labels, value.as_secs_f64()),
                #[expect(clippy::cast_precision_loss, reason = "thresholds are small")]
                Threshold::Count(value) => number.set(labels, *value as f64),
            }
        }
        let severity = Word::from(result.severity.label());
        info.set([result.id.clone(), severity, result.title.clone()], 1.0);
        for one in Status::ALL {
            let is_so = f64::from(u8::from(one == result.verdict.status()));
            status.set([result.id.clone(), one.label().into()], is_so);
        }
        let Some(violations) = result.violations() else {
            let reason = result.verdict.reason().unwrap_or_default();
            not_evaluated.set([result.id.clone(), reason.into()], 1.0);
            continue;
        };
        let violations: Vec<_> = violations.into_iter().cloned().collect();
        own.extend(result.count.map(|count| (count.samples)(inventory, &violations)));
    }
    let mut families = vec![info, controls(), status, not_evaluated, threshold, number];
    families.extend(violations(results));
    families.extend(backups::samples(inventory, results));
    families.extend(exemptions(results));
    families.extend(own);
    families
}

/// The repair of each check's findings, for all accounts.
pub fn repairs() -> Family {
    let mut repairs = REPAIR.family();
    for check in ALL {
        repairs.set([check.id, check.repair.panel].map(Word::from), 1.0);
    }
    repairs
}

/// The controls that each check gives evidence for.
fn controls() -> Family {
    let mut controls = CONTROL.family();
    for check in ALL {
        for control in check.controls() {
            let Control { framework, id, is_analogy } = control;
            let analogy = if is_analogy { "true" } else { "false" };
            controls.set([check.id, framework.label(), id, analogy].map(Word::from), 1.0);
        }
    }
    controls
}

/// The findings of all evaluated checks: how many, which, and since when.
fn violations(results: &[CheckResult]) -> [Family; 3] {
    let mut counts = VIOLATIONS.family();
    let (mut named, mut since) = (VIOLATION.family(), SINCE.family());
    for result in results {
        let Some(findings) = result.violations() else { continue };
        counts.add([result.id.clone(), result.severity.label().into()], 0.0);
        for finding in findings {
            let severity = Word::from(result.severity_of(finding).label());
            counts.count([result.id.clone(), severity.clone()]);
            let resource = &finding.resource;
            let labels = [
                result.id.clone(),
                severity,
                resource.project_id.clone(),
                resource.kind.clone(),
                resource.id.clone(),
                resource.name.clone(),
            ];
            if let Some(when) = finding.since {
                since.set(labels.clone(), amount(when.as_second()));
            }
            named.set(labels, 1.0);
        }
    }
    [counts, named, since]
}

/// The exempt findings of all checks, and the exemptions by state and with their ends.
fn exemptions(results: &[CheckResult]) -> [Family; 3] {
    let (mut exempted, mut states) = (EXEMPTED.family(), EXEMPTIONS.family());
    let mut ends = EXEMPTION_END.family();
    for result in results.iter().filter(|result| !result.exemptions.is_empty()) {
        if result.verdict.is_complete() {
            exempted.add([result.id.clone(), result.severity.label().into()], 0.0);
        }
        let findings = result.verdict.findings.iter();
        for finding in findings.filter(|finding| finding.exemption.is_some()) {
            let severity = result.severity_of(finding).label();
            exempted.count([result.id.clone(), severity.into()]);
        }
        for state in ExemptionState::ALL {
            states.add([result.id.clone(), state.label().into()], 0.0);
        }
        for (exemption, state) in &result.exemptions {
            states.count([result.id.clone(), state.label().into()]);
            let resource = exemption.resource.shown();
            let labels =
                [result.id.clone(), resource.as_str().into(), exemption.owner.as_str().into()];
            // The later end of two exemptions with one pattern counts.
            let known = ends.samples.get(labels.as_slice()).copied();
            if let Some(end) = exemption.until.end() {
                let end = amount(end.as_second());
                ends.set(labels, known.map_or(end, |known| known.max(end)));
            }
        }
    }
    [exempted, states, ends]
}

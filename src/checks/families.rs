//! Verdicts as metric families.

use crate::collectors::Inventory;
use crate::config::setting::Threshold;
use crate::family::{Desc, Family, Word, amount};

use super::result::CheckResult;
use super::verdict::Status;
use super::{ALL, backups};

static INFO: Desc = Desc::gauge(
    "ovhcloud_policy_check_info",
    "Always 1; the severity and title of each check",
    &["check", "severity", "title"],
);
static STATUS: Desc = Desc::gauge(
    "ovhcloud_policy_check_status",
    "1 for the status each check has, 0 for the others: pass, fail or not_evaluated",
    &["check", "status"],
);
static NOT_EVALUATED: Desc = Desc::gauge(
    "ovhcloud_policy_check_not_evaluated_info",
    "Always 1, for each check without a verdict, with the reason: not_collected, not_read, \
     incomplete, unclear, not_configured or disabled (the landing page names unclear resources)",
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
static VIOLATIONS: Desc = Desc::gauge(
    "ovhcloud_policy_violations",
    "Resources that violate each check; no sample where the check is not evaluated",
    &["check", "severity"],
);
static VIOLATION: Desc = Desc::of_few(
    "ovhcloud_policy_violation_info",
    "Always 1, for each resource that violates a check; kind is the collector that reads the \
     resource, project_id is empty for resources of the account",
    &["check", "severity", "project_id", "kind", "resource", "resource_name"],
);
static SINCE: Desc = Desc::of_few(
    "ovhcloud_policy_violation_since_timestamp_seconds",
    "The time since when each resource violates a check, in Unix time: from the resource's own \
     dates where they hold it, else its first sight",
    &["check", "severity", "project_id", "kind", "resource", "resource_name"],
);

/// The families that every check feeds.
static COMMON: [&Desc; 8] =
    [&INFO, &STATUS, &NOT_EVALUATED, &THRESHOLD, &NUMBER, &VIOLATIONS, &VIOLATION, &SINCE];

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
        let Some(findings) = result.findings() else {
            let reason = result.verdict.reason().unwrap_or_default();
            not_evaluated.set([result.id.clone(), reason.into()], 1.0);
            continue;
        };
        own.extend(result.count.map(|count| (count.samples)(inventory, findings)));
    }
    let mut families = vec![info, status, not_evaluated, threshold, number];
    families.extend(violations(results));
    families.extend(backups::samples(inventory, results));
    families.extend(own);
    families
}

/// The findings of all evaluated checks: how many, which, and since when.
fn violations(results: &[CheckResult]) -> [Family; 3] {
    let mut counts = VIOLATIONS.family();
    let (mut named, mut since) = (VIOLATION.family(), SINCE.family());
    for result in results {
        let Some(findings) = result.findings() else { continue };
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
                resource.id.as_str().into(),
                resource.name.as_str().into(),
            ];
            if let Some(when) = finding.since {
                since.set(labels.clone(), amount(when.as_second()));
            }
            named.set(labels, 1.0);
        }
    }
    [counts, named, since]
}

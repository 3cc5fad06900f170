//! What is judged: one file per family of checks, and one line each in the registry below.
//!
//! A check is a pure function from the inventory, its configuration and the time to a verdict.
//! It never passes for want of data: what it can't see makes it *not evaluated*.

pub(crate) mod credential;
pub(crate) mod exporter_credential;
pub(crate) mod policy;
pub(crate) mod ssh_key;

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::config::checks::Checks;
use crate::family::{Desc, Family, Word};
use crate::inventory::{Scope, Sections, Unknown};

/// Every check there is.
pub static ALL: &[&Check] = &[
    &credential::STALE,
    &credential::NEVER_USED,
    &ssh_key::UNLISTED,
    &policy::WILDCARD_ACTION,
    &exporter_credential::WRITES,
];

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
    "Always 1, for each check that has no verdict, with the reason: not_collected, not_read, \
     incomplete, unclear or not_configured (the landing page names what is unclear)",
    &["check", "reason"],
);
static VIOLATIONS: Desc = Desc::gauge(
    "ovhcloud_policy_violations",
    "Resources that violate each check; no sample where the check is not evaluated",
    &["check", "severity"],
);
static VIOLATION: Desc = Desc::of_few(
    "ovhcloud_policy_violation_info",
    "Always 1, for each resource that violates a check; project_id is empty for the account's own",
    &["check", "severity", "project_id", "resource", "resource_name"],
);

/// The families that every check feeds.
static COMMON: [&Desc; 5] = [&INFO, &STATUS, &NOT_EVALUATED, &VIOLATIONS, &VIOLATION];

/// Every family that this room publishes.
pub fn families() -> impl Iterator<Item = &'static Desc> {
    let own = ALL.iter().filter_map(|check| check.count).map(|count| count.desc);
    // Two checks may feed the same family.
    let mut seen = Vec::new();
    COMMON.into_iter().chain(own).filter(move |desc| {
        let new = !seen.contains(&desc.name);
        seen.push(desc.name);
        new
    })
}

/// How bad a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// To be repaired when there is time.
    Low,
    /// To be repaired soon.
    Medium,
    /// To be repaired today.
    High,
    /// To be repaired now.
    Critical,
}

impl Severity {
    /// The word used as label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A rule over the inventory.
#[derive(Debug)]
pub struct Check {
    /// Its name, snake case, never used again for another rule.
    pub id: &'static str,
    /// What a violation says, in a few words.
    pub title: &'static str,
    /// How bad a violation is.
    pub severity: Severity,
    /// The rule.
    pub evaluate: fn(&Inventory, &Checks, Timestamp) -> Verdict,
    /// A count of its own, for dashboards that ask for just that.
    pub count: Option<Count>,
}

/// A family that counts a check's findings in its own way.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// The family.
    pub desc: &'static Desc,
    /// Its samples, given the findings of a check that was evaluated.
    pub samples: fn(&Inventory, &[Finding]) -> Family,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Everything was seen, and all of it is well.
    Pass,
    /// These violate it; there may be more in what was not seen.
    Fail(Vec<Finding>),
    /// Nothing can be said: why, and of which objects, where it is their fault.
    NotEvaluated(Unknown, Vec<String>),
}

/// One resource that violates a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The project it belongs to, empty for the account.
    pub project_id: Word,
    /// OVHcloud's id of it.
    pub resource: String,
    /// What its owner calls it.
    pub resource_name: String,
}

/// What a rule says of one object.
pub(crate) enum Opinion {
    /// It is well.
    Fine,
    /// It violates the rule: its id and name.
    Violates(String, String),
    /// OVHcloud did not say what the rule needs to know of the object with this id.
    Unclear(String),
}

/// Asks a rule about every object of a kind. The rule passes only if all objects are known and
/// clear.
pub(crate) fn judge<S: Scope, T>(
    sections: &Sections<S, T>,
    rule: impl Fn(&T) -> Opinion,
) -> Verdict {
    if let Err(unknown) = sections.readable() {
        return Verdict::NotEvaluated(unknown, Vec::new());
    }
    let (mut findings, mut unclear) = (Vec::new(), Vec::new());
    for (scope, item) in sections.items() {
        match rule(item) {
            Opinion::Fine => {}
            Opinion::Unclear(id) => unclear.push(id),
            Opinion::Violates(resource, resource_name) => {
                findings.push(Finding { project_id: scope.project_id(), resource, resource_name });
            }
        }
    }
    if !findings.is_empty() {
        Verdict::Fail(findings)
    } else if !sections.is_whole() {
        Verdict::NotEvaluated(Unknown::Incomplete, Vec::new())
    } else if !unclear.is_empty() {
        Verdict::NotEvaluated(Unknown::Unclear, unclear)
    } else {
        Verdict::Pass
    }
}

/// A check with its verdict.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The check.
    pub check: &'static Check,
    /// What it says.
    pub verdict: Verdict,
}

impl Judged {
    /// The findings, if the check was evaluated.
    pub fn findings(&self) -> Option<&[Finding]> {
        match &self.verdict {
            Verdict::Pass => Some(&[]),
            Verdict::Fail(findings) => Some(findings),
            Verdict::NotEvaluated(..) => None,
        }
    }

    /// The word used as label value.
    pub fn status(&self) -> &'static str {
        match &self.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail(_) => "fail",
            Verdict::NotEvaluated(..) => "not_evaluated",
        }
    }
}

/// Asks every check.
pub fn evaluate(inventory: &Inventory, config: &Checks, now: Timestamp) -> Vec<Judged> {
    let judged = |check: &&'static Check| Judged {
        check,
        verdict: (check.evaluate)(inventory, config, now),
    };
    ALL.iter().map(judged).collect()
}

/// The samples of all verdicts.
pub fn samples(inventory: &Inventory, judged: &[Judged]) -> Vec<Family> {
    let (mut info, mut status) = (INFO.family(), STATUS.family());
    let (mut not_evaluated, mut violations) = (NOT_EVALUATED.family(), VIOLATIONS.family());
    let mut violation = VIOLATION.family();
    let mut own = Vec::new();
    for one in judged {
        let check = Word::from(one.check.id);
        let severity = Word::from(one.check.severity.label());
        info.set([check.clone(), severity.clone(), one.check.title.into()], 1.0);
        for word in ["pass", "fail", "not_evaluated"] {
            let is_so = f64::from(u8::from(word == one.status()));
            status.set([check.clone(), word.into()], is_so);
        }
        if let Verdict::NotEvaluated(unknown, _) = &one.verdict {
            not_evaluated.set([check.clone(), unknown.label().into()], 1.0);
        }
        let Some(findings) = one.findings() else { continue };
        violations.add([check.clone(), severity.clone()], 0.0);
        for finding in findings {
            violations.count([check.clone(), severity.clone()]);
            violation.set(
                [
                    check.clone(),
                    severity.clone(),
                    finding.project_id.clone(),
                    finding.resource.as_str().into(),
                    finding.resource_name.as_str().into(),
                ],
                1.0,
            );
        }
        own.extend(one.check.count.map(|count| (count.samples)(inventory, findings)));
    }
    let mut families = vec![info, status, not_evaluated, violations, violation];
    families.extend(own);
    families
}

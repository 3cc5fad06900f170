//! The changes of a refresh in the log: a line for each resource and finding that came, went or
//! changed since the refresh before.

mod findings;

use std::collections::BTreeMap;

use crate::changes::Outcome;
use crate::collectors::{Collect, Inventory, State, Subject, VisitMut};
use crate::inventory::{Change, Difference, Sections};
use crate::report::Report;

use findings::{FindingNews, findings, have_equal_settings};

/// The most lines of one refresh.
const LINES: usize = 100;

/// A line.
enum News<'a> {
    Resource { kind: &'static str, difference: &'a Difference },
    Finding(FindingNews<'a>),
}

/// Logs the differences from the report before, identities, keys and rights first, and the number of
/// those that are left out. Without a report before there are none.
pub(super) fn log(account: &str, report: &Report, before: Option<&Report>) {
    let Some(before) = before else { return };
    let (known, states) = (before.inventory.states(), report.inventory.states());
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (old, new) in known.iter().zip(&states) {
        counts.insert(new.name, new.changes.total().saturating_sub(old.changes.total()));
    }
    let findings = if have_equal_settings(report, before) {
        findings(report, before)
    } else {
        tracing::info!(
            account,
            "settings of the checks changed: findings are not compared in this refresh"
        );
        Vec::new()
    };
    counts.insert("finding", findings.len() as u64);
    let resources = |is_first| {
        let mut states: Vec<&State<'_>> = states.iter().collect();
        states.sort_by_key(|state| Subject::of(state.name));
        let asked =
            move |state: &&State<'_>| (Subject::of(state.name) < Subject::Resources) == is_first;
        states.into_iter().filter(asked).flat_map(|state| {
            let kind = state.name;
            state.latest.iter().map(move |difference| News::Resource { kind, difference })
        })
    };
    for line in resources(true)
        .chain(findings.into_iter().map(News::Finding))
        .chain(resources(false))
        .take(LINES)
    {
        if let Some(count) = counts.get_mut(line.kind()) {
            *count = count.saturating_sub(1);
        }
        line.log(account);
    }
    counts.retain(|_, count| *count > 0);
    if !counts.is_empty() {
        let kinds: Vec<_> = counts.iter().map(|(kind, count)| format!("{kind}:{count}")).collect();
        tracing::info!(
            account,
            left_out = counts.values().sum::<u64>(),
            kinds = kinds.join(","),
            "more changes than a refresh logs"
        );
    }
}

impl News<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Resource { kind, .. } => kind,
            Self::Finding(_) => "finding",
        }
    }

    fn log(&self, account: &str) {
        match self {
            Self::Resource { kind, difference } => {
                let Difference { change, project_id, id, name, members } = difference;
                let project_id = (!project_id.is_empty()).then_some(&**project_id);
                let members = (!members.is_empty()).then(|| members.join(","));
                let change = match change {
                    Change::Added => "added",
                    Change::Removed => "removed",
                    Change::Changed => "changed",
                };
                tracing::info!(account, kind, id, name, project_id, members, "resource {change}");
            }
            Self::Finding(one) => one.log(account),
        }
    }
}

impl FindingNews<'_> {
    fn log(&self, account: &str) {
        let Self { outcome, reason, members, check, finding } = self;
        let (message, has_evidence) = match outcome {
            Outcome::Appeared => ("finding appeared", true),
            Outcome::MayBeOlder => ("finding may be older", true),
            Outcome::Changed => ("finding changed", true),
            Outcome::ResourceRemoved => ("finding gone with its resource", false),
            Outcome::Resolved => ("finding resolved", false),
            Outcome::Unknown => ("finding unknown", false),
        };
        let (severity, check) = (check.severity_of(finding).label(), &*check.id);
        let resource = &finding.resource;
        let (kind, id, name) = (&*resource.kind, &*resource.id, &*resource.name);
        let project_id = (!resource.project_id.is_empty()).then_some(&*resource.project_id);
        let evidence = has_evidence.then_some(&*finding.evidence);
        let exempt = finding.exemption.is_some().then_some(true);
        let members = (!members.is_empty()).then(|| members.join(","));
        tracing::info!(
            account,
            check,
            severity,
            kind,
            id,
            name,
            project_id,
            evidence,
            exempt,
            members,
            reason,
            "{message}"
        );
    }
}

/// Forgets the names of the changes, which the log has: a published report lives until the next.
pub(super) fn forget(inventory: &mut Inventory) {
    inventory.each_mut(&mut Forget);
}

struct Forget;

impl<'a> VisitMut<'a> for Forget {
    fn visit<C: Collect>(&mut self, sections: &'a mut Sections<C::Scope, C>) {
        sections.latest = Vec::new();
    }
}

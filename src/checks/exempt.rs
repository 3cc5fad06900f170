//! Exemptions: the findings that the configuration accepts are marked, and violate nothing.

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::exemptions::{Exemption, Subject};

use super::result::{CheckResult, ExemptionState};
use super::tags::Tags;
use super::verdict::Resource;

/// Marks the findings that an exemption covers, each with the first one that does. `tags` looks up
/// the tags of a resource; unknown tags match nothing.
pub fn exempt<'t>(
    results: &mut [CheckResult],
    exemptions: &[Arc<Exemption>],
    now: Timestamp,
    tags: impl Fn(&Resource) -> Option<&'t Tags>,
) {
    for result in results {
        let of_check = exemptions.iter().filter(|one| one.checks.contains(&*result.id));
        for exemption in of_check.cloned().collect::<Vec<_>>() {
            let state = apply(&exemption, result, now, &tags);
            result.exemptions.push((exemption, state));
        }
    }
}

fn apply<'t>(
    exemption: &Arc<Exemption>,
    result: &mut CheckResult,
    now: Timestamp,
    tags: impl Fn(&Resource) -> Option<&'t Tags>,
) -> ExemptionState {
    if exemption.is_expired(now) {
        return ExemptionState::Expired;
    }
    let mut is_unused = result.verdict.is_complete();
    for finding in &mut result.verdict.findings {
        let Resource { kind, project_id, id, name } = &finding.resource;
        let tags = tags(&finding.resource);
        if exemption.covers(&result.id, Subject { kind, project_id, id, name, tags }) {
            is_unused = false;
            finding.exemption.get_or_insert_with(|| Arc::clone(exemption));
        }
        // The resource may have the tag.
        is_unused &= tags.is_some() || !exemption.resource.has_tag();
    }
    if is_unused { ExemptionState::Unused } else { ExemptionState::Active }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::checks::families::samples;
    use crate::checks::verdict::{Finding, Missing, Status, Verdict};
    use crate::collectors::Inventory;
    use crate::config::fixtures::exemption;
    use crate::config::severity::Severity;
    use crate::family::{Family, Word};
    use crate::inventory::Unseen;

    const LAST_DAY: &str = "2027-01-31T23:59:59Z";
    const AFTER: &str = "2027-02-01T00:00:00Z";

    fn result(ids: &[&str], missing: Option<Missing>) -> CheckResult {
        let finding = |id: &&str| Finding {
            resource: Resource {
                kind: "cloud_ssh_key".into(),
                project_id: "p1".into(),
                id: (*id).into(),
                name: format!("key {id}").into(),
            },
            evidence: String::new(),
            since: None,
            severity: None,
            exemption: None,
        };
        let findings = ids.iter().map(finding).collect();
        CheckResult {
            id: "sshkey_unlisted".into(),
            title: "title".into(),
            severity: Severity::High,
            verdict: Verdict { findings, missing, ..Verdict::default() },
            thresholds: Vec::new(),
            count: None,
            exemptions: Vec::new(),
        }
    }

    /// The status after an exemption of these resources, and its state.
    fn applied(mut result: CheckResult, resource: &str, now: &str) -> (Status, ExemptionState) {
        let exemptions = [Arc::new(exemption("sshkey_unlisted", resource))];
        let now = now.parse().unwrap();
        exempt(slice::from_mut(&mut result), &exemptions, now, |_| None);
        (result.verdict.status(), result.exemptions[0].1)
    }

    #[test]
    fn a_check_passes_if_all_its_findings_are_exempt() {
        use ExemptionState::{Active, Expired};
        let two = || result(&["a", "b"], None);
        assert_eq!(applied(two(), "glob: key *", LAST_DAY), (Status::Pass, Active));
        assert_eq!(applied(two(), "id: a", LAST_DAY), (Status::Fail, Active));
        assert_eq!(applied(two(), "glob: key *", AFTER), (Status::Fail, Expired));
    }

    #[test]
    fn missing_data_is_no_pass_and_no_proof_that_an_exemption_is_unused() {
        use ExemptionState::{Active, Unused};
        let missing = Some(Missing::Data(Unseen::Incomplete));
        let (all, incomplete) = ("glob: key *", || result(&["a"], missing));
        assert_eq!(applied(incomplete(), all, LAST_DAY), (Status::NotEvaluated, Active));
        assert_eq!(applied(result(&[], missing), all, LAST_DAY).1, Active);
        assert_eq!(applied(result(&[], None), all, LAST_DAY), (Status::Pass, Unused));
        assert_eq!(applied(result(&["a"], None), "id: b", LAST_DAY), (Status::Fail, Unused));
    }

    #[test]
    fn an_exemption_of_a_tag_needs_the_tag() {
        let exemptions = [Arc::new(exemption("sshkey_unlisted", "tag: env=test"))];
        let now = LAST_DAY.parse().unwrap();
        for (tags, status, state) in [
            (Some([("env", "test")]), Status::Pass, ExemptionState::Active),
            (Some([("env", "prod")]), Status::Fail, ExemptionState::Unused),
            (None, Status::Fail, ExemptionState::Active),
        ] {
            let tags = tags.map(|tags| tags.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
            let mut results = [result(&["a"], None)];
            exempt(&mut results, &exemptions, now, |_| tags.as_ref());
            let [CheckResult { verdict, exemptions: states, .. }] = &results;
            assert_eq!((verdict.status(), states[0].1), (status, state));
        }
    }

    /// The samples of a family, as `LABEL,…=VALUE`.
    fn lines(families: &[Family], name: &str) -> Vec<String> {
        let family = families.iter().find(|family| family.desc.name == name).unwrap();
        let line = |(labels, value): (&Vec<Word>, &f64)| {
            let labels: Vec<&str> = labels.iter().map(|label| &**label).collect();
            format!("{}={value}", labels.join(","))
        };
        family.samples.iter().map(line).collect()
    }

    #[test]
    fn exempt_findings_are_counted_apart() {
        let exemptions =
            ["id: a", "id: gone"].map(|pattern| Arc::new(exemption("sshkey_unlisted", pattern)));
        let mut results = [result(&["a", "b"], None)];
        exempt(&mut results, &exemptions, LAST_DAY.parse().unwrap(), |_| None);
        let families = samples(&Inventory::default(), &results);
        let of = |name: &str| lines(&families, name);
        assert_eq!(of("ovhcloud_policy_violations"), ["sshkey_unlisted,high=1"]);
        assert_eq!(of("ovhcloud_policy_exempted"), ["sshkey_unlisted,high=1"]);
        assert_eq!(
            of("ovhcloud_policy_exemptions"),
            ["sshkey_unlisted,active=1", "sshkey_unlisted,expired=0", "sshkey_unlisted,unused=1"]
        );
        assert_eq!(
            of("ovhcloud_policy_exemption_end_timestamp_seconds"),
            ["sshkey_unlisted,id=a,team-a=1801440000", "sshkey_unlisted,id=gone,team-a=1801440000"]
        );
        assert_eq!(of("ovhcloud_policy_violation_info").len(), 1);
    }
}

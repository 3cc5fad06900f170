//! Kubernetes clusters of versions that upstream does not maintain any more.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::leaving::judge_clusters;
use super::lifecycle;

static BEFORE: Setting<Duration> = Setting {
    name: "before",
    default: days(60),
    limits: (days(0), days(365)),
    help: "Report clusters of medium severity from this time before the end of life on",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "kube_version_eol",
    title: "Kubernetes version at its upstream end of life",
    severity: Severity::High,
    why: "Vulnerabilities of a version that upstream does not maintain stay open. OVHcloud's own \
          support may end at another date.",
    repair: Repair {
        panel: "Public Cloud > Project > Managed Kubernetes Service > the cluster: update it to \
                the next minor version",
        api: Some("POST /cloud/project/{serviceName}/kube/{kubeId}/update"),
    },
    needs: &["cloud_kube"],
    controls: &[controls::END_OF_LIFE],
    is_on: true,
    settings: &[BEFORE.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let soon = context.get(&BEFORE);
    judge_clusters(context, |cluster| {
        match context.lists.ends_of_life.find("kubernetes", &cluster.version) {
            Some((release, end)) => {
                lifecycle::opinion(context, format_args!("Kubernetes {release}"), end, soon)
            }
            None => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::cluster;
    use crate::checks::fixtures::{evaluated, nothing, project, said};
    use crate::collectors::Inventory;

    fn verdict(version: &str, now: &str) -> Verdict {
        let clusters = project(vec![cluster(json!({ "version": version }))]);
        evaluated(&CHECK, &Inventory { cloud_kube: clusters, ..nothing() }, now)
    }

    #[test]
    fn a_cluster_fails_from_sixty_days_before_its_end_and_worse_after_it() {
        // Kubernetes 1.34: 2026-10-27.
        let at = |now: &str| {
            let verdict = verdict("1.34.1-0", now);
            let severity = verdict.findings.first().and_then(|finding| finding.severity);
            (said(&verdict), severity)
        };
        assert_eq!(at("2026-08-29T00:00:00Z").0, "pass");
        assert_eq!(
            at("2026-08-29T00:00:01Z"),
            (
                "fail: upstream end of life of Kubernetes 1.34 is 2026-10-27".to_owned(),
                Some(Severity::Medium)
            )
        );
        assert_eq!(at("2026-10-27T23:59:59Z").1, Some(Severity::Medium));
        assert_eq!(
            at("2026-10-28T00:00:00Z"),
            ("fail: upstream end of life of Kubernetes 1.34 was 2026-10-27".to_owned(), None)
        );
    }

    #[test]
    fn an_unknown_version_is_unclear() {
        for version in ["1.99.0-0", "", "next"] {
            let said = said(&verdict(version, "2026-11-21T00:00:00Z"));
            assert_eq!(said, "not evaluated: unclear", "{version}");
        }
    }
}

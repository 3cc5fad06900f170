//! SSH keys that several projects have.

use std::collections::{BTreeSet, HashMap};

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::setting::Setting;
use crate::config::severity::Severity;
use crate::inventory::Project;

static PROJECTS: Setting<u64> = Setting {
    name: "projects",
    default: 1,
    limits: (1, 1000),
    help: "Report keys that more projects than this have",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "sshkey_shared",
    title: "SSH key that several projects have",
    severity: Severity::Info,
    why: "One key that opens the instances of several projects carries a break-in from one \
          project to the next.",
    repair: Repair {
        panel: "Public Cloud > Project > SSH Keys: give each project keys of its own",
        api: Some("DELETE /cloud/project/{serviceName}/sshkey/{keyId}"),
    },
    needs: &["cloud_ssh_key"],
    controls: &[&[(Framework::Iso27001, "A.5.17~")]],
    is_on: false,
    settings: &[PROJECTS.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let most = context.get(&PROJECTS);
    let keys = &context.inventory.cloud_ssh_key;
    let mut projects: HashMap<&str, BTreeSet<&Project>> = HashMap::new();
    for (project, key) in keys.items() {
        if let Some(prints) = &key.fingerprints {
            projects.entry(&prints.sha256).or_default().insert(project);
        }
    }
    judge(keys, |key| {
        let Some(prints) = &key.fingerprints else { return Opinion::Unclear };
        match projects.get(prints.sha256.as_str()).map_or(0, BTreeSet::len) {
            count if u64::try_from(count).is_ok_and(|count| count > most) => {
                let evidence = format!("{} is in {count} projects", prints.sha256);
                Violation::because(evidence).into()
            }
            _ => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::{SHA256, ssh_key};
    use crate::checks::fixtures::{nothing, outcome, outcome_with, project};
    use crate::collectors::Inventory;
    use crate::config::setting::Threshold;

    /// A key in this number of projects, twice in the first.
    fn inventory(projects: usize) -> Inventory {
        let mut keys = project(vec![ssh_key(json!({})), ssh_key(json!({ "id": "k2" }))]);
        for number in 1..projects {
            let mut other = project(vec![ssh_key(json!({}))]);
            let section = other.by_scope.pop_first().unwrap().1;
            keys.by_scope.insert(Project(format!("p1{number}").into()), section);
        }
        Inventory { cloud_ssh_key: keys, ..nothing() }
    }

    #[test]
    fn a_key_fails_in_each_project_once_more_have_it_than_allowed() {
        let evidence = format!("{SHA256} is in 2 projects");
        assert_eq!(outcome(&CHECK, &inventory(1)), "pass");
        assert_eq!(outcome(&CHECK, &inventory(2)), format!("fail: {}", [&*evidence; 3].join("; ")));
        let two =
            |projects| outcome_with(&CHECK, &inventory(projects), (&PROJECTS, Threshold::Count(2)));
        assert_eq!(two(2), "pass");
        assert!(two(3).starts_with("fail: "));
    }

    #[test]
    fn an_unreadable_key_is_unclear() {
        let keys = project(vec![ssh_key(json!({ "fingerprints": null }))]);
        let inventory = Inventory { cloud_ssh_key: keys, ..nothing() };
        assert_eq!(outcome(&CHECK, &inventory), "not evaluated: unclear");
    }
}

//! Instances that were created without an SSH key.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge_in};
use crate::collectors::Nullable;
use crate::collectors::cloud_instance::Instance;
use crate::config::severity::Severity;
use crate::inventory::Project;

use super::leaving::is_leaving;

pub(super) static CHECK: Check = Check {
    id: "instance_no_sshkey",
    title: "Instance created without an SSH key",
    severity: Severity::Low,
    why: "People may log in to the instance by a password, which can be guessed. Instances \
          that may be nodes of Managed Kubernetes, in the region of a cluster of the project, \
          are not judged.",
    repair: Repair {
        panel: "Make sure that the SSH server of the instance refuses passwords. Public Cloud > \
                Project > Instances: choose an SSH key when you create its successor",
        api: None,
    },
    needs: &["cloud_instance", "cloud_image", "cloud_kube"],
    controls: &[&[(Framework::Iso27001, "A.8.5~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_in(&context.inventory.cloud_instance, |project, instance| match instance.ssh_key {
        _ if is_leaving(&instance.status) => Opinion::Fine,
        Nullable::Value(_) => Opinion::Fine,
        Nullable::Unknown => Opinion::Unclear,
        Nullable::Null => match is_windows(context, project, instance) {
            Some(true) => Opinion::Fine,
            Some(false) if is_no_node(context, project, instance) => {
                Violation::because("created without an SSH key").since(instance.created).into()
            }
            Some(false) | None => Opinion::Unclear,
        },
    })
}

/// Whether an instance runs Windows, which has no SSH keys; `None` if its image is not known.
fn is_windows(context: &Context<'_>, project: &Project, instance: &Instance) -> Option<bool> {
    // OVHcloud's names of the flavors with a licence of Windows.
    if instance.flavor.starts_with("win-") {
        return Some(true);
    }
    let images = context.inventory.cloud_image.by_scope.get(project)?;
    let id = instance.image.as_ref()?;
    let image = images.items.iter().find(|image| image.id == *id)?;
    (!image.os_type.is_empty()).then(|| image.os_type.contains("windows"))
}

/// Whether no cluster can have the instance as a node: nodes are made by OVHcloud, without a key.
fn is_no_node(context: &Context<'_>, project: &Project, instance: &Instance) -> bool {
    let clusters = context.inventory.cloud_kube.whole(project);
    clusters.is_some_and(|all| all.iter().all(|cluster| cluster.region != instance.region))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::{cluster, instance};
    use crate::checks::fixtures::{in_part, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_image::Image;
    use crate::collectors::cloud_kube::Cluster;

    fn inventory(os_type: &str, clusters: Vec<Cluster>, members: Value) -> Inventory {
        let image = Image { id: "m1".into(), os_type: os_type.into(), ..Image::default() };
        Inventory {
            cloud_instance: project(vec![instance(members)]),
            cloud_image: project(vec![image]),
            cloud_kube: project(clusters),
            ..nothing()
        }
    }

    fn said(os_type: &str, clusters: Vec<Cluster>, members: Value) -> String {
        outcome(&CHECK, &inventory(os_type, clusters, members))
    }

    fn without_key() -> Value {
        json!({ "ssh_key": null })
    }

    #[test]
    fn linux_without_a_key_fails() {
        assert_eq!(said("linux", vec![], without_key()), "fail: created without an SSH key");
        assert_eq!(said("linux", vec![], json!({})), "pass");
        assert_eq!(said("windows", vec![], without_key()), "pass");
        let licence = json!({ "ssh_key": null, "flavor": "win-b3-8", "image": "gone" });
        assert_eq!(said("linux", vec![], licence), "pass");
        assert_eq!(said("linux", vec![], json!({ "ssh_key": null, "status": "DELETED" })), "pass");
    }

    #[test]
    fn an_instance_that_may_be_a_node_is_unclear() {
        let near = || vec![cluster(json!({}))];
        let far = vec![cluster(json!({ "region": "SBG5" }))];
        assert_eq!(said("linux", near(), without_key()), "not evaluated: unclear");
        assert_eq!(said("linux", far, without_key()), "fail: created without an SSH key");
        let part = Inventory {
            cloud_kube: in_part(project(vec![])),
            ..inventory("linux", vec![], without_key())
        };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
    }

    #[test]
    fn an_instance_without_a_known_system_is_unclear() {
        assert_eq!(said("", vec![], without_key()), "not evaluated: unclear");
        let gone = json!({ "ssh_key": null, "image": "gone" });
        assert_eq!(said("linux", vec![], gone), "not evaluated: unclear");
        let mut old = inventory("linux", vec![], json!({}));
        let unknown = Instance { ssh_key: Nullable::Unknown, ..instance(json!({})) };
        old.cloud_instance = project(vec![unknown]);
        assert_eq!(outcome(&CHECK, &old), "not evaluated: unclear");
    }
}

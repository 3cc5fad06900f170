//! Images and snapshots of a project that others may use.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "image_shared",
    title: "Image or snapshot that others may use",
    severity: Severity::High,
    why: "An image holds the files of a machine, often with its passwords and keys. One of \
          visibility shared can be used by the projects that were invited, which are not read: \
          there may be none, and its severity is low.",
    repair: Repair {
        panel: "Horizon > Compute > Images (Project > Instance Backup lists the snapshots): set \
                the visibility to private, or delete the image",
        api: None,
    },
    needs: &["cloud_instance_snapshot", "cloud_image"],
    controls: &[controls::PUBLIC],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let snapshots = &context.inventory.cloud_instance_snapshot;
    let images = &context.inventory.cloud_image;
    judge(snapshots, |snapshot| opinion(&snapshot.visibility)).and(judge(images, |image| {
        match &*image.visibility {
            // OVHcloud's own images, for everybody.
            "public" => Opinion::Fine,
            visibility => opinion(visibility),
        }
    }))
}

fn opinion(visibility: &str) -> Opinion {
    let violation = Violation::because(format!("visibility {visibility}"));
    match visibility {
        "private" => Opinion::Fine,
        "public" | "community" => violation.into(),
        "shared" => violation.severity(Severity::Low).into(),
        _ => Opinion::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::instance_snapshot;
    use crate::checks::fixtures::{NOW, evaluated, in_part, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_image::Image;

    fn inventory(snapshot: &str, image: &str) -> Inventory {
        let image = Image { id: "m1".into(), visibility: image.into(), ..Image::default() };
        Inventory {
            cloud_instance_snapshot: project(vec![instance_snapshot(
                json!({ "visibility": snapshot }),
            )]),
            cloud_image: project(vec![image]),
            ..nothing()
        }
    }

    #[test]
    fn all_but_private_fails_and_a_public_image_is_ovhclouds() {
        let said = |snapshot, image| outcome(&CHECK, &inventory(snapshot, image));
        assert_eq!(said("private", "private"), "pass");
        assert_eq!(said("private", "public"), "pass");
        assert_eq!(said("public", "public"), "fail: visibility public");
        assert_eq!(said("shared", "community"), "fail: visibility shared; visibility community");
        let severity =
            |snapshot| evaluated(&CHECK, &inventory(snapshot, "public"), NOW).findings[0].severity;
        assert_eq!((severity("public"), severity("shared")), (None, Some(Severity::Low)));
    }

    #[test]
    fn an_unknown_visibility_is_unclear() {
        assert_eq!(outcome(&CHECK, &inventory("", "public")), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &inventory("private", "new")), "not evaluated: unclear");
    }

    #[test]
    fn snapshots_alone_are_no_verdict_about_images() {
        let part =
            Inventory { cloud_image: in_part(project(vec![])), ..inventory("private", "public") };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
    }
}

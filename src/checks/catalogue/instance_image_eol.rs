//! Instances of images whose distribution is at its end of life.

use std::time::Duration;

use foldhash::HashMap;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, judge_each};
use crate::collectors::cloud_image::Image;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;
use crate::inventory::Unseen;

use super::leaving::is_leaving;
use super::lifecycle;

static BEFORE: Setting<Duration> = Setting {
    name: "before",
    default: days(60),
    limits: (days(0), days(365)),
    help: "Report instances of medium severity from this time before the end of life on",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "instance_image_eol",
    title: "Instance of a distribution at its end of life",
    severity: Severity::High,
    why: "A distribution past its end of life gets no repairs of vulnerabilities. The image is the \
          one at the creation of the instance: its system may have been upgraded since.",
    repair: Repair {
        panel: "Upgrade the system of the instance, and exempt it until it is replaced; or Public \
                Cloud > Project > Instances: create it again from a current image",
        api: None,
    },
    needs: &["cloud_instance", "cloud_image"],
    controls: &[controls::END_OF_LIFE],
    is_on: true,
    settings: &[BEFORE.spec()],
    evaluate,
    count: None,
};

/// An image of another product than those of the table is unclear, and so are those of the owner.
/// Where no image is collected at all, which the verdict says, it does not name each instance in addition.
fn evaluate(context: &Context<'_>) -> Verdict {
    let soon = context.get(&BEFORE);
    let all = &context.inventory.cloud_image;
    let is_collected = all.unseen() != Some(Unseen::NotCollected);
    let release = |image: &Image| context.lists.ends_of_life.find_image(&image.name);
    judge_each(&context.inventory.cloud_instance, |project| {
        let images = all.by_scope.get(project).into_iter().flat_map(|section| &*section.items);
        let releases: HashMap<_, _> =
            images.map(|image| (image.id.as_str(), release(image))).collect();
        move |instance| {
            if !is_collected || is_leaving(&instance.status) {
                return Opinion::Fine;
            }
            match instance.image.as_deref().and_then(|image| releases.get(image)) {
                Some(Some((product, release, end))) => {
                    lifecycle::opinion(context, format_args!("{product} {release}"), *end, soon)
                }
                Some(None) | None => Opinion::Unclear,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::instance;
    use crate::checks::fixtures::{NOW, at, evaluated, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::inventory::{Project, Sections};

    fn outcome_of(image: &str, members: Value) -> String {
        let image = Image { id: "m1".into(), name: image.into(), ..Default::default() };
        let inventory = Inventory {
            cloud_instance: project(vec![instance(members)]),
            cloud_image: project(vec![image]),
            ..nothing()
        };
        outcome(&CHECK, &inventory)
    }

    #[test]
    fn an_instance_is_as_old_as_its_image() {
        let said = |image| outcome_of(image, json!({}));
        assert_eq!(said("Debian 11"), "fail: upstream end of life of debian 11 was 2026-08-31");
        assert_eq!(said("Debian 12"), "pass");
        assert_eq!(outcome_of("Debian 11", json!({ "status": "DELETED" })), "pass");
    }

    #[test]
    fn without_its_collector_no_instance_is_named_beside() {
        let cloud_instance = project(vec![instance(json!({}))]);
        let inventory = Inventory { cloud_instance, cloud_image: Sections::default(), ..nothing() };
        let verdict = evaluated(&CHECK, &inventory, NOW);
        assert_eq!(verdict.reason(), Some("not_collected"));
        assert_eq!(verdict.unclear, []);
        // The images of this project alone are unknown: of a verdict about it nothing else may be missing.
        let cloud_image = Sections::known(Project("p2".into()), at(NOW), Vec::new());
        let inventory = Inventory { cloud_image, ..inventory };
        assert_eq!(outcome(&CHECK, &inventory), "not evaluated: unclear");
    }

    #[test]
    fn an_image_that_is_not_known_is_unclear() {
        assert_eq!(outcome_of("web server of 2019", json!({})), "not evaluated: unclear");
        assert_eq!(outcome_of("Debian 12", json!({ "image": "m2" })), "not evaluated: unclear");
        assert_eq!(outcome_of("Debian 12", json!({ "image": null })), "not evaluated: unclear");
    }
}

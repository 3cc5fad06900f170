//! Products of the account whose ends of life were stated long ago.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Resource, Verdict};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;
use crate::family::Word;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(30), days(3650)),
    help: "Report products whose ends of life were stated longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "end_of_life_table_old",
    title: "Known ends of life are out of date",
    severity: Severity::Low,
    why: "A table of ends of life ages silently: newer releases are unknown, and ends that were \
          moved are wrong.",
    repair: Repair {
        panel: "Upgrade the exporter, or name current files of endoflife.date in end_of_life.files",
        api: None,
    },
    needs: &["cloud_kube", "cloud_image"],
    controls: &[controls::END_OF_LIFE],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

/// Kubernetes, if the account has a cluster, and the distributions of its images.
fn evaluate(context: &Context<'_>) -> Verdict {
    let table = &context.lists.ends_of_life;
    let mut used = BTreeSet::new();
    if context.inventory.cloud_kube.items().next().is_some() {
        used.insert("kubernetes");
    }
    let images = context.inventory.cloud_image.items();
    used.extend(
        images.filter_map(|(_, image)| table.find_image(&image.name)).map(|(name, ..)| name),
    );
    let mut verdict = Verdict::default();
    let limit = context.get(&AFTER);
    for (product, stated) in table.stated().filter(|(product, _)| used.contains(product)) {
        let (id, name) = (product.into(), product.into());
        let (kind, project_id) = ("end_of_life".into(), Word::default());
        let opinion = context.overdue("stated", stated, limit);
        verdict.add(opinion, || Resource { kind, project_id, id, name });
    }
    verdict
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::cluster;
    use crate::checks::fixtures::{evaluated, nothing, outcome, project, said};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_image::Image;

    fn inventory(images: &[&str]) -> Inventory {
        let image = |name: &&str| Image { name: (*name).into(), ..Default::default() };
        Inventory {
            cloud_kube: project(vec![cluster(json!({}))]),
            cloud_image: project(images.iter().map(image).collect()),
            ..nothing()
        }
    }

    #[test]
    fn a_product_of_the_account_fails_a_year_after_it_was_stated() {
        // The own table: Debian as of 2026-05-19, Kubernetes as of 2026-11-21.
        let at = |now: &str| said(&evaluated(&CHECK, &inventory(&["Debian 12"]), now));
        assert_eq!(at("2027-05-19T00:00:00Z"), "pass");
        assert_eq!(at("2027-05-19T00:00:01Z"), "fail: stated 2026-05-19");
        let both = "fail: stated 2026-05-19; stated 2026-11-21";
        assert_eq!(at("2027-11-21T00:00:01Z"), both);
    }

    #[test]
    fn a_product_that_the_account_does_not_have_is_left_out() {
        let at = |inventory| said(&evaluated(&CHECK, &inventory, "2030-01-01T00:00:00Z"));
        assert_eq!(at(inventory(&[])), "fail: stated 2026-11-21");
        assert_eq!(at(nothing()), "pass");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

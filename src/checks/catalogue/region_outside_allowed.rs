//! Resources in regions on no allow list.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, judge};
use crate::config::lists::ListName;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "region_outside_allowed",
    title: "Resource in a region that is on no allow list",
    severity: Severity::High,
    why: "Data outside of the agreed places may break contracts and laws. Attackers use regions \
          that nobody watches.",
    repair: Repair {
        panel: "Public Cloud > Project > the resource: create it again in an allowed region and \
                delete it here, or add the region to lists.regions",
        api: None,
    },
    needs: &[
        "cloud_instance",
        "cloud_instance_snapshot",
        "cloud_volume",
        "cloud_volume_snapshot",
        "cloud_volume_backup",
        "cloud_storage_s3",
        "cloud_storage_swift",
        "cloud_database",
        "cloud_kube",
        "cloud_floating_ip",
        "okms",
    ],
    controls: &[controls::LOCATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::Regions) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    let one = |region: &str| match region {
        "" => Opinion::Unclear,
        // The list is in lower case.
        region => allowed.opinion(&[&region.to_lowercase()], &format!("region {region}")),
    };
    let inventory = context.inventory;
    judge(&inventory.cloud_instance, |it| one(&it.region))
        .and(judge(&inventory.cloud_instance_snapshot, |it| one(&it.region)))
        .and(judge(&inventory.cloud_volume, |it| one(&it.region)))
        .and(judge(&inventory.cloud_volume_snapshot, |it| one(&it.region)))
        .and(judge(&inventory.cloud_volume_backup, |it| one(&it.region)))
        .and(judge(&inventory.cloud_storage_s3, |it| one(&it.region)))
        .and(judge(&inventory.cloud_storage_swift, |it| one(&it.region)))
        .and(judge(&inventory.cloud_kube, |it| one(&it.region)))
        .and(judge(&inventory.cloud_floating_ip, |it| one(&it.region)))
        .and(judge(&inventory.okms, |it| one(&it.region)))
        .and(judge(&inventory.cloud_database, |database| {
            let mut each = database.regions.iter().map(|region| one(region));
            let outside = each.find(|opinion| !matches!(opinion, Opinion::Fine));
            let is_known = !database.regions.is_empty();
            outside.unwrap_or(if is_known { Opinion::Fine } else { Opinion::Unclear })
        }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::{cluster, database, instance};
    use crate::checks::fixtures::{nothing, outcome, outcome_listed, project};
    use crate::collectors::Inventory;
    use crate::inventory::Sections;

    fn inventory(regions: [&str; 2]) -> Inventory {
        Inventory {
            cloud_instance: project(vec![instance(json!({ "region": "GRA11" }))]),
            cloud_kube: project(vec![cluster(json!({ "region": "SBG5" }))]),
            cloud_database: project(vec![database(json!({ "regions": regions }))]),
            ..nothing()
        }
    }

    fn said(inventory: &Inventory, entry: &str) -> String {
        outcome_listed(&CHECK, inventory, ListName::Regions, entry)
    }

    #[test]
    fn every_kind_is_in_an_allowed_region() {
        let all = inventory(["GRA", "SBG"]);
        assert_eq!(said(&all, "'*'"), "pass");
        assert_eq!(
            said(&all, "gra*"),
            "fail: region SBG5 is on no allow list; region SBG is on no allow list"
        );
        assert_eq!(
            said(&all, "'?BG*'"),
            "fail: region GRA11 is on no allow list; region GRA is on no allow list"
        );
        assert_eq!(outcome(&CHECK, &all), "not evaluated: not_configured");
    }

    #[test]
    fn an_unknown_region_and_a_kind_that_is_not_read_are_no_pass() {
        let unknown = Inventory {
            cloud_database: project(vec![database(json!({ "regions": [] }))]),
            ..inventory(["GRA", "GRA"])
        };
        assert_eq!(said(&unknown, "'*'"), "not evaluated: unclear");
        let unread = Inventory { cloud_volume: Sections::default(), ..inventory(["GRA", "GRA"]) };
        assert_eq!(said(&unread, "'*'"), "not evaluated: not_collected");
    }
}

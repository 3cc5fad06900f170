//! S3 buckets without object lock.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "s3_no_object_lock",
    title: "S3 bucket without object lock",
    severity: Severity::Low,
    why: "Without object lock, a stolen S3 key is enough to delete or encrypt every object, \
          also in a bucket of backups.",
    repair: Repair {
        panel: "Public Cloud > Project > Object Storage: create a bucket with object lock, copy \
                the objects, and delete this one: object lock is set when a bucket is created",
        api: Some("POST /cloud/project/{serviceName}/region/{regionName}/storage"),
    },
    needs: &["cloud_storage_s3_bucket"],
    controls: &[&[(Framework::Soc2, "PI1.5"), (Framework::Dora, "12")]],
    is_on: false,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_storage_s3_bucket, |bucket| match &*bucket.object_lock {
        "enabled" => Opinion::Fine,
        "disabled" => Violation::because("object lock disabled").into(),
        _ => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::bucket;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(lock: &str) -> String {
        let buckets = project(vec![bucket(json!({ "object_lock": lock }))]);
        outcome(&CHECK, &Inventory { cloud_storage_s3_bucket: buckets, ..nothing() })
    }

    #[test]
    fn a_bucket_without_object_lock_fails() {
        assert_eq!(said("enabled"), "pass");
        assert_eq!(said("disabled"), "fail: object lock disabled");
    }

    #[test]
    fn a_bucket_whose_object_lock_is_not_known_is_unclear() {
        assert_eq!(said(""), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

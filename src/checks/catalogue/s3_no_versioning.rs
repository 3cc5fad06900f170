//! S3 buckets without versions of their objects.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "s3_no_versioning",
    title: "S3 bucket without versioning",
    severity: Severity::Medium,
    why: "An object that is overwritten or deleted, by mistake or by an attacker, is gone.",
    repair: Repair {
        panel: "Public Cloud > Project > Object Storage: switch versioning on for the bucket",
        api: Some("PUT /cloud/project/{serviceName}/region/{regionName}/storage/{name}"),
    },
    needs: &["cloud_storage_s3_bucket"],
    controls: &[&[
        (Framework::Iso27001, "A.8.3 A.8.10"),
        (Framework::Soc2, "CC7.4 A1.2"),
        (Framework::SecNumCloud, "12.5 17.6"),
        (Framework::Ccm, "BCR-08"),
    ]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_storage_s3_bucket, |bucket| match &*bucket.versioning {
        "enabled" => Opinion::Fine,
        "disabled" | "suspended" => {
            Violation::because(format!("versioning is {}", bucket.versioning)).into()
        }
        _ => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::cloud::bucket;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;
    use serde_json::json;

    #[test]
    fn versioning_is_to_be_enabled() {
        let with = |versioning: &str| {
            let bucket = bucket(json!({"versioning": versioning}));
            let cloud_storage_s3_bucket = project(vec![bucket]);
            outcome(&CHECK, &Inventory { cloud_storage_s3_bucket, ..nothing() })
        };
        assert_eq!(with("enabled"), "pass");
        assert_eq!(with("disabled"), "fail: versioning is disabled");
        assert_eq!(with("suspended"), "fail: versioning is suspended");
        assert_eq!(with(""), "not evaluated: unclear");
    }
}

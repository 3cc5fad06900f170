//! S3 buckets without encryption by OVHcloud.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "s3_no_encryption",
    title: "S3 bucket without encryption",
    severity: Severity::Medium,
    why: "Those who get hold of a disk of the storage, or of a copy of it, read objects that \
          are not encrypted.",
    repair: Repair {
        panel: "Public Cloud > Project > Object Storage: set the bucket's encryption to SSE-OMK; \
                objects that exist already stay as they are until they are written again",
        api: Some("PUT /cloud/project/{serviceName}/region/{regionName}/storage/{name}"),
    },
    needs: &["cloud_storage_s3_bucket"],
    controls: &[&[
        (Framework::Iso27001, "A.8.24"),
        (Framework::SecNumCloud, "10.1"),
        (Framework::Dora, "7"),
    ]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_storage_s3_bucket, |bucket| match &*bucket.encryption {
        "" => Opinion::Unclear,
        "plaintext" => Violation::because("encryption plaintext").into(),
        _ => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::bucket;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(encryption: &str) -> String {
        let buckets = project(vec![bucket(json!({ "encryption": encryption }))]);
        outcome(&CHECK, &Inventory { cloud_storage_s3_bucket: buckets, ..nothing() })
    }

    #[test]
    fn a_bucket_without_encryption_fails() {
        assert_eq!(said("AES256"), "pass");
        assert_eq!(said("plaintext"), "fail: encryption plaintext");
    }

    #[test]
    fn a_bucket_whose_encryption_is_not_known_is_unclear() {
        assert_eq!(said(""), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

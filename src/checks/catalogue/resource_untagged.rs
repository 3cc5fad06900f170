//! Resources without the required tags.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, Violation, judge};
use crate::collectors::Nullable;
use crate::config::setting::{Kind, Spec};
use crate::config::severity::Severity;

use super::policies::some;

const TAGS: Spec = Spec {
    name: "tags",
    help: "Keys of the tags that each resource is to have; without any, resources are not judged",
    flag: None,
    kind: Kind::Names,
};

pub(super) static CHECK: Check = Check {
    id: "resource_untagged",
    title: "Resource lacks a required tag",
    severity: Severity::Low,
    why: "Nobody knows whose it is, and no policy by tag covers it.",
    repair: Repair {
        panel: "Identity, Security & Operations > Resources: add the tag",
        api: Some("POST /v2/iam/resource/{resourceURN}/tag"),
    },
    needs: &["iam_resource"],
    controls: &[controls::INVENTORY],
    is_on: false,
    settings: &[TAGS],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let required = context.names(&TAGS);
    if required.is_empty() {
        return Verdict::missing(Missing::NotConfigured);
    }
    judge(&context.inventory.iam_resource, |resource| {
        let tags = match &resource.tags {
            Nullable::Unknown => return Opinion::Unclear,
            Nullable::Null => None,
            Nullable::Value(tags) => Some(tags),
        };
        let has = |key: &str| tags.is_some_and(|tags| tags.contains_key(key));
        let lacking: Vec<_> = required.iter().filter(|key| !has(key)).map(String::as_str).collect();
        if lacking.is_empty() {
            return Opinion::Fine;
        }
        Violation::because(format!("lacks the tag {}", some(&lacking))).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, account, nothing};
    use crate::checks::fixtures::{evaluated_with, said};
    use crate::collectors::Inventory;
    use crate::collectors::iam_resource::IamResource;
    use crate::config::checks::Checks;

    fn with(required: &[&str], tags: Nullable<&[&str]>) -> String {
        let tags = match tags {
            Nullable::Value(keys) => {
                Nullable::Value(keys.iter().map(|&key| (key.to_owned(), String::new())).collect())
            }
            Nullable::Null => Nullable::Null,
            Nullable::Unknown => Nullable::Unknown,
        };
        let resource = IamResource { tags, ..IamResource::default() };
        let mut checks = Checks::default();
        let settings = checks.each.entry(CHECK.id).or_default();
        settings.names.insert("tags", required.iter().map(|&key| key.to_owned()).collect());
        let known = Inventory { iam_resource: account(vec![resource]), ..nothing() };
        said(&evaluated_with(&CHECK, &known, &checks, NOW))
    }

    #[test]
    fn each_required_tag_is_to_be_there() {
        let required = &["owner", "env"][..];
        assert_eq!(with(required, Nullable::Value(&["env", "owner", "more"])), "pass");
        assert_eq!(with(required, Nullable::Value(&["env"])), "fail: lacks the tag owner");
        assert_eq!(with(required, Nullable::Null), "fail: lacks the tag owner, env");
        assert_eq!(with(required, Nullable::Unknown), "not evaluated: unclear");
    }

    #[test]
    fn nothing_is_evaluated_without_required_tags() {
        assert_eq!(with(&[], Nullable::Null), "not evaluated: not_configured");
    }
}

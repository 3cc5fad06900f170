//! Swift containers that everybody can read.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "swift_public",
    title: "Swift container that everybody can read",
    severity: Severity::Critical,
    why: "Everybody who knows or guesses the address reads the objects of the container. A \
          container of type static is a website, and is public on purpose more often: it is \
          reported with severity medium.",
    repair: Repair {
        panel: "Public Cloud > Project > Object Storage > Containers: make the container \
                private, and give temporary addresses to those who need single objects",
        api: Some("PUT /cloud/project/{serviceName}/storage/{containerId}"),
    },
    needs: &["cloud_storage_swift"],
    controls: &[controls::PUBLIC],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_storage_swift, |container| match &*container.container_type {
        "public" => Violation::because("type public").into(),
        "static" => Violation::because("type static, a website").severity(Severity::Medium).into(),
        "private" => Opinion::Fine,
        _ => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::swift;
    use crate::checks::fixtures::{NOW, evaluated, nothing, outcome, project};
    use crate::collectors::Inventory;

    fn inventory(kind: &str) -> Inventory {
        let containers = project(vec![swift(json!({ "container_type": kind }))]);
        Inventory { cloud_storage_swift: containers, ..nothing() }
    }

    #[test]
    fn a_public_container_fails_and_a_website_less_urgently() {
        assert_eq!(outcome(&CHECK, &inventory("private")), "pass");
        assert_eq!(outcome(&CHECK, &inventory("public")), "fail: type public");
        assert_eq!(outcome(&CHECK, &inventory("static")), "fail: type static, a website");
        let severity = |kind| evaluated(&CHECK, &inventory(kind), NOW).findings[0].severity;
        assert_eq!((severity("public"), severity("static")), (None, Some(Severity::Medium)));
    }

    #[test]
    fn an_unknown_type_is_unclear() {
        assert_eq!(outcome(&CHECK, &inventory("")), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &inventory("shared")), "not evaluated: unclear");
    }
}

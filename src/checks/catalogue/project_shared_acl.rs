//! Public Cloud projects that other accounts may use, outside of the policies of IAM.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "project_shared_acl",
    title: "Public Cloud project shared with another account",
    severity: Severity::Medium,
    why: "The other account reads or changes the project, and no policy of IAM shows or limits \
          it.",
    repair: Repair {
        panel: "Public Cloud > Project > Settings > Contacts and Rights: remove the account, and \
                give the rights that it needs by a policy of IAM",
        api: Some("DELETE /cloud/project/{serviceName}/acl/{accountId}"),
    },
    needs: &["cloud_project_acl"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_project_acl, |entry| {
        let access = match &*entry.access {
            "readWrite" => "may read and write",
            "readOnly" => "may read",
            _ => "has rights in",
        };
        Violation::because(format!("account {} {access} the project", entry.account)).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{in_part, nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_project_acl::AclEntry;

    fn with(access: &str) -> Inventory {
        let entry = AclEntry { account: "ab12345-ovh".to_owned(), access: access.into() };
        Inventory { cloud_project_acl: project(vec![entry]), ..nothing() }
    }

    #[test]
    fn each_other_account_fails_with_its_access() {
        for (access, expected) in [
            ("readWrite", "fail: account ab12345-ovh may read and write the project"),
            ("readOnly", "fail: account ab12345-ovh may read the project"),
            ("", "fail: account ab12345-ovh has rights in the project"),
        ] {
            assert_eq!(outcome(&CHECK, &with(access)), expected);
        }
        assert_eq!(outcome(&CHECK, &nothing()), "pass");
    }

    #[test]
    fn a_list_that_is_not_whole_is_no_pass() {
        let part = Inventory { cloud_project_acl: in_part(project(vec![])), ..nothing() };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}

//! OpenStack users with more S3 access keys than a rotation needs.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::setting::Setting;
use crate::config::severity::Severity;

static MOST: Setting<u64> = Setting {
    name: "most",
    default: 2,
    limits: (1, 100),
    help: "Report OpenStack users with more S3 access keys than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "cloud_s3_credentials_many",
    title: "OpenStack user with more S3 access keys than a rotation needs",
    severity: Severity::Medium,
    why: "A rotation needs two access keys for a while. Each further one is a secret that \
          nobody watches: OVHcloud reports neither the age nor the use of a key.",
    repair: Repair {
        panel: "Public Cloud > Project > Settings > Users & Roles: find out which access keys of \
                the user are in use, and delete the others",
        api: Some("DELETE /cloud/project/{serviceName}/user/{userId}/s3Credentials/{access}"),
    },
    needs: &["cloud_s3_credential"],
    controls: &[&[(Framework::CisAws3, "1.13")]],
    is_on: true,
    settings: &[MOST.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let most = context.get(&MOST);
    judge(&context.inventory.cloud_s3_credential, |user| {
        if u64::try_from(user.count).is_ok_and(|count| count <= most) {
            return Opinion::Fine;
        }
        Violation::because(format!("{} access keys", user.count)).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{in_part, nothing, outcome, outcome_with, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_s3_credential::S3Credentials;
    use crate::config::setting::Threshold;

    fn with(count: usize) -> Inventory {
        let keys = project(vec![S3Credentials { user_id: 7, count }]);
        Inventory { cloud_s3_credential: keys, ..nothing() }
    }

    #[test]
    fn two_keys_are_enough_for_a_rotation() {
        assert_eq!(outcome(&CHECK, &with(2)), "pass");
        assert_eq!(outcome(&CHECK, &with(3)), "fail: 3 access keys");
        let one = |count| outcome_with(&CHECK, &with(count), (&MOST, Threshold::Count(1)));
        assert_eq!((one(1).as_str(), one(2).as_str()), ("pass", "fail: 2 access keys"));
    }

    #[test]
    fn keys_that_were_not_read_are_no_verdict() {
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
        let part = Inventory { cloud_s3_credential: in_part(project(vec![])), ..nothing() };
        assert_eq!(outcome(&CHECK, &part), "not evaluated: incomplete");
    }
}

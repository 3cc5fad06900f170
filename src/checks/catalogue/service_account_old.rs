//! Old service accounts.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::clients::judge_service_accounts;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report service accounts created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "service_account_old",
    title: "Secret of a service account not rotated",
    severity: Severity::Medium,
    why: "The secret of a service account has no end and cannot be renewed.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Service accounts: create a new \
                service account with the same policies, use it in place of the old \
                one, remove the old one from the policies and delete it",
        api: Some("DELETE /me/api/oauth2/client/{clientId}"),
    },
    needs: &["oauth2_client", "exporter_credential"],
    controls: &[controls::ROTATION],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge_service_accounts(context, |client| match client.created {
        Some(created) => context.overdue("created", created, limit),
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::oauth2_client::Client;

    fn client(flow: &str) -> Client {
        Client {
            id: "EU.1".to_owned(),
            name: "ci".to_owned(),
            flow: flow.into(),
            identity: Some(IDENTITY.to_owned()),
            created: Some(at("2026-01-01T00:00:00Z")),
            callback_urls: Vec::new(),
        }
    }

    const IDENTITY: &str = "urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1";

    fn created(date: &str, flow: &str) -> String {
        let client = Client { created: date.parse().ok(), ..client(flow) };
        outcome(&CHECK, &Inventory { oauth2_client: account(vec![client]), ..nothing() })
    }

    #[test]
    fn a_year_is_allowed_and_a_second_more_is_not() {
        let flow = "CLIENT_CREDENTIALS";
        assert_eq!(created("2025-11-21T00:00:00Z", flow), "pass");
        assert_eq!(created("2025-11-20T23:59:59Z", flow), "fail: created 2025-11-20");
        assert_eq!(created("", flow), "not evaluated: unclear");
    }

    #[test]
    fn a_client_that_acts_for_people_has_no_rights_of_its_own() {
        assert_eq!(created("2015-11-20T23:59:59Z", "AUTHORIZATION_CODE"), "pass");
        assert_eq!(created("2015-11-20T23:59:59Z", ""), "not evaluated: unclear");
    }
}

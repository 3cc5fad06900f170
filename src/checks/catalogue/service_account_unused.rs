//! Service accounts that no policy names.

use std::collections::BTreeSet;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::clients::judge_service_accounts;
use super::policies::is_expired;

pub(super) static CHECK: Check = Check {
    id: "service_account_unused",
    title: "Service account without rights",
    severity: Severity::Low,
    why: "No policy that applies names it: it is left over. Its real last use is not in the API.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Service accounts: find its owner, \
                and delete it if no program uses it",
        api: Some("DELETE /me/api/oauth2/client/{clientId}"),
    },
    needs: &["oauth2_client", "iam_policy", "exporter_credential"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let policies = context.inventory.iam_policy.items().map(|(_, policy)| policy);
    let live: Vec<_> = policies.filter(|policy| !is_expired(policy, context.now)).collect();
    let are_known = context.inventory.iam_policy.unseen().is_none()
        && live.iter().all(|policy| policy.identities.is_some());
    let named: BTreeSet<_> =
        live.iter().flat_map(|policy| policy.identities.iter().flatten()).collect();
    judge_service_accounts(context, |client| match &client.identity {
        Some(identity) if named.contains(identity) => Opinion::Fine,
        Some(_) if are_known => Violation::because("no policy names it").into(),
        Some(_) | None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::Nullable;
    use crate::collectors::iam_policy::Policy;
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

    fn with(identities: Option<&[&str]>, expires: &str, client: Client) -> String {
        let identities = identities.map(|all| all.iter().map(|&one| one.to_owned()).collect());
        let expires = expires.parse().map_or(Nullable::Null, Nullable::Value);
        let policy = Policy { identities, expires, ..Policy::default() };
        let (oauth2_client, iam_policy) = (account(vec![client]), account(vec![policy]));
        outcome(&CHECK, &Inventory { iam_policy, oauth2_client, ..nothing() })
    }

    #[test]
    fn a_service_account_is_to_be_in_a_policy_that_applies() {
        let account = || client("CLIENT_CREDENTIALS");
        assert_eq!(with(Some(&[IDENTITY]), "", account()), "pass");
        assert_eq!(with(Some(&[IDENTITY]), "2026-11-21T00:00:01Z", account()), "pass");
        assert_eq!(with(Some(&[IDENTITY]), NOW, account()), "fail: no policy names it");
        assert_eq!(with(Some(&[]), "", account()), "fail: no policy names it");
        assert_eq!(with(Some(&[]), "", client("AUTHORIZATION_CODE")), "pass");
    }

    #[test]
    fn unknown_identities_are_unclear() {
        let unclear = "not evaluated: unclear";
        assert_eq!(with(None, "", client("CLIENT_CREDENTIALS")), unclear);
        let nameless = Client { identity: None, ..client("CLIENT_CREDENTIALS") };
        assert_eq!(with(Some(&[]), "", nameless), unclear);
    }
}

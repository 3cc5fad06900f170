//! Policies for identities that are gone.

use std::collections::BTreeSet;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::policies::{identity, judge_own, some};

pub(super) static CHECK: Check = Check {
    id: "policy_dangling_identity",
    title: "IAM policy names a user, group or service account that does not exist",
    severity: Severity::Medium,
    why: "A new identity of that name inherits the rights.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: remove the identity from the policy",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["iam_policy", "account", "iam_user", "iam_group", "oauth2_client"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let inventory = context.inventory;
    let is_complete = [
        inventory.iam_user.unseen(),
        inventory.iam_group.unseen(),
        inventory.oauth2_client.unseen(),
    ] == [None; 3];
    let users = inventory.iam_user.items().map(|(_, user)| ("user", user.login.as_str()));
    let groups = inventory.iam_group.items().map(|(_, group)| ("group", group.name.as_str()));
    let clients = inventory.oauth2_client.items().map(|(_, one)| ("credential", one.id.as_str()));
    let known: BTreeSet<_> = users.chain(groups).chain(clients).collect();
    judge_own(context, |policy| {
        let (Some(identities), Some(own)) = (&policy.identities, context.nichandle()) else {
            return Opinion::Unclear;
        };
        let is_gone = |(kind, account, name): &(&str, &str, &str)| {
            let name =
                name.strip_prefix("oauth2-").filter(|_| *kind == "credential").unwrap_or(name);
            let is_judged = ["user", "group", "credential"].contains(kind);
            *account == own && is_judged && !known.contains(&(*kind, name))
        };
        let gone = identities.iter().filter_map(|urn| identity(urn)).filter(is_gone);
        let gone: Vec<_> = gone.map(|(kind, _, name)| format!("{kind} {name}")).collect();
        let gone: Vec<_> = gone.iter().map(String::as_str).collect();
        match gone.is_empty() {
            true => Opinion::Fine,
            // It may be among those that were not read.
            false if !is_complete => Opinion::Unclear,
            false => Violation::because(format!("names {}", some(&gone))).into(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::policy;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;
    use crate::collectors::iam_group::Group;
    use crate::collectors::iam_policy::Policy;
    use crate::collectors::iam_user::User;
    use crate::collectors::oauth2_client::Client;

    fn inventory(identity: &str) -> Inventory {
        let (name, urn) = ("ops".to_owned(), String::new());
        let group = Group { name, urn, role: "NONE".into(), is_default: Some(false) };
        let user = User { login: "ann".to_owned(), ..User::default() };
        let client = Client {
            id: "EU.1".to_owned(),
            name: "ci".to_owned(),
            flow: "CLIENT_CREDENTIALS".into(),
            identity: None,
            created: None,
            callback_urls: Vec::new(),
        };
        let profile = Profile { nichandle: "xx1-ovh".to_owned(), ..Profile::default() };
        let identities = Some(vec![format!("urn:v1:eu:identity:{identity}")]);
        Inventory {
            iam_policy: account(vec![Policy { identities, ..policy(&[]) }]),
            iam_user: account(vec![user]),
            iam_group: account(vec![group]),
            oauth2_client: account(vec![client]),
            account: account(vec![profile]),
            ..nothing()
        }
    }

    #[test]
    fn each_identity_of_the_account_is_to_exist() {
        for known in ["user:xx1-ovh/ann", "group:xx1-ovh/ops", "credential:xx1-ovh/oauth2-EU.1"] {
            assert_eq!(outcome(&CHECK, &inventory(known)), "pass", "{known}");
        }
        let gone = outcome(&CHECK, &inventory("user:xx1-ovh/bob"));
        assert_eq!(gone, "fail: names user bob");
        let gone = outcome(&CHECK, &inventory("credential:xx1-ovh/oauth2-EU.2"));
        assert_eq!(gone, "fail: names credential oauth2-EU.2");
    }

    #[test]
    fn identities_of_other_accounts_and_the_owner_are_not_judged() {
        for other in ["user:zz9-ovh/bob", "account:xx1-ovh"] {
            assert_eq!(outcome(&CHECK, &inventory(other)), "pass", "{other}");
        }
    }

    #[test]
    fn an_incomplete_list_of_users_accuses_nobody() {
        let mut partial = inventory("user:xx1-ovh/bob");
        for section in partial.iam_user.by_scope.values_mut() {
            section.whole = false;
        }
        assert_eq!(outcome(&CHECK, &partial), "not evaluated: incomplete");
    }
}

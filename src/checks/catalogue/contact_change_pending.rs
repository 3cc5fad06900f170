//! Changes of contacts that involve another account.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "contact_change_pending",
    title: "Change of the contacts of a service to another account is pending",
    severity: Severity::High,
    why: "The administrator contact of a service owns it in practice.",
    repair: Repair {
        panel: "Account name > Contacts > My requests: refuse the change, unless it is meant",
        api: Some("POST /me/task/contactChange/{id}/refuse"),
    },
    needs: &["contact_change", "account"],
    controls: &[controls::ESCALATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let own = context.nichandle();
    judge(&context.inventory.contact_change, |change| {
        let parties = [change.to.as_str(), change.asked_by.as_str()];
        match (change.is_open(), own) {
            (Some(false), _) => Opinion::Fine,
            (None, _) | (_, None) => Opinion::Unclear,
            (Some(true), Some(own)) if parties.iter().all(|party| *party == own) => Opinion::Fine,
            (Some(true), Some(_)) if parties.contains(&"") => Opinion::Unclear,
            (Some(true), Some(_)) => {
                let evidence = format!(
                    "{} to {}, requested by {}",
                    change.service, change.to, change.asked_by
                );
                Violation::because(evidence).since(change.requested).into()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;
    use crate::collectors::contact_change::ContactChange;

    fn with(state: &str, to: &str, asked_by: &str) -> String {
        let change = ContactChange {
            id: Some(1),
            state: state.into(),
            service: "vps-1".to_owned(),
            to: to.to_owned(),
            asked_by: asked_by.to_owned(),
            ..ContactChange::default()
        };
        let profile = Profile { nichandle: "xx1-ovh".to_owned(), ..Profile::default() };
        let inventory = Inventory {
            contact_change: account(vec![change]),
            account: account(vec![profile]),
            ..nothing()
        };
        outcome(&CHECK, &inventory)
    }

    #[test]
    fn an_open_change_with_another_account_fails() {
        let open = with("todo", "zz9-ovh", "xx1-ovh");
        assert_eq!(open, "fail: vps-1 to zz9-ovh, requested by xx1-ovh");
        assert!(with("validatingByCustomers", "xx1-ovh", "zz9-ovh").starts_with("fail: "));
        assert_eq!(with("todo", "xx1-ovh", "xx1-ovh"), "pass");
        assert_eq!(with("done", "zz9-ovh", "zz9-ovh"), "pass");
    }

    #[test]
    fn an_unknown_state_or_party_is_unclear() {
        assert_eq!(with("of tomorrow", "zz9-ovh", "zz9-ovh"), "not evaluated: unclear");
        assert_eq!(with("todo", "", "xx1-ovh"), "not evaluated: unclear");
    }
}

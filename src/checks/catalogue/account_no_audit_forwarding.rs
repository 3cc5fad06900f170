//! Logs of the account that nobody else keeps.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::collectors::log_subscription::{LOGS, count};
use crate::config::severity::Severity;
use crate::inventory::Account;

pub(super) static CHECK: Check = Check {
    id: "account_no_audit_forwarding",
    title: "Logs of the account are not forwarded",
    severity: Severity::High,
    why: "OVHcloud alone keeps the logs, for a time it does not state: traces of an attack end \
          with it.",
    repair: Repair {
        panel: "Identity, Security & Operations > Logs: forward each kind of log to a data stream \
                that the account cannot delete",
        api: None,
    },
    needs: &["account", "log_subscription"],
    controls: &[controls::LOGS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The account is the resource: a log without a subscription has none to name.
fn evaluate(context: &Context<'_>) -> Verdict {
    let section = context.inventory.log_subscription.by_scope.get(&Account);
    let counts = LOGS.map(|log| (log, section.and_then(|section| count(section, log))));
    let silent: Vec<_> =
        counts.iter().filter(|(_, count)| *count == Some(0)).map(|(log, _)| *log).collect();
    judge(&context.inventory.account, |_| {
        if !silent.is_empty() {
            let evidence = format!("no subscription to the logs of: {}", silent.join(", "));
            Violation::because(evidence).into()
        } else if counts.iter().all(|(_, count)| count.is_some()) {
            Opinion::Fine
        } else {
            Opinion::Unclear
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::account::Profile;
    use crate::collectors::log_subscription::Subscription;
    use crate::family::Word;
    use crate::inventory::Section;

    fn with(read: &[&str], subscribed: &[&str]) -> String {
        let subscription = |log: &&str| Subscription {
            id: (*log).to_owned(),
            log: (*log).into(),
            kind: "audit".into(),
            service: String::new(),
            stream: String::new(),
            created: None,
        };
        let parts = read.iter().map(|log| (Word::from(*log), Some(at(NOW)))).collect();
        let items = subscribed.iter().map(subscription).collect();
        let section = Section { parts, ..Section::new(at(NOW), true, items) };
        let mut inventory = Inventory { account: account(vec![Profile::default()]), ..nothing() };
        inventory.log_subscription.by_scope.insert(Account, section);
        outcome(&CHECK, &inventory)
    }

    #[test]
    fn each_log_is_to_be_forwarded() {
        assert_eq!(with(&LOGS, &LOGS), "pass");
        let silent = with(&LOGS, &["iam"]);
        assert!(silent.starts_with("fail: no subscription to the logs of: "), "{silent}");
        assert!(silent.contains("audit") && silent.contains("api") && !silent.contains("iam,"));
    }

    #[test]
    fn a_log_that_was_not_read_is_no_pass() {
        assert_eq!(with(&["iam"], &["iam"]), "not evaluated: unclear");
        assert_eq!(with(&["iam"], &[]), "fail: no subscription to the logs of: iam");
        assert_eq!(with(&[], &[]), "not evaluated: unclear");
    }
}

//! Managed databases in the public network that let in every address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::collectors::is_everywhere;
use crate::config::severity::Severity;

use super::leaving::judge_databases;

pub(super) static CHECK: Check = Check {
    id: "database_open_to_world",
    title: "Managed database that lets in every address",
    severity: Severity::Critical,
    why: "Everybody who learns one password of the database reads and deletes its data, and \
          everybody may try passwords.",
    repair: Repair {
        panel: "Public Cloud > Project > Databases > the service > Authorised IPs: replace the \
                block by the addresses of the applications",
        api: None,
    },
    needs: &["cloud_database"],
    controls: &[controls::PUBLIC],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_databases(context, |database| {
        let blocks = database.ip_restrictions.as_deref();
        let open = blocks.map(|all| all.iter().find(|block| is_everywhere(block)));
        match (&*database.network, open) {
            ("private", _) | (_, Some(None)) => Opinion::Fine,
            ("public", Some(Some(block))) => {
                Violation::because(format!("{block} may connect")).into()
            }
            (_, None | Some(Some(_))) => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::database;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let databases = project(vec![database(members)]);
        outcome(&CHECK, &Inventory { cloud_database: databases, ..nothing() })
    }

    #[test]
    fn a_public_database_fails_when_every_address_may_connect() {
        let with = |network: &str, blocks: &[&str]| {
            said(json!({ "network": network, "ip_restrictions": blocks }))
        };
        assert_eq!(with("public", &["192.0.2.0/24", "0.0.0.0/0"]), "fail: 0.0.0.0/0 may connect");
        assert_eq!(with("public", &["::/0"]), "fail: ::/0 may connect");
        assert_eq!(with("public", &["192.0.2.0/24"]), "pass");
        assert_eq!(with("private", &["0.0.0.0/0"]), "pass");
        // OVHcloud lets nobody in until a block is added.
        assert_eq!(with("public", &[]), "pass");
    }

    #[test]
    fn unknown_blocks_or_an_unknown_network_are_unclear() {
        for members in [
            json!({ "network": "public", "ip_restrictions": null }),
            json!({ "network": "", "ip_restrictions": ["0.0.0.0/0"] }),
        ] {
            assert_eq!(said(members), "not evaluated: unclear");
        }
    }
}

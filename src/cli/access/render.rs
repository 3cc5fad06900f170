//! The answers of the command `access` as text and as CSV.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use crate::findings::cells::lines;
use crate::findings::phrases::duration;
use crate::findings::printable::printable;

use super::keys::KeyView;
use super::views::{AccountView, Answer, IdentityView, PolicyView, RightView};

/// The columns of identities with their roles and policies.
const IDENTITIES: [&str; 15] = [
    "account",
    "identity",
    "identity_kind",
    "name",
    "level",
    "way",
    "by",
    "permissions_group",
    "allow",
    "except",
    "deny",
    "resources",
    "conditional",
    "unresolved",
    "incomplete",
];
/// The columns of rights.
const RIGHTS: [&str; 11] = [
    "account",
    "identity",
    "identity_kind",
    "name",
    "action",
    "resource",
    "decision",
    "by",
    "step",
    "unresolved",
    "incomplete",
];

/// One account as text: its state, then the answer.
pub(super) fn text(account: &AccountView) -> String {
    let mut text = format!("account {}, read at {}", account.account, account.read_at);
    if let Some(age) = account.age_seconds {
        text += " (from the state file, ";
        text += &duration(age);
        text += " ago)";
    }
    text.push('\n');
    for one in &account.incomplete {
        let _infallible = writeln!(
            text,
            "incomplete: {} ({}): decisions that depend on it are unknown, and identities may be \
             missing",
            one.collector, one.reason
        );
    }
    text.push('\n');
    match &account.answer {
        Answer::Identities(all) if all.is_empty() => text += "no known identity has this name\n",
        Answer::Identities(all) => all.iter().for_each(|one| identity(&mut text, one)),
        Answer::Rights(all) if all.is_empty() => {
            text += "no known identity may do it, and none is denied it by a policy\n";
        }
        Answer::Rights(all) => all.iter().for_each(|one| right(&mut text, one)),
        Answer::Escalations(all) if all.is_empty() => {
            text += "no known identity but the account itself can give itself more rights\n";
        }
        Answer::Escalations(all) => escalations(&mut text, all),
    }
    keys(&mut text, account.application_keys.as_deref());
    printable_lines(&text)
}

/// Names come from the account: nothing in them controls the terminal.
fn printable_lines(text: &str) -> String {
    text.split_inclusive('\n').map(|line| printable(line.trim_end_matches('\n')) + "\n").collect()
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn identity(text: &mut String, one: &IdentityView) {
    let IdentityView { identity, identity_kind, name, level, .. } = one;
    line(text, &format!("{name} ({identity_kind}): {level}"));
    line(text, &format!("  {identity}"));
    if one.level_without_conditions != one.level {
        line(text, &format!("  without rights under conditions: {}", one.level_without_conditions));
    }
    if *identity_kind == "account" {
        line(text, "  the account itself: everything, and no policy limits it");
    }
    for role in &one.roles {
        line(text, &format!("  role {} of group {}", role.role, role.group));
    }
    for one in &one.policies {
        policy(text, one);
    }
    text.push('\n');
}

fn policy(text: &mut String, one: &PolicyView) {
    let PolicyView { policy_id, policy_name, by, level, .. } = one;
    let conditional = if one.conditional { ", under conditions" } else { "" };
    line(text, &format!("  policy {policy_name} ({policy_id}): {level}{conditional}, by {by}"));
    for part in &one.parts {
        let group = part.permissions_group.as_deref();
        let from = group.map_or(String::new(), |urn| format!(" of {urn}"));
        for (word, list) in [("allow", &part.allow), ("except", &part.except), ("deny", &part.deny)]
        {
            if !list.is_empty() {
                line(text, &format!("    {word}{from}: {}", list.join(", ")));
            }
        }
    }
    line(text, &format!("    on: {}", one.resources.join(", ")));
    for unknown in &one.unresolved {
        line(text, &format!("    unknown: {unknown}"));
    }
}

fn reasons(one: &RightView) -> String {
    let reasons = [one.ways.as_slice(), &one.unresolved].concat();
    if reasons.is_empty() { "nothing allows it".to_owned() } else { reasons.join("; ") }
}

fn right(text: &mut String, one: &RightView) {
    let RightView { identity_kind, name, decision, .. } = one;
    line(text, &format!("{decision:<12} {name} ({identity_kind}): {}", reasons(one)));
}

/// The steps of each identity: the actions with the same effect stand together.
fn escalations(text: &mut String, all: &[RightView]) {
    for of_identity in all.chunk_by(|one, next| one.identity == next.identity) {
        let mut steps: BTreeMap<(&str, String), Vec<&RightView>> = BTreeMap::new();
        for one in of_identity {
            steps
                .entry((one.step.as_deref().unwrap_or("unknown"), reasons(one)))
                .or_default()
                .push(one);
        }
        if let Some(first) = of_identity.first() {
            line(text, &format!("{} ({})", first.name, first.identity_kind));
        }
        for ((step, reasons), actions) in steps {
            line(text, &format!("  {step}: {reasons}"));
            for one in actions.iter().filter(|one| one.step.is_some()) {
                line(text, &format!("    {} {} on {}", one.decision, one.action, one.resource));
            }
        }
    }
}

fn keys(text: &mut String, keys: Option<&[KeyView]>) {
    let Some(keys) = keys else {
        line(text, "\napplication keys: unknown");
        return;
    };
    if keys.is_empty() {
        return;
    }
    line(
        text,
        "\napplication keys that write; a key has the rights of its rules as far as the user has \
         them who validated it, whom OVHcloud does not report:",
    );
    for key in keys {
        let id = key.credential_id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
        let rules = key.rules.as_ref().map_or("rules unknown".to_owned(), |rules| rules.join(", "));
        let escalates = if key.escalates == Some(true) { "may give rights, " } else { "" };
        line(text, &format!("  {id} of application {}: {escalates}{rules}", key.application));
    }
}

/// The answers as CSV with a header.
///
/// # Errors
///
/// As [`lines`].
pub(super) fn csv(accounts: &[AccountView]) -> io::Result<String> {
    let header = match accounts.first().map(|account| &account.answer) {
        Some(Answer::Identities(_)) => IDENTITIES.as_slice(),
        _ => &RIGHTS,
    };
    let rows = accounts.iter().flat_map(|account| {
        let incomplete: Vec<&str> = account.incomplete.iter().map(|one| one.collector).collect();
        let incomplete = incomplete.join(" ");
        let rows = match &account.answer {
            Answer::Identities(all) => all.iter().flat_map(identity_rows).collect(),
            Answer::Rights(all) | Answer::Escalations(all) => {
                all.iter().map(right_row).collect::<Vec<_>>()
            }
        };
        let whole = move |row: Vec<String>| {
            [vec![account.account.clone()], row, vec![incomplete.clone()]].concat()
        };
        rows.into_iter().map(whole)
    });
    lines(header, rows)
}

fn identity_rows(one: &IdentityView) -> Vec<Vec<String>> {
    let start = || {
        [one.identity.as_str(), one.identity_kind, &one.name, one.level].map(str::to_owned).to_vec()
    };
    let empty = |count: usize| vec![String::new(); count];
    let roles = one.roles.iter().map(|role| {
        let way = format!("role {} of group {}", role.role, role.group);
        [start(), vec![way], empty(8)].concat()
    });
    let mut rows: Vec<_> = roles.collect();
    for policy in &one.policies {
        for part in &policy.parts {
            let group = part.permissions_group.clone().unwrap_or_default();
            let lists = [&part.allow, &part.except, &part.deny, &policy.resources];
            let way = vec![policy.policy_id.clone(), policy.by.clone(), group];
            let end = vec![policy.conditional.to_string(), policy.unresolved.join(" ")];
            rows.push([start(), way, lists.map(|list| list.join(" ")).to_vec(), end].concat());
        }
        // All its permissions are unknown, or it has none.
        if policy.parts.is_empty() {
            let way = vec![policy.policy_id.clone(), policy.by.clone()];
            let end = [policy.resources.join(" "), policy.conditional.to_string()];
            let end = [end.as_slice(), &[policy.unresolved.join(" ")]].concat();
            rows.push([start(), way, empty(4), end].concat());
        }
    }
    if rows.is_empty() {
        rows.push([start(), empty(9)].concat());
    }
    rows
}

fn right_row(one: &RightView) -> Vec<String> {
    vec![
        one.identity.clone(),
        one.identity_kind.to_owned(),
        one.name.clone(),
        one.action.clone(),
        one.resource.clone(),
        one.decision.to_owned(),
        one.by.join(" "),
        one.step.clone().unwrap_or_default(),
        one.unresolved.join(" "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_whose_permissions_are_unknown_has_a_row() {
        let unknown = "the permissions group urn:v1:eu:permissionsGroup:x:y";
        let policy = PolicyView {
            policy_id: "p1".to_owned(),
            policy_name: "ops".to_owned(),
            by: "urn:ops".to_owned(),
            level: "unknown",
            conditional: false,
            resources: vec!["urn:one".to_owned()],
            parts: Vec::new(),
            unresolved: vec![unknown.to_owned()],
        };
        let ann = IdentityView {
            identity: "urn:ann".to_owned(),
            identity_kind: "user",
            name: "ann".to_owned(),
            level: "unknown",
            level_without_conditions: "unknown",
            roles: Vec::new(),
            policies: vec![policy],
        };
        let row = [
            "urn:ann", "user", "ann", "unknown", "p1", "urn:ops", "", "", "", "", "urn:one",
            "false", unknown,
        ];
        assert_eq!(identity_rows(&ann), [row]);
    }
}

//! Exemptions and allow lists for the tests of this room and of others.

use super::allowed::List;
use super::document;
use super::errors::ConfigErrors;
use super::exemptions::{Exemption, Known, read};
use super::lists::{ListName, entries};
use super::notes::Notes;
use super::table::Value;

/// The exemptions, errors and warnings of a list.
pub(crate) fn parsed(text: &str) -> (Vec<Exemption>, Vec<String>, Vec<String>) {
    let known = Known {
        checks: vec![
            ("credential_stale", "api_credential"),
            ("sshkey_unlisted", "cloud_ssh_key"),
            ("volume_no_backup", "cloud_volume"),
        ],
        collectors: vec!["cloud_ssh_key", "iam_user"],
    };
    let notes = Notes::of("e.yaml");
    let node = document::parse(text).unwrap_or_else(|_| panic!("{text}"));
    let found = read(Value::whole(node, &notes), &known);
    let warnings = notes.warnings();
    (found, notes.errors(ConfigErrors::default()).0, warnings)
}

/// An allow list of one entry.
pub(crate) fn allowed(list: ListName, entry: &str) -> List {
    let notes = Notes::of("list.yaml");
    let node = document::parse(&format!("- {entry}\n")).unwrap_or_else(|_| panic!("{entry}"));
    let found = entries(Value::whole(node, &notes), list);
    assert_eq!(notes.errors(ConfigErrors::default()), ConfigErrors::default());
    List::of(found)
}

/// An exemption of one check by the members of a resource, until 2027-01-31.
pub(crate) fn exemption(check: &str, resource: &str) -> Exemption {
    let text = format!(
        "- {{check: {check}, resource: {{{resource}}}, reason: r, owner: team-a, until: \
         2027-01-31}}\n"
    );
    let (mut found, errors, _) = parsed(&text);
    assert_eq!(errors, Vec::<String>::new());
    found.remove(0)
}

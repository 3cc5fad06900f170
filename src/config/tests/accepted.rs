//! Allow lists, exemptions and ends of life, in the configuration and in files of their own.

use jiff::Timestamp;

use super::allowed::Standing;
use super::checks::Checks;
use super::lists::ListName;
use super::until::Until;
use super::*;
use crate::end_of_life::End;

const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
const SHA256: &str = "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn standing(checks: &Checks, list: ListName, name: &str) -> Option<Standing> {
    let now = at("2026-11-21T00:00:00Z");
    checks.lists.get(list).map(|list| list.standing(now, &[name]))
}

#[test]
fn each_list_is_read_from_the_configuration_and_from_files() {
    let text = format!(
        "lists:\n  ssh_keys:\n    allowed: [{{key: '{KEY} until=2020-01-01 owner=alice'}}]\n    \
         files: [keys, more.yaml]\n  users:\n    allowed: [alice, '*@example.com']\n  regions: \
         {{allowed: ['GRA*'], files: [regions.yml]}}\n  projects: {{allowed: [], files: []}}\n  \
         applications: {{allowed: [{{name: 42, owner: team, until: 2026-11-20}}]}}\n"
    );
    let environment = with_token()
        .file("keys", "# nobody\n")
        .file("more.yaml", "- MD5:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef\n")
        .file("regions.yml", "- name: SBG5\n  owner: network\n");
    let checks = resolved(environment, &text).unwrap().checks;
    let standing = |list, name| standing(&checks, list, name);
    let ended = |until: &str, owner: &str| {
        let until = Until::parse(until).unwrap();
        Some(Standing::Ended { until, owner: Some(owner.to_owned()) })
    };
    assert_eq!(standing(ListName::SshKeys, SHA256), ended("2020-01-01", "alice"));
    let md5 = "MD5:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef";
    assert_eq!(standing(ListName::SshKeys, md5), Some(Standing::Listed));
    assert_eq!(standing(ListName::Users, "bob@example.com"), Some(Standing::Listed));
    assert_eq!(standing(ListName::Users, "bob"), Some(Standing::Unlisted));
    assert_eq!(standing(ListName::Regions, "gra11"), Some(Standing::Listed));
    assert_eq!(standing(ListName::Regions, "sbg5"), Some(Standing::Listed));
    assert_eq!(standing(ListName::Applications, "42"), ended("2026-11-20", "team"));
    assert_eq!(standing(ListName::Projects, "p1"), None, "an empty list is no list");
    assert_eq!(standing(ListName::CloudUsers, "u"), None);
}

#[test]
fn every_error_of_lists_exemptions_and_their_files_is_reported_at_once() {
    let text = "checks:\n  credential_stale: {after: soon}\n  sshkey_unlistd: {}\nlists:\n  \
                users:\n    allowed: [{name: 'a[b]'}, {owner: o}, {name: a, until: x}]\n    \
                files: [users.yaml, missing.yaml]\n  ssh_keys: {files: [keys]}\n  user: {}\n\
                exemptions:\n  - {check: x, resource: {id: a}, reason: r, owner: o}\n\
                exemption_files: [e.yaml]\nend_of_life: {files: [kubernetes.json]}\n";
    let environment = with_token()
        .file("users.yaml", "alice: {}\n")
        .file("keys", &format!("{KEY}\n{KEY} until=never\n"))
        .file("e.yaml", "- check: sshkey_unlisted\n  resource: {kind: iam_user}\n")
        .file("kubernetes.json", "[{\"cycle\": \"1\", \"eol\": \"soon\"}]");
    let expected = [
        "f.yaml:7:25: lists.users.files[1]: `missing.yaml`: no such file; expected a YAML list",
        "keys:2: until: expected a date such as 2027-01-31, got \"never\"",
        "users.yaml:1:1: expected a list, found a mapping; start each item with \"- \"",
        "e.yaml:1:3: [0]: no reason; add `reason`: why the findings are accepted",
        "e.yaml:1:3: [0]: no owner; add `owner`: who accepts them",
        "e.yaml:1:3: [0]: no end; add `until`: the last day of the exemption, such as 2027-01-31",
        "kubernetes.json:1:29: invalid value: string \"soon\", expected a date such as 2027-01-31",
        "f.yaml:2:29: checks.credential_stale.after: expected a duration with a unit, such as 30s, \
         5m or 90d, got \"soon\"",
        "f.yaml:3:3: checks.sshkey_unlistd: unknown check; did you mean `sshkey_unlisted`?",
        "f.yaml:6:22: lists.users.allowed[0].name: brackets are not supported; write `?` for one \
         character, or an entry for each name",
        "f.yaml:6:31: lists.users.allowed[1]: no name; add `name`",
        "f.yaml:6:60: lists.users.allowed[2].until: expected a date such as 2027-01-31, got \"x\"",
        "f.yaml:9:3: lists.user: unknown key; did you mean `users`?",
        "f.yaml:11:5: exemptions[0]: no end; add `until`: the last day of the exemption, such as \
         2027-01-31",
        "f.yaml:11:13: exemptions[0].check: unknown check; expected credential_stale, \
         credential_never_used, sshkey_unlisted",
    ];
    let found = resolved(environment, text).unwrap_err();
    let mut found: Vec<_> = found.lines().collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn entries_that_allow_or_exempt_everything_are_warnings() {
    let text = "lists: {regions: {allowed: ['*']}, users: {files: [u.yaml]}}\nexemptions:\n  - \
                {check: credential_stale, resource: {glob: '*'}, reason: r, owner: o, until: \
                2027-01-31}\n";
    let config = resolved(with_token().file("u.yaml", "- name: '**'\n"), text).unwrap();
    assert_eq!(
        config.warnings,
        [
            "f.yaml:1:29: lists.regions.allowed[0]: allows everything; name what belongs to the \
             account",
            "f.yaml:3:5: exemptions[0]: exempts every finding of credential_stale; name the \
             resources",
            "u.yaml:1:3: [0]: allows everything; name what belongs to the account",
        ]
    );
}

#[test]
fn a_file_is_read_again_when_it_changes_and_an_unreadable_one_keeps_its_content() {
    let text = "lists: {users: {allowed: [root], files: [u.yaml]}}\n";
    let with = |text: &str| with_token().file("u.yaml", text);
    let first = resolved(with("- alice\n"), text).unwrap().checks;
    let listed = |checks: &Checks| {
        ["root", "alice", "bob", "carol"]
            .into_iter()
            .filter(|name| standing(checks, ListName::Users, name) == Some(Standing::Listed))
            .collect::<Vec<_>>()
    };
    assert_eq!(first.renewed(&with("- alice\n")), None, "nothing has changed");

    let second = first.renewed(&with("- alice\n- bob\n")).unwrap();
    assert_eq!(listed(&second), ["root", "alice", "bob"]);
    assert_eq!(second.files()[0].errors, Vec::<String>::new());

    for (bad, error) in [
        (with("- [carol]\n"), "u.yaml:1:3: [0]: expected one value, found a list"),
        (
            with_token(),
            "f.yaml:1:42: lists.users.files[0]: `u.yaml`: no such file; expected a \
                        YAML list",
        ),
    ] {
        let third = second.renewed(&bad).unwrap();
        assert_eq!(listed(&third), ["root", "alice", "bob"]);
        assert_eq!(third.files()[0].errors, [error]);
        assert_eq!(third.renewed(&bad), None, "the same error is nothing new");
        let fourth = third.renewed(&with("- alice\n- bob\n")).unwrap();
        assert_eq!(fourth.files()[0].errors, Vec::<String>::new());
    }
}

#[test]
fn a_file_of_another_kind_has_ten_errors_and_a_count() {
    let text = "lists: {ssh_keys: {files: [keys]}}\n";
    let keys = "nonsense\n".repeat(500);
    let found = resolved(with_token().file("keys", &keys), text).unwrap_err();
    let lines: Vec<_> = found.lines().collect();
    assert_eq!((lines.len(), lines[10]), (11, "keys: and 490 more errors"));
    assert!(lines[9].starts_with("keys:10: invalid SSH key"), "{found}");
}

#[test]
fn an_exemption_file_is_read_again_too() {
    let entry = "- {check: sshkey_unlisted, resource: {id: a}, reason: r, owner: o, until: \
                 2027-01-31}\n";
    let with = |text: &str| with_token().file("e.yaml", text);
    let config = resolved(with(""), "exemption_files: [e.yaml]\n").unwrap();
    assert_eq!(config.checks.exemptions.len(), 0);
    let checks = config.checks.renewed(&with(entry)).unwrap();
    assert_eq!(checks.exemptions.len(), 1);
    assert_eq!(checks.renewed(&with("")).unwrap().exemptions.len(), 0);
}

#[test]
fn a_file_of_ends_of_life_extends_the_own_table() {
    let asked = "end_of_life: {files: [data/kubernetes.json]}\n";
    let list = "[{\"cycle\": \"1.99\", \"eol\": true}]";
    let environment = with_token().file("data/kubernetes.json", list);
    let table = resolved(environment, asked).unwrap().checks.ends_of_life;
    assert_eq!(table.find("kubernetes", "1.99.1"), Some(("1.99", End::Past)));
    assert!(table.find("kubernetes", "1.31").is_some());
    assert_eq!(
        table.stated().find(|(name, _)| *name == "kubernetes").unwrap().1,
        at("1970-01-01T00:00:00Z")
    );
}

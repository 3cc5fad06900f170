//! `diff`: the differences of two reports or state files.

use std::fs;
use std::path::{Path, PathBuf};

use ovhcloud_simulator::{Effect, Simulator};
use serde_json::{Value, json};

use crate::commands::end;
use crate::exporter::reference;
use crate::program::{ended, program};
use crate::state::kept;

/// A file for a test.
fn file(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diff");
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join(name);
    fs::remove_file(&file).ok();
    file
}

/// A report of the account as it is now.
async fn report(simulator: &Simulator, name: &str) -> PathBuf {
    let file = file(name);
    let output = format!("--output={}", file.display());
    let (_, _, log) = end(simulator, &["report", "--format=json", &output]).await;
    assert!(file.exists(), "{log}");
    file
}

/// Without a credential, nor any account.
fn diff(old: &Path, new: &Path, more: &[&str]) -> (i32, String, String) {
    let files = [old, new].map(|path| path.to_str().unwrap());
    ended(&mut program(&[&["diff", files[0], files[1]], more].concat()))
}

fn json(old: &Path, new: &Path) -> (i32, Value) {
    let (code, said, log) = diff(old, new, &["--format=json"]);
    (code, serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{log}")))
}

/// The lines of the first account's changes of a kind: mark and name.
fn objects(document: &Value, kind: &str) -> Vec<(String, String)> {
    let all = document["accounts"][0]["objects"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let its = all.iter().filter(|one| one["kind"] == kind);
    its.map(|one| (text(&one["change"]), text(&one["name"]))).collect()
}

fn findings<'a>(document: &'a Value, check: &str) -> Vec<(&'a str, &'a str)> {
    let all = document["accounts"][0]["findings"].as_array().unwrap();
    let its = all.iter().filter(|one| one["check"] == check);
    its.map(|one| (one["outcome"].as_str().unwrap(), one["resource_name"].as_str().unwrap()))
        .collect()
}

fn pair(change: &str, name: &str) -> (String, String) {
    (change.to_owned(), name.to_owned())
}

/// The SSH keys of the project prod, to be changed.
fn keys(simulator: &Simulator, change: impl Fn(&mut Vec<Value>)) {
    simulator.change(|account| {
        let project = account.project("prod").unwrap();
        change(account.list_mut(&format!("/cloud/project/{project}/sshkey")));
    });
}

/// A user with this login joins.
fn join(simulator: &Simulator, login: &str) {
    simulator.change(|account| {
        let users = account.list_mut("/me/identity/user");
        let mut user = users[0].clone();
        user["login"] = login.into();
        user["urn"] = format!("urn:v1:eu:identity:user:xx1111-ovh/{login}").into();
        users.push(user);
    });
}

fn leave(simulator: &Simulator, login: &str) {
    simulator.change(|account| {
        account.list_mut("/me/identity/user").retain(|user| user["login"] != login);
    });
}

/// A user joins and one leaves, a key comes and one changes, a policy names the new user, and a
/// credential is refused.
fn upset(simulator: &Simulator) {
    join(simulator, "mallory");
    leave(simulator, "bob");
    keys(simulator, |keys| {
        let mut key = keys[0].clone();
        key["id"] = "evil".into();
        key["name"] = "backdoor".into();
        keys.push(key);
        keys[1]["name"] = "another".into();
    });
    simulator.change(|account| {
        for policy in account.list_mut("/v2/iam/policy") {
            if policy["name"] == "break-glass" {
                policy["identities"][0] = "urn:v1:eu:identity:user:xx1111-ovh/mallory".into();
            }
        }
        let moved = account.list_mut("/me/api/credential");
        moved[0]["lastUse"] = "2026-11-21T00:00:00Z".into();
        moved[1]["lastUse"] = "2026-11-21T00:00:00Z".into();
        moved[1]["status"] = "refused".into();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_has_no_difference() {
    let simulator = reference().await;
    let report = report(&simulator, "same").await;
    let state = file("same-state");
    kept(&state, &simulator).await;
    for file in [&report, &state] {
        let (code, said, log) = diff(file, file, &[]);
        assert_eq!((code, log.as_str()), (0, ""), "{said}");
        assert!(said.contains("\n  No differences in what can be compared.\n"), "{said}");
        assert!(said.contains("  ? out of service in both in "), "{said}");
        let (code, document) = json(file, file);
        let account = &document["accounts"][0];
        assert_eq!(code, 0);
        for list in ["objects", "levels", "findings"] {
            assert_eq!(account[list], json!([]), "{list}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_keys_rights_and_findings_that_came_went_and_changed_are_named() {
    let simulator = reference().await;
    let old = report(&simulator, "all-old").await;
    upset(&simulator);
    let new = report(&simulator, "all-new").await;
    let (code, document) = json(&old, &new);
    assert_eq!(code, 0, "{}", document["accounts"][0]["not_comparable"]);
    assert_eq!(objects(&document, "iam_user"), [pair("removed", "bob"), pair("added", "mallory")]);
    let of_keys = objects(&document, "cloud_ssh_key");
    assert_eq!(of_keys.len(), 2, "{of_keys:?}");
    assert!(of_keys.contains(&pair("added", "backdoor")));
    assert!(of_keys.contains(&pair("changed", "another")));
    let of_credentials = objects(&document, "api_credential");
    assert_eq!(of_credentials.len(), 1, "a date of last use is no change: {of_credentials:?}");
    let all = document["accounts"][0]["objects"].as_array().unwrap();
    let refused = all.iter().find(|one| one["kind"] == "api_credential").unwrap();
    let members = refused["members"].as_array().unwrap();
    let members: Vec<_> = members.iter().map(|one| (&one["member"], &one["new"])).collect();
    assert_eq!(members, [(&json!("status"), &json!("refused"))]);
    assert_eq!(objects(&document, "iam_policy"), [pair("changed", "break-glass")]);
    let levels = document["accounts"][0]["levels"].as_array().unwrap();
    let mallory = levels.iter().find(|one| one["name"] == "mallory").unwrap();
    assert_eq!((&mallory["old"], &mallory["new"]), (&Value::Null, &json!("admin")));
    assert_eq!(findings(&document, "user_admin"), [("resource_removed", "bob")]);

    let (code, text, _) = diff(&old, &new, &[]);
    assert_eq!(code, 0);
    for line in [
        "\n  - iam_user bob\n",
        "\n  + iam_user mallory\n",
        "\n  + cloud_ssh_key backdoor (evil) in prod (",
        "/mallory -urn:v1:eu:identity:user:xx1111-ovh/bob\n",
        "\n  + level of user mallory (urn:v1:eu:identity:user:xx1111-ovh/mallory): admin\n",
        "\n  - high user_admin: iam_user bob: member of the group ADMIN; the resource is gone\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let headings = ["Identities", "Keys and credentials", "Rights", "Findings"];
    let places: Vec<_> = headings.iter().map(|one| text.find(&format!("\n{one}\n"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");

    let (code, back) = json(&new, &old);
    assert_eq!(code, 0);
    assert_eq!(objects(&back, "iam_user"), [pair("added", "bob"), pair("removed", "mallory")]);
    assert_eq!(findings(&back, "user_admin"), [("appeared", "bob")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_resolved_only_by_a_verdict() {
    let simulator = reference().await;
    let old = report(&simulator, "verdict-old").await;
    simulator.change(|account| {
        let users = account.list_mut("/me/identity/user");
        let bob = users.iter_mut().find(|user| user["login"] == "bob").unwrap();
        bob["group"] = "DEFAULT".into();
        bob["groups"] = json!(["DEFAULT"]);
    });
    let repaired = report(&simulator, "verdict-new").await;
    let (code, document) = json(&old, &repaired);
    assert_eq!(code, 0);
    assert_eq!(findings(&document, "user_admin"), [("resolved", "bob")]);
    assert_eq!(findings(&json(&repaired, &old).1, "user_admin"), [("appeared", "bob")]);

    simulator.fail("/me/identity/user", Effect::Status(403));
    let blind = report(&simulator, "verdict-blind").await;
    let (code, document) = json(&old, &blind);
    assert_eq!(code, 1);
    assert_eq!(objects(&document, "iam_user"), []);
    let (outcomes, _): (Vec<_>, Vec<_>) = findings(&document, "user_admin").into_iter().unzip();
    assert!(!outcomes.is_empty() && outcomes.iter().all(|one| *one == "unknown"), "{outcomes:?}");
    let blinds = document["accounts"][0]["not_comparable"].as_array().unwrap();
    let user = blinds.iter().find(|one| one["kind"] == "iam_user").unwrap();
    assert_eq!((&user["old"], &user["new"]), (&json!("read"), &json!("not read")));
    let (code, text, log) = diff(&old, &blind, &[]);
    assert_eq!(code, 1);
    assert!(text.contains("  ? read in OLD, not read in NEW: iam_user"), "{text}");
    assert!(text.contains("user_admin: iam_user bob: member of the group ADMIN; unknown in NEW"));
    assert!(log.contains("not everything can be compared"), "{log}");
    let (code, document) = json(&blind, &old);
    assert_eq!((code, objects(&document, "iam_user")), (1, vec![]));
    assert_eq!(findings(&document, "user_admin")[0].0, "may_be_older");
}

/// A project whose keys can't be read hides neither those of others nor shows its own as removed.
#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_was_not_read_is_not_empty() {
    let simulator = reference().await;
    let old = report(&simulator, "project-old").await;
    let mut staging = String::new();
    simulator.change(|account| staging = account.project("staging").unwrap());
    simulator.fail(&format!("/cloud/project/{staging}/sshkey"), Effect::Status(403));
    keys(&simulator, |keys| drop(keys.remove(0)));
    let new = report(&simulator, "project-new").await;
    let (code, document) = json(&old, &new);
    assert_eq!(code, 1);
    let changes = objects(&document, "cloud_ssh_key");
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].0, "removed");
    let blinds = document["accounts"][0]["not_comparable"].as_array().unwrap();
    let blind = blinds.iter().find(|one| one["is_out_of_service"] == false).unwrap();
    assert_eq!(blind["project_name"], "staging");
    assert_eq!(objects(&json(&new, &old).1, "cloud_ssh_key")[0].0, "added");
    assert_eq!(objects(&json(&new, &old).1, "cloud_ssh_key").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_off_has_neither_lost_nor_won_anything() {
    let simulator = reference().await;
    let old = report(&simulator, "off-old").await;
    let new = file("off-new");
    let output = format!("--output={}", new.display());
    end(&simulator, &["report", "--format=json", "--no-collector.iam_user", &output]).await;
    let (code, document) = json(&old, &new);
    assert_eq!((code, objects(&document, "iam_user")), (1, vec![]));
    let (_, text, _) = diff(&old, &new, &[]);
    assert!(text.contains("  ? read in OLD, disabled in NEW: iam_user"), "{text}");
    assert_eq!(diff(&new, &new, &[]).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_file_and_a_report_are_compared_alike() {
    let simulator = reference().await;
    let old = file("mixed-state");
    kept(&old, &simulator).await;
    let before = report(&simulator, "mixed-old").await;
    join(&simulator, "mallory");
    let now = report(&simulator, "mixed-new").await;
    for pair_of in [(&old, &now), (&before, &now)] {
        let (_, document) = json(pair_of.0, pair_of.1);
        assert_eq!(objects(&document, "iam_user"), [pair("added", "mallory")]);
        let all = document["accounts"][0]["objects"].as_array().unwrap();
        assert_eq!(all.iter().filter(|one| one["change"] == "removed").count(), 0, "{all:?}");
    }
    assert_eq!(objects(&json(&now, &old).1, "iam_user"), [pair("removed", "mallory")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_add_no_line_and_no_markup() {
    let simulator = reference().await;
    let old = report(&simulator, "hostile-old").await;
    keys(&simulator, |keys| {
        let mut key = keys[0].clone();
        key["id"] = "evil".into();
        key["name"] =
            "x`\n  - iam_user bob\u{1b}[31m\u{202e} <script> [a](http://b) | @c ``".into();
        keys.push(key);
    });
    let new = report(&simulator, "hostile-new").await;
    let (_, text, _) = diff(&old, &new, &[]);
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("\n  - iam_user"), "{text}");
    let (code, page, _) = diff(&old, &new, &["--format=markdown"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("## Account `xx1111-ovh`: "), "{page}");
    let line = page.lines().find(|line| line.contains("evil")).unwrap();
    assert!(line.starts_with("- `+` cloud_ssh_key x&#96;  - iam&#95;user bob"), "{line}");
    assert!(!line.contains(['<', '[', '|', '*']) && !line.contains("://"), "{line}");
}

/// A later version may write more, and other collectors.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_another_version_is_compared_as_far_as_it_is_known() {
    let simulator = reference().await;
    let old = report(&simulator, "version-old").await;
    let mut document: Value = serde_json::from_slice(&fs::read(&old).unwrap()).unwrap();
    let account = &mut document["accounts"][0];
    account["inventory"]["iam_user"][0]["shoe_size"] = json!(43);
    account["weather"] = json!("fine");
    let new = file("version-new");
    fs::write(&new, document.to_string()).unwrap();
    let (code, compared) = json(&old, &new);
    assert_eq!((code, objects(&compared, "iam_user")), (0, vec![]));

    let account = &mut document["accounts"][0];
    account["inventory"]["cloud_umbrella"] = json!([{"id": "1"}]);
    account["inventory"]["iam_group"][0]["name"] = json!(7);
    fs::write(&new, document.to_string()).unwrap();
    let (code, compared) = json(&old, &new);
    assert_eq!((code, objects(&compared, "iam_group")), (1, vec![]));
    let blinds = compared["accounts"][0]["not_comparable"].to_string();
    assert!(blinds.contains("cloud_umbrella") && blinds.contains("of another form"), "{blinds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_accounts_and_files_are_no_difference() {
    let simulator = reference().await;
    let old = report(&simulator, "other-old").await;
    let mut document: Value = serde_json::from_slice(&fs::read(&old).unwrap()).unwrap();
    document["accounts"][0]["account"] = "zz9999-ovh".into();
    let new = file("other-new");
    fs::write(&new, document.to_string()).unwrap();
    let (code, text, _) = diff(&old, &new, &[]);
    assert_eq!(code, 1);
    assert!(text.contains("account xx1111-ovh: not compared, only in OLD"), "{text}");
    assert!(text.contains("account zz9999-ovh: not compared, only in NEW"), "{text}");

    document["filters"] = json!(["project prod"]);
    fs::write(&new, document.to_string()).unwrap();
    let (code, said, log) = diff(&old, &new, &[]);
    assert_eq!((code, said.as_str()), (1, ""));
    assert!(log.contains("it was written with filters (project prod)"), "{log}");
    for (text, error) in [
        ("{}", "it is neither a JSON report"),
        ("[7]", "it is neither a JSON report"),
        (r#"{"accounts": ["#, "it is cut off: write the report again"),
        (r#"{"accounts": []}"#, "it has no account"),
        ("ovhcloud-exporter-state 1 7 00000000\n[]", "it was truncated or edited"),
    ] {
        fs::write(&new, text).unwrap();
        let (code, said, log) = diff(&old, &new, &[]);
        assert_eq!((code, said.as_str()), (1, ""));
        assert!(log.contains(error) && log.contains("other-new"), "{log}");
    }
    assert_eq!(diff(&old, Path::new("/nowhere"), &[]).0, 1);
    for path in ["/", "/dev/zero"] {
        let (code, _, log) = diff(&old, Path::new(path), &[]);
        assert!(code == 1 && log.contains("it is no regular file"), "{log}");
    }
}

/// The JSON report, changed by hand.
fn edited(from: &Path, name: &str, change: impl Fn(&mut Value)) -> PathBuf {
    let mut document: Value = serde_json::from_slice(&fs::read(from).unwrap()).unwrap();
    change(&mut document["accounts"][0]);
    let file = file(name);
    fs::write(&file, document.to_string()).unwrap();
    file
}

fn check<'a>(account: &'a mut Value, id: &str) -> &'a mut Value {
    let all = account["checks"].as_array_mut().unwrap();
    all.iter_mut().find(|one| one["check"] == id).unwrap()
}

/// The account without the findings of a check, whose verdict has this status and this reason.
fn without(account: &mut Value, id: &str, status: &str, reason: Option<&str>) {
    account["findings"].as_array_mut().unwrap().retain(|one| one["check"] != id);
    let check = check(account, id);
    (check["status"], check["reason"]) = (status.into(), reason.into());
}

/// Nothing that OVHcloud no longer serves is repaired.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_project_resolves_no_finding() {
    let simulator = reference().await;
    let old = report(&simulator, "suspended-old").await;
    let mut project = String::new();
    simulator.change(|account| project = account.project("prod").unwrap());
    let is_in = |one: &Value| one["project_id"] == project.as_str();
    let new = edited(&old, "suspended-new", |account| {
        account["findings"].as_array_mut().unwrap().retain(|one| !is_in(one));
        let mut lost = Vec::new();
        for (kind, objects) in account["inventory"].as_object_mut().unwrap() {
            let Some(objects) = objects.as_array_mut() else { continue };
            let count = objects.len();
            objects.retain(|one| !is_in(one));
            if objects.len() < count {
                lost.push(json!({"collector": kind, "project_id": project, "reason": "suspended",
                                 "count": 1}));
            }
        }
        assert!(lost.len() > 5);
        account["gaps"].as_array_mut().unwrap().extend(lost);
    });
    let (code, document) = json(&old, &new);
    let all = document["accounts"][0]["findings"].as_array().unwrap();
    assert!(code == 1 && all.len() > 5, "{all:?}");
    for one in all {
        assert_eq!(
            (&one["outcome"], &one["reason"]),
            (&json!("unknown"), &json!("out_of_service"))
        );
    }
    let (_, back) = json(&new, &old);
    let all = back["accounts"][0]["findings"].as_array().unwrap();
    assert!(all.iter().all(|one| one["outcome"] == "may_be_older"), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_thresholds_repair_nothing() {
    let simulator = reference().await;
    let old = report(&simulator, "settings-old").await;
    let new = edited(&old, "settings-new", |account| {
        without(account, "credential_stale", "pass", None);
        check(account, "credential_stale")["thresholds"][0]["value"] = "800d".into();
    });
    let (code, document) = json(&old, &new);
    let found = findings(&document, "credential_stale");
    assert!(code == 1 && !found.is_empty(), "{document}");
    assert!(found.iter().all(|(outcome, _)| *outcome == "unknown"), "{found:?}");
    let (_, text, _) = diff(&old, &new, &[]);
    assert!(text.contains("; unknown in NEW: judged by other settings\n"), "{text}");
    let line = text.lines().find(|line| line.contains("verdicts: judged by other")).unwrap();
    assert!(line.contains("credential_stale (") && line.contains(" -> 800d)"), "{line}");
    assert_eq!(findings(&json(&new, &old).1, "credential_stale")[0].0, "may_be_older");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_has_its_true_reason_and_a_new_resource_leaves_none() {
    let simulator = reference().await;
    let all = report(&simulator, "doubt-old").await;
    let off = edited(&all, "doubt-off", |account| {
        without(account, "user_admin", "not_evaluated", Some("disabled"));
    });
    let (_, text, _) = diff(&all, &off, &[]);
    assert!(text.contains("; unknown in NEW: switched off by the configuration\n"), "{text}");
    let (_, text, _) = diff(&off, &all, &[]);
    assert!(text.contains("; it may be older: in OLD, switched off by"), "{text}");
    let (_, document) = json(&off, &all);
    assert!(findings(&document, "user_admin").contains(&("may_be_older", "bob")), "{document}");
    let before = edited(&off, "doubt-before", |account| {
        let users = account["inventory"]["iam_user"].as_array_mut().unwrap();
        users.retain(|user| user["login"] != "bob");
    });
    let (_, document) = json(&before, &all);
    assert!(findings(&document, "user_admin").contains(&("appeared", "bob")), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_that_one_document_does_not_know_is_no_change_of_rights() {
    let simulator = reference().await;
    let new = report(&simulator, "levels-new").await;
    let old = file("levels-old");
    let output = format!("--output={}", old.display());
    let without = "--no-collector.iam_permissions_group";
    end(&simulator, &["report", "--format=json", without, &output]).await;
    let (code, document) = json(&old, &new);
    let account = &document["accounts"][0];
    assert_eq!((code, &account["levels"]), (1, &json!([])));
    assert!(!account["levels_not_comparable"].as_array().unwrap().is_empty());
    let (_, text, _) = diff(&old, &new, &[]);
    let line = text.lines().find(|line| line.starts_with("  ? level of ")).unwrap();
    assert!(line.contains(": unknown in OLD, "), "{line}");
}

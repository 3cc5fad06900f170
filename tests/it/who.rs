//! The command `access`: who may do what.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use ovhcloud_simulator::{Effect, Simulator};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::commands::{command, end};
use crate::exporter::reference;
use crate::program::{ended, program};
use crate::state::kept;

const BOB: &str = "urn:v1:eu:identity:user:xx1111-ovh/bob";
const ACCOUNT: &str = "urn:v1:eu:resource:account:xx1111-ovh";
const TERMINATE: &str = "publicCloudProject:apiovh:terminate";
const CREATE_POLICY: &str = "account:apiovh:iam/policy/create";

fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("who-{name}"));
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn project(simulator: &Simulator, name: &str) -> String {
    let mut id = String::new();
    simulator.change(|account| id = account.project(name).unwrap());
    format!("urn:v1:eu:resource:publicCloudProject:{id}")
}

/// The id of a policy.
fn policy(simulator: &Simulator, name: &str) -> String {
    let mut id = String::new();
    simulator.change(|account| {
        let policies = account.list("/v2/iam/policy");
        let policy = policies.iter().find(|policy| policy["name"] == name).unwrap();
        policy["id"].as_str().unwrap().clone_into(&mut id);
    });
    id
}

/// The document of the first account.
async fn document(simulator: &Simulator, arguments: &[&str]) -> (i32, Value, String) {
    let arguments = [&["access", "--format=json"], arguments].concat();
    let (code, said, log) = end(simulator, &arguments).await;
    let mut said: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said} {log}"));
    (code, said["accounts"][0].take(), log)
}

fn find<'a>(rights: &'a Value, name: &str) -> Option<&'a Value> {
    rights.as_array().unwrap().iter().find(|right| right["name"] == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_shown_with_its_roles_and_policies() {
    let simulator = reference().await;
    let id = policy(&simulator, "break-glass");
    for name in ["bob", BOB, "bo*"] {
        let (code, said, log) = document(&simulator, &["--identity", name]).await;
        assert_eq!(code, 0, "{log}");
        assert_eq!(said["incomplete"], json!([]));
        let bob = find(&said["identities"], "bob").unwrap();
        assert_eq!((&bob["level"], &bob["identity"]), (&json!("admin"), &json!(BOB)));
        let roles = bob["roles"].as_array().unwrap();
        assert!(roles.contains(&json!({ "group": "ADMIN", "role": "ADMIN" })));
        let policies = bob["policies"].as_array().unwrap();
        let glass = policies.iter().find(|one| one["policy_id"] == id.as_str()).unwrap();
        assert_eq!((&glass["level"], &glass["by"]), (&json!("admin"), &json!(BOB)));
        assert_eq!(glass["resources"], json!(["urn:v1:eu:resource:*"]));
        assert_eq!(glass["parts"][0]["allow"], json!(["*"]));
    }
    let (code, said, _) = end(&simulator, &["access", "--identity=bob"]).await;
    assert_eq!(code, 0);
    assert!(said.contains("bob (user): admin\n") && said.contains("role ADMIN of group ADMIN"));
    assert!(said.contains(&format!("policy break-glass ({id}): admin, by {BOB}\n")), "{said}");
    let (code, said, _) = end(&simulator, &["access", "--identity=b*", "--format=csv"]).await;
    assert_eq!(code, 0);
    assert!(said.starts_with("account,identity,identity_kind,name,level,way,"), "{said}");
    let columns = said.lines().next().unwrap().split(',').count();
    assert!(
        said.lines()
            .filter(|line| !line.contains('"'))
            .all(|line| line.split(',').count() == columns)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_identities_of_an_action_are_shown_with_their_ways() {
    let simulator = reference().await;
    let prod = project(&simulator, "prod");
    let arguments = ["--action", TERMINATE, "--resource", &prod];
    let (code, said, log) = document(&simulator, &arguments).await;
    assert_eq!(code, 0, "{log}");
    let rights = &said["rights"];
    let decision = |name: &str| find(rights, name).map(|right| right["decision"].clone());
    assert_eq!(decision("bob"), Some(json!("allow")));
    assert_eq!(decision("frank"), None, "UNPRIVILEGED reads");
    // The groups of erin are not all known.
    assert_eq!(decision("erin"), Some(json!("unknown")));
    let robot = find(rights, "ci-bot").unwrap();
    assert_eq!(robot["by"], json!([policy(&simulator, "cloud-all")]));
    let alice = find(rights, "alice").unwrap()["by"].as_array().unwrap();
    assert!(alice.contains(&json!("role REGULAR of group DEFAULT")));
    // Patterns: some action on some resource.
    let (_, said, _) = document(&simulator, &["--action=dnsZone:*", "--identity=frank"]).await;
    assert_eq!(said["rights"][0]["decision"], "allow", "he reads");
    let (_, said, _) =
        document(&simulator, &["--action=dnsZone:apiovh:record/create", "--identity=frank"]).await;
    assert_eq!(said["rights"][0]["decision"], "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_steps_to_more_rights_are_shown() {
    let simulator = reference().await;
    let (code, said, log) = document(&simulator, &["--escalation"]).await;
    assert_eq!(code, 0, "{log}");
    let steps = said["escalations"].as_array().unwrap();
    let has = |name: &str, action: &str| {
        steps
            .iter()
            .any(|one| one["name"] == name && one["action"] == action && one["decision"] == "allow")
    };
    assert!(has("bob", CREATE_POLICY) && has("auditors", CREATE_POLICY));
    // By the change of contacts alone: the policy is of projects.
    assert!(has("ci-bot", "publicCloudProject:apiovh:changeContact"));
    assert!(!has("ci-bot", CREATE_POLICY) && !has("frank", CREATE_POLICY));
    assert!(!steps.iter().any(|one| one["name"] == "frank"));
    assert!(!steps.iter().any(|one| one["identity_kind"] == "account"));
    let (_, text, _) = end(&simulator, &["access", "--escalation"]).await;
    assert!(text.contains("  writes a policy that allows it everything: "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_steps_of_the_role_regular_are_not_verified() {
    const CREATE_CLIENT: &str = "account:apiovh:me/api/oauth2/client/create";
    let simulator = reference().await;
    // Without OVHcloud's own policy for the default group its role is all that it has.
    simulator.change(|account| {
        account.list_mut("/v2/iam/policy").retain(|one| one["name"] != "ovh-default-account");
    });
    let (_, said, log) = document(&simulator, &["--identity=DEFAULT"]).await;
    assert_eq!(said["identities"][0]["level"], "write", "{log}");
    let (_, said, _) = document(&simulator, &["--escalation"]).await;
    let step = |name: &str| {
        let steps = said["escalations"].as_array().unwrap();
        let mut own = steps.iter().filter(|one| one["name"] == name);
        own.find(|one| one["action"] == CREATE_CLIENT).unwrap()["step"].as_str().unwrap().to_owned()
    };
    let expected = "makes or widens another credential";
    let described = " (as OVHcloud describes the role REGULAR; not verified)";
    assert_eq!(step("DEFAULT"), format!("{expected}{described}"));
    assert_eq!(step("bob"), expected, "role ADMIN and a policy");
}

#[tokio::test(flavor = "multi_thread")]
async fn application_keys_are_shown_beside() {
    let simulator = reference().await;
    let (_, said, _) = document(&simulator, &["--identity=bob"]).await;
    let keys = said["application_keys"].as_array().unwrap();
    let is_wide = |key: &&Value| key["escalates"] == true;
    assert!(keys.iter().any(|key| is_wide(&key)), "{keys:?}");
    // The check of such keys says the same.
    let widens = |key: &&Value| key["rules"] == json!(["POST /me/api/credential"]);
    assert!(is_wide(&keys.iter().find(widens).unwrap()), "{keys:?}");
    simulator.fail("/me/api/credential", Effect::Status(503));
    let (_, said, _) = document(&simulator, &["--identity=bob"]).await;
    assert_eq!(said["application_keys"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_data_is_no_missing_right() {
    let simulator = reference().await;
    simulator.fail("/v2/iam/policy", Effect::Status(403));
    let (code, said, log) = document(&simulator, &["--action", CREATE_POLICY]).await;
    assert_eq!(code, 1);
    assert!(
        log.contains("is incomplete, and decisions may be unknown: iam_policy (not_read)"),
        "{log}"
    );
    assert_eq!(said["incomplete"], json!([{ "collector": "iam_policy", "reason": "not_read" }]));
    assert_eq!(find(&said["rights"], "ci-bot").unwrap()["decision"], "unknown");
    // A role is no matter of policies.
    assert_eq!(find(&said["rights"], "bob").unwrap()["decision"], "allow");
    let (_, text, _) = end(&simulator, &["access", "--action", CREATE_POLICY]).await;
    assert!(
        text.lines().nth(1).unwrap().starts_with("incomplete: iam_policy (not_read)"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_is_no_missing_right() {
    let simulator = reference().await;
    for (name, near) in [("alcie", "; did you mean `alice`?"), ("xyzzyxyzzy", ""), ("zz*", "")] {
        let (code, said, log) =
            document(&simulator, &["--identity", name, "--action", TERMINATE]).await;
        assert_eq!(code, 1, "{log}");
        let right = find(&said["rights"], name).unwrap();
        assert_eq!(right["decision"], "unknown");
        assert_eq!(right["unresolved"], json!(["no known identity has this name or URN"]));
        let error = format!("--identity: no known identity has the name or URN `{name}`{near}\n");
        assert!(log.contains(&error), "{log}");
    }
    let (code, said, log) = document(&simulator, &["--identity=alcie"]).await;
    assert_eq!((code, &said["identities"]), (1, &json!([])));
    assert!(log.contains("did you mean `alice`?"), "{log}");
}

/// Runs queries from standard input.
async fn queries(simulator: &Simulator, text: &str) -> (i32, Vec<Value>, String) {
    let mut command = command(simulator, &["access", "--queries=-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let text = text.to_owned();
    let output = spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code().unwrap(), lines, String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_answered_line_by_line_and_may_be_assertions() {
    let simulator = reference().await;
    let ok = format!(
        r#"{{"identity":"bob","action":"{CREATE_POLICY}","resource":"{ACCOUNT}","expect":"allow"}}

{{"identity":"ci-bot","action":"{CREATE_POLICY}","expect":"none"}}
{{"identity":"frank","action":"*/create"}}
{{"identity":"urn:v1:eu:identity:user:xx1111-ovh/nobody","action":"*","expect":"unknown"}}
{{"identity":"developers","expect":"none"}}
"#
    );
    let (code, lines, log) = queries(&simulator, &ok).await;
    assert_eq!(code, 0, "{log}");
    let decisions: Vec<_> = lines.iter().map(|line| line["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["allow", "none", "none", "unknown", "none"]);
    assert_eq!(lines[0]["line"], 1);
    assert!(!lines[0]["by"].as_array().unwrap().is_empty());

    let wrong = format!(
        r#"{{"identity":"bob","action":"{TERMINATE}","expect":"none"}}
{{"identity":"user*","action":"{TERMINATE}","expect":"none"}}
{{"action":"{TERMINATE}","expect":"none"}}
"#
    );
    let (code, lines, log) = queries(&simulator, &wrong).await;
    assert_eq!(code, 2, "{log}");
    assert!(
        log.contains("standard input:1: expected none, found allow: publicCloudProject:"),
        "{log}"
    );
    assert!(log.contains("standard input:3: expected none"), "{log}");
    // A pattern of identities leaves the account itself out.
    assert!(lines.iter().all(|line| line["identity_kind"] != "account"));
}

#[test]
fn mistakes_in_queries_are_reported_together_and_before_any_call() {
    let file = directory("queries").join("queries.jsonl");
    let text =
        "{\"identity\":\"a\"}\n{\"identity\":1}\n{}\n{\"user\":\"a\"}\n{\"expect\":\"yes\"}\nx\n";
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let (code, said, log) = ended(&mut program(&["access", "--queries", path]));
    assert_eq!((code, said.as_str()), (1, ""), "{log}");
    for number in [2, 4, 5, 6] {
        assert!(log.contains(&format!("{path}:{number}: ")), "{number}: {log}");
    }
    assert!(!log.contains(&format!("{path}:1: ")) && !log.contains(&format!("{path}:3: ")));
    assert!(log.contains("expected {\"identity\""), "{log}");
    let (code, _, log) = ended(&mut program(&["access", "--queries=/nowhere"]));
    assert_eq!(code, 1);
    assert!(log.contains("can't read /nowhere"), "{log}");
    let (code, _, log) = ended(&mut program(&["access"]));
    assert_eq!(code, 1);
    assert!(log.contains("needs a question: --identity, --action"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_file_answers_without_a_call() {
    let simulator = reference().await;
    let file = directory("state").join("state");
    kept(&file, &simulator).await;
    simulator.reset_stats();
    let flag = format!("--from-state={}", file.display());
    // No credential is configured.
    let mut command = program(&["access", "--identity=bob", "--format=json", &flag]);
    let (code, said, log) = spawn_blocking(move || ended(&mut command)).await.unwrap();
    assert_eq!(code, 0, "{log}");
    let said: Value = serde_json::from_str(&said).unwrap();
    let account = &said["accounts"][0];
    assert!(account["age_seconds"].is_i64());
    assert_eq!(find(&account["identities"], "bob").unwrap()["level"], "admin");
    assert_eq!(simulator.stats().requests, 0);
    let mut text = program(&["access", "--identity=bob", &flag]);
    let (_, said, _) = spawn_blocking(move || ended(&mut text)).await.unwrap();
    assert!(said.contains("from the state file, "), "{said}");

    // The file of the configuration, which names the account too.
    let state = format!("--state.file={}", file.display());
    let arguments = ["access", "--identity=bob", "--from-state", &state, "--format=csv"];
    let (code, said, log) = end(&simulator, &arguments).await;
    assert_eq!(code, 0, "{log}");
    assert!(said.contains(&policy(&simulator, "break-glass")), "{said}");
    assert_eq!(simulator.stats().requests, 0);
    let (code, _, log) = end(&simulator, &["access", "--identity=bob", "--from-state"]).await;
    assert_eq!(code, 1);
    assert!(log.contains("--from-state needs a file"), "{log}");

    fs::write(&file, "something").unwrap();
    let (code, _, log) = ended(&mut program(&["access", "--identity=bob", &flag]));
    assert_eq!(code, 1);
    assert!(log.contains("can't use the state file") && log.contains("not a state file"), "{log}");
}

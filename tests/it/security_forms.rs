//! Reports for security tools, SARIF and OCSF, held against their published schemas and against the
//! same report as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use jsonschema::{Validator, draft4};
use ovhcloud_simulator::{Auth, Effect, Rights, Simulator};
use serde_json::{Value, from_str, json};
use tokio::task::spawn_blocking;

use crate::configuration::Directory;
use crate::exemptions::{FILES, configured, every_key};
use crate::exporter::reference;
use crate::program::ended;

mod ocsf;

const USERS: &str = "/me/identity/user";
const POLICIES: &str = "/v2/iam/policy";
/// A name that is a link, a placeholder, a path and markup, and that turns text around.
const HOSTILE: &str =
    "[pay](https://evil.example) {0} ../../x%2e <b> \"\\\u{202e}\u{2028}\u{85}é\n";
/// The members that differ from one run to the next.
const TIMES: [&str; 12] = [
    "startTimeUtc",
    "endTimeUtc",
    "generated",
    "duration_seconds",
    "read_at",
    "last_success",
    "since",
    "time",
    "logged_time",
    "created_time",
    "first_seen_time",
    "last_seen_time",
];

/// One report in three forms, each judged by its schema.
struct Forms {
    code: i32,
    sarif: Value,
    ocsf: Vec<Value>,
    /// The evidence of the account as JSON.
    account: Value,
    /// The text of SARIF and that of OCSF.
    texts: [String; 2],
}

fn sarif_schema() -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("tests/it/schema/sarif/sarif-schema-2.1.0.json");
    let schema = from_str(&fs::read_to_string(path).unwrap()).unwrap();
    draft4::options().should_validate_formats(true).build(&schema).unwrap()
}

fn sarif_errors(document: &Value) -> Vec<String> {
    let error =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    sarif_schema().iter_errors(document).map(error).collect()
}

/// Runs a report in a directory, and reads its three forms.
fn written(directory: &Directory, mut command: Command) -> Forms {
    for (form, file) in [("json", "r.json"), ("sarif", "r.sarif"), ("ocsf", "r.ocsf")] {
        command.args(["--format", form, "--output", file]);
    }
    let (code, said, log) = ended(&mut command);
    assert_eq!(said, "", "{log}");
    let text = |file| fs::read_to_string(directory.0.join(file)).expect(&log);
    let texts = ["r.sarif", "r.ocsf"].map(text);
    let document: Value = from_str(&text("r.json")).unwrap();
    let sarif: Value = from_str(&texts[0]).unwrap();
    let ocsf: Vec<Value> = texts[1].lines().map(|line| from_str(line).unwrap()).collect();
    let errors = sarif_errors(&sarif);
    assert!(errors.is_empty(), "{errors:#?}");
    let schema = ocsf::Schema::published();
    for event in &ocsf {
        let errors = schema.errors(event);
        assert!(errors.is_empty(), "{errors:#?}\n{event:#}");
    }
    let forms = Forms { code, sarif, ocsf, account: document["accounts"][0].clone(), texts };
    forms.assert_same();
    forms
}

async fn forms(simulator: &Simulator, arguments: &[&str]) -> Forms {
    let directory = Directory::new();
    let mut command = directory.program(&["report"]);
    command.args(arguments).envs(simulator.environment(Auth::OAuth2));
    spawn_blocking(move || written(&directory, command)).await.unwrap()
}

/// The report with these exemptions of SSH keys.
fn exempted(simulator: &Simulator, exemptions: &str) -> Forms {
    let directory = Directory::new();
    directory.write("f.yaml", &configured(simulator, FILES), 0o600).write("keys", "", 0o600);
    directory.write("exempt.yaml", exemptions, 0o600);
    written(&directory, directory.program(&["report", "--config.file=f.yaml"]))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} of {value}"))
}

impl Forms {
    fn run(&self) -> &Value {
        &self.sarif["runs"][0]
    }

    fn results(&self, kind: &str) -> Vec<&Value> {
        items(&self.run()["results"]).iter().filter(|one| one["kind"] == kind).collect()
    }

    fn notifications(&self) -> &[Value] {
        items(&self.run()["invocations"][0]["toolExecutionNotifications"])
    }

    /// The events of a check, or those of this status code.
    fn events(&self, is_it: impl Fn(&&Value) -> bool) -> Vec<&Value> {
        self.ocsf.iter().filter(is_it).collect()
    }

    /// The ids of the checks that are in this state in the JSON.
    fn checks(&self, is_it: impl Fn(&Value) -> bool) -> BTreeSet<&str> {
        let checks = items(&self.account["checks"]).iter().filter(|one| is_it(one));
        checks.map(|one| text(one, "check")).collect()
    }

    /// The checks that pass with nothing exempt.
    fn passed(&self) -> BTreeSet<&str> {
        let found: BTreeSet<_> =
            items(&self.account["findings"]).iter().map(|one| text(one, "check")).collect();
        self.checks(|one| one["status"] == "pass" && !found.contains(text(one, "check")))
    }

    fn incomplete(&self) -> BTreeSet<&str> {
        let states = items(&self.account["collectors"]).iter();
        let states = states.filter(|one| ["partial", "not_read"].contains(&text(one, "state")));
        states.map(|one| text(one, "collector")).collect()
    }

    /// The three forms say the same.
    fn assert_same(&self) {
        self.assert_sarif();
        self.assert_ocsf();
    }

    fn assert_sarif(&self) {
        let run = self.run();
        let rules = items(&run["tool"]["driver"]["rules"]);
        assert_eq!(rules.len(), items(&self.account["checks"]).len());
        for rule in rules {
            let properties = &rule["properties"];
            assert!(items(&properties["tags"]).len() <= 20, "{rule}");
            let (level, number) = match text(properties, "severity") {
                "critical" => ("error", "9.0"),
                "high" => ("error", "7.0"),
                "medium" => ("warning", "4.0"),
                "low" => ("note", "2.0"),
                "info" => ("note", "0.0"),
                other => panic!("{other}"),
            };
            assert_eq!(rule["defaultConfiguration"]["level"], level);
            assert_eq!(properties["security-severity"], number);
        }
        for result in items(&run["results"]) {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert_eq!(result["kind"] == "pass", result["level"] == "none");
            assert!(result["suppressions"].is_array(), "on each result or on none");
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.~/%".contains(c);
            assert!(uri.as_str().unwrap().chars().all(is_safe), "{uri}");
        }
        let failed = self.results("fail");
        let found = items(&self.account["findings"]);
        assert_eq!(failed.len(), found.len());
        let suppressed = failed.iter().filter(|one| !items(&one["suppressions"]).is_empty());
        let exempt = found.iter().filter(|one| !one["exemption"].is_null());
        assert_eq!(suppressed.count(), exempt.count());
        let count = |rule: &str| failed.iter().filter(|one| one["ruleId"] == rule).count();
        for rule in rules {
            let id = text(rule, "id");
            assert_eq!(count(id), found.iter().filter(|one| one["check"] == id).count(), "{id}");
        }
        let passed: BTreeSet<_> =
            self.results("pass").into_iter().map(|one| text(one, "ruleId")).collect();
        assert_eq!(passed, self.passed());
        assert_eq!(items(&run["results"]).len(), failed.len() + passed.len(), "no other kind");

        let unjudged = self.notifications().iter().filter(|one| one["associatedRule"].is_object());
        let unjudged: BTreeSet<_> =
            unjudged.map(|one| text(&one["associatedRule"], "id")).collect();
        assert_eq!(unjudged, self.checks(|one| !one["reason"].is_null()));
        let topics = items(&run["tool"]["driver"]["notifications"]);
        for notification in self.notifications() {
            let descriptor = &notification["descriptor"];
            let index = usize::try_from(descriptor["index"].as_u64().unwrap()).unwrap();
            assert_eq!(topics[index]["id"], descriptor["id"]);
        }
        let count = |topic: &str| {
            self.notifications().iter().filter(|one| one["descriptor"]["id"] == topic).count()
        };
        assert_eq!(count("gap"), items(&self.account["gaps"]).len());
        assert_eq!(count("collector_incomplete"), self.incomplete().len());
        let is_whole = self.incomplete().is_empty();
        assert_eq!(run["invocations"][0]["executionSuccessful"], is_whole);
    }

    fn assert_ocsf(&self) {
        let (reading, events) = self.ocsf.split_first().expect("no file is empty");
        assert_eq!(reading["metadata"]["event_code"], "account_read");
        let is_whole = self.incomplete().is_empty();
        assert_eq!(reading["compliance"]["status"], if is_whole { "Pass" } else { "Warning" });
        assert_eq!(reading["unmapped"]["reading"]["gaps"], self.account["gaps"]);
        let uids: BTreeSet<_> =
            self.ocsf.iter().map(|event| text(&event["finding_info"], "uid")).collect();
        assert_eq!(uids.len(), self.ocsf.len());
        let codes = |is_it: &dyn Fn(&Value) -> bool| -> BTreeSet<&str> {
            let events = events.iter().filter(|event| is_it(event));
            events.map(|event| text(&event["metadata"], "event_code")).collect()
        };
        let passed = codes(&|event| event["status_code"] == "PASS");
        assert_eq!(passed, self.passed());
        assert_eq!(codes(&|event| event["compliance"]["status_id"] == 1), passed);
        let unjudged = codes(&|event| event["status_code"] == "NOT_EVALUATED");
        assert_eq!(unjudged, self.checks(|one| !one["reason"].is_null()));
        let failed: Vec<_> = events.iter().filter(|one| one["status_code"] == "FAIL").collect();
        let found = items(&self.account["findings"]);
        assert_eq!(failed.len(), found.len());
        for (event, found) in failed.iter().zip(found) {
            assert_eq!(event["metadata"]["event_code"], found["check"]);
            assert_eq!(event["resources"][0]["uid"], found["resource"]);
            assert_eq!(event["resources"][0]["type"], found["kind"]);
            assert_eq!(event["compliance"]["status_id"], 3);
            let is_exempt = !found["exemption"].is_null();
            let status = if is_exempt { (3, "Suppressed") } else { (1, "New") };
            assert_eq!(
                (&event["status_id"], &event["status"]),
                (&json!(status.0), &json!(status.1))
            );
            assert_eq!(event["unmapped"]["exemption"].is_object(), is_exempt);
            let severities = ["info", "low", "medium", "high", "critical"];
            let severity = severities.iter().position(|one| found["severity"] == *one).unwrap();
            assert_eq!(event["severity_id"], severity + 1);
        }
    }
}

/// The text without OVHcloud's ids of its answers, which are new in each run.
fn without_queries(text: &str) -> String {
    let (first, rest) = text.split_once(" (query id ").unwrap_or((text, ""));
    let rest = rest.split_once(')').map(|(_, rest)| without_queries(rest));
    first.to_owned() + &rest.unwrap_or_default()
}

/// The document without its times and ids of answers.
fn timeless(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(timeless).collect(),
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| !TIMES.contains(&name.as_str()));
            members.map(|(name, value)| (name.clone(), timeless(value))).collect()
        }
        Value::String(text) => without_queries(text).into(),
        other => other.clone(),
    }
}

/// The fingerprint of each failed result, by its rule and its place.
fn fingerprints(forms: &Forms) -> BTreeMap<String, String> {
    let fingerprint = |result: &&Value| {
        let [fingerprint, github] = ["ovhcloudCheckResource/v1", "primaryLocationLineHash"]
            .map(|key| text(&result["partialFingerprints"], key).to_owned());
        assert_eq!(fingerprint, github);
        let place = text(&result["locations"][0]["logicalLocations"][0], "fullyQualifiedName");
        (fingerprint, format!("{} {place}", text(result, "ruleId")))
    };
    forms.results("fail").iter().map(fingerprint).collect()
}

#[test]
fn the_schemas_refuse_what_they_do_not_know() {
    let log = |run: Value| json!({ "version": "2.1.0", "runs": [run] });
    let driver = json!({ "driver": { "name": "a" } });
    let result = |kind: &str| json!({ "message": { "text": "a" }, "kind": kind });
    assert!(sarif_errors(&log(json!({ "tool": driver, "results": [result("pass")] }))).is_empty());
    for run in [
        json!({ "results": [] }),
        json!({ "tool": driver, "results": [result("not_evaluated")] }),
        json!({ "tool": driver, "invocations": [{ "startTimeUtc": "2026-11-21T00:00:00Z" }] }),
        json!({ "tool": driver, "invocations": [
            { "executionSuccessful": true, "startTimeUtc": "yesterday" }
        ] }),
    ] {
        assert!(!sarif_errors(&log(run.clone())).is_empty(), "{run}");
    }
    let good = json!({
        "activity_id": 1, "category_uid": 2, "class_uid": 2003, "type_uid": 200_301,
        "severity_id": 1, "time": 0, "compliance": { "status_id": 3, "status": "Fail" },
        "finding_info": { "uid": "a" },
        "metadata": { "version": "1.8.0", "product": { "name": "a" }, "profiles": ["cloud"] },
        "cloud": { "provider": "OVHcloud" },
    });
    let schema = ocsf::Schema::published();
    assert_eq!(schema.errors(&good), Vec::<String>::new());
    for (pointer, member, value) in [
        ("", "cloud", Value::Null),
        ("", "surprise", json!(1)),
        ("", "time", json!("2026-11-21T00:00:00Z")),
        ("", "severity_id", json!(7)),
        ("", "type_uid", json!(200_302)),
        ("", "resources", json!({ "uid": "a" })),
        ("", "resources", json!([{ "type": "a" }])),
        ("/compliance", "status_id", json!(4)),
        ("/compliance", "status", json!("Pass")),
        ("/compliance", "status_detail", json!("deprecated")),
        ("/metadata", "version", json!("1.0.0")),
        ("/metadata", "profiles", json!([])),
        ("/finding_info", "uid", json!(1)),
    ] {
        let mut bad = good.clone();
        let parent = bad.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => drop(parent.remove(member)),
            value => drop(parent.insert(member.to_owned(), value)),
        }
        assert!(!schema.errors(&bad).is_empty(), "{pointer}/{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_the_same_in_every_form_and_in_every_run() {
    let simulator = reference().await;
    let first = forms(&simulator, &[]).await;
    assert_eq!(first.code, 0);
    let run = first.run();
    assert_eq!(run["automationDetails"]["id"], "ovhcloud/xx1111-ovh/");
    for name in ["endpoint", "identity", "revision", "catalogue"] {
        assert!(!text(&run["properties"], name).is_empty(), "{name}");
    }
    assert!(!run["properties"]["thresholds"].as_object().unwrap().is_empty());
    assert!(first.results("fail").len() > 50 && first.results("pass").len() > 1);
    let break_glass = first.results("fail").into_iter().find(|one| {
        one["ruleId"] == "policy_wildcard_action"
            && one["properties"]["resource_name"] == "break-glass"
    });
    let break_glass = break_glass.unwrap();
    assert_eq!((text(break_glass, "level"), &break_glass["suppressions"]), ("error", &json!([])));
    assert!(text(&break_glass["message"], "text").starts_with("break-glass: "), "{break_glass}");
    let is_it = |rule: &&Value| rule["id"] == "policy_wildcard_action";
    let rule = items(&run["tool"]["driver"]["rules"]).iter().find(is_it).unwrap();
    assert_eq!(rule["name"], "PolicyWildcardAction");
    assert!(items(&rule["properties"]["tags"]).contains(&json!("cis_aws_3_0/1.16")), "{rule}");
    assert!(text(&rule["help"], "markdown").contains("**API**: `"), "{rule}");

    let first_prints = fingerprints(&first);
    assert_eq!(first_prints.len(), first.results("fail").len(), "each has its own");
    let second = forms(&simulator, &[]).await;
    assert_eq!(first_prints, fingerprints(&second));
    assert_eq!(timeless(&first.sarif), timeless(&second.sarif));
    assert_eq!(timeless(&json!(first.ocsf)), timeless(&json!(second.ocsf)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exempt_finding_is_suppressed_and_not_new() {
    let simulator = reference().await;
    let (without, exempt) = spawn_blocking(move || {
        (exempted(&simulator, ""), exempted(&simulator, &every_key("2999-12-31")))
    })
    .await
    .unwrap();
    let results = |forms: &Forms| -> Vec<Value> {
        let results = forms.results("fail").into_iter();
        results.filter(|one| one["ruleId"] == "sshkey_unlisted").cloned().collect()
    };
    let (before, after) = (results(&without), results(&exempt));
    assert_eq!((before.len() > 1, before.len()), (true, after.len()));
    assert!(before.iter().all(|one| one["suppressions"] == json!([])));
    let suppression = json!([{
        "kind": "external", "status": "accepted",
        "justification": "inventory under way (owner team-a, until 2999-12-31)",
        "properties": { "reason": "inventory under way", "owner": "team-a", "until": "2999-12-31" }
    }]);
    assert!(after.iter().all(|one| one["suppressions"] == suppression), "{after:#?}");
    assert_eq!(fingerprints(&without), fingerprints(&exempt));
    let is_key = |one: &&Value| one["metadata"]["event_code"] == "sshkey_unlisted";
    let events = exempt.events(is_key);
    assert_eq!(events.len(), after.len(), "no pass beside exemptions");
    assert!(events.iter().all(|one| one["status"] == "Suppressed"));
    assert!(without.events(is_key).iter().all(|one| one["status"] == "New"));
    let exemptions = &exempt.run()["properties"]["exemptions"]["sshkey_unlisted"];
    assert_eq!(exemptions[0]["state"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exemption_without_a_finding_stands_beside_the_failures_of_its_check() {
    let simulator = reference().await;
    let unused = every_key("2999-12-31").replace("kind: cloud_ssh_key", "id: nothing");
    let exemptions = unused + &every_key("2020-01-01");
    let forms = spawn_blocking(move || exempted(&simulator, &exemptions)).await.unwrap();
    let events = forms.events(|one| one["metadata"]["event_code"] == "sshkey_unlisted");
    assert!(events.len() > 1 && events.iter().all(|one| one["status"] == "New"));
    let member = json!([
        {
            "reason": "inventory under way", "owner": "team-a", "until": "2999-12-31",
            "state": "unused", "place": "exempt.yaml:1:3: [0]", "resources": "id=nothing"
        },
        {
            "reason": "inventory under way", "owner": "team-a", "until": "2020-01-01",
            "state": "expired", "place": "exempt.yaml:6:3: [1]", "resources": "kind=cloud_ssh_key"
        }
    ]);
    for event in events {
        assert_eq!(event["unmapped"]["exemptions"], member);
    }
    assert_eq!(forms.run()["properties"]["exemptions"]["sshkey_unlisted"], member);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_without_its_data_passes_in_no_form() {
    let simulator = reference().await;
    simulator.fail(USERS, Effect::Status(403));
    let partial = forms(&simulator, &[]).await;
    assert_eq!(partial.code, 1);
    let needs_users = |one: &Value| {
        one["status"] == "not_evaluated"
            && one["reason"] == "not_read"
            && items(&one["needs"]).contains(&json!("iam_user"))
    };
    let unjudged = partial.checks(needs_users);
    assert!(unjudged.contains("user_inactive"), "{unjudged:?}");
    for check in unjudged {
        let is_it = |one: &&Value| one["associatedRule"]["id"] == check;
        let notification = partial.notifications().iter().find(is_it).unwrap();
        assert_eq!(notification["level"], "warning");
        let said = text(&notification["message"], "text");
        assert!(said.contains("was not read: ") && said.contains("iam_user"), "{said}");
        for event in partial.events(|one| one["metadata"]["event_code"] == check) {
            assert_eq!(event["compliance"]["status"], "Warning", "{event}");
            assert_eq!(event["status"], "Unknown");
        }
    }
    let off = partial.notifications().iter();
    let off = off.filter(|one| one["associatedRule"]["id"] == "sshkey_unlisted");
    let off: Vec<_> = off.collect();
    assert_eq!(off.len(), 1);
    assert_eq!(off[0]["level"], "note", "nobody asked for it");
    let gap = |one: &&Value| one["properties"]["collector"] == "iam_user";
    let gap = partial.notifications().iter().find(gap).unwrap();
    assert!(text(&gap["message"], "text").contains("account:apiovh:me/identity/user/get"), "{gap}");

    simulator.faults(Vec::new());
    simulator.rights(Rights::none());
    let nothing = forms(&simulator, &[]).await;
    assert_eq!(nothing.code, 1);
    assert_eq!(nothing.results("fail").len(), 0);
    let seen = nothing.results("pass");
    let known = |state: &Value| ["complete", "partial"].contains(&text(state, "state"));
    let known: BTreeSet<_> = items(&nothing.account["collectors"])
        .iter()
        .filter(|one| known(one))
        .map(|one| text(one, "collector"))
        .collect();
    for result in seen {
        let checks = items(&nothing.account["checks"]).iter();
        let check = checks.into_iter().find(|one| one["check"] == result["ruleId"]).unwrap();
        for need in items(&check["needs"]) {
            assert!(known.contains(need.as_str().unwrap()), "{check}");
        }
    }
    assert_eq!(nothing.ocsf[0]["severity"], "Critical");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_name_stays_a_name() {
    let simulator = reference().await;
    simulator.change(|account| {
        for policy in account.list_mut(POLICIES) {
            policy["name"] = HOSTILE.into();
        }
        let project = account.project("prod").unwrap();
        for key in account.list_mut(&format!("/cloud/project/{project}/sshkey")) {
            key["name"] = HOSTILE.into();
        }
    });
    let forms = forms(&simulator, &[]).await;
    let named = forms.results("fail").into_iter();
    let named = named.filter(|one| one["properties"]["resource_name"] == HOSTILE);
    let named: Vec<_> = named.collect();
    assert!(named.len() > 1);
    for result in named {
        let said = text(&result["message"], "text");
        assert!(said.starts_with("[pay]\\(https://evil.example) {{0}} "), "{said}");
        assert!(!said.contains(['\u{202e}', '\u{2028}', '\n']), "{said}");
    }
    let hostile = forms.events(|one| one["resources"][0]["name"] == HOSTILE);
    assert!(hostile.len() > 1, "the value is not changed");
    for raw in ["\u{202e}", "\u{2028}", "\u{85}"] {
        assert!(forms.texts.iter().all(|text| !text.contains(raw)), "it is there as an escape");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_account_has_passes_and_a_reading() {
    let simulator = reference().await;
    simulator.change(|account| {
        let paths: Vec<_> = account.paths().map(str::to_owned).collect();
        for path in paths {
            if account.document(&path).is_none() {
                account.list_mut(&path).clear();
            }
        }
    });
    let empty = forms(&simulator, &[]).await;
    let of_users = empty.events(|one| one["metadata"]["event_code"] == "user_password_old");
    assert_eq!((of_users.len(), &of_users[0]["status_code"]), (1, &json!("PASS")));
    assert!(items(&empty.account["scope"]["projects"]).is_empty());
    assert!(empty.results("fail").iter().all(|one| one["properties"]["project_id"].is_null()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_report_says_so() {
    let simulator = reference().await;
    let brief = forms(&simulator, &["--only=fail"]).await;
    assert_eq!(brief.run()["automationDetails"]["id"], "ovhcloud/xx1111-ovh/");
    assert!(brief.results("pass").is_empty() && !brief.results("fail").is_empty());
    let part =
        forms(&simulator, &["--severity=critical", "--project=staging", "--only=fail"]).await;
    let id = text(&part.run()["automationDetails"], "id");
    assert!(id.starts_with("ovhcloud/xx1111-ovh/severity%20critical/project%20"), "{id}");
    let said = part.notifications().last().unwrap();
    assert_eq!((text(&said["descriptor"], "id"), text(said, "level")), ("filtered", "note"));
    let said = text(&said["message"], "text");
    assert!(said.starts_with("Only a part of the report: severity critical; project "), "{said}");
    for event in &part.ocsf {
        assert_eq!(items(&event["unmapped"]["filters"]).len(), 3, "{event}");
    }
}

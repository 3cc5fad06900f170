//! The forms of `report` for people and spreadsheets, and the tables of `inventory`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use ovhcloud_simulator::{Auth, Effect, Simulator};
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::commands::{command, end};
use crate::configuration::Directory;
use crate::exemptions::{configured, every_key};
use crate::exporter::reference;
use crate::program::{ended, program};
use crate::state::kept;
use crate::tools::run;

/// The rows of a CSV, each by the names of its columns.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    assert!(text.lines().count() > 0 && text.ends_with("\r\n"), "{text:?}");
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn count(
    rows: &[BTreeMap<String, String>],
    is_it: impl Fn(&BTreeMap<String, String>) -> bool,
) -> usize {
    rows.iter().filter(|row| is_it(row)).count()
}

/// The cells of each row of each table, after a check that the Markdown has no HTML and no link.
fn tables(text: &str) -> Vec<Vec<Vec<String>>> {
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        let table = tables.last_mut();
        match event {
            Event::Start(Tag::Table(_)) => tables.push(Vec::new()),
            Event::Start(Tag::TableHead | Tag::TableRow) => table.unwrap().push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                table.unwrap().last_mut().unwrap().push(String::new());
            }
            Event::Text(words) | Event::Code(words) => {
                let cell = table.and_then(|table| table.last_mut()).and_then(|row| row.last_mut());
                if let Some(cell) = cell {
                    cell.push_str(&words);
                }
            }
            Event::Html(_) | Event::InlineHtml(_) => panic!("HTML: {event:?}"),
            Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::Strikethrough,
            ) => panic!("markup: {event:?}"),
            _ => {}
        }
    }
    tables
}

/// The rows of the tables that have this column.
fn with_column(text: &str, column: &str) -> Vec<Vec<String>> {
    let tables = tables(text).into_iter();
    let tables = tables.filter(|table| table[0].iter().any(|name| name == column));
    tables.flat_map(|table| table.into_iter().skip(1)).collect()
}

/// The account's document of `--format json` with these arguments.
async fn document(simulator: &Simulator, arguments: &[&str]) -> Value {
    let (_, said, log) = end(simulator, &[&["report", "--format=json"], arguments].concat()).await;
    let mut document: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{log}"));
    document["accounts"][0].take()
}

async fn form(simulator: &Simulator, format: &str, arguments: &[&str]) -> (i32, String, String) {
    let format = format!("--format={format}");
    end(simulator, &[&["report", &format], arguments].concat()).await
}

fn list<'a>(account: &'a Value, name: &str) -> &'a Vec<Value> {
    account[name].as_array().unwrap()
}

fn ids(account: &Value, status: &str) -> BTreeSet<String> {
    let checks = list(account, "checks").iter().filter(|check| check["status"] == status);
    checks.map(|check| check["check"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_has_any_number_of_forms() {
    let simulator = reference().await;
    let directory = Directory::new();
    let place = |name: &str| format!("--output={}", directory.0.join(name).display());
    let mut arguments = vec!["report".to_owned()];
    for name in ["table", "markdown", "json", "csv"] {
        arguments.extend([format!("--format={name}"), place(name)]);
    }
    let last = arguments.last_mut().unwrap();
    *last = "--output=-".to_owned();
    simulator.reset_stats();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let (code, csv, log) = end(&simulator, &arguments).await;
    assert_eq!(code, 0, "{log}");
    let calls = simulator.stats().requests;
    let text = |name: &str| fs::read_to_string(directory.0.join(name)).unwrap();
    for name in ["table", "markdown", "json"] {
        let mode = fs::metadata(directory.0.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let (table, markdown) = (text("table"), text("markdown"));
    let document: Value = serde_json::from_str(&text("json")).unwrap();
    let account = &document["accounts"][0];
    let (findings, checks) = (list(account, "findings"), list(account, "checks"));

    let rows = rows(&csv);
    let of = |status: &str| count(&rows, |row| row["status"] == status);
    assert_eq!(of("fail"), findings.len());
    assert_eq!(of("pass"), ids(account, "pass").len());
    let unclear: usize = checks.iter().map(|check| list(check, "unclear").len()).sum();
    assert_eq!(of("not_evaluated"), ids(account, "not_evaluated").len() + unclear);
    let is_glass = |row: &BTreeMap<_, String>| {
        row["check"] == "policy_wildcard_action" && row["resource_name"] == "break-glass"
    };
    let glass = rows.iter().find(|row| is_glass(row)).unwrap();
    assert_eq!((&*glass["severity"], &*glass["message"]), ("critical", "allows *"));
    assert!(glass["controls"].split(' ').any(|one| one == "iso_27001_2022:A.8.2"), "{glass:?}");
    assert!(glass["remediation"].contains("API: PUT /v2/iam/policy/{policyId}"), "{glass:?}");

    assert_eq!(with_column(&markdown, "Evidence").len(), findings.len());
    assert!(markdown.contains("\n| `break-glass` | "), "{markdown}");
    assert!(table.lines().any(|line| line.starts_with("critical policy_wildcard_action: ")));
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    for check in checks {
        let id = check["check"].as_str().unwrap();
        assert!(table.contains(id) && markdown.contains(&format!("`{id}`")), "{id}");
    }
    for text in [&table, &markdown] {
        assert!(text.contains(&format!("{} by ", findings.len())), "{text}");
        assert!(text.contains("AF-NORTH-LZ-RBA-A"), "a region that is not read: {text}");
    }

    assert!(of("out_of_service") > 10, "a suspended project and regions in maintenance: {csv}");
    let suspended = table.lines().find(|line| line.starts_with("  out of service, project legacy"));
    assert!(suspended.is_some(), "{table}");

    // The table is the usual form, and each form alone costs as many calls.
    simulator.reset_stats();
    let (_, alone, _) = end(&simulator, &["report"]).await;
    assert_eq!(simulator.stats().requests, calls);
    assert_eq!(timeless(&alone), timeless(&table));
}

/// The words without times, durations and the ids of calls.
fn timeless(text: &str) -> Vec<&str> {
    let words = text.split([' ', '\n', '\r', ',', '"', '|', '(', ')']);
    let is_time = |word: &&str| {
        word.parse::<Timestamp>().is_ok()
            || word.parse::<f64>().is_ok()
            || word.starts_with("EU.ext")
            || word.split(':').count() == 3 && word.chars().all(|c| c == ':' || c.is_ascii_digit())
    };
    words.filter(|word| !word.is_empty() && !is_time(word)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_reports_of_an_account_differ_in_times_only() {
    let simulator = reference().await;
    for name in ["table", "markdown", "csv"] {
        let (_, one, _) = form(&simulator, name, &[]).await;
        let (_, other, _) = form(&simulator, name, &[]).await;
        assert_eq!(timeless(&one), timeless(&other), "{name}");
        assert!(timeless(&one).contains(&"break-glass") || name == "markdown");
    }
}

#[test]
fn a_form_without_a_place_of_its_own_is_an_error() {
    let directory = Directory::new();
    let run =
        |arguments: &[&str]| ended(&mut directory.program(&[&["report"], arguments].concat()));
    for (arguments, code, words) in [
        (
            &["--format=csv", "--format=table"][..],
            64,
            "--output: 0 given, and --format: 2 (csv, table)",
        ),
        (
            &["--format=csv", "--output=a", "--output=b"],
            64,
            "--output: 2 given, and --format: 1 (csv)",
        ),
        (
            &["--format=csv", "--output=-", "--format=markdown", "--output=-"],
            64,
            "takes one of the forms",
        ),
        (&["--output", "markdown"], 64, "give --format markdown, or ./markdown for a file"),
        (&["--output", "json"], 64, "give --format json, or ./json for a file"),
        (&["--format=xls"], 64, "possible values: table, "),
    ] {
        let (ended, said, error) = run(arguments);
        assert_eq!((ended, said.as_str()), (code, ""), "{error}");
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_file_needs_no_call_and_no_credential() {
    let simulator = reference().await;
    let directory = Directory::new();
    let file = directory.0.join("state");
    kept(&file, &simulator).await;
    drop(simulator);
    let state = format!("--from-state={}", file.display());
    let run = |format: &str| ended(&mut program(&["report", &state, format]));
    let (code, table, log) = run("--format=table");
    assert_eq!(code, 0, "{log}");
    assert!(table.contains(" before this report"), "the age: {table}");
    assert!(table.contains("critical policy_wildcard_action: "), "{table}");
    let (_, csv, _) = run("--format=csv");
    let rows = rows(&csv);
    assert!(rows.iter().all(|row| row["time"] == "2026-11-21T00:00:00Z"), "{csv}");
    assert!(run("--format=markdown").1.contains(" before this report"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_leaves_out_and_passes_nothing() {
    let simulator = reference().await;
    simulator.fail("/v2/iam/policy", Effect::Status(403));
    let whole = document(&simulator, &[]).await;
    let mut outputs = BTreeMap::new();
    for arguments in [
        &["--check=policy_wildcard_action"][..],
        &["--check=sshkey_weak", "--check=user_admin"],
        &["--severity=critical"],
        &["--framework=iso27001"],
        &["--framework=cis", "--severity=high"],
        &["--only=fail"],
        &["--project=prod"],
        &["--project=prod", "--only=fail"],
    ] {
        let account = document(&simulator, arguments).await;
        let passing = ids(&account, "pass");
        let is_of_project = arguments.contains(&"--project=prod");
        for id in passing.difference(&ids(&whole, "pass")) {
            let before = list(&whole, "checks").iter().find(|one| one["check"] == **id).unwrap();
            assert!(is_of_project && before["reason"].is_null(), "{arguments:?}: {before}");
        }
        let (code, table, _) = form(&simulator, "table", arguments).await;
        assert_eq!(code, 1, "the data is incomplete: {table}");
        assert!(table.contains("  Filtered  "), "{table}");
        assert!(table.contains("Incomplete: iam_policy not read\n"), "{table}");
        let (_, csv, _) = form(&simulator, "csv", arguments).await;
        let rows = rows(&csv);
        assert!(rows.iter().all(|row| !row["filters"].is_empty()), "{csv}");
        assert_eq!(count(&rows, |row| row["status"] == "pass"), passing.len(), "{arguments:?}");
        for kind in ["collector", "gap"] {
            let is_it = |row: &BTreeMap<_, String>| {
                row["status"] == "not_read" && row["resource_kind"] == kind
            };
            assert_eq!(count(&rows, is_it), 1, "{csv}");
        }
        let (_, markdown, _) = form(&simulator, "markdown", arguments).await;
        assert!(markdown.contains("\n| Filtered | "), "{markdown}");
        outputs.insert(arguments.join(" "), (table, rows));
    }
    let (table, rows) = &outputs["--severity=critical"];
    for severity in ["high", "medium", "low", "info"] {
        let line = table.lines().find(|line| line.trim_start().starts_with(severity)).unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words, [severity, "filtered"], "no number of findings that are left out");
    }
    assert!(rows.iter().all(|row| ["critical", ""].contains(&&*row["severity"])));
    let (table, _) = &outputs["--only=fail"];
    assert!(table.contains("\nPassed: left out\n"), "{table}");
    assert!(!table.contains("sso_cert_expiring"), "{table}");
    let (table, _) = &outputs["--check=policy_wildcard_action"];
    assert!(table.contains("no check has a verdict, 1 not evaluated"), "{table}");
    let (_, rows) = &outputs["--project=prod"];
    let is_other = |row: &BTreeMap<_, String>| row["project"] == "staging";
    assert_eq!((count(rows, is_other), count(rows, |row| row["project"] == "prod") > 5), (0, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_leaves_nothing_says_so() {
    let simulator = reference().await;
    let nothing = ["--check=sso_cert_expiring", "--only=fail"];
    let (code, csv, log) = form(&simulator, "csv", &nothing).await;
    assert_eq!(code, 0, "{log}");
    let rows = rows(&csv);
    assert_eq!(count(&rows, |row| row["status"] == "nothing_selected"), 1, "{csv}");
    assert!(rows.iter().all(|row| row["check"].is_empty()), "{csv}");
    let (_, table, _) = form(&simulator, "table", &nothing).await;
    assert!(table.contains("\nPassed: left out\n") && table.contains("  Filtered  "), "{table}");
    assert!(table.contains("\nFindings: the filters leave no check\n"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_in_a_filter_has_a_suggestion() {
    let simulator = reference().await;
    for (argument, expected, words) in [
        ("--check=sshkey_weka", 64, "did you mean `sshkey_weak`?"),
        ("--severity=hihg", 64, "did you mean `high`?"),
        ("--framework=iso_27001_2023", 64, "did you mean `iso_27001_2022`?"),
        ("--only=pass", 64, "fail"),
        ("--project=prdo", 1, "did you mean `prod`?"),
    ] {
        let (code, said, error) = end(&simulator, &["report", argument]).await;
        assert_eq!((code, said.as_str()), (expected, ""), "{error}");
        assert!(error.contains(words), "{error}");
    }
}

const HOSTILE: &str = "=x|`<img src=//e>`[a](//e) *b* _c_\u{202e}\u{1b}[31m\r\n# d\\| @e <!--";

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_name_is_a_name_in_every_form() {
    let simulator = reference().await;
    simulator.change(|account| {
        for policy in account.list_mut("/v2/iam/policy") {
            policy["name"] = json!(HOSTILE);
        }
        for project in account.list_mut("/cloud/project") {
            project["description"] = json!(HOSTILE);
            project["projectName"] = json!(HOSTILE);
        }
    });
    let account = document(&simulator, &[]).await;
    let findings = list(&account, "findings");
    let is_hostile = |found: &&Value| found["resource_name"] == HOSTILE;
    let hostile = findings.iter().filter(is_hostile).count();
    assert!(hostile > 5 && findings.iter().any(|found| found["project_name"] == HOSTILE));

    let plain = "=x|`<img src=//e>`[a](//e) *b* _c_[31m# d\\| @e <!--";
    let (_, csv, _) = form(&simulator, "csv", &[]).await;
    let lines = csv.lines().count();
    let rows = rows(&csv);
    assert_eq!(rows.len() + 1, lines, "a record is a line");
    let defused = format!("'{plain}");
    assert_eq!(count(&rows, |row| row["resource_name"] == defused), hostile + unclear(&account));
    assert!(count(&rows, |row| row["project"] == defused) > 0, "{csv}");
    let cells = rows.iter().flat_map(BTreeMap::values);
    for cell in cells {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }

    let (_, markdown, _) = form(&simulator, "markdown", &[]).await;
    let tables = tables(&markdown);
    let shown = plain.replace("@e", "@\u{200b}e").replace("# d", "#\u{200b} d");
    let mut seen = 0;
    for table in tables {
        for row in &table {
            assert_eq!(row.len(), table[0].len(), "{row:?}");
        }
        seen += table.iter().filter(|row| row.contains(&shown)).count();
    }
    assert!(seen >= hostile, "{seen} of {hostile}: {markdown}");

    let (_, table, _) = form(&simulator, "table", &[]).await;
    for text in [&table, &csv, &markdown] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
    assert!(table.contains("`<img src=//e>`[a](//e)"), "{table}");
    assert!(!table.lines().any(|line| line.starts_with("# d")), "{table}");
}

/// The number of hostile resources that checks could not judge.
fn unclear(account: &Value) -> usize {
    let checks = list(account, "checks").iter();
    checks
        .flat_map(|check| list(check, "unclear"))
        .filter(|one| one["resource_name"] == HOSTILE)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_a_gap_in_every_form() {
    let simulator = reference().await;
    simulator.fail("/me/identity/user", Effect::Status(403));
    let account = document(&simulator, &[]).await;
    let missing: Vec<_> = list(&account, "checks")
        .iter()
        .filter(|check| check["needs"].as_array().unwrap().contains(&json!("iam_user")))
        .collect();
    assert!(missing.len() > 5 && missing.iter().all(|check| check["status"] != "pass"));

    let (code, table, log) = form(&simulator, "table", &[]).await;
    assert_eq!(code, 1, "{log}");
    assert!(table.contains("\nIncomplete: iam_user not read\n"), "{table}");
    assert!(table.contains("data missing, not_read (needed data was not read):"), "{table}");
    let (_, markdown, _) = form(&simulator, "markdown", &[]).await;
    assert!(markdown.contains("**Incomplete:**\n\n- `iam_user` not read: "), "{markdown}");
    assert!(markdown.contains("| `iam_user` | not read | unknown |"), "{markdown}");
    let (_, csv, _) = form(&simulator, "csv", &[]).await;
    let rows = rows(&csv);
    assert_eq!((&*rows[0]["resource_kind"], &*rows[0]["status"]), ("account", "partly_read"));
    let first = &rows[1];
    assert_eq!((&*first["resource_kind"], &*first["resource_id"]), ("collector", "iam_user"));
    assert_eq!((&*first["status"], &*first["check"]), ("not_read", ""), "{first:?}");
    assert!(
        first["message"].ends_with("grant it account:apiovh:me/identity/user/get"),
        "{first:?}"
    );
    for check in missing {
        let id = check["check"].as_str().unwrap();
        assert_eq!(count(&rows, |row| row["check"] == id && row["status"] == "pass"), 0, "{id}");
        assert!(count(&rows, |row| row["check"] == id) > 0, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_account_has_no_pass_in_any_form() {
    let simulator = reference().await;
    simulator.fail("*", Effect::Status(403));
    let (code, table, log) = form(&simulator, "table", &[]).await;
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("nothing could be read"), "{log}");
    assert!(table.contains("\nPassed: no check\n"), "{table}");
    assert!(table.contains("Findings: no check has a verdict"), "{table}");
    assert!(table.contains("unknown: the list is not read"), "{table}");
    let (_, csv, _) = form(&simulator, "csv", &[]).await;
    let rows = rows(&csv);
    assert!(count(&rows, |row| row["status"] == "not_read") > 20, "{csv}");
    for status in ["fail", "pass"] {
        assert_eq!(count(&rows, |row| row["status"] == status), 0, "{csv}");
    }
    let (_, markdown, _) = form(&simulator, "markdown", &[]).await;
    assert!(markdown.contains("**Incomplete:**"), "{markdown}");
    assert!(markdown.contains("## Passed\n\n0 checks.\n"), "{markdown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_of_a_report_is_that_of_the_inventory() {
    let simulator = reference().await;
    for (severity, expected) in [("critical", 2), ("high", 2), ("info", 2)] {
        let flag = format!("--fail-on={severity}");
        let (code, said, log) = form(&simulator, "csv", &[&flag]).await;
        assert_eq!(code, expected, "{log}");
        assert!(said.starts_with("time,account,check,"), "{said}");
    }
    let passes = ["--check=sso_cert_expiring", "--fail-on=info"];
    assert_eq!(form(&simulator, "table", &passes).await.0, 0);
    simulator.fail("/me/identity/provider", Effect::Status(403));
    let (code, table, log) = form(&simulator, "table", &passes).await;
    assert_eq!(code, 1, "{log}");
    assert!(table.contains("Passed: no check"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exempt_finding_has_its_owner_and_its_end_in_every_form() {
    let simulator = reference().await;
    let directory = Directory::new();
    directory.write("exempt.yaml", &every_key("2999-12-31"), 0o600).write("keys", "", 0o600);
    let files = "lists: {ssh_keys: {files: [keys]}}\nexemption_files: [exempt.yaml]\n";
    directory.write("f.yaml", &configured(&simulator, files), 0o600);
    let run = async |format: &str| {
        let mut command = directory.program(&["report", "--config.file=f.yaml", format]);
        spawn_blocking(move || ended(&mut command)).await.unwrap().1
    };
    let rows = rows(&run("--format=csv").await);
    let exempt = rows.iter().filter(|row| row["status"] == "exempt");
    let exempt: Vec<_> = exempt.collect();
    assert!(exempt.len() > 3);
    for row in &exempt {
        let cells = ["exempt_until", "exempt_owner", "exempt_reason"].map(|name| &*row[name]);
        assert_eq!(cells, ["2999-12-31", "team-a", "inventory under way"]);
    }
    let table = run("--format=table").await;
    assert!(table.contains("until 2999-12-31 by team-a: inventory under way"), "{table}");
    let heading = format!("\nExemptions: {} exempt findings\n", exempt.len());
    assert!(table.contains(&heading), "{table}");
    let markdown = run("--format=markdown").await;
    assert_eq!(with_column(&markdown, "Until").len(), exempt.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_of_the_inventory_is_a_table() {
    let simulator = reference().await;
    let table = async |arguments: &[&str]| {
        end(&simulator, &[&["inventory", "--format=csv"], arguments].concat()).await
    };
    let (code, csv, log) = table(&["--kind=iam_user"]).await;
    assert_eq!(code, 0, "{log}");
    assert!(csv.starts_with("account,project_id,"), "{csv}");
    let users = rows(&csv);
    assert_eq!(users.len(), 14);
    assert!(users.iter().all(|row| row["account"] == "xx1111-ovh"));
    assert!(users.iter().any(|row| row["login"] == "alice"), "{csv}");
    let (_, csv, _) = table(&["--kind=cloud_instance"]).await;
    let all = rows(&csv);
    let (_, csv, _) = table(&["--kind=cloud_instance", "--project=prod"]).await;
    let prod = rows(&csv);
    assert!(!prod.is_empty() && prod.len() < all.len(), "{csv}");
    let projects: BTreeSet<_> = prod.iter().map(|row| &row["project_id"]).collect();
    assert_eq!(projects.len(), 1);
    // Nested values are JSON.
    let (_, csv, _) = table(&["--kind=iam_policy"]).await;
    let nested = |row: &BTreeMap<String, String>| {
        row.values().any(|cell| serde_json::from_str::<Value>(cell).is_ok_and(|one| one.is_array()))
    };
    assert!(rows(&csv).iter().all(nested), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_is_unknown_has_no_table() {
    let simulator = reference().await;
    simulator.fail("/me/identity/user", Effect::Status(403));
    let directory = Directory::new();
    let file = directory.0.join("users.csv");
    let output = format!("--output={}", file.display());
    for (kind, words) in [
        ("iam_user", "there is no table: account `xx1111-ovh`: iam_user is not read"),
        ("audit_log", "audit_log is disabled; --collector.audit_log enables it"),
    ] {
        let kind = format!("--kind={kind}");
        let arguments = ["inventory", "--format=csv", &kind, &output];
        let (code, said, error) = end(&simulator, &arguments).await;
        assert_eq!((code, said.as_str(), file.exists()), (1, "", false), "{error}");
        assert!(error.contains(words), "{error}");
    }
    // In other forms too, a kind that was asked for is there or an error.
    let (code, said, error) = end(&simulator, &["inventory", "--kind=audit_log"]).await;
    assert_eq!(code, 1, "{said}");
    assert!(error.contains("audit_log is disabled"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_of_the_inventory_is_named_and_right() {
    let simulator = reference().await;
    let run =
        async |arguments: &[&str]| end(&simulator, &[&["inventory"], arguments].concat()).await;
    let (code, text, log) = run(&["--kind=cloud_ssh_key", "--kind=cloud_project"]).await;
    assert_eq!(code, 0, "{log}");
    let filtered = "\nFiltered: kind cloud_project, cloud_ssh_key: not the whole account\n";
    assert!(text.contains(filtered), "{text}");
    assert!(text.contains("\ncloud_ssh_key: ") && !text.contains("iam_user: "), "{text}");
    let (_, json, _) = run(&["--kind=cloud_ssh_key", "--project=prod", "--format=json"]).await;
    let document: Value = serde_json::from_str(&json).unwrap();
    let inventory = document["accounts"][0]["inventory"].as_object().unwrap();
    assert_eq!(inventory.keys().collect::<Vec<_>>(), ["cloud_ssh_key"]);
    assert_eq!(inventory["cloud_ssh_key"].as_array().unwrap().len(), 3);
    for (arguments, expected, words) in [
        (&["--kind=iam_usr"][..], 64, "did you mean `iam_user`?"),
        (&["--kind=everything"], 64, "expected cloud_project, "),
        (&["--project=prdo"], 1, "did you mean `prod`?"),
        (&["--kind=iam_user", "--project=prod"], 1, "it belongs to the account"),
        (&["--format=csv"], 1, "give one --kind of: cloud_project, "),
        (&["--format=csv", "--kind=iam_user", "--kind=iam_group"], 1, "and 2 are given"),
        (&["--output", "csv"], 64, "give --format csv, or ./csv"),
    ] {
        let (code, said, error) = run(arguments).await;
        assert_eq!((code, said.as_str()), (expected, ""), "{error}");
        assert!(error.contains(words), "{error}");
    }
}

/// As on a terminal of this width; `script` is one.
#[tokio::test(flavor = "multi_thread")]
async fn the_table_has_the_width_of_the_terminal() {
    let simulator = reference().await;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typescript-report");
    let exporter = command(&simulator, &[]).get_program().to_string_lossy().into_owned();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty rows 50 cols 200; {exporter} report")]).arg(&path);
    script
        .env_clear()
        .env("TERM", "xterm")
        .env("PATH", "/usr/bin:/bin")
        .envs(simulator.environment(Auth::OAuth2));
    spawn_blocking(move || run("script", &mut script)).await.unwrap();
    // Where there is no `script`, that was said.
    let Ok(seen) = fs::read_to_string(path) else { return };
    let lines = seen.lines().skip_while(|line| !line.starts_with("Summary"));
    let widths: Vec<_> = lines.map(|line| line.trim_end().chars().count()).collect();
    let most = widths.iter().max().unwrap();
    assert!((120..=200).contains(most), "{most}");
}

/// The rows as CSV and the account as JSON of one refresh.
async fn rows_and_account(
    simulator: &Simulator,
    arguments: &[&str],
) -> (Vec<BTreeMap<String, String>>, Value) {
    let directory = Directory::new();
    let json = format!("--output={}", directory.0.join("json").display());
    let forms = ["report", "--format=csv", "--output=-", "--format=json", &json];
    let (_, csv, log) = end(simulator, &[&forms, arguments].concat()).await;
    let json = fs::read_to_string(directory.0.join("json")).expect(&log);
    let mut document: Value = serde_json::from_str(&json).unwrap();
    (rows(&csv), document["accounts"][0].take())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_csv_has_the_scope_and_the_time_of_each_collector() {
    let simulator = reference().await;
    simulator.fail("/me/identity/user", Effect::Status(403));
    let (rows, account) = rows_and_account(&simulator, &[]).await;
    let of_kind = |kind: &'static str| rows.iter().filter(move |row| row["resource_kind"] == kind);
    let collectors = list(&account, "collectors");
    assert_eq!(of_kind("collector").count(), collectors.len());
    for state in collectors {
        let row = of_kind("collector").find(|row| state["collector"] == *row["resource_id"]);
        let row = row.unwrap();
        let status = match state["state"].as_str().unwrap() {
            "complete" => "read",
            "partial" => "partly_read",
            "off" => "disabled",
            other => other,
        };
        assert_eq!(row["status"], status, "{state}");
        assert_eq!(row["read_at"], state["read_at"].as_str().unwrap_or_default(), "{state}");
        let objects = state["objects"].as_u64().map(|number| number.to_string());
        let objects = objects.unwrap_or_else(|| "unknown".to_owned());
        assert!(row["message"].contains(&format!(" {objects}")), "{state}: {row:?}");
    }
    for status in ["read", "not_read", "disabled"] {
        assert!(of_kind("collector").any(|row| row["status"] == status), "{status}");
    }
    let scope: Vec<_> = of_kind("account").filter(|row| row["check"].is_empty()).collect();
    assert_eq!((scope.len(), &*scope[0]["status"]), (1, "partly_read"));
    for words in ["Projects: ", "prod (", "; Regions: ", "; Regions not read: AF-NORTH-LZ-RBA-A"] {
        assert!(scope[0]["message"].contains(words), "{words}: {scope:?}");
    }
    for row in &rows {
        assert!(row["generated"].parse::<Timestamp>().is_ok() && !row["revision"].is_empty());
        assert_eq!(row["generated"], rows[0]["generated"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_keeps_its_project_and_its_repair_in_the_csv() {
    let simulator = reference().await;
    let mut staging = String::new();
    simulator.change(|account| staging = account.project("staging").unwrap());
    simulator.fail(&format!("/cloud/project/{staging}/sshkey"), Effect::Status(403));
    let (rows, account) = rows_and_account(&simulator, &[]).await;
    let gaps = list(&account, "gaps");
    assert_eq!(count(&rows, |row| row["resource_kind"] == "gap"), gaps.len());
    let is_it = |row: &&BTreeMap<String, String>| {
        row["resource_kind"] == "gap" && row["status"] == "not_read"
    };
    let row = rows.iter().find(|row| is_it(row) && row["project_id"] == staging).unwrap();
    assert_eq!((&*row["resource_id"], &*row["project"]), ("cloud_ssh_key", "staging"));
    let is_of_staging =
        |gap: &&Value| gap["collector"] == "cloud_ssh_key" && gap["project_id"] == *staging;
    let gap = gaps.iter().find(is_of_staging).unwrap();
    assert_eq!(gap["detail"], *row["message"]);
    let repair = "grant it publicCloudProject:apiovh:sshkey/get";
    assert!(row["message"].ends_with(repair) && row["reason"] == "forbidden", "{row:?}");
    let is_partly = |row: &BTreeMap<String, String>| row["status"] == "partly_read";
    let of_keys = |row: &BTreeMap<_, String>| row["resource_id"] == "cloud_ssh_key";
    assert_eq!(count(&rows, |row| is_partly(row) && of_keys(row)), 1);
}

/// An exemption of these resources.
fn exemption(check: &str, resource: &str, until: &str) -> String {
    format!(
        "- check: {check}\n  resource: {{{resource}}}\n  reason: accepted\n  owner: team-b\n  \
         until: {until}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exemption_is_in_every_form_and_none_makes_a_pass() {
    let simulator = reference().await;
    simulator.fail("/me/identity/user", Effect::Status(403));
    let directory = Directory::new();
    let exemptions = [
        every_key("2999-12-31"),
        exemption("sshkey_unlisted", "id: nothing", "2999-12-31"),
        exemption("sshkey_unlisted", "project: p1", "2020-01-01"),
        exemption("user_admin", "id: ghost", "2999-12-31"),
    ];
    directory.write("exempt.yaml", &exemptions.concat(), 0o600).write("keys", "", 0o600);
    let files = "lists: {ssh_keys: {files: [keys]}}\nexemption_files: [exempt.yaml]\n";
    directory.write("f.yaml", &configured(&simulator, files), 0o600);
    let run = async |format: &str| {
        let mut command = directory.program(&["report", "--config.file=f.yaml", format]);
        spawn_blocking(move || ended(&mut command)).await.unwrap().1
    };
    let rows = rows(&run("--format=csv").await);
    let of = |status: &str| rows.iter().filter(|row| row["status"] == status).collect::<Vec<_>>();
    let is_keys = |row: &BTreeMap<_, String>| row["check"] == "sshkey_unlisted";
    assert_eq!(count(&rows, |row| is_keys(row) && row["status"] == "pass"), 0);
    assert!(of("exempt").len() > 1 && !of("pass").is_empty());
    assert!(of("exempt").iter().all(|row| row["exemption"] == "exempt.yaml:1:3: [0]"));
    for (status, check, place, resources) in [
        ("exemption_unused", "sshkey_unlisted", "exempt.yaml:6:3: [1]", "id=nothing"),
        ("exemption_expired", "sshkey_unlisted", "exempt.yaml:11:3: [2]", "project=p1"),
        ("exemption_active", "user_admin", "exempt.yaml:16:3: [3]", "id=ghost"),
    ] {
        let [row] = of(status)[..] else { panic!("{status}: {rows:?}") };
        assert_eq!((&*row["check"], &*row["exemption"]), (check, place));
        let cells = ["exempt_owner", "exempt_reason"].map(|name| &*row[name]);
        assert_eq!(cells, ["team-b", "accepted"]);
        assert!(row["message"].contains(resources), "{row:?}");
    }

    let table = run("--format=table").await;
    let (_, exempted) = table.split_once("\nPassed by exemption: 1 check\n").unwrap();
    assert!(exempted.starts_with("  sshkey_unlisted, "), "{exempted}");
    let (_, passed) = table.split_once("\nPassed: ").unwrap();
    assert!(passed.contains("\n  sso_cert_expiring, "), "{passed}");
    assert!(!passed.contains("sshkey_unlisted"), "{passed}");
    let table = table.split_whitespace().collect::<Vec<_>>().join(" ");
    let markdown = run("--format=markdown").await;
    for (state, of, end) in [
        ("unused", "sshkey_unlisted for id=nothing", "2999-12-31"),
        ("expired", "sshkey_unlisted for project=p1", "2020-01-01"),
        ("active", "user_admin for id=ghost", "2999-12-31"),
    ] {
        let line = format!("{state} exemption of {of}, until {end} by team-b: accepted (exempt.");
        assert!(table.contains(&line), "{line}: {table}");
        let line = line.replace('_', "&#95;");
        assert!(markdown.contains(&format!("\n- {line}")), "{line}: {markdown}");
    }
    let (_, exempted) = markdown.split_once("\n## Passed by exemption\n\n1 check.\n").unwrap();
    let (exempted, passed) = exempted.split_once("\n## Passed\n").unwrap();
    assert!(exempted.contains("| `sshkey_unlisted` | "), "{exempted}");
    assert!(!passed.contains("sshkey_unlisted"), "{passed}");
    let page = run("--format=html").await;
    assert!(page.contains("<h2>Passed by exemption <span class=\"mute\">1 checks</span></h2>"));
}

/// The line of a check in the terminal, with the deeper lines below it.
fn item(table: &str, check: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = table.lines();
    let is_it = |line: &&str| line.trim_start().starts_with(&format!("{check}, "));
    let first = lines.find(is_it).unwrap_or_else(|| panic!("{check}: {table}"));
    let rest = lines.take_while(|line| indent(line) > indent(first));
    [first].into_iter().chain(rest).map(str::trim).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_without_a_finding_has_its_thresholds_and_controls() {
    let simulator = reference().await;
    let arguments = ["--framework=iso27001"];
    let account = document(&simulator, &arguments).await;
    let (_, markdown, _) = form(&simulator, "markdown", &arguments).await;
    let (_, table, _) = form(&simulator, "table", &arguments).await;
    let passed = with_column(&markdown, "Violation");
    let unjudged = with_column(&markdown, "Explanation");
    assert_eq!(passed.len(), ids(&account, "pass").len());
    let mut thresholds = 0;
    for (status, rows, at) in [("pass", &passed, 0), ("not_evaluated", &unjudged, 1)] {
        assert!(!rows.is_empty(), "{status}");
        for id in ids(&account, status) {
            let check = list(&account, "checks").iter().find(|one| one["check"] == *id).unwrap();
            let row = rows.iter().find(|row| row[at] == id).unwrap();
            let item = item(&table, &id);
            let controls = list(check, "controls").iter();
            let (asked, others): (Vec<_>, Vec<_>) =
                controls.partition(|one| one["framework"] == "iso_27001_2022");
            assert!(!asked.is_empty(), "{id}");
            for control in asked {
                let control = control["id"].as_str().unwrap();
                assert!(row.last().unwrap().contains(control), "{row:?}");
                assert!(item.contains(control), "{item}");
            }
            for other in others {
                let name = other["name"].as_str().unwrap();
                assert!(!item.contains(name) && !row.last().unwrap().contains(name), "{item}");
            }
            for threshold in list(check, "thresholds") {
                let setting = threshold["setting"].as_str().unwrap();
                let shown = format!("{setting} = {}", threshold["value"].as_str().unwrap());
                assert!(row[row.len() - 2].contains(&shown), "{row:?}");
                assert!(item.contains(&shown), "{item}");
                thresholds += 1;
            }
        }
    }
    assert!(thresholds > 0, "no check without a finding has a threshold");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_adds_up_and_says_that_it_is_filtered() {
    let simulator = reference().await;
    let account = document(&simulator, &[]).await;
    let mut severities: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for found in list(&account, "findings") {
        let [check, severity] = ["check", "severity"].map(|name| found[name].as_str().unwrap());
        severities.entry(check).or_default().insert(severity);
    }
    assert!(severities.values().any(|all| all.len() > 1), "no check has two severities");
    let (_, markdown, _) = form(&simulator, "markdown", &[]).await;
    let summary = with_column(&markdown, "Exempt");
    let checks: usize = summary.iter().map(|row| row[1].parse::<usize>().unwrap()).sum();
    assert_eq!(checks, list(&account, "checks").len(), "{summary:?}");
    assert!(summary.iter().all(|row| !row[0].contains("filtered")), "{summary:?}");

    let arguments = ["--severity=critical"];
    let (_, markdown, _) = form(&simulator, "markdown", &arguments).await;
    let (_, table, _) = form(&simulator, "table", &arguments).await;
    for name in ["not evaluated (filtered)", "passed by exemption (filtered)", "passed (filtered)"]
    {
        assert!(with_column(&markdown, "Exempt").iter().any(|row| row[0] == name), "{markdown}");
        assert!(table.contains(&format!("\n  {name} ")), "{table}");
    }
    let failing = ["--check=policy_wildcard_action"];
    let (_, table, _) = form(&simulator, "table", &failing).await;
    assert!(table.contains("\nPassed: no check of the selected ones\n"), "{table}");
    let (_, markdown, _) = form(&simulator, "markdown", &failing).await;
    assert!(markdown.contains("## Passed\n\n0 checks of the selected ones.\n"), "{markdown}");
}

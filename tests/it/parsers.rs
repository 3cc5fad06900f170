//! Every parser of input from outside gets distorted examples. The fuzz targets in `fuzz/` call the
//! same functions, with inputs that coverage leads.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use crate::exporter::{Exporter, reference};
use crate::schema::page;

#[path = "../../fuzz/src/answers.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are crates of their own")]
mod answers;
#[path = "../../fuzz/src/parsers.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are crates of their own")]
mod functions;

/// One change to an example.
#[derive(Debug, Clone)]
enum Edit {
    Byte(Index, u8),
    Insert(Index, &'static str),
    Remove(Index, usize),
    Repeat(Index, usize),
    Truncate(Index),
}

/// Texts that parsers are known to stumble over.
const ODD: [&str; 16] = [
    "\0",
    "\u{feff}",
    "\r\n",
    "\t",
    "*",
    "&a",
    "<<",
    "%",
    "\"",
    "'",
    "{",
    "[",
    "-1",
    "1e999",
    "9999-99-99",
    "\u{202e}",
];

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(place, byte)| Edit::Byte(place, byte)),
        (place(), select(&ODD[..])).prop_map(|(place, text)| Edit::Insert(place, text)),
        (place(), 1..40_usize).prop_map(|(place, length)| Edit::Remove(place, length)),
        (place(), 1..200_usize).prop_map(|(place, length)| Edit::Repeat(place, length)),
        place().prop_map(Edit::Truncate),
    ]
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let length = bytes.len();
        let at = |place: &Index| place.index(length + 1);
        let end = |start: usize, count: &usize| length.min(start + count);
        match edit {
            Edit::Byte(place, byte) => {
                let place = at(place);
                bytes.splice(place..end(place, &1), [*byte]);
            }
            Edit::Insert(place, text) => {
                let place = at(place);
                bytes.splice(place..place, text.bytes());
            }
            Edit::Remove(place, count) => {
                let place = at(place);
                bytes.drain(place..end(place, count));
            }
            Edit::Repeat(place, count) => {
                let place = at(place);
                let part = bytes[place..end(place, count)].to_vec();
                bytes.splice(place..place, part);
            }
            Edit::Truncate(place) => bytes.truncate(at(place)),
        }
    }
    bytes
}

/// Reads these examples with up to eight changes each.
#[track_caller]
fn distort(examples: &[String], parse: impl Fn(&[u8])) {
    for example in examples {
        parse(example.as_bytes());
    }
    let config = Config { failure_persistence: None, ..Config::default() };
    let drawn = (select(examples.to_vec()), prop::collection::vec(edit(), 0..8));
    let result = TestRunner::new(config).run(&drawn, |(example, edits)| {
        parse(&edited(example.into_bytes(), &edits));
        Ok(())
    });
    if let Err(problem) = result {
        panic!("{problem}");
    }
}

fn files(paths: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    paths.iter().map(|path| fs::read_to_string(root.join(path)).unwrap()).collect()
}

#[test]
fn any_configuration_is_read_or_refused_with_reasons() {
    let paths =
        ["docs/minimal.yaml", "docs/ovhcloud-exporter.yaml", "tests/it/rules/exporter.yaml"];
    distort(&files(&paths), functions::configuration);
}

#[test]
fn any_ovh_conf_is_read_or_refused_without_its_secrets() {
    let service = "[default]\nendpoint=ovh-eu\n\n[ovh-eu]\nclient_id = EU.0123456789abcdef\n\
                   client_secret=hunter2-of-nobody-else\n";
    let key = "; python-ovh\n[default]\nendpoint = ovh-ca\n[ovh-ca]\napplication_key=0123\n\
               application_secret: hunter2-of-nobody-else\nconsumer_key\n = a\n";
    distort(&[service, key].map(str::to_owned), functions::ovh_conf);
}

#[test]
fn any_web_configuration_is_read_or_refused_with_reasons() {
    let users = "basic_auth_users:\n  prometheus: $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4\
                 YMJKvyOeW\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n";
    let mut examples = files(&["deploy/web-config.yaml"]);
    examples.push(users.to_owned());
    distort(&examples, functions::web_configuration);
}

const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti alice@example.com";

#[test]
fn any_file_of_keys_is_read_or_refused_with_reasons() {
    let text = format!(
        "# team\n{KEY} owner=alice until=2027-01-31\nfrom=\"10.0.0.0/8\",no-pty {KEY}\n\
         command=\"echo \\\" ssh-rsa hi\" {KEY}\n"
    );
    distort(&[text], functions::authorized_keys);
}

#[test]
fn any_list_is_read_or_refused_with_reasons() {
    let entries =
        "- name: alice\n  owner: team\n  until: 2027-01-31\n- \"*@example.com\"\n- GRA?\n";
    let keys = format!("- key: {KEY}\n- fingerprint: SHA256:{}\n", "A".repeat(43));
    distort(&[entries.to_owned(), keys], functions::lists);
}

#[test]
fn any_exemption_is_read_or_refused_with_reasons() {
    let text = "- check: [sshkey_unlisted, policy_wildcard_action]\n  resource:\n    glob: spare-*\n    \
                kind: cloud_ssh_key\n    project: 0123456789abcdef0123456789abcdef\n    \
                tag: env=test\n  reason: kept\n  owner: team\n  until: 2027-01-31\n";
    distort(&[text.to_owned()], functions::exemptions);
}

#[test]
fn any_state_is_read_or_left_alone() {
    let runtime = Runtime::new().unwrap();
    let inventory = runtime.block_on(async {
        let simulator = reference().await;
        let mut exporter = Exporter::new(&simulator);
        exporter.pass().await;
        serde_json::to_string(exporter.inventory()).unwrap()
    });
    let state = |inventory: &str| {
        format!(
            "[{{\"account\":\"a\",\"owner\":7,\"began\":\"2026-11-21T00:00:00Z\",\"duration\":\
             {{\"secs\":1,\"nanos\":0}},\"requests\":3,\"inventory\":{inventory}}}]"
        )
    };
    let small = state("{}");
    assert!(functions::is_read(small.as_bytes()), "the examples are not read: {small}");
    distort(&[state(&inventory), small], functions::state);
}

#[test]
fn any_document_is_read_or_refused_with_reasons() {
    let document = r#"{"exporter":{"version":"0.1.0","catalogue":"1"},"filters":{},"accounts":[
        {"account":"a","endpoint":"ovh-eu","findings":[],"resources":[]}]}"#;
    distort(&[document.to_owned()], functions::document);
}

#[test]
fn any_table_of_ends_of_life_is_read_or_refused() {
    let legacy = r#"[{"cycle":"3.9","releaseDate":"2020-10-05","eol":"2025-10-31","latest":"3.9.24",
        "lts":false},{"cycle":"3.10","eol":false}]"#;
    let product = r#"{"schema_version":"1.2.0","last_modified":"2026-01-01T00:00:00+00:00","result":{
        "name":"python","releases":[{"name":"3.9","isEol":true,"eolFrom":"2025-10-31"}]}}"#;
    distort(&[legacy, product].map(str::to_owned), functions::end_of_life);
}

#[test]
fn a_condition_without_facts_is_the_same_or_unknown() {
    let conditions = [
        r#"{"operator":"AND","conditions":[{"operator":"MATCH","values":{"resource.Tag(env)":"prod"}},
            {"operator":"NOT","conditions":[{"operator":"MATCH","values":{"resource.Name":"vps-*"}}]}]}"#,
        r#"{"operator":"OR","conditions":[{"operator":"MATCH","values":{"date(Europe/Paris).WeekDay.In":
            ["monday"]}},{"operator":"MATCH","values":{"request.IP":"192.0.2.0/24"}}]}"#,
        r#"{"operator":"MATCH","values":{"resource.Type.StartsWith":["vps"],"resource.Tag(team)":null}}"#,
    ];
    distort(&conditions.map(str::to_owned), functions::condition);
}

proptest! {
    #[test]
    fn a_pattern_stands_for_what_its_definition_says(
        pattern in "[a-c*:?/]{0,12}|\\PC{0,20}", text in "[a-c:?/]{0,16}|\\PC{0,20}",
    ) {
        functions::pattern(format!("{pattern}\n{text}").as_bytes());
    }
}

#[test]
fn any_answer_of_the_api_leaves_a_page_that_can_be_read() {
    let answers = answers::Answers::new();
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let drawn = prop::collection::vec(any::<u8>(), 2..50);
    let result = TestRunner::new(config).run(&drawn, |input| {
        answers.read(&input, page::read);
        Ok(())
    });
    if let Err(problem) = result {
        panic!("{problem}");
    }
}

//! The least rights: the page that documents them, and the command that prints them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use ovhcloud_exporter::collectors::{self, Collector};
use ovhcloud_exporter::config::endpoint::Endpoint;
use ovhcloud_exporter::permissions::{Names, actions, creation_link, kind, paths, policy};
use ovhcloud_simulator::{Auth, Rights};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::credentials::good;
use crate::exporter::{Exporter, reference};
use crate::program::{ended, program};

/// The regions of OVHcloud's that take application keys.
const REGIONS: [&str; 7] =
    ["ovh-eu", "ovh-ca", "ovh-us", "kimsufi-eu", "kimsufi-ca", "soyoustart-eu", "soyoustart-ca"];

fn every() -> BTreeSet<&'static str> {
    collectors::ALL.iter().map(|collector| collector.name).collect()
}

fn listed(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| format!("`{}`", item.as_ref())).collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

fn row(collector: &Collector) -> String {
    let own = BTreeSet::from([collector.name]);
    let (actions, paths) = (actions(&own), paths(&own));
    let kinds: BTreeSet<_> = actions.iter().map(|action| kind(action)).collect();
    let paths = paths.iter().map(|path| format!("GET {path}"));
    let (actions, kinds, paths) = (listed(actions), listed(kinds), listed(paths));
    format!("| `{}` | {actions} | {kinds} | {paths} |\n", collector.name)
}

/// `docs/permissions.md` as the code has it.
fn page() -> String {
    let all = every();
    let policy = serde_json::to_string_pretty(&policy(&all, &Names::default())).unwrap();
    let rows: String = collectors::ALL.iter().map(row).collect();
    let mut page = format!(
        "# Permissions\n\n\
        Made from the code: `UPDATE_DOCS=1 cargo test --test it permissions` writes it anew.\n\n\
        This is the least that every collector together needs. `ovhcloud-exporter permissions` \
        prints it for the collectors that are on, with your account, its projects and the identity \
        by name where a credential is at hand. What is not granted is not fatal: the rest is \
        exported, and `ovhcloud_permission_missing_info` names what is missing.\n\n\
        ## By collector\n\n\
        | collector | IAM actions | on resources of type | rules of a consumer key |\n\
        |---|---|---|---|\n{rows}\n\
        ## A service account\n\n\
        The body of `POST /v2/iam/policy`. What stands in angle brackets is for you to fill in: \
        the identity as `GET /me/api/oauth2/client/{{clientId}}` gives it, the account, and each \
        project by itself. OVHcloud refuses a policy for `urn:v1:eu:resource:*:*`.\n\n\
        ```json\n{policy}\n```\n\n\
        The URN of the account follows OVHcloud's scheme; its exact form is not verified.\n\n\
        ## An application key\n\n\
        The page makes the key, its secret and a consumer key at once, for these paths:\n\n"
    );
    for region in REGIONS {
        let root = Endpoint::new(region, None).unwrap().root;
        writeln!(page, "- `{region}`: <{}>", creation_link(&root, &paths(&all))).unwrap();
    }
    page.push_str(
        "\nThat the page is there in each region is told by the official clients; that it takes \
        `?GET=…` is known of `ovh-eu`, `ovh-ca` and `ovh-us`, and not verified for the others. Nor \
        is it verified whether `GET /*` covers the paths below `/v2`, hence their names here.\n",
    );
    page
}

#[test]
fn the_page_of_permissions_is_what_the_code_has() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md");
    let page = page();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page, "write it anew with UPDATE_DOCS=1");
}

/// Checks a document against a schema as far as this one needs: types, members, and those that
/// are required.
fn assert_fits(document: &Value, schema: &Value, all: &Value, place: &str) {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(reference) = reference {
        let pointer = reference.strip_prefix('#').unwrap();
        return assert_fits(document, all.pointer(pointer).unwrap(), all, place);
    }
    match schema["type"].as_str().unwrap() {
        "object" => {
            let members = document.as_object().unwrap_or_else(|| panic!("{place}"));
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(members.contains_key(name.as_str().unwrap()), "{place} lacks {name}");
            }
            for (name, value) in members {
                let schema = schema["properties"].get(name);
                let place = format!("{place}.{name}");
                let schema = schema.unwrap_or_else(|| panic!("{place} is not in the schema"));
                assert!(schema["readOnly"] != json!(true), "{place} is read only");
                assert_fits(value, schema, all, &place);
            }
        }
        "array" => {
            for value in document.as_array().unwrap_or_else(|| panic!("{place}")) {
                assert_fits(value, &schema["items"], all, place);
            }
        }
        kind => assert!(kind == "string" && document.is_string(), "{place}: {kind}"),
    }
}

#[test]
fn the_policy_is_one_that_ovhclouds_schema_takes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/tests/schema/v2.json");
    let all: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let content = &all["paths"]["/iam/policy"]["post"]["requestBody"]["content"];
    let schema = &content["application/json"]["schema"];
    let policy = serde_json::to_value(policy(&every(), &Names::default())).unwrap();
    assert_fits(&policy, schema, &all, "policy");
    assert!(!policy.to_string().contains("resource:*"), "{policy}");
}

/// What the command prints as JSON with this credential, or without one.
async fn printed(
    variables: Vec<(&'static str, String)>,
    flags: &[impl AsRef<OsStr>],
) -> (Value, String) {
    let mut command = program(&["permissions", "--output", "json"]);
    command.args(flags).envs(variables);
    let (code, output, error) = spawn_blocking(move || ended(&mut command)).await.unwrap();
    assert_eq!(code, 0, "{error}");
    (serde_json::from_str(&output).unwrap(), error)
}

/// Switches on the collectors that are off unless they are asked for.
fn with_those_off() -> Vec<String> {
    let off = collectors::ALL.iter().filter(|collector| !collector.is_on);
    off.map(|collector| format!("--collector.{}", collector.name)).collect()
}

fn texts(list: &Value, member: &str) -> Vec<String> {
    let list = list.as_array().unwrap();
    list.iter().map(|one| one[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn with_a_credential_the_policy_names_everything_and_is_enough() {
    let simulator = reference().await;
    let variables = simulator.environment(Auth::OAuth2);
    let (answer, error) = printed(variables, &with_those_off()).await;
    assert_eq!(error, "");
    let policy = &answer["accounts"][0]["policy"];
    assert!(!policy.to_string().contains('<'), "{policy}");
    let identity = "urn:v1:eu:identity:credential:xx1111-ovh/oauth2-EU.0123456789abcdef";
    assert_eq!(policy["identities"], json!([identity]));

    // Exactly this, granted, reads everything.
    let allow = texts(&policy["permissions"]["allow"], "action");
    let urns = texts(&policy["resources"], "urn");
    let allow: Vec<_> = allow.iter().map(String::as_str).collect();
    let urns: Vec<_> = urns.iter().map(String::as_str).collect();
    simulator.rights(Rights::none().grant(&allow, &urns));
    let scrape = Exporter::of(good(&simulator, Auth::OAuth2)).pass().await;
    scrape.lacks("ovhcloud_permission_missing_info", &[]);
    assert_eq!(scrape.values("ovhcloud_collector_success", &[]), vec![1.0; every().len()]);
}

#[tokio::test]
async fn the_paths_of_the_link_are_enough() {
    let simulator = reference().await;
    let variables = simulator.environment(Auth::OAuth2);
    let (answer, _) = printed(variables, &with_those_off()).await;
    let link = answer["accounts"][0]["createToken"].as_str().unwrap().to_owned();
    let (_, query) = link.split_once("/createToken/?").unwrap();
    let paths = query.split('&').map(|rule| rule.strip_prefix("GET=").unwrap());
    let rights = paths.fold(Rights::all(), |rights, path| rights.rule("GET", path));
    simulator.rights_of(Auth::ApplicationKey, rights);
    let scrape = Exporter::of(good(&simulator, Auth::ApplicationKey)).pass().await;
    scrape.lacks("ovhcloud_permission_missing_info", &[]);
    assert_eq!(scrape.values("ovhcloud_collector_success", &[]), vec![1.0; every().len()]);
}

#[tokio::test]
async fn without_a_credential_the_places_of_the_names_are_printed() {
    let flags = ["--collector.disable-defaults", "--collector.iam_user"];
    let (answer, error) = printed(Vec::new(), &flags).await;
    let policy = &answer["accounts"][0]["policy"];
    let allowed = json!([{ "action": "account:apiovh:me/identity/user/get" }]);
    assert_eq!(policy["permissions"]["allow"], allowed);
    let urn = "urn:v1:<eu, ca or us>:resource:account:<nichandle>";
    assert_eq!(policy["resources"], json!([{ "urn": urn }]));
    assert!(error.contains("OVH_CLIENT_ID"), "{error}");

    let (code, output, _) = ended(program(&["permissions"]).args(flags));
    assert_eq!(code, 0);
    assert!(output.contains("\"urn\"") && output.contains("/createToken/?GET="), "{output}");
}

#[tokio::test]
async fn a_name_that_may_not_be_read_keeps_its_place() {
    let simulator = reference().await;
    simulator.rights(Rights::none());
    let variables = simulator.environment(Auth::OAuth2);
    let secret = variables.iter().find(|(name, _)| *name == "OVH_CLIENT_SECRET").unwrap().1.clone();
    let (answer, error) = printed(variables, &[""; 0]).await;
    let urns = texts(&answer["accounts"][0]["policy"]["resources"], "urn");
    let placeholders = [
        "urn:v1:<eu, ca or us>:resource:okms:<okms id>",
        "urn:v1:<eu, ca or us>:resource:publicCloudProject:<project id>",
    ];
    assert_eq!(urns[0], "urn:v1:eu:resource:account:xx1111-ovh");
    assert_eq!(urns[1..], placeholders);
    assert!(error.contains("in brackets") && !error.contains(&secret), "{error}");
}

//! The filters of `report` and `inventory`: a part of an account is judged by its own data.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ovhcloud_simulator::{Account, Auth, Effect, Options, Simulator, Size};
use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::commands::end;
use crate::exporter::{NOW, reference, simulator, time};
use crate::program::{ended, program};

async fn json(simulator: &Simulator, arguments: &[&str]) -> Value {
    let (_, said, log) = end(simulator, &[&["report", "--format=json"], arguments].concat()).await;
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{log}"))
}

/// The status of each check of the first account.
fn statuses(document: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let checks = document["accounts"][0]["checks"].as_array().unwrap().iter();
    checks.map(|one| (text(&one["check"]), text(&one["status"]))).collect()
}

fn state<'a>(document: &'a Value, collector: &str) -> &'a Value {
    let states = document["accounts"][0]["collectors"].as_array().unwrap();
    states.iter().find(|one| one["collector"] == collector).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_not_read_passes_nothing() {
    let simulator = reference().await;
    for more in [&[][..], &["--severity=low"]] {
        let document = json(&simulator, &[&["--project=legacy"], more].concat()).await;
        let statuses = statuses(&document);
        assert!(statuses.len() > 20, "{statuses:?}");
        // The project itself is an object of the account.
        let passed: Vec<_> = statuses.iter().filter(|(_, status)| *status == "pass").collect();
        assert_eq!(passed, Vec::<(&String, &String)>::new(), "{more:?}");
    }
    let arguments = ["inventory", "--format=csv", "--kind=cloud_instance", "--project=legacy"];
    let (code, said, log) = end(&simulator, &arguments).await;
    assert_eq!((code, said.as_str()), (1, ""));
    assert!(log.contains("cloud_instance is out of service"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gap_of_one_project_is_not_that_of_another() {
    let simulator = reference().await;
    let mut prod = String::new();
    simulator.change(|account| prod = account.project("prod").unwrap());
    let whole = json(&simulator, &["--project=staging"]).await;
    simulator.fail(&format!("/cloud/project/{prod}/*"), Effect::Status(403));
    let other = json(&simulator, &["--project=staging"]).await;
    assert_eq!(statuses(&whole), statuses(&other));
    assert_eq!(state(&other, "cloud_user")["state"], "complete");
    let (code, _, log) = end(&simulator, &["report", "--project=staging"]).await;
    assert_eq!(code, 0, "{log}");

    let broken = json(&simulator, &["--project=prod"]).await;
    assert_eq!(state(&broken, "cloud_user")["state"], "not_read");
    assert_eq!(statuses(&broken)["cloud_user_admin"], "not_evaluated");
    let (code, ..) = end(&simulator, &["report", "--project=prod"]).await;
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_objects_of_a_project_are_counted_alone() {
    let simulator = reference().await;
    let document = json(&simulator, &["--project=staging"]).await;
    let inventory = &document["accounts"][0]["inventory"];
    for kind in ["cloud_instance", "cloud_volume", "cloud_ssh_key"] {
        let objects = inventory[kind].as_array().unwrap().len();
        assert_eq!(state(&document, kind)["objects"], objects, "{kind}");
    }
}

/// A configuration of two accounts.
fn two(first: &Simulator, second: &Simulator) -> PathBuf {
    let account = |(name, simulator): (&str, &Simulator)| {
        let variables = simulator.environment(Auth::OAuth2);
        let variable =
            |key: &str| variables.iter().find(|(name, _)| *name == key).unwrap().1.clone();
        let endpoint = variable("OVH_ENDPOINT");
        format!(
            "  - {{name: {name}, endpoint: '{endpoint}', token_url: '{}', credential: {{client_id: \
             {}, client_secret: {}}}}}\n",
            endpoint.replace("/1.0", "/auth/oauth2/token"),
            variable("OVH_CLIENT_ID"),
            variable("OVH_CLIENT_SECRET")
        )
    };
    let accounts: String =
        [("first", first), ("second", second)].into_iter().map(account).collect();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("filters-two.yaml");
    fs::write(&file, format!("accounts:\n{accounts}")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_the_project_is_left_out_by_its_name() {
    let first = reference().await;
    let size = Size { projects: 2, instances: 4, ..Size::default() };
    let second = simulator(Options::new(Account::generate(size, time(NOW)))).await;
    let mut prod = String::new();
    first.change(|account| prod = account.project("prod").unwrap());
    let config = format!("--config.file={}", two(&first, &second).display());
    let project = format!("--project={prod}");
    let run = move |more: &'static str| {
        let mut command = program(&["report", &config, &project, more]);
        spawn_blocking(move || ended(&mut command))
    };
    let (_, said, log) = run("--format=json").await.unwrap();
    let document: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{log}"));
    let accounts = document["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 1, "{log}");
    assert_eq!(accounts[0]["account"], "first");
    assert!(document["filters"].as_array().unwrap().contains(&"without account second".into()));
    let (_, table, _) = run("--format=table").await.unwrap();
    let words = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("without account second"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_takes_no_finding_from_its_gate() {
    let simulator = reference().await;
    let (code, said, log) =
        end(&simulator, &["report", "--severity=critical", "--fail-on=high"]).await;
    assert_eq!((code, said.as_str()), (64, ""), "{log}");
    assert!(log.contains("lower --severity"), "{log}");

    let off = ["report", "--check=instance_old", "--fail-on=info"];
    let (code, _, log) = end(&simulator, &off).await;
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("instance_old (switched off by the configuration)"), "{log}");

    let (_, said, _) = end(&simulator, &["inventory", "--format=json", "--kind=cloud_image"]).await;
    let document: Value = serde_json::from_str(&said).unwrap();
    let findings = document["accounts"][0]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|one| one["check"] == "image_shared"), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_can_not_be_written_takes_no_other_with_it() {
    let simulator = reference().await;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("filters-other.json");
    fs::remove_file(&file).ok();
    let output = format!("--output={}", file.display());
    let arguments =
        ["report", "--format=csv", "--output=/nonexistent/a", "--format=json", output.as_str()];
    let (code, _, log) = end(&simulator, &arguments).await;
    assert_eq!(code, 1);
    assert!(log.contains("can't write /nonexistent/a"), "{log}");
    serde_json::from_slice::<Value>(&fs::read(&file).unwrap()).unwrap();
}

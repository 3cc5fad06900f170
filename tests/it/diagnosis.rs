//! `check`: what it says of credentials that are good, narrow, too wide or bad.

use std::net::TcpListener;

use ovhcloud_exporter::cli::diagnosis::diagnose;
use ovhcloud_exporter::collectors::{self, Collector};
use ovhcloud_exporter::permissions::actions;
use ovhcloud_simulator::{Auth, Effect, Rights, Simulator};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::credentials::{TWELVE, good, projects_alone};
use crate::exporter::reference;
use crate::program::{ended, program};

/// The output of the program: exit code, table, JSON, and standard error.
struct Said {
    code: i32,
    table: String,
    json: Value,
    error: String,
}

impl Said {
    /// The result of a route.
    #[track_caller]
    fn route(&self, collector: &str, route: &str) -> &Value {
        let named = |list: &'_ Value, member: &str, name: &str| {
            let mut list = list.as_array().unwrap().iter();
            list.position(|one| one[member] == name).unwrap_or_else(|| panic!("{name}"))
        };
        let collectors = &self.json["accounts"][0]["collectors"];
        let routes = &collectors[named(collectors, "collector", collector)]["routes"];
        &routes[named(routes, "route", route)]
    }

    fn step(&self, name: &str) -> &Value {
        let steps = self.json["accounts"][0]["steps"].as_array().unwrap();
        steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("{name}"))
    }

    fn warnings(&self) -> String {
        self.json["accounts"][0]["warnings"].to_string()
    }
}

async fn check(variables: Vec<(&'static str, String)>) -> Said {
    let said = |format: &'static str, variables: Vec<(&'static str, String)>| async move {
        let mut command = program(&["check", "--format", format]);
        command.envs(variables);
        spawn_blocking(move || ended(&mut command)).await.unwrap()
    };
    let (code, table, error) = said("text", variables.clone()).await;
    let (same, json, _) = said("json", variables).await;
    assert_eq!(code, same, "{error}");
    let json: Value = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{json} {error}"));
    assert_eq!(json["well"], code == 0);
    Said { code, table, json, error }
}

/// The output for a credential of the simulator, which contains no secret.
async fn check_as(simulator: &Simulator, auth: Auth) -> Said {
    let diagnosis = diagnose(&[good(simulator, auth)]).await;
    let said = Said {
        code: i32::from(!diagnosis.is_well()),
        table: diagnosis.table(80),
        json: serde_json::to_value(&diagnosis).unwrap(),
        error: String::new(),
    };
    for (name, value) in simulator.environment(auth) {
        let is_secret =
            name.contains("SECRET") || name.contains("CONSUMER") || name.contains("TOKEN");
        let all = format!("{}{}{}", said.table, said.json, said.error);
        assert!(!is_secret || !all.contains(&value), "{name} in {all}");
    }
    said
}

/// The table without what aligns it.
fn words(table: &str) -> String {
    table.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rights to read everything and no more.
fn read_only() -> Rights {
    Rights::none().grant(&["*get"], &["*"])
}

/// Whether a list that would name an object of the route is among those that may not be read.
fn is_below_one_refused(collector: &Collector, template: &str) -> bool {
    let lists = template.match_indices("/{").map(|(end, _)| template.split_at(end).0);
    let refused = |list: &str| {
        let routes = collector.routes.iter().filter(|route| route.template == list);
        routes.flat_map(|route| route.actions).any(|action| !TWELVE.contains(action))
    };
    lists.filter(|list| !list.ends_with("/project")).any(refused)
}

/// Whether no collector reads the list above the route, which would name an object to ask about.
fn is_of_an_unread_list(template: &str) -> bool {
    template.contains("/database/") && template.contains("/{clusterId}/backup")
}

#[tokio::test]
async fn a_credential_that_reads_everything_is_well() {
    let simulator = reference().await;
    simulator.rights(read_only());
    // Something to ask about on each route.
    simulator.change(|account| {
        let list = "/me/logs/audit/log/subscription";
        let subscriptions = account.list(list).to_vec();
        account.list_mut("/me/api/log/subscription").extend(subscriptions);
        let prod = account.project("prod").unwrap();
        let entry = json!({ "accountId": "yy2222-ovh", "type": "readOnly" });
        account.list_mut(&format!("/cloud/project/{prod}/acl")).push(entry);
    });
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!((said.code, said.error.as_str()), (0, ""), "{}", said.table);
    assert_eq!(said.warnings(), "[]");
    for collector in collectors::ALL {
        for route in collector.routes {
            let state = &said.route(collector.name, route.template)["state"];
            let expected = match route.template {
                "/auth/currentCredential" => "not_needed",
                template if is_of_an_unread_list(template) => "not_asked",
                _ => "granted",
            };
            assert_eq!(state, expected, "{}", route.template);
            assert!(said.table.contains(&format!("  {}\n", route.template)), "{}", said.table);
        }
    }
    for (step, words) in [
        ("configuration", "service account EU.0123456789abcdef (client_id: OVH_CLIENT_ID"),
        ("endpoint", "reachable"),
        ("clock", "s ahead of this machine's"),
        ("credential", "valid, does not expire"),
    ] {
        let words = if step == "clock" { "OVHcloud's is" } else { words };
        assert!(said.step(step)["detail"].as_str().unwrap().contains(words), "{step}");
    }
    let verdict = "\n1 account checked, 2 of 2 projects asked: no problems found.\n";
    assert!(said.table.ends_with(verdict), "{}", said.table);
}

#[tokio::test]
async fn the_twelve_actions_of_the_guide_lack_what_they_lack() {
    let simulator = reference().await;
    simulator.rights(Rights::none().grant(&TWELVE, &["*"]));
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!(said.code, 1, "{}", said.table);
    for collector in collectors::ALL {
        for route in collector.routes.iter().filter(|route| !route.actions.is_empty()) {
            let is_granted = route.actions.iter().all(|action| TWELVE.contains(action));
            let said = said.route(collector.name, route.template);
            let state = match route.template {
                _ if is_granted => "granted",
                template if is_of_an_unread_list(template) => "not_asked",
                template if is_below_one_refused(collector, template) => "not_asked",
                _ if route.is_optional => "not_needed",
                _ => "missing_action",
            };
            assert_eq!(said["optional"], route.is_optional, "{}", route.template);
            assert_eq!(said["state"], state, "{}", route.template);
        }
    }
    let flavors = said.route("cloud_instance", "/cloud/project/{serviceName}/flavor");
    assert_eq!(flavors["missing"][0], "publicCloudProject:apiovh:flavor/get");
    assert!(
        words(&said.table).contains("/flavor publicCloudProject:apiovh:flavor/get"),
        "{}",
        said.table
    );
    assert_eq!(said.warnings(), "[]");
}

#[tokio::test]
async fn a_consumer_key_for_the_projects_alone_lacks_the_other_rules() {
    let simulator = reference().await;
    simulator.rights_of(Auth::ApplicationKey, projects_alone());
    let said = check_as(&simulator, Auth::ApplicationKey).await;
    assert_eq!(said.code, 1, "{}", said.table);
    for (collector, route, state) in [
        ("cloud_project", "/cloud/project", "granted"),
        ("cloud_project", "/v2/publicCloud/project", "not_needed"),
        ("cloud_instance", "/cloud/project/{serviceName}/instance", "granted"),
        ("iam_user", "/me/identity/user", "missing_action"),
        ("iam_user", "/me/identity/user/{user}", "not_asked"),
        ("iam_policy", "/v2/iam/policy", "missing_action"),
        ("exporter_credential", "/auth/details", "not_needed"),
    ] {
        assert_eq!(said.route(collector, route)["state"], state, "{route}");
    }
    assert_eq!(said.route("iam_user", "/me/identity/user")["missing"][0], "GET /me/identity/user");
    assert_eq!(said.step("credential")["state"], "unknown");
}

#[tokio::test]
async fn a_project_missing_from_the_policy_differs_from_a_missing_action() {
    let simulator = reference().await;
    let (mut prod, mut staging) = (String::new(), String::new());
    simulator.change(|account| {
        prod = account.project("prod").unwrap();
        staging = account.project("staging").unwrap();
    });
    let urn = |id: &str| format!("urn:v1:eu:resource:publicCloudProject:{id}");
    for granted in [&prod, &staging] {
        let keys = "publicCloudProject:apiovh:sshkey/get";
        let others = ["account:*", "publicCloudProject:apiovh:get", "*instance/get", "*flavor/get"];
        simulator.rights(Rights::none().grant(&others, &["*"]).grant(&[keys], &[&urn(granted)]));
        let said = check_as(&simulator, Auth::OAuth2).await;
        assert_eq!(said.code, 1, "{}", said.table);
        let route = said.route("cloud_ssh_key", "/cloud/project/{serviceName}/sshkey");
        assert_eq!(route["state"], "missing_resource", "{}", said.table);
        assert_eq!(route["missing"][0], keys);
        let missing = if *granted == prod { &staging } else { &prod };
        assert!(route["resources"].to_string().contains(&urn(missing)), "{route}");
        assert!(!route["resources"].to_string().contains(&urn(granted)), "{route}");
        assert!(words(&said.table).contains("granted elsewhere; missing from the policy:"));
    }
}

#[tokio::test]
async fn a_credential_that_can_write_is_a_warning() {
    let simulator = reference().await;
    let said = check_as(&simulator, Auth::OAuth2).await;
    let warning = "the credential has write access: account:apiovh:iam/permissionsGroup/create, ";
    assert!(said.warnings().contains(warning), "{}", said.table);
    assert!(words(&said.table).contains(&format!("Warning: {warning}")), "{}", said.table);
    assert_eq!(said.code, 0, "nothing that is needed is missing");

    let rights = Rights::all().rule("GET", "/*").rule("DELETE", "/me/*");
    simulator.rights_of(Auth::ApplicationKey, rights);
    let said = check_as(&simulator, Auth::ApplicationKey).await;
    assert!(said.warnings().contains("write access: DELETE /me/*;"), "{}", said.table);
}

#[tokio::test]
async fn the_end_of_a_consumer_key_is_reported() {
    let simulator = reference().await;
    for (end, state, words) in [
        ("2999-01-01T00:00:00Z", "ok", "valid until 2999-01-01T00:00:00Z"),
        ("2020-01-01T00:00:00Z", "failed", "expired on 2020-01-01T00:00:00Z"),
    ] {
        simulator.change(|account| {
            account.list_mut("/me/api/credential")[0]["expiration"] = end.into();
        });
        let said = check_as(&simulator, Auth::ApplicationKey).await;
        if state == "ok" {
            assert_eq!(said.step("credential")["detail"], words);
        }
        assert_eq!(said.step("credential")["state"], state);
        assert_eq!(said.code, i32::from(state != "ok"), "{}", said.table);
    }
}

#[tokio::test]
async fn a_product_that_the_region_does_not_have_is_no_failure() {
    let simulator = reference().await;
    simulator.fail("/v2/iam/policy", Effect::Status(404));
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!(said.route("iam_policy", "/v2/iam/policy")["state"], "not_offered");
    assert_eq!(said.code, 0, "{}", said.table);
}

#[tokio::test]
async fn a_bad_credential_is_reported_and_nothing_else_is_tried() {
    let simulator = reference().await;
    let mut variables = simulator.environment(Auth::OAuth2);
    for (name, value) in &mut variables {
        if *name == "OVH_CLIENT_SECRET" {
            "hunter2".clone_into(value);
        }
    }
    let said = check(variables).await;
    assert_eq!(said.code, 1);
    assert_eq!(said.step("credential")["state"], "failed", "{}", said.table);
    assert_eq!(said.json["accounts"][0]["collectors"], Value::Array(Vec::new()));
    assert!(!said.table.contains("hunter2") && !said.error.contains("hunter2"));
}

#[tokio::test]
async fn the_program_says_the_same_and_ends_with_nought_if_all_is_well() {
    let simulator = reference().await;
    let said = check(simulator.environment(Auth::OAuth2)).await;
    assert_eq!((said.code, said.error.as_str()), (0, ""), "{}", said.table);
    let on: Vec<_> = collectors::ALL.iter().filter(|collector| collector.is_on).collect();
    let routes: usize = on.iter().map(|collector| collector.routes.len()).sum();
    let is_route = |line: &&str| line.starts_with("    ") && line.contains("  /");
    assert_eq!(said.table.lines().filter(is_route).count(), routes);
    // The collectors that are enabled by default.
    let mut direct = check_as(&simulator, Auth::OAuth2).await;
    let direct = direct.json["accounts"][0]["collectors"].as_array_mut().unwrap();
    direct.retain(|one| on.iter().any(|collector| one["collector"] == collector.name));
    assert_eq!(said.json["accounts"][0]["collectors"].as_array().unwrap(), direct);
}

#[tokio::test]
async fn an_endpoint_that_does_not_tell_its_time_is_asked_on() {
    let simulator = reference().await;
    simulator.fail("/auth/time", Effect::Status(404));
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!((said.code, &said.step("clock")["state"]), (0, &Value::from("unknown")));
    // Nothing can be signed without it.
    let said = check_as(&simulator, Auth::ApplicationKey).await;
    assert_eq!((said.code, &said.step("endpoint")["state"]), (1, &Value::from("failed")));
}

#[tokio::test]
async fn an_unreachable_endpoint_is_reported() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = check(vec![
        ("OVH_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("OVH_CLIENT_ID", "EU.1".to_owned()),
        ("OVH_CLIENT_SECRET", "hunter2".to_owned()),
    ])
    .await;
    assert_eq!((said.code, &said.step("endpoint")["state"]), (1, &Value::from("failed")));
    assert!(words(&said.table).contains("Connection refused"), "{}", said.table);
    assert_eq!(
        said.error,
        "ovhcloud-exporter: not every account is readable with this configuration\n"
    );
}

/// The first `check` of a new service account: everything that it needs, at once.
#[tokio::test]
async fn a_credential_without_any_right_gets_the_complete_list() {
    let simulator = reference().await;
    simulator.rights(Rights::none());
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!(said.code, 1, "{}", said.table);
    assert!(!said.table.contains("there is no project to ask about"), "{}", said.table);
    assert_eq!(said.step("projects")["state"], "failed");
    let detail = said.step("projects")["detail"].as_str().unwrap();
    assert!(
        detail.contains("the list can't be read, so that no project can be asked: "),
        "{detail}"
    );
    let all = collectors::ALL.iter().map(|collector| collector.name).collect();
    for action in actions(&all) {
        assert!(said.table.contains(&format!("\n    {action}\n")), "{action}: {}", said.table);
    }
    assert!(said.table.contains("`ovhcloud-exporter permissions` prints the policy"));
    let account = &said.json["accounts"][0];
    let count = |member: &str| account[member].as_array().unwrap().len();
    let verdict = format!(
        "\n1 account checked: 1 failure, 1 warning, {} permissions missing, {} not verified.\n",
        count("missing"),
        count("unverified")
    );
    assert!(words(&said.table).ends_with(verdict.trim()), "{}", said.table);
}

#[tokio::test]
async fn a_key_without_rules_gets_the_complete_list_of_rules() {
    let simulator = reference().await;
    simulator.rights_of(Auth::ApplicationKey, Rights::all().rule("GET", "/auth/details"));
    let said = check_as(&simulator, Auth::ApplicationKey).await;
    for rule in ["GET /me/identity/user", "GET /me/identity/user/*", "GET /cloud/project/*/sshkey"]
    {
        assert!(said.table.contains(&format!("\n    {rule}\n")), "{rule}: {}", said.table);
    }
}

/// OVHcloud answers about all projects at once, unless the credential may not ask.
#[tokio::test]
async fn a_project_that_refuses_is_found_without_the_question_of_permissions() {
    let simulator = reference().await;
    let mut staging = String::new();
    simulator.change(|account| staging = account.project("staging").unwrap());
    simulator.fail("/v2/iam/authorization/check", Effect::Status(403));
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!(said.code, 0, "{}", said.table);
    assert_eq!(said.step("projects")["state"], "unknown", "{}", said.table);
    let detail = said.step("projects")["detail"].as_str().unwrap();
    let asked = "2 of 2 in service asked, the others for GET /cloud/project/{serviceName}/sshkey";
    assert!(detail.starts_with(asked), "{detail}");
    assert!(said.warnings().contains("does not report the permissions for each project"));
    assert!(said.warnings().contains("does not report whether the credential has write access"));
    assert!(words(&said.table).ends_with("2 of 2 projects asked: 2 warnings."), "{}", said.table);

    simulator.fail(&format!("/cloud/project/{staging}/sshkey"), Effect::Status(403));
    for auth in [Auth::OAuth2, Auth::ApplicationKey] {
        let said = check_as(&simulator, auth).await;
        assert_eq!(said.code, 1, "{}", said.table);
        let detail = said.step("projects")["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("not readable: {staging}")), "{detail}");
        assert!(!said.table.contains("no problems found"), "{}", said.table);
    }
}

/// Without its identity, the URNs of the projects are unknown, and OVHcloud can't be asked.
#[tokio::test]
async fn projects_without_a_urn_were_not_asked_for_every_permission() {
    let simulator = reference().await;
    simulator.fail("/auth/details", Effect::Status(403));
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!(said.step("projects")["state"], "unknown", "{}", said.table);
    assert!(said.warnings().contains("the URNs of the projects are unknown"), "{}", said.table);
}

#[tokio::test]
async fn a_warning_is_counted_in_the_last_line() {
    let simulator = reference().await;
    let said = check_as(&simulator, Auth::OAuth2).await;
    assert_eq!(said.code, 0);
    assert!(said.table.ends_with("\n1 account checked, 2 of 2 projects asked: 1 warning.\n"));
    assert!(said.table.lines().all(|line| line.chars().count() <= 80), "{}", said.table);
}

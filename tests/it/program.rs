//! The program as it is run: what it prints, and how it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ovhcloud_exporter::{checks, collectors};
use ovhcloud_simulator::{Auth, Effect, Fault, Rights, Simulator};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::exporter::{http, reference};

/// How soon the demonstration has its counts: two seconds, and more for a build that is not
/// optimised and shares the machine with every other test.
const PROMPT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });

/// The program with an environment that holds nothing but what the test gives.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ovhcloud-exporter"));
    command.args(arguments).env_clear().env("RUST_BACKTRACE", "1");
    command
}

/// Exit code, standard output and standard error.
pub(crate) fn ended(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// The URL of the metrics page in the log.
pub(crate) fn logged_url(log: &mut impl BufRead) -> String {
    let mut line = String::new();
    while !line.contains("url=") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
    }
    let url = line.split("url=").nth(1).unwrap().split_whitespace().next().unwrap();
    url.trim_matches('"').to_owned()
}

/// Waits for the end of the program, and gives its exit code.
pub(crate) fn wait(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("the program does not end");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) async fn scrape(url: &str, until: impl Fn(&str) -> bool) -> String {
    let client = http().build().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Ok(response) = client.get(url).send().await {
            let text = response.text().await.unwrap();
            if until(&text) {
                return text;
            }
        }
        assert!(Instant::now() < deadline, "{url} does not have it");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The page of a program that says on standard error where it serves, once it has this.
pub(crate) async fn serving(child: &mut Child, what: &str) -> String {
    let mut log = BufReader::new(child.stderr.as_mut().unwrap());
    let mut line = String::new();
    while !line.contains("url=") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
    }
    let url = line.split("url=").nth(1).unwrap().split_whitespace().next().unwrap();
    scrape(url.trim_matches('"'), |page| page.contains(what)).await
}

#[tokio::test]
async fn the_demonstration_has_the_counts_promptly_and_ends_cleanly() {
    for name in ["INT", "TERM"] {
        let began = Instant::now();
        let mut child = program(&["demo", "--web.listen-address", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        output.read_line(&mut url).unwrap();
        let url = url.trim();
        assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/metrics"), "{url}");
        let page = scrape(url, |page| page.contains("ovhcloud_cloud_instances{")).await;
        assert!(began.elapsed() < PROMPT, "{:?}", began.elapsed());
        for family in [
            "ovhcloud_iam_users",
            "ovhcloud_api_credentials_stale",
            "ovhcloud_cloud_ssh_keys_unlisted",
        ] {
            assert!(page.contains(&format!("\n{family}{{account=\"demo\"")), "{family}");
        }
        signal(&child, name);
        assert_eq!(wait(&mut child), Some(0), "SIG{name}");
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "scripts read standard output");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let origin = url.trim_end_matches("metrics");
        assert!(said.contains(&format!("\nOverview:   {origin}\n")), "{said}");
        assert!(said.contains("dashboards/*.json") && said.contains("Ctrl-C stops it"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_an_endpoint_given_by_the_official_clients_variables() {
    let simulator = reference().await;
    let (variables, origin) = (simulator.environment(Auth::OAuth2), simulator.origin());
    for endpoint in [origin.clone(), format!("{origin}/1.0"), format!("{origin}/v1/")] {
        let mut child = program(&["--web.listen-address=127.0.0.1:0", "--log.level=debug"])
            .envs(variables.clone())
            .env("OVH_ENDPOINT", endpoint)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let page = scrape(&logged_url(&mut log), |page| page.contains("ovhcloud_iam_users{")).await;
        assert!(page.contains("account=\"xx1111-ovh\""));
        signal(&child, "TERM");
        assert_eq!(wait(&mut child), Some(0));
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("query_id=") && rest.contains("refresh complete"), "{rest}");
        let secret = &variables.iter().find(|(name, _)| *name == "OVH_CLIENT_SECRET").unwrap().1;
        assert!(!rest.contains(secret.as_str()) && !page.contains(secret.as_str()));
        assert!(!rest.contains("Bearer"), "{rest}");
    }
}

#[test]
fn an_unreachable_host_does_not_end_the_process() {
    // A port that nobody listens on.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = program(&["--web.listen-address=127.0.0.1:0"])
        .env("OVH_ENDPOINT", format!("http://127.0.0.1:{port}"))
        .env("OVH_CLIENT_ID", "EU.1")
        .env("OVH_CLIENT_SECRET", "hunter2")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("refresh complete") {
        assert!(log.read_line(&mut seen).unwrap() > 0, "it ended: {seen}");
    }
    assert!(seen.contains("reason=unreachable") && seen.contains("Connection refused"), "{seen}");
    signal(&child, "TERM");
    assert_eq!(wait(&mut child), Some(0));
    assert!(!seen.contains("hunter2"));
}

#[test]
fn a_missing_or_half_credential_names_the_repair_and_ends_with_64() {
    let (code, output, error) = ended(&mut program(&[]));
    assert_eq!(code, 64);
    assert_eq!(output, "");
    assert_eq!(
        error,
        "ovhcloud-exporter: no credential for ovh-eu\n  \
         Set OVH_CLIENT_ID and OVH_CLIENT_SECRET (service account), or OVH_APPLICATION_KEY, \
         OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY (application key), or OVH_ACCESS_TOKEN.\n  \
         OVH_CLIENT_SECRET_FILE and the like name a file with the secret. The ovh.conf of the \
         official clients is read too.\n  \
         `ovhcloud-exporter permissions` prints the policy that the credential needs; \
         `ovhcloud-exporter demo` needs no credential.\n"
    );
    let (code, _, error) = ended(program(&[]).env("OVH_CLIENT_SECRET", "hunter2"));
    assert_eq!(code, 64);
    assert_eq!(
        error,
        "ovhcloud-exporter: credential: incomplete service account credential: client_secret \
         (OVH_CLIENT_SECRET) is set, client_id is missing; set OVH_CLIENT_ID\n"
    );
}

#[test]
fn what_is_typed_wrongly_is_one_line_and_64() {
    for (arguments, words) in [
        (
            &["--refresh.interval", "soon"][..],
            "invalid value 'soon' for '--refresh.interval <DURATION>'",
        ),
        (&["--web.listen-address", "nowhere"], "expected ADDRESS:PORT or :PORT"),
        (&["--web.listen-adress=:1"], "did you mean `--web.listen-address`?"),
        (&["--api.listing", "fast"], "[possible values: auto, plain]"),
        (&["--api.in-flight", "ten"], "expected an integer from 1 to 100"),
        (&["--collector.iam_users"], "did you mean `--collector.iam_user`?"),
        (&["chek"], "did you mean `check`?"),
        (&["serve"], "run without a command to serve, or with demo, check, "),
    ] {
        let (code, output, error) = ended(&mut program(arguments));
        assert_eq!((code, output.as_str()), (64, ""), "{arguments:?}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.starts_with("ovhcloud-exporter: ") && error.contains(words), "{error}");
        assert!(error.ends_with("; see `ovhcloud-exporter --help`\n"), "{error}");
    }
}

#[test]
fn every_error_of_the_configuration_is_reported_at_once() {
    let flags =
        ["--api.in-flight=0", "--refresh.max-age=1s", "--check.sshkey-unlisted.fingerprint=x"];
    let (code, _, error) = ended(program(&flags).env("OVH_ENDPOINT", "ovh-fr"));
    assert_eq!(code, 64);
    for place in ["--api.in-flight: ", "--refresh.max-age: ", "fingerprint: ", "OVH_ENDPOINT: "] {
        assert!(error.contains(place), "{error}");
    }
    let last = error.lines().rfind(|line| line.starts_with("ovhcloud-exporter: "));
    assert_eq!(last, Some("ovhcloud-exporter: no credential"), "{error}");
    let lines = error.lines().filter(|line| line.starts_with("ovhcloud-exporter: "));
    assert_eq!(lines.count(), 5, "{error}");
}

#[test]
fn a_port_in_use_is_one_line_and_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, output, error) = ended(&mut program(&["demo", "--web.listen-address", &address]));
    assert_eq!((code, output.as_str()), (1, ""));
    assert_eq!(
        error,
        format!(
            "ovhcloud-exporter: --web.listen-address: can't listen on {address}: Address already in \
             use (os error 98); another process has it; choose another port\n"
        )
    );
}

#[test]
fn help_and_version_are_answers() {
    let (code, output, _) = ended(&mut program(&["--version"]));
    assert_eq!(code, 0);
    assert!(
        output.starts_with(concat!(
            "ovhcloud-exporter, version ",
            env!("CARGO_PKG_VERSION"),
            " (branch: "
        )),
        "{output}"
    );
    let (code, output, _) = ended(&mut program(&["--help"]));
    assert_eq!(code, 0);
    for collector in collectors::ALL {
        let state = if collector.is_on { "on" } else { "off" };
        let (on, off) = (format!("--collector.{}\n", collector.name), collector.name);
        let help = output.split(&on).nth(1).unwrap_or_else(|| panic!("{on}"));
        let help =
            help.split("--").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let line = format!("Read {} [default: {state}", collector.resources);
        assert!(help.starts_with(&line), "{help}");
        assert!(output.contains(&format!("--no-collector.{off}\n")), "{off}");
    }
    for setting in checks::ALL.iter().flat_map(|check| check.settings).filter_map(|one| one.flag) {
        assert!(output.contains(&format!("--{setting} <")), "{setting}");
    }
    for heading in
        ["Configuration", "API", "Refresh", "Collectors", "Checks", "Web", "State", "Shards", "Log"]
    {
        assert!(output.contains(&format!("\n{heading}:\n")), "{heading}");
    }
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, codes) = readme.split_once("| exit code | meaning |").unwrap();
    let unwrapped = output.replace("\n      ", " ");
    for row in codes.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert!(unwrapped.contains(&format!("{:>4}  {}\n", cells[1], cells[2])), "{row}");
    }
}

/// The long flags that a help page shows.
fn flags(command: &[&str]) -> BTreeSet<String> {
    let (code, output, _) = ended(&mut program(&[command, &["--help"]].concat()));
    assert_eq!(code, 0, "{command:?}");
    let words = output.lines().filter_map(|line| {
        let line = line.trim_start().trim_start_matches("-h, ").trim_start_matches("-V, ");
        line.starts_with("--").then(|| line.split([' ', '[']).next().unwrap().to_owned())
    });
    words.collect()
}

#[test]
fn a_command_shows_the_options_that_act_on_it() {
    let all = flags(&[]);
    let demo = flags(&["demo"]);
    // The demonstration has one account.
    let is_none_of_it = |flag: &String| flag == "--version" || flag.starts_with("--shard.");
    assert!(all.difference(&demo).all(is_none_of_it), "{all:?}");
    for (command, with, without) in [
        ("permissions", "--collector.iam_user", "--web.listen-address"),
        ("permissions", "--config.file", "--check.credential-stale.after"),
        ("check", "--api.rate", "--refresh.interval"),
        ("inventory", "--check.credential-stale.after", "--web.listen-address"),
        ("report", "--state.file", "--web.listen-address"),
        ("diff", "--check.credential-stale.after", "--api.rate"),
        ("explain", "--log.level", "--check.credential-stale.after"),
        ("once", "--collector.iam_user", "--state.file"),
        ("once", "--refresh.interval", "--refresh.max-age"),
    ] {
        let shown = flags(&[command]);
        assert!(shown.contains(with) && !shown.contains(without), "{command}: {shown:?}");
        assert!(all.contains(with) && all.contains(without), "{command}");
    }
    // A flag without an effect on the command is accepted, before and after it.
    for arguments in [
        &["check", "--config-only", "--web.listen-address=:1"][..],
        &["--web.listen-address=:1", "--log.level=WARN", "check", "--config-only"],
    ] {
        assert_eq!(ended(program(arguments).env("OVH_ACCESS_TOKEN", "x")).0, 0, "{arguments:?}");
    }
}

#[test]
fn a_value_is_read_in_any_case() {
    for flag in ["--log.level=WARN", "--log.format=JSON", "--api.listing=Plain"] {
        let mut command = program(&["check", "--config-only", flag]);
        assert_eq!(ended(command.env("OVH_ACCESS_TOKEN", "x")).0, 0, "{flag}");
    }
    let (code, _, error) = ended(&mut program(&["inventory", "--fail-on=HIGH"]));
    assert_eq!(code, 64);
    assert!(error.starts_with("ovhcloud-exporter: no credential"), "{error}");
}

#[test]
fn standard_error_that_is_closed_or_full_is_no_panic() {
    for arguments in [&["--nonsense"][..], &[], &["permissions", "--log.level=debug"]] {
        let expected = ended(&mut program(arguments)).0;
        for redirection in ["2>&-", "2>/dev/full"] {
            let script = format!("exec \"$@\" {redirection}");
            let status = Command::new("sh")
                .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_ovhcloud-exporter")])
                .args(arguments)
                .env_clear()
                .env("PATH", "/usr/bin:/bin")
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert_eq!(status.code(), Some(expected), "{arguments:?} {redirection}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_identity_and_its_sources_in_prometheus_form() {
    let simulator = reference().await;
    for format in ["logfmt", "json"] {
        let mut child = program(&["--web.listen-address=127.0.0.1:0"])
            .arg(format!("--log.format={format}"))
            .envs(simulator.environment(Auth::OAuth2))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let mut serving = String::new();
        while !serving.contains("/metrics") {
            assert!(log.read_line(&mut serving).unwrap() > 0, "it ended: {serving}");
        }
        signal(&child, "TERM");
        let variables: BTreeMap<_, _> = simulator.environment(Auth::OAuth2).into_iter().collect();
        let credential = format!(
            "service account {} (client_id: OVH_CLIENT_ID, client_secret: OVH_CLIENT_SECRET)",
            variables["OVH_CLIENT_ID"]
        );
        if format == "json" {
            let event: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(event["level"], "info");
            assert_eq!(event["msg"], "watching");
            assert_eq!(event["credential"], credential);
            assert_eq!(event["listing"], "auto");
            assert!(event["collectors"].is_u64() && event["time"].is_string(), "{line}");
        } else {
            assert!(
                line.starts_with("time=") && line.contains(" level=info msg=watching "),
                "{line}"
            );
            assert!(line.contains(&format!("credential=\"{credential}\"")), "{line}");
            assert!(line.contains(" listing=auto "), "{line}");
        }
        assert_eq!(wait(&mut child), Some(0));
    }
}

/// The warnings of the first refresh of this account.
async fn warnings(simulator: &Simulator, auth: Auth) -> Vec<String> {
    let mut child = program(&["--web.listen-address=127.0.0.1:0"])
        .envs(simulator.environment(auth))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = child.stderr.take().unwrap();
    let lines = spawn_blocking(move || {
        let mut lines: Vec<String> = Vec::new();
        for line in BufReader::new(log).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().contains("refresh complete") {
                break;
            }
        }
        lines
    });
    let lines = lines.await.unwrap();
    signal(&child, "TERM");
    wait(&mut child);
    lines
        .into_iter()
        .filter(|line| line.contains("level=warn msg=") && line.contains(" reason="))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_policy_and_a_refused_credential_are_one_line_each() {
    let simulator = reference().await;
    simulator.rights_of(Auth::OAuth2, Rights::none());
    let lines = warnings(&simulator, Auth::OAuth2).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    for words in ["reason=forbidden", "account:apiovh:me/identity/user/get", "iam_user,"] {
        assert!(lines[0].contains(words), "{words} in {}", lines[0]);
    }
    let simulator = reference().await;
    let body = json!({"error": "invalid_client"}).to_string();
    let effect = Effect::Body { status: 401, body };
    simulator.faults(vec![Fault::new("/auth/oauth2/token", effect)]);
    let lines = warnings(&simulator, Auth::OAuth2).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("reason=credentials"), "{lines:?}");
}

#[tokio::test]
async fn a_collector_can_be_switched_off() {
    for (flags, on) in [
        (&["--no-collector.iam_user"][..], "ovhcloud_cloud_instances{"),
        (
            &["--collector.disable-defaults", "--collector.api_credential"],
            "ovhcloud_api_credentials{",
        ),
    ] {
        let mut child = program(&["demo", "--web.listen-address=127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let page = scrape(url.trim(), |page| page.contains(on)).await;
        assert!(!page.contains("ovhcloud_iam_users{"), "{flags:?}");
        assert!(!page.contains("collector=\"iam_user\""), "{flags:?}");
        signal(&child, "TERM");
        wait(&mut child);
    }
}

#[tokio::test]
async fn a_hangup_reads_the_configuration_again_and_an_error_changes_nothing() {
    let simulator = reference().await;
    let variables: BTreeMap<_, _> = simulator.environment(Auth::OAuth2).into_iter().collect();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (file, secret) = (directory.join("hangup.yaml"), directory.join("hangup.secret"));
    fs::write(&secret, &variables["OVH_CLIENT_SECRET"]).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let configured = |name: &str| {
        format!(
            "accounts:\n  - name: {name}\n    endpoint: {}\n    credential:\n      client_id: {}\n      \
             client_secret_file: {}\n",
            simulator.endpoint(),
            variables["OVH_CLIENT_ID"],
            secret.display()
        )
    };
    fs::write(&file, configured("before")).unwrap();
    let mut child = program(&["--web.listen-address=127.0.0.1:0", "--config.file"])
        .arg(&file)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let url = &logged_url(&mut log);
    scrape(url, |page| page.contains("ovhcloud_iam_users{account=\"before\"")).await;

    fs::write(&file, configured("after") + "nonsense: 1\n").unwrap();
    signal(&child, "HUP");
    let good = "ovhcloud_exporter_config_last_reload_successful";
    let page = scrape(url, |page| page.contains(&format!("\n{good} 0\n"))).await;
    assert!(page.contains("ovhcloud_iam_users{account=\"before\""), "{page}");

    fs::write(&file, configured("after")).unwrap();
    signal(&child, "HUP");
    let page = scrape(url, |page| page.contains("ovhcloud_iam_users{account=\"after\"")).await;
    assert!(page.contains(&format!("\n{good} 1\n")) && !page.contains("account=\"before\""));
    signal(&child, "TERM");
    assert_eq!(wait(&mut child), Some(0));
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("nonsense") && rest.contains(":7:1"), "{rest}");
}

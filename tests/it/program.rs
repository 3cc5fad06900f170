//! The program as it is run: what it prints, and how it ends.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ovhcloud_simulator::Auth;

use tokio::time::sleep;

use crate::exporter::reference;

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
fn logged_url(log: &mut impl BufRead) -> String {
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

async fn scrape(url: &str, until: impl Fn(&str) -> bool) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
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
fn a_missing_or_half_credential_is_one_line_and_64() {
    let (code, output, error) = ended(&mut program(&[]));
    assert_eq!(code, 64);
    assert_eq!(output, "");
    assert_eq!(
        error,
        "ovhcloud-exporter: credential: none for ovh-eu; looked in the variables OVH_CLIENT_ID, \
         OVH_CLIENT_SECRET[_FILE], OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET[_FILE], \
         OVH_CONSUMER_KEY[_FILE], OVH_ACCESS_TOKEN[_FILE], ./ovh.conf (no such file), \
         /etc/ovh.conf (no such file); create a service account in OVHcloud's IAM and set \
         OVH_CLIENT_ID and OVH_CLIENT_SECRET, or run `ovhcloud-exporter demo` to look around \
         without one\n"
    );
    let (code, _, error) = ended(program(&[]).env("OVH_CLIENT_SECRET", "hunter2"));
    assert_eq!(code, 64);
    assert_eq!(
        error,
        "ovhcloud-exporter: credential: client_id is missing of a service account, of which there \
         is client_secret (OVH_CLIENT_SECRET); looked in the variables OVH_CLIENT_ID, \
         OVH_CLIENT_SECRET[_FILE], ./ovh.conf (no such file), /etc/ovh.conf (no such file); give \
         every key of one\n"
    );
}

#[test]
fn what_is_typed_wrongly_is_one_line_and_64() {
    for (arguments, words) in [
        (
            &["--refresh.interval", "soon"][..],
            "invalid value 'soon' for '--refresh.interval <DURATION>'",
        ),
        (&["--web.listen-address", "nowhere"], "give ADDRESS:PORT or :PORT"),
        (&["--web.listen"], "unexpected argument '--web.listen'"),
        (&["--api.listing", "fast"], "[possible values: auto, plain]"),
        (&["--collector.nothing"], "unexpected argument '--collector.nothing'"),
        (&["serve"], "unrecognized subcommand 'serve'"),
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
    for place in
        ["--api.in-flight:", "--refresh.max-age:", "fingerprint:", "OVH_ENDPOINT:", "credential:"]
    {
        assert!(
            error.contains(&format!("ovhcloud-exporter: {place}")) || error.contains(place),
            "{error}"
        );
    }
    assert_eq!(error.lines().count(), 5, "{error}");
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
    for flag in
        ["--web.listen-address", "--collector.cloud_instance", "--check.credential-stale.after"]
    {
        assert!(output.contains(flag), "{output}");
    }
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

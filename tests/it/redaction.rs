//! Secrets in the answers of a gateway that shows the request: none of them goes anywhere.

use std::process::Command;

use ovhcloud_exporter::exposition::Format;
use ovhcloud_simulator::{Auth, Effect, Simulator};
use tokio::task::spawn_blocking;

use crate::credentials::good;
use crate::exporter::{Exporter, reference};
use crate::program::{ended, program};

const WAYS: [Auth; 3] = [Auth::OAuth2, Auth::ApplicationKey, Auth::Token];

/// Routes of each kind: all, the token, the time, a list, an object, a project's, the POST.
const ROUTES: [&str; 8] = [
    "*",
    "/auth/oauth2/token",
    "/auth/time",
    "/me/api/credential",
    "/me/identity/group/{group}",
    "/cloud/project/{serviceName}/sshkey",
    "/v2/iam/policy",
    "/v2/iam/authorization/check",
];

/// The secrets of all identities, as they are sent.
fn secrets(simulator: &Simulator) -> Vec<String> {
    let variables = WAYS.iter().flat_map(|auth| simulator.environment(*auth));
    let secrets = variables.filter(|(name, _)| {
        ["SECRET", "CONSUMER_KEY", "TOKEN"].iter().any(|word| name.ends_with(word))
    });
    let mut secrets: Vec<String> = secrets.map(|(_, value)| value).collect();
    assert_eq!(secrets.len(), 4, "a secret of each kind");
    // `EU.0123456789abcdef:simulated-client-secret` in base64.
    secrets.push("OnNpbXVsYXRlZC1jbGllbnQtc2VjcmV0".to_owned());
    secrets.push("RVUuMDEyMzQ1Njc4OWFiY2RlZjpzaW11bGF0ZWQtY2xpZW50LXNlY3JldA".to_owned());
    secrets
}

#[track_caller]
fn assert_clean(text: &str, secrets: &[String], what: &str) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{what} shows {secret}:\n{text}");
    }
    // Tokens that were issued, and signatures, differ each time.
    for (scheme, plain) in [("bearer ", "***"), ("basic ", "***"), ("x-ovh-signature: ", "***")] {
        for (at, _) in text.to_lowercase().match_indices(scheme) {
            let value = text.get(at + scheme.len()..).unwrap_or_default();
            let value = value.split(['\n', ' ', '<', '"', '\\', ',']).next().unwrap_or_default();
            let shown = value.len() > 12 && !value.starts_with(plain);
            assert!(!shown, "{what} shows {scheme}{value}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_that_a_gateway_shows_is_published_or_kept() {
    let simulator = reference().await;
    let secrets = secrets(&simulator);
    let mut is_told = false;
    for auth in WAYS {
        for route in ROUTES {
            for (status, is_json) in
                [(200, false), (400, true), (401, false), (403, true), (404, false), (409, false)]
            {
                simulator.faults(Vec::new());
                simulator.fail(route, Effect::Echo { status, is_json });
                let mut exporter = Exporter::of(good(&simulator, auth));
                let scrape = exporter.pass().await;
                let what = format!("{auth:?} {route} {status}");
                assert_clean(&scrape.0, &secrets, &what);
                assert_clean(&exporter.scrape(Format::OpenMetrics).0, &secrets, &what);
                let landing = exporter.landing();
                assert_clean(&landing, &secrets, &what);
                is_told |= landing.contains("***");
                let state = serde_json::to_string(exporter.inventory()).unwrap();
                assert_clean(&state, &secrets, &what);
            }
        }
    }
    assert!(is_told, "no page of the gateway was shown: nothing was tested");
}

fn run(simulator: &Simulator, auth: Auth, arguments: &[&str]) -> Command {
    let mut command = program(arguments);
    command.envs(simulator.environment(auth)).arg("--log.level=debug");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_and_no_log_level_shows_a_secret() {
    let simulator = reference().await;
    let secrets = secrets(&simulator);
    let only = ["--collector.disable-defaults", "--collector.api_credential"];
    for (auth, route, status) in [
        (Auth::OAuth2, "/auth/oauth2/token", 500),
        (Auth::OAuth2, "*", 401),
        (Auth::ApplicationKey, "/me/api/credential", 500),
        (Auth::Token, "/me/api/credential", 400),
    ] {
        simulator.faults(Vec::new());
        simulator.fail(route, Effect::Echo { status, is_json: status == 400 });
        for name in ["inventory", "once", "check", "permissions"] {
            let mut command = run(&simulator, auth, &[name, only[0], only[1]]);
            let (_, said, log) = spawn_blocking(move || ended(&mut command)).await.unwrap();
            let what = format!("{name} {auth:?} {route} {status}");
            assert_clean(&said, &secrets, &what);
            assert_clean(&log, &secrets, &what);
            assert!(!log.is_empty(), "{what}: nothing was logged at debug");
        }
    }
}

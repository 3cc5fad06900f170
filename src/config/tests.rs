//! The whole configuration: the words of every error, and who has the say.

mod accepted;
mod credentials;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::credential::Credential;
use super::fake::Fake;
use super::setting::{CheckSpec, Kind, Setting, Spec, Threshold, days};
use super::severity::Severity;
use super::*;

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(90),
    limits: (days(1), days(3650)),
    help: "Report after this time",
    flag: None,
};
const CHECKS: &[CheckSpec] = &[
    CheckSpec { id: "credential_stale", kind: "x", is_on: true, settings: &[AFTER.spec()] },
    CheckSpec {
        id: "credential_never_used",
        kind: "x",
        is_on: true,
        settings: &[Spec { name: "grace", ..AFTER.spec() }],
    },
    CheckSpec {
        id: "sshkey_unlisted",
        kind: "x",
        is_on: true,
        settings: &[
            Spec { name: "authorized_keys", kind: Kind::SshKeyFiles, ..AFTER.spec() },
            Spec { name: "fingerprints", kind: Kind::SshKeyFingerprints, ..AFTER.spec() },
        ],
    },
];

const COLLECTORS: [&str; 3] = ["cloud_project", "iam_policy", "iam_user"];

/// The configuration that this file gives in this environment.
fn resolved(environment: Fake, text: &str) -> Result<Config, String> {
    let asked = Options { file: Some("f.yaml".into()), ..Options::default() };
    resolved_with(&environment.file("f.yaml", text), &asked)
}

fn resolved_with(environment: &Fake, asked: &Options) -> Result<Config, String> {
    with_registry(|known| Config::resolve(asked, known, environment))
        .map_err(|errors| errors.to_string())
}

/// Calls with the names of the collectors, checks and labels that these tests know.
fn with_registry<T>(call: impl FnOnce(&Registry<'_>) -> T) -> T {
    let labels = BTreeSet::from(["collector", "reason"]);
    let (on, intervals) = (BTreeSet::from(COLLECTORS), BTreeMap::new());
    call(&Registry {
        collectors: &COLLECTORS,
        on: &on,
        intervals: &intervals,
        checks: CHECKS,
        labels: &labels,
    })
}

/// The errors of this file.
fn reported(text: &str) -> String {
    resolved(Fake::default(), text).unwrap_err()
}

/// The errors of an account of this file, beside its name.
fn reported_of_account(keys: &str) -> String {
    reported(&format!("accounts:\n  - name: a\n{keys}"))
}

const TOKEN: &str = "    credential: {access_token: hunter2}\n";

fn with_token() -> Fake {
    Fake::default().set("OVH_ACCESS_TOKEN", "hunter2")
}

#[test]
fn the_example_is_right_says_the_defaults_and_has_every_key() {
    let text = include_str!("../../docs/ovhcloud-exporter.yaml");
    let mut environment = Fake::default();
    for name in ["production", "legacy-application", "legacy-consumer", "token"] {
        environment = environment.file(&format!("secrets/{name}"), "hunter2\n");
    }
    let config = resolved(environment, text).unwrap();
    let plain = resolved_with(&with_token(), &Options::default()).unwrap();
    assert_eq!(config.refresh, plain.refresh);
    assert_eq!(config.intervals, plain.intervals);
    // Defaults written down are the defaults.
    for check in CHECKS {
        let written = config.checks.each.get(check.id).cloned().unwrap_or_default();
        for (name, value) in written.thresholds {
            let setting = check.settings.iter().find(|setting| setting.name == name).unwrap();
            let grace = Threshold::Duration(days(30));
            let default = if name == "grace" { Some(grace) } else { setting.kind.threshold() };
            assert_eq!(Some(value), default, "{}.{name}", check.id);
        }
    }
    assert_eq!(config.checks.lists, plain.checks.lists);
    assert_eq!(config.checks.exemptions, plain.checks.exemptions);
    assert_eq!(config.checks.ends_of_life, plain.checks.ends_of_life);
    assert_eq!(config.detail, plain.detail);
    assert_eq!(config.log, plain.log);
    assert_eq!(config.web, plain.web);
    assert_eq!(config.warnings, Vec::<String>::new());
    let [production, legacy, token] = config.accounts.as_slice() else { panic!("{config:?}") };
    assert_eq!(production.api.in_flight, 5);
    assert_eq!(legacy.api, plain.accounts[0].api);
    assert_eq!(legacy.collectors, BTreeSet::from(COLLECTORS));
    assert_eq!(production.labels["team"], "platform");
    assert!(matches!(production.credential, Credential::ServiceAccount { .. }));
    assert!(matches!(legacy.credential, Credential::ApplicationKey { .. }));
    assert!(matches!(token.credential, Credential::AccessToken(_)));

    let notes = Notes::of("f.yaml");
    with_registry(|known| File::parse(text, known, &notes));
    let asked = notes.asked();
    assert!(asked.len() > 40, "{asked:?}");
    for key in asked {
        // The precedence of accounts is shown once, above.
        let leaf = key.rsplit('.').next().unwrap();
        let is_there = |line: &str| {
            let line = line.trim_start_matches([' ', '#', '-']);
            line.strip_prefix(leaf).is_some_and(|rest| rest.starts_with(':'))
        };
        assert!(text.lines().any(is_there), "`{key}` is not in the example");
    }
}

#[test]
fn an_unknown_key_is_reported_with_its_line_and_column() {
    assert_eq!(
        resolved(with_token(), "refresh:\n  intervall: 5m\nrefersh: {}\n").unwrap_err(),
        "f.yaml:2:3: refresh.intervall: unknown key; did you mean `interval`?\n\
         f.yaml:3:1: refersh: unknown key; did you mean `refresh`?"
    );
    assert_eq!(
        resolved(with_token(), "collectors: {iam_users: false, x: true}\n").unwrap_err(),
        "f.yaml:1:14: collectors.iam_users: unknown collector; did you mean `iam_user`?\n\
         f.yaml:1:32: collectors.x: unknown collector; expected cloud_project, iam_policy, \
         iam_user"
    );
    assert_eq!(
        reported(&format!("accounts:\n  - nmae: a\n{TOKEN}")),
        "f.yaml:2:5: accounts[0]: no name; add `name`, which becomes the label `account`\n\
         f.yaml:2:5: accounts[0].nmae: unknown key; did you mean `name`?"
    );
}

#[test]
fn every_wrong_value_is_reported_at_once_in_the_files_order() {
    let text = "refresh:\n  interval: soon\n  max_age: 1s\n  jitter: 1h\n\
                api: {in_flight: 0, rate: x, burst: 0, listing: fast, call_timeout: 0s}\n\
                detail: all\nweb:\n  listen_addresses: [nowhere]\n  telemetry_path: /\n  \
                enable_lifecycle: yes\nchecks: {sshkey_unlisted: {fingerprints: [x]}}\n";
    assert_eq!(
        resolved(with_token(), text).unwrap_err(),
        "f.yaml:2:13: refresh.interval: expected a duration with a unit, such as 30s, 5m or 90d, got \
         \"soon\"\n\
         f.yaml:3:12: refresh.max_age: expected at least the refresh interval (5m), got 1s; values \
         would be dropped before the next refresh\n\
         f.yaml:4:11: refresh.jitter: expected at most the refresh interval (5m), got 1h\n\
         f.yaml:5:18: api.in_flight: expected an integer from 1 to 100, got 0\n\
         f.yaml:5:27: api.rate: expected a number from 0.1 to 10000, got \"x\"\n\
         f.yaml:5:37: api.burst: expected an integer of at least 1, got 0\n\
         f.yaml:5:49: api.listing: expected auto or plain, got \"fast\"\n\
         f.yaml:5:69: api.call_timeout: expected at least 1ms, got 0s\n\
         f.yaml:6:9: detail: expected counts, findings or full, got \"all\"\n\
         f.yaml:8:22: web.listen_addresses[0]: expected ADDRESS:PORT or :PORT, such as \
         127.0.0.1:10045, got \"nowhere\"\n\
         f.yaml:9:19: web.telemetry_path: expected a path such as /metrics, neither / nor below \
         /-/, which have their own pages, got \"/\"\n\
         f.yaml:10:21: web.enable_lifecycle: expected true or false, got \"yes\"\n\
         f.yaml:11:43: checks.sshkey_unlisted.fingerprints[0]: expected a fingerprint (SHA256:… or \
         MD5:…, as `ssh-keygen -l [-E md5]` prints it), got \"x\""
    );
}

#[test]
fn accounts_are_named_once_and_there_is_one() {
    assert_eq!(
        reported(&format!("accounts:\n  - name: a\n{TOKEN}  - name: a\n{TOKEN}")),
        "f.yaml:4:11: accounts[1].name: another account has the name `a`; give each account its own"
    );
    let none = "expected at least one account; list one, or remove the key to watch the account of \
                the variables and of ovh.conf";
    assert_eq!(reported("accounts: []\n"), format!("f.yaml:1:11: accounts: {none}"));
    assert!(reported("accounts:\n").ends_with(none));
}

#[test]
fn labels_are_valid_and_nobody_elses() {
    let labels = "    labels: {a-b: x, __c: x, account: x, reason: x, job: x, team: x}\n";
    assert_eq!(
        reported_of_account(&format!("{TOKEN}{labels}")),
        "f.yaml:4:14: accounts[0].labels.a-b: invalid label name; expected letters, digits and `_`, \
         not starting with a digit or `__`\n\
         f.yaml:4:22: accounts[0].labels.__c: invalid label name; expected letters, digits and `_`, \
         not starting with a digit or `__`\n\
         f.yaml:4:30: accounts[0].labels.account: reserved for the exporter; choose another name\n\
         f.yaml:4:42: accounts[0].labels.reason: reserved for the exporter; choose another name\n\
         f.yaml:4:53: accounts[0].labels.job: reserved for Prometheus; choose another name"
    );
}

#[test]
fn a_file_that_is_no_yaml_or_is_not_there_is_one_error() {
    assert_eq!(
        reported("refresh:\n  interval: [5m\n").lines().count(),
        1,
        "{}",
        reported("refresh:\n  interval: [5m\n")
    );
    let asked = Options { file: Some("/nowhere.yaml".into()), ..Options::default() };
    assert_eq!(
        resolved_with(&Fake::default(), &asked).unwrap_err(),
        "/nowhere.yaml: no such file; expected a YAML file such as docs/ovhcloud-exporter.yaml"
    );
}

#[test]
fn the_account_stands_over_the_flag_and_the_flag_over_the_file() {
    let text = format!(
        "api: {{in_flight: 1, rate: 1, burst: 1}}\nrefresh: {{interval: 2m}}\n\
         collectors: {{iam_user: false}}\naccounts:\n  - name: a\n{TOKEN}    api: {{rate: 3}}\n    \
         collectors: {{defaults: false, cloud_project: true}}\n  - name: b\n{TOKEN}"
    );
    let mut asked = Options { file: Some("f.yaml".into()), ..Options::default() };
    asked.settings.api.rate = Some(Located::at("--api.rate", 2.0));
    asked.settings.api.burst = Some(Located::at("--api.burst", 2));
    asked.settings.collectors.each.insert("iam_policy", false);
    let config = resolved_with(&Fake::default().file("f.yaml", &text), &asked).unwrap();
    let [a, b] = config.accounts.as_slice() else { panic!("{config:?}") };
    assert_eq!((a.api.in_flight, a.api.rate.to_bits(), a.api.burst), (1, 3.0_f64.to_bits(), 2));
    assert_eq!(b.api.rate.to_bits(), 2.0_f64.to_bits());
    assert_eq!(a.collectors, BTreeSet::from(["cloud_project"]));
    assert_eq!(b.collectors, BTreeSet::from(["cloud_project"]));
    assert_eq!(config.refresh.interval, Duration::from_mins(2));
}

#[test]
fn collectors_may_have_longer_intervals() {
    let text = "refresh: {collectors: {iam_policy: 1h}}\n";
    let config = resolved(with_token(), text).unwrap();
    assert_eq!(config.intervals.0["iam_policy"], Duration::from_hours(1));
}

#[test]
fn each_check_has_a_switch_a_severity_and_its_own_settings() {
    let text = "checks:\n  credential_stale: {enabled: false, severity: critical, after: 30d}\n";
    let config = resolved(with_token(), text).unwrap();
    let stale = &config.checks.each["credential_stale"];
    assert_eq!(stale.enabled, Some(false));
    assert_eq!((stale.severity, stale.get(&AFTER)), (Some(Severity::Critical), days(30)));
    let wrong = "checks:\n  credential_stale: {severity: dire, after: 1h, grace: 1d}\n  \
                 credential_stal: {}\n";
    assert_eq!(
        resolved(with_token(), wrong).unwrap_err(),
        "f.yaml:2:32: checks.credential_stale.severity: expected info, low, medium, high or critical, got \
         \"dire\"\n\
         f.yaml:2:45: checks.credential_stale.after: expected at least 1d, got 1h\n\
         f.yaml:2:49: checks.credential_stale.grace: unknown key; expected enabled, severity, after\n\
         f.yaml:3:3: checks.credential_stal: unknown check; did you mean `credential_stale`?"
    );
}

#[test]
fn a_ca_file_holds_certificates_and_a_proxy_no_password() {
    let text = "api:\n  ca_file: ca.pem\n  proxy: http://me:hunter2@proxy:3128\n";
    assert_eq!(
        resolved(with_token().file("ca.pem", "x"), text).unwrap_err(),
        "f.yaml:2:12: api.ca_file: `ca.pem`: no certificate; expected a PEM file of certificates\n\
         f.yaml:3:10: api.proxy: a URL with a user name or a password; remove them, or set the \
         variable HTTPS_PROXY instead"
    );
    assert_eq!(
        resolved(with_token(), "api: {proxy: socks5://proxy:1080}\n").unwrap_err(),
        "f.yaml:1:14: api.proxy: unsupported proxy scheme \"socks5\"; expected http://HOST:PORT or \
         https://HOST:PORT"
    );
}

#[test]
fn words_are_read_in_any_case() {
    let text =
        "detail: FULL\napi: {listing: Plain}\nchecks: {credential_stale: {severity: HIGH}}\n";
    let config = resolved(with_token(), text).unwrap();
    assert_eq!(config.checks.each["credential_stale"].severity, Some(Severity::High));
    assert_eq!(config.detail, Detail::Full);
}

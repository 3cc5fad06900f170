//! The configuration as an operator gives it: real files, real variables, the words on the screen.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use ovhcloud_simulator::Auth;

use crate::exporter::reference;
use crate::program::{ended, program, serving, signal, wait};

/// A directory that the program runs in, and that goes with the test.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("exporter-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file of this mode.
    pub(crate) fn write(&self, name: &str, text: &str, mode: u32) -> &Self {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        self
    }

    /// The program in this directory.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(&self.0);
        command
    }

    /// The exit code and output of `check --config-only` for the file `f.yaml`.
    pub(crate) fn check(&self) -> (i32, String) {
        let arguments = ["check", "--config-only", "--config.file=f.yaml"];
        let (code, output, _) = ended(&mut self.program(&arguments));
        (code, output)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// A file with this credential for one account.
pub(crate) fn one_account(credential: &str) -> String {
    format!("accounts:\n  - name: a\n    credential: {credential}\n")
}

#[test]
fn check_prints_the_resolved_configuration() {
    let directory = Directory::new();
    directory.write("secret", "hunter2\n", 0o600).write(
        "f.yaml",
        "accounts:\n  - name: a\n    credential: {client_id: EU.1, client_secret_file: secret}\n  \
         - name: b\n    endpoint: ovh-ca\n    credential: {access_token: hunter2}\n",
        0o600,
    );
    let fine = "configuration is fine: 2 accounts (a at ovh-eu, b at ovh-ca)\n";
    assert_eq!(directory.check(), (0, fine.to_owned()));
}

#[test]
fn check_reports_every_error_with_line_and_column() {
    let directory = Directory::new();
    directory.write(
        "f.yaml",
        "refresh: {intervall: 5m}\naccounts:\n  - name: a\n    endpoint: http://api.example.com\n    \
         credential: {access_token: hunter2}\n  - name: a\n    credential: {access_token: hunter2}\n    \
         labels: {account: x}\n",
        0o600,
    );
    let (code, output) = directory.check();
    assert_eq!(code, 64);
    assert_eq!(
        output,
        "f.yaml:1:11: refresh.intervall: unknown key; did you mean `interval`?\n\
         f.yaml:4:15: accounts[0].endpoint: plain http to another machine would send the credential \
         unencrypted; use https\n\
         f.yaml:6:11: accounts[1].name: another account has the name `a`; give each account its own\n\
         f.yaml:8:14: accounts[1].labels.account: reserved for the exporter; choose another name\n"
    );
    let (code, output, error) = ended(&mut directory.program(&["--config.file=f.yaml"]));
    assert_eq!((code, output.as_str()), (64, ""));
    assert!(error.starts_with("ovhcloud-exporter: f.yaml:1:11: refresh.intervall: "), "{error}");
    assert_eq!(error.lines().count(), 4, "{error}");
}

#[test]
fn the_labels_of_the_exporters_own_series_are_taken() {
    let directory = Directory::new();
    let account = one_account("{access_token: hunter2}");
    directory.write("f.yaml", &format!("{account}    labels: {{project_id: x}}\n"), 0o600);
    let (code, output) = directory.check();
    assert_eq!(code, 64);
    assert!(output.contains("reserved for the exporter"), "{output}");
}

#[test]
fn a_secrets_file_that_is_missing_or_empty_is_reported() {
    let directory = Directory::new();
    directory.write("empty", "\n", 0o600);
    for (file, words) in [
        ("nothing", "no such file; expected the path of a file that contains only the secret"),
        ("empty", "`empty` is empty; write the secret into it"),
        (".", "`.`: is a directory; expected the path of a file that contains only the secret"),
    ] {
        let credential = format!("{{access_token_file: {file}}}");
        directory.write("f.yaml", &one_account(&credential), 0o600);
        let place = "f.yaml:3:37: accounts[0].credential.access_token_file";
        assert_eq!(directory.check(), (64, format!("{place}: {words}\n")));
    }
}

#[test]
fn a_file_with_a_secret_that_others_may_read_is_a_warning() {
    let directory = Directory::new();
    directory.write("f.yaml", &one_account("{access_token: hunter2}"), 0o644);
    let arguments = ["check", "--config-only", "--config.file=f.yaml"];
    let (code, _, error) = ended(&mut directory.program(&arguments));
    assert_eq!(code, 0);
    assert!(
        error.contains(
            "f.yaml: other users can access this file, which contains a secret (mode 0644); `chmod \
             600` it"
        ),
        "{error}"
    );
    directory
        .write("f.yaml", &one_account("{access_token_file: secret}"), 0o644)
        .write("secret", "hunter2", 0o640);
    let (code, _, error) = ended(&mut directory.program(&arguments));
    assert_eq!(code, 0);
    assert!(
        error.contains(
            "other users can access the secret's file `secret` (mode 0640); `chmod 600` it"
        ),
        "{error}"
    );
    assert_eq!(error.matches("chmod").count(), 1, "{error}");
}

#[test]
fn an_ovh_conf_that_can_not_be_read_is_named_with_its_line() {
    let directory = Directory::new();
    directory.write("ovh.conf", "[default]\nendpoint=ovh-eu\nhunter2\n", 0o600);
    let (code, _, error) = ended(&mut directory.program(&[]));
    assert_eq!(code, 64);
    assert!(
        error.contains(
            "ovhcloud-exporter: ./ovh.conf:3: invalid INI; expected `[section]` and `key=value` lines; \
             repair or remove the file\n"
        ),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn an_ovh_conf_without_the_section_is_reported_with_its_sections() {
    let directory = Directory::new();
    directory.write("ovh.conf", "[default]\nendpoint=ovh-ca\n[ovh-eu]\nclient_id=EU.1\n", 0o600);
    let (code, _, error) = ended(&mut directory.program(&[]));
    assert_eq!(code, 64);
    assert!(
        error.contains("./ovh.conf (no section [ovh-ca], only [default], [ovh-eu])"),
        "{error}"
    );
}

#[test]
fn mixed_credentials_are_reported() {
    let mut command = program(&[]);
    let (code, _, error) =
        ended(command.env("OVH_CLIENT_ID", "EU.1").env("OVH_ACCESS_TOKEN", "hunter2"));
    assert_eq!(code, 64);
    assert_eq!(
        error,
        "ovhcloud-exporter: credential: several kinds of credential are mixed (service account with \
         client_id (OVH_CLIENT_ID); access token with access_token (OVH_ACCESS_TOKEN)); keep the \
         keys of one\n"
    );
}

#[test]
fn a_client_id_and_the_secret_of_another_client_are_refused() {
    let directory = Directory::new();
    directory.write("f.yaml", &one_account("{client_id: EU.0123}"), 0o600);
    let check = |id: Option<&str>| {
        let mut command = directory.program(&["check", "--config-only", "--config.file=f.yaml"]);
        command.env("OVH_CLIENT_SECRET", "hunter2");
        if let Some(id) = id {
            command.env("OVH_CLIENT_ID", id);
        }
        let (code, output, error) = ended(&mut command);
        assert!(!format!("{output}{error}").contains("hunter2"));
        (code, output)
    };
    let (code, output) = check(Some("EU.other"));
    assert_eq!(code, 64);
    assert_eq!(
        output,
        "f.yaml:3:17: accounts[0].credential: keys of two credentials are mixed: client_id has \
         different values in f.yaml:3:29 and OVH_CLIENT_ID, and client_secret is only in \
         OVH_CLIENT_SECRET; set client_id and client_secret in one place, or make client_id the \
         same in both\n"
    );
    assert_eq!(check(Some("EU.0123")).0, 0);
    assert_eq!(check(None).0, 0);
}

#[test]
fn a_file_in_another_encoding_is_named_with_the_byte() {
    let directory = Directory::new();
    let path = directory.0.join("f.yaml");
    for (bytes, words) in [
        (
            &b"# caf\xe9\n"[..],
            "f.yaml:1: not valid UTF-8 (byte 0xE9 at offset 5); save the file as UTF-8\n",
        ),
        (
            b"\xff\xfea\0",
            "f.yaml:1: not valid UTF-8 (byte 0xFF at offset 0); save the file as UTF-8\n",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(directory.check(), (64, words.to_owned()));
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_quoted() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let directory = Directory::new();
    let quotes = |command: &mut Command| {
        let (code, output, error) = ended(command);
        assert_eq!(code, 64, "{output}{error}");
        assert!(!format!("{output}{error}").contains(SECRET), "{output}{error}");
    };
    for (name, id) in [("OVH_CLIENT_SECRET_FILE", "EU.1"), ("OVH_ENDPOINT", "")] {
        quotes(directory.program(&[]).env("OVH_CLIENT_ID", id).env(name, SECRET));
    }
    for credential in [
        format!("{{client_id: EU.1, {SECRET}: x}}"),
        format!("{{client_id: EU.1, client_secret_file: {SECRET}}}"),
        format!("{{client_id: EU.1, client_secret: [{SECRET}]}}"),
        format!("client_secret:{SECRET}"),
    ] {
        directory.write("f.yaml", &one_account(&credential), 0o600);
        quotes(&mut directory.program(&["--config.file=f.yaml"]));
    }
    for text in [format!("{SECRET}: x\n"), format!("api: {{rate: {SECRET}}}\n")] {
        directory.write("f.yaml", &text, 0o600);
        quotes(directory.program(&["--config.file=f.yaml"]).env("OVH_ACCESS_TOKEN", "x"));
    }
}

#[test]
fn the_host_of_a_region_is_an_endpoint_in_any_case() {
    for endpoint in ["eu.api.ovh.com", "OVH-EU", "Eu.Api.Ovh.Com/1.0"] {
        let mut command = program(&["check", "--config-only"]);
        let (code, output, _) =
            ended(command.env("OVH_ENDPOINT", endpoint).env("OVH_ACCESS_TOKEN", "x"));
        let fine = "configuration is fine: 1 account (default at ovh-eu)\n";
        assert_eq!((code, output.as_str()), (0, fine), "{endpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_with_a_file_an_ovh_conf_or_a_secrets_file_with_a_line_end() {
    let simulator = reference().await;
    let variables = simulator.environment(Auth::OAuth2);
    let value = |name: &str| variables.iter().find(|(key, _)| *key == name).unwrap().1.clone();
    let (endpoint, id, secret) =
        (value("OVH_ENDPOINT"), value("OVH_CLIENT_ID"), value("OVH_CLIENT_SECRET"));
    let listen = "--web.listen-address=127.0.0.1:0";
    let directory = Directory::new();
    let conf = format!(
        "[default]\nendpoint={endpoint}\n[{endpoint}]\nclient_id={id}\nclient_secret={secret}\n"
    );
    let file = format!(
        "accounts:\n  - name: mine\n    endpoint: {endpoint}\n    credential:\n      client_id: \
         {id}\n      client_secret_file: secret\n"
    );
    directory.write("secret", &format!("{secret}\r\n"), 0o600).write("f.yaml", &file, 0o600);
    let mut by_file = directory.program(&[listen, "--config.file=f.yaml"]);
    let mut by_variable = directory.program(&[listen]);
    by_variable.env("OVH_ENDPOINT", &endpoint).env("OVH_CLIENT_ID", &id);
    by_variable.env("OVH_CLIENT_SECRET_FILE", "secret");
    let with_conf = Directory::new();
    with_conf.write("ovh.conf", &conf, 0o600);
    let mut by_conf = with_conf.program(&[listen]);
    for (command, name) in
        [(&mut by_file, "mine"), (&mut by_variable, "xx1111-ovh"), (&mut by_conf, "xx1111-ovh")]
    {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let page = serving(&mut child, "ovhcloud_iam_users{").await;
        assert!(page.contains(&format!("ovhcloud_iam_users{{account=\"{name}\"")), "{page}");
        signal(&child, "TERM");
        assert_eq!(wait(&mut child), Some(0));
    }
}

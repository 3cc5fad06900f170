//! The program as a service: under systemd, and in a container with a health check.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::configuration::{Directory, one_account};
use crate::program::{ended, program, scrape, signal, wait};

/// The end of each wait: long, since other tests load the machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// An account whose endpoint answers nothing: the exporter serves nevertheless.
fn configured(directory: &Directory, more: &str) {
    let text = one_account("{access_token: x}") + "    endpoint: http://127.0.0.1:9\n" + more;
    directory.write("f.yaml", &text, 0o600);
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn received(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 1024];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

fn begins(text: &str, lines: &[&str]) {
    let found: Vec<_> =
        text.lines().map(|line| line.split_inclusive('=').next().unwrap()).collect();
    assert_eq!(found, lines, "{text}");
}

/// Checks the messages of a start, a reload, a failed reload and the end.
fn notifies(name: &str, socket: &UnixDatagram) {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let directory = Directory::new();
    configured(&directory, "");
    let mut child = directory
        .program(&["--web.listen-address=127.0.0.1:0", "--config.file=f.yaml"])
        .env("NOTIFY_SOCKET", name)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let text = received(socket);
    begins(&text, &["READY=", "STATUS="]);
    let url = text.split("STATUS=Serving ").nth(1).unwrap().trim();
    let address: SocketAddr =
        url.trim_start_matches("http://").trim_end_matches("/metrics").parse().unwrap();
    // It is ready when it answers, and not before.
    let flag = format!("--web.listen-address={address}");
    assert_eq!(ended(&mut program(&["healthcheck", &flag])).0, 0);
    for more in ["", "nonsense: 1\n"] {
        configured(&directory, more);
        signal(&child, "HUP");
        let text = received(socket);
        begins(&text, &["RELOADING=", "MONOTONIC_USEC=", "STATUS="]);
        let time: u64 =
            text.lines().nth(1).unwrap().trim_start_matches("MONOTONIC_USEC=").parse().unwrap();
        assert!(time > 1_000_000, "microseconds: {time}");
        begins(&received(socket), &["READY=", "STATUS="]);
    }
    signal(&child, "TERM");
    begins(&received(socket), &["STOPPING=", "STATUS="]);
    assert_eq!(wait(&mut child), Some(0));
}

#[test]
fn systemd_is_notified_of_start_reload_and_stop() {
    let directory = Directory::new();
    let path = directory.0.join("notify");
    notifies(path.to_str().unwrap(), &UnixDatagram::bind(&path).unwrap());
    let name = format!("ovhcloud-exporter-{}", process::id());
    let address = UnixAddr::from_abstract_name(&name).unwrap();
    notifies(&format!("@{name}"), &UnixDatagram::bind_addr(&address).unwrap());
}

#[test]
fn a_service_manager_that_is_gone_is_a_warning() {
    let directory = Directory::new();
    configured(&directory, "");
    let mut child = directory
        .program(&["--web.listen-address=127.0.0.1:0", "--config.file=f.yaml"])
        .env("NOTIFY_SOCKET", directory.0.join("nothing"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("level=warn") && line.contains("NOTIFY_SOCKET")));
    signal(&child, "TERM");
    assert_eq!(wait(&mut child), Some(0));
}

/// Waits until the port answers the health check.
fn healthy(command: impl Fn() -> Command) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (code, output, error) = ended(&mut command());
        assert_eq!(output, "");
        if code == 0 {
            assert_eq!(error, "");
            return;
        }
        assert!(Instant::now() < deadline, "{error}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn stopped(mut child: Child) {
    signal(&child, "TERM");
    assert_eq!(wait(&mut child), Some(0));
}

#[test]
fn the_health_check_asks_the_address_of_the_flags_or_of_the_file() {
    let directory = Directory::new();
    let port = free_port();
    configured(&directory, &format!("web: {{listen_addresses: [\":{port}\"]}}\n"));
    let child = directory
        .program(&["--config.file=f.yaml", "--web.telemetry-path=/other"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    healthy(|| directory.program(&["healthcheck", "--config.file=f.yaml"]));
    let flag = format!("--web.listen-address=localhost:{port}");
    assert_eq!(ended(&mut program(&["healthcheck", &flag])).0, 0);
    // The running exporter has read another state of the file.
    let text = fs::read_to_string(directory.0.join("f.yaml")).unwrap() + "nonsense: 1\n";
    directory.write("f.yaml", &text, 0o600);
    let check = &mut directory.program(&["healthcheck", "--config.file=f.yaml"]);
    assert_eq!(ended(check), (0, String::new(), String::new()));
    stopped(child);
}

/// The exit code and the line of a health check of this port.
fn refused(port: u16) -> String {
    let flag = format!("--web.listen-address=127.0.0.1:{port}");
    let (code, output, error) = ended(&mut program(&["healthcheck", &flag]));
    assert_eq!((code, output.as_str(), error.lines().count()), (1, "", 1), "{error}");
    error
}

#[test]
fn an_exporter_that_does_not_answer_is_one_line_and_1() {
    let error = refused(free_port());
    assert!(error.contains("/-/healthy: Connection refused"), "{error}");

    // It accepts, in the kernel, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let error = refused(silent.local_addr().unwrap().port());
    assert!(error.ends_with("/-/healthy: no answer within 3s\n"), "{error}");
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = other.accept().unwrap().0;
            let mut request = [0; 16];
            stream.read_exact(&mut request).unwrap();
            assert_eq!(&request, b"GET /-/healthy H");
            stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap();
        });
        let error = refused(port);
        assert!(error.contains("\"HTTP/1.1 404\" in place of HTTP status 200"), "{error}");
    });
}

/// The program with this as its file descriptor 3, as systemd starts a service with a socket.
fn passed(directory: &Directory, socket: impl Into<Stdio>, arguments: &[&str]) -> Command {
    let command = directory.program(&[]);
    let exporter = command.get_program().to_owned();
    let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"";
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(script).arg(exporter).args(arguments);
    shell.current_dir(&directory.0).env_clear().stdin(socket);
    shell
}

#[tokio::test]
async fn it_serves_on_the_socket_that_systemd_passes() {
    let directory = Directory::new();
    for by_file in [false, true] {
        let more = if by_file { "web: {systemd_socket: true}\n" } else { "" };
        configured(&directory, more);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/metrics", listener.local_addr().unwrap());
        // A port that is taken: the exporter must not bind it.
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("--web.listen-address={}", taken.local_addr().unwrap());
        let flags = ["--config.file=f.yaml", &address, "--web.systemd-socket"];
        let flags = if by_file { &flags[..2] } else { &flags };
        let mut child = passed(&directory, OwnedFd::from(listener), flags)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        scrape(&url, |page| page.contains("ovhcloud_exporter_build_info")).await;
        signal(&child, "TERM");
        assert_eq!(wait(&mut child), Some(0));
    }
}

#[test]
fn a_start_without_a_usable_socket_is_one_line_and_1() {
    let directory = Directory::new();
    configured(&directory, "");
    let flags = ["--config.file=f.yaml", "--web.systemd-socket"];
    let (code, _, error) = ended(&mut directory.program(&flags));
    assert_eq!(code, 1);
    assert_eq!(
        error,
        "ovhcloud-exporter: --web.systemd-socket: systemd passed no socket (LISTEN_FDS); start the \
         exporter by a socket unit, or use --web.listen-address\n"
    );
    let file = File::open(directory.0.join("f.yaml")).unwrap();
    let (code, _, error) = ended(&mut passed(&directory, file, &flags));
    assert_eq!(code, 1);
    assert_eq!(
        error,
        "ovhcloud-exporter: --web.systemd-socket: fd 3 is not a socket; use ListenStream= with an \
         address or a port\n"
    );
}

#[test]
fn a_flag_outweighs_its_variable_and_a_variable_the_file() {
    let directory = Directory::new();
    directory.write("f.yaml", "web: {telemetry_path: /file}\n", 0o600);
    let path = |flags: &[&str], variable: &str| {
        let mut child = directory
            .program(&["demo"])
            .args(flags)
            .env("OVHCLOUD_EXPORTER_CONFIG_FILE", "f.yaml")
            .env("OVHCLOUD_EXPORTER_WEB_LISTEN_ADDRESS", "127.0.0.1:0")
            .env("OVHCLOUD_EXPORTER_WEB_TELEMETRY_PATH", variable)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        stopped(child);
        url.trim().rsplit('/').next().unwrap().to_owned()
    };
    assert_eq!(path(&[], ""), "file");
    assert_eq!(path(&[], "/variable"), "variable");
    assert_eq!(path(&["--web.telemetry-path=/flag"], "/variable"), "flag");
}

#[test]
fn a_wrong_variable_is_one_line_with_its_name_and_64() {
    for (name, value, words) in [
        ("OVHCLOUD_EXPORTER_API_RATE", "fast", "invalid value 'fast': expected"),
        // Found after the parse, together with the file.
        ("OVHCLOUD_EXPORTER_WEB_TELEMETRY_PATH", "/", "expected a path such as /metrics"),
        ("OVHCLOUD_EXPORTER_API_RAT", "1", "did you mean `OVHCLOUD_EXPORTER_API_RATE`?"),
    ] {
        let (code, output, error) = ended(program(&["demo"]).env(name, value));
        assert_eq!((code, output.as_str(), error.lines().count()), (64, "", 1), "{error}");
        let begins = format!("ovhcloud-exporter: {name}: ");
        assert!(error.starts_with(&begins) && error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn the_exporters_own_metrics_can_be_left_out() {
    let mut child = program(&["demo", "--web.listen-address=127.0.0.1:0"])
        .env("OVHCLOUD_EXPORTER_WEB_DISABLE_EXPORTER_METRICS", "true")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let page = scrape(url.trim(), |page| page.contains("ovhcloud_iam_users{")).await;
    for kept in [
        "ovhcloud_exporter_build_info{",
        "ovhcloud_exporter_config_last_reload_successful ",
        "ovhcloud_account_refresh_interval_seconds{",
        "process_start_time_seconds ",
    ] {
        assert!(page.contains(&format!("\n{kept}")), "{kept}");
    }
    assert!(!page.contains("ovhcloud_exporter_api_"), "{page}");
    assert_eq!(page.matches("\nprocess_").count(), 1, "{page}");
    stopped(child);
}

/// Every alert that never fires without the exporter's own metrics is named beside the key.
#[test]
fn the_alerts_that_need_the_exporters_own_metrics_are_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let rules = read("alerts/ovhcloud.rules.yaml");
    let alerts: Vec<_> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() > 10);
    let documented = read("docs/ovhcloud-exporter.yaml");
    for alert in alerts {
        let text = alert.replace("process_start_time_seconds", "");
        let name = alert.lines().next().unwrap();
        let needs = text.contains("ovhcloud_exporter_api_") || text.contains("process_");
        assert!(!needs || documented.contains(name), "{name} never fires");
    }
}

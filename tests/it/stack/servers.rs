//! Prometheus and Alertmanager as programs of this machine, each on a free port and with a
//! directory of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use crate::exporter::http;
use crate::tools::absent;

/// Between two looks at anything that takes time.
pub(super) const POLL: Duration = Duration::from_millis(100);
/// From one scrape to the next, in seconds: above the time in which an unoptimised exporter on a
/// busy machine renders its page.
pub(super) const SCRAPE: u64 = 3;
/// The time in which a server starts.
pub(super) const START: Duration = Duration::from_secs(30);

/// The servers in `PATH`.
pub(super) struct Servers {
    prometheus: &'static str,
    alertmanager: &'static str,
}

impl Servers {
    /// Finds the servers; without one of them, see [`absent`].
    pub(super) fn find() -> Option<Self> {
        let found = |names: &[&'static str]| {
            let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok();
            names.iter().copied().find(runs)
        };
        let prometheus = found(&["prometheus"]);
        // Debian's name, and the one of the project's own archive.
        let alertmanager = found(&["prometheus-alertmanager", "alertmanager"]);
        for (name, program) in [("prometheus", prometheus), ("alertmanager", alertmanager)] {
            if program.is_none() {
                absent(name);
            }
        }
        Some(Self { prometheus: prometheus?, alertmanager: alertmanager? })
    }

    /// Both names with their versions.
    pub(super) fn versions(&self) -> String {
        let version = |program: &str| {
            let output = Command::new(program).arg("--version").output().unwrap();
            // Some versions print it on standard error.
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            text.split(" (").next().unwrap().replace(", version", "")
        };
        format!("{}, {}", version(self.prometheus), version(self.alertmanager))
    }

    /// Starts an Alertmanager that sends each alert by itself to a webhook, without delay.
    pub(super) async fn alertmanager(&self, directory: &Path, webhook: &str) -> Server {
        let config = json!({
            "route": {
                "receiver": "webhook", "group_by": ["..."], "group_wait": "0s",
                "group_interval": "1s", "repeat_interval": "1h",
            },
            "receivers": [{
                "name": "webhook", "webhook_configs": [{ "url": webhook, "send_resolved": true }],
            }],
        });
        let file = directory.join("alertmanager.yml");
        fs::write(&file, config.to_string()).unwrap();
        let command = |port: u16| {
            let mut command = Command::new(self.alertmanager);
            command.arg(format!("--config.file={}", file.display()));
            command.arg(format!("--storage.path={}", directory.join("alertmanager").display()));
            command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
            command.args(["--cluster.listen-address=", "--log.level=warn"]);
            command
        };
        Server::start("alertmanager", directory, command).await
    }

    /// Starts a Prometheus that scrapes the targets of a file every so many seconds and, with an
    /// Alertmanager, evaluates the rules of another.
    pub(super) async fn prometheus(
        &self,
        directory: &Path,
        scrape: u64,
        rules: Option<(&Path, &Server)>,
    ) -> Prometheus {
        let (rules, alertmanagers): (Vec<_>, Vec<_>) =
            rules.map(|(rules, server)| (rules, server.address())).into_iter().unzip();
        let every = format!("{scrape}s");
        let targets = directory.join("targets.json");
        let config = json!({
            "global": {
                "scrape_interval": every, "scrape_timeout": every, "evaluation_interval": "1s",
            },
            "rule_files": rules,
            "alerting": { "alertmanagers": [{
                "api_version": "v2", "static_configs": [{ "targets": alertmanagers }],
            }] },
            "scrape_configs": [{
                "job_name": "ovhcloud",
                "file_sd_configs": [{ "files": [targets], "refresh_interval": "1s" }],
            }],
        });
        let file = directory.join("prometheus.yml");
        fs::write(&file, config.to_string()).unwrap();
        fs::write(&targets, "[]").unwrap();
        let command = |port: u16| {
            let mut command = Command::new(self.prometheus);
            command.arg(format!("--config.file={}", file.display()));
            command.arg(format!("--storage.tsdb.path={}", directory.join("prometheus").display()));
            command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
            command.arg("--log.level=warn");
            command
        };
        Prometheus { server: Server::start("prometheus", directory, command).await, targets }
    }
}

/// An empty directory of this name for the files of a test.
pub(super) fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

/// A port that nobody listens on at the moment.
pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that ends with the test, even with one that fails.
pub(super) struct Program(pub(super) Child);

impl Program {
    /// Starts it with its output in a file.
    pub(super) fn start(command: &mut Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let output = Stdio::from(log.try_clone().unwrap());
        Self(command.stdin(Stdio::null()).stdout(output).stderr(log).spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error says that it has ended.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A server that responds on its port.
pub(super) struct Server {
    origin: String,
    _program: Program,
}

impl Server {
    /// Starts it on a free port, or on another one where somebody else was faster.
    async fn start(name: &str, directory: &Path, command: impl Fn(u16) -> Command) -> Self {
        let log = directory.join(format!("{name}.log"));
        let deadline = Instant::now() + START;
        loop {
            let port = free_port();
            let mut program = Program::start(&mut command(port), &log);
            let origin = format!("http://127.0.0.1:{port}");
            while program.0.try_wait().unwrap().is_none() {
                if get(&format!("{origin}/-/ready")).await.is_some_and(|(status, _)| status == 200)
                {
                    return Self { origin, _program: program };
                }
                let log = || fs::read_to_string(&log).unwrap();
                assert!(Instant::now() < deadline, "{name} does not start:\n{}", log());
                sleep(POLL).await;
            }
            assert!(
                Instant::now() < deadline,
                "{name} ends:\n{}",
                fs::read_to_string(&log).unwrap()
            );
        }
    }

    /// Host and port.
    fn address(&self) -> &str {
        self.origin.trim_start_matches("http://")
    }
}

/// Status and text of a page, if there is a server.
pub(super) async fn get(url: &str) -> Option<(u16, String)> {
    let client = http().timeout(START).build().unwrap();
    let response = client.get(url).send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}

/// A Prometheus, and the file of its targets.
pub(super) struct Prometheus {
    server: Server,
    targets: PathBuf,
}

impl Prometheus {
    /// Replaces the targets.
    pub(super) fn scrape(&self, addresses: &[String]) {
        // In one step: Prometheus reads the file as soon as it changes.
        let new = self.targets.with_extension("new");
        fs::write(&new, json!([{ "targets": addresses }]).to_string()).unwrap();
        fs::rename(&new, &self.targets).unwrap();
    }

    /// The answer to an instant query, as a whole.
    pub(super) async fn ask(&self, expression: &str) -> Json {
        let query = utf8_percent_encode(expression, NON_ALPHANUMERIC);
        let url = format!("{}/api/v1/query?query={query}", self.server.origin);
        let (_, text) = get(&url).await.expect("Prometheus responds");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The series of a range query, each with its points.
    pub(super) async fn range(&self, expression: &str, from: f64, to: f64, step: u64) -> Json {
        let query = utf8_percent_encode(expression, NON_ALPHANUMERIC);
        let range = format!("start={from}&end={to}&step={step}");
        let url = format!("{}/api/v1/query_range?query={query}&{range}", self.server.origin);
        let (_, text) = get(&url).await.expect("Prometheus responds");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Waits until a query has a result.
    pub(super) async fn until(&self, expression: &str, deadline: Instant) {
        loop {
            let answer = self.ask(expression).await;
            let result = answer["data"]["result"].as_array();
            if !result.unwrap_or_else(|| panic!("{answer}")).is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "no result in time: {expression}");
            sleep(POLL).await;
        }
    }
}

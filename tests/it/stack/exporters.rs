//! Simulated accounts, and exporters as programs that watch them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use ovhcloud_exporter::collectors;
use ovhcloud_simulator::{Account, Auth, Options, Simulator, Size};
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use super::servers::{POLL, Program, START, free_port, get};
use crate::program::{program, signal};

/// The refresh interval of every account and collector, in seconds.
pub(super) const INTERVAL: u64 = 4;
/// The age at which data is dropped, in seconds.
const MAX_AGE: u64 = 8;

/// A simulated account and its content at the start.
pub(super) struct Watched {
    pub(super) name: &'static str,
    pub(super) simulator: Simulator,
    pub(super) original: Account,
    pub(super) auth: Auth,
    /// The collectors that read it; none for all of them.
    collectors: &'static [&'static str],
}

impl Watched {
    async fn start(name: &'static str, account: Account) -> Self {
        let original = account.clone();
        let simulator = Simulator::start(Options::new(account)).await.unwrap();
        Self { name, simulator, original, auth: Auth::OAuth2, collectors: &[] }
    }

    /// The reference account.
    pub(super) async fn reference(name: &'static str) -> Self {
        Self::start(name, Account::reference(Timestamp::now())).await
    }

    /// A generated account.
    pub(super) async fn generated(name: &'static str, size: Size) -> Self {
        Self::start(name, Account::generate(size, Timestamp::now())).await
    }

    /// The same account, read with an application key.
    pub(super) fn by_key(self) -> Self {
        Self { auth: Auth::ApplicationKey, ..self }
    }

    /// The same account, read by these collectors alone.
    pub(super) fn by(self, collectors: &'static [&'static str]) -> Self {
        Self { collectors, ..self }
    }

    /// The paths of its lists that end like this.
    pub(super) fn paths(&self, end: &str) -> Vec<String> {
        let paths = self.original.paths().filter(|path| path.ends_with(end));
        let paths: Vec<_> = paths.map(str::to_owned).collect();
        assert!(!paths.is_empty(), "{}: no list ends with {end}", self.name);
        paths
    }

    /// Replaces the objects of a list.
    pub(super) fn replace(&self, path: &str, objects: &[Json]) {
        self.simulator.change(|account| *account.list_mut(path) = objects.to_vec());
    }

    /// Its entry in the configuration of an exporter.
    pub(super) fn entry(&self, name: &str) -> Json {
        let mut variables = self.simulator.environment(self.auth);
        // The keys of the configuration are those of the variables, without their prefix.
        let credential = variables.split_off(1).into_iter();
        let key = |variable: &str| variable.trim_start_matches("OVH_").to_lowercase();
        let is_on = |name| self.collectors.is_empty() || self.collectors.contains(&name);
        let collectors = collectors::ALL.iter().map(|one| (one.name, json!(is_on(one.name))));
        json!({
            "name": name,
            "endpoint": variables[0].1,
            "credential": credential.map(|(name, value)| (key(name), json!(value))).collect::<Json>(),
            "collectors": collectors.collect::<Json>(),
            "labels": { "team": "platform" },
        })
    }
}

/// An exporter, which may be stopped and started.
pub(super) struct Exporter {
    file: PathBuf,
    port: u16,
    config: Json,
    program: Option<Program>,
}

impl Exporter {
    /// One with every detail, and each collector in every refresh; it does not run yet.
    pub(super) fn new(directory: &Path, name: &str, accounts: &[Json], more: Json) -> Self {
        let port = free_port();
        let every = format!("{INTERVAL}s");
        let rare = collectors::ALL.iter().filter(|collector| collector.interval.is_some());
        let mut config = json!({
            "refresh": {
                "interval": every, "max_age": format!("{MAX_AGE}s"),
                "collectors": rare.map(|one| (one.name, json!(every))).collect::<Json>(),
            },
            "api": { "rate": 10000 },
            "detail": "full",
            "web": { "listen_addresses": [format!("127.0.0.1:{port}")], "enable_lifecycle": true },
            "accounts": accounts,
        });
        let Json::Object(more) = more else { panic!("{more}") };
        config.as_object_mut().unwrap().extend(more);
        let file = directory.join(format!("{name}.yaml"));
        let exporter = Self { file, port, config, program: None };
        exporter.write(&exporter.config);
        exporter
    }

    /// Starts the process, and waits until it responds: before that a signal would end it.
    pub(super) async fn start(&mut self) {
        self.resume();
        let page = format!("http://{}/-/healthy", self.address());
        let deadline = Instant::now() + START;
        while get(&page).await.is_none() {
            let log = || fs::read_to_string(self.file.with_extension("log")).unwrap();
            assert!(Instant::now() < deadline, "{} does not start:\n{}", page, log());
            sleep(POLL).await;
        }
    }

    /// Host and port.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn write(&self, config: &Json) {
        // JSON is YAML.
        fs::write(&self.file, config.to_string()).unwrap();
        // It has secrets.
        fs::set_permissions(&self.file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Changes the configuration, and has it read.
    pub(super) fn reconfigure(&mut self, key: &str, value: Json) {
        self.config[key] = value;
        self.write(&self.config);
        self.hang_up();
    }

    /// Adds a key that does not exist, or takes it away, and has the configuration read.
    pub(super) fn misspell(&mut self, is_wrong: bool) {
        let mut config = self.config.clone();
        if is_wrong {
            config["colectors"] = json!({});
        }
        self.write(&config);
        self.hang_up();
    }

    fn hang_up(&self) {
        if let Some(program) = &self.program {
            signal(&program.0, "HUP");
        }
    }

    /// Ends the process.
    pub(super) fn stop(&mut self) {
        self.program = None;
    }

    /// Starts the process, unless it runs.
    pub(super) fn resume(&mut self) {
        if self.program.is_none() {
            let mut command = program(&["--config.file"]);
            command.arg(&self.file);
            self.program = Some(Program::start(&mut command, &self.file.with_extension("log")));
        }
    }
}

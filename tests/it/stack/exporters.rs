//! Simulated accounts, and exporters as programs that watch them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ovhcloud_exporter::collectors;
use ovhcloud_simulator::{Account, Auth, Options, Simulator, Size};
use serde_json::{Value as Json, json};

use super::servers::{Program, free_port};
use crate::program::{program, signal};

/// The refresh interval of every account and collector, in seconds.
pub(super) const INTERVAL: u64 = 2;
/// The age at which data is dropped, in seconds.
const MAX_AGE: u64 = 10;

/// An account without any object.
pub(super) const EMPTY: Size = Size {
    seed: 1,
    projects: 0,
    instances: 0,
    users: 0,
    credentials: 0,
    applications: 0,
    policies: 0,
    ssh_keys: 0,
    regions: 0,
    kms: 0,
    buckets: 0,
    containers: 0,
    databases: 0,
    clusters: 0,
};

/// A simulated account and its content at the start.
pub(super) struct Watched {
    pub(super) name: &'static str,
    pub(super) simulator: Simulator,
    pub(super) original: Account,
}

impl Watched {
    pub(super) async fn start(name: &'static str, account: Account) -> Self {
        let original = account.clone();
        let simulator = Simulator::start(Options::new(account)).await.unwrap();
        Self { name, simulator, original }
    }

    /// The reference account.
    pub(super) async fn reference(name: &'static str) -> Self {
        Self::start(name, Account::reference(Timestamp::now())).await
    }

    /// An account without any object.
    pub(super) async fn empty(name: &'static str) -> Self {
        Self::start(name, Account::generate(EMPTY, Timestamp::now())).await
    }

    /// The path of this list of the project `prod`.
    pub(super) fn in_prod(&self, list: &str) -> String {
        format!("/cloud/project/{}/{list}", self.original.project("prod").unwrap())
    }

    /// Its entry in the configuration of an exporter.
    pub(super) fn entry(&self, name: &str) -> Json {
        let variables = self.simulator.environment(Auth::OAuth2);
        let value = |name: &str| &variables.iter().find(|(key, _)| *key == name).unwrap().1;
        json!({
            "name": name,
            "endpoint": value("OVH_ENDPOINT"),
            "credential": {
                "client_id": value("OVH_CLIENT_ID"),
                "client_secret": value("OVH_CLIENT_SECRET"),
            },
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
    /// Starts it with every collector, each in every refresh, and every detail.
    pub(super) fn start(directory: &Path, name: &str, accounts: &[Json], more: Json) -> Self {
        let port = free_port();
        let every = format!("{INTERVAL}s");
        let all = collectors::ALL.iter();
        let rare = all.clone().filter(|collector| collector.interval.is_some());
        let mut config = json!({
            "refresh": {
                "interval": every, "max_age": format!("{MAX_AGE}s"),
                "collectors": rare.map(|one| (one.name, json!(every))).collect::<Json>(),
            },
            "api": { "rate": 10000 },
            "collectors": all.map(|one| (one.name, json!(true))).collect::<Json>(),
            "detail": "full",
            "web": { "listen_addresses": [format!("127.0.0.1:{port}")], "enable_lifecycle": true },
            "accounts": accounts,
        });
        let Json::Object(more) = more else { panic!("{more}") };
        config.as_object_mut().unwrap().extend(more);
        let file = directory.join(format!("{name}.yaml"));
        let mut exporter = Self { file, port, config, program: None };
        exporter.write(&exporter.config.clone());
        exporter.resume();
        exporter
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
        signal(&self.program.as_ref().expect("a running exporter").0, "HUP");
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

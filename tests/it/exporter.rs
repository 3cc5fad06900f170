//! The exporter as tests drive it: pass by pass, at a time that they choose.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ovhcloud_exporter::access::oracle::Comparison;
use ovhcloud_exporter::api::Client;
use ovhcloud_exporter::checks::Memory;
use ovhcloud_exporter::collectors::{self, Collector, Inventory, Memo, Progress};
use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::api::{Api, ListMode};
use ovhcloud_exporter::config::checks::Checks;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::config::lists::ListName;
use ovhcloud_exporter::config::located::Located;
use ovhcloud_exporter::config::refresh::{Intervals, Refresh};
use ovhcloud_exporter::config::ssh_keys::fingerprints;
use ovhcloud_exporter::exposition::{Exposition, Format, Pages, Published};
use ovhcloud_exporter::report::{AccountView, Plan, Report, Rules, Walk, refresh};
use ovhcloud_exporter::telemetry::{Build, Telemetry};
use ovhcloud_simulator::{Account as Simulated, Auth, Options, Simulator, Size};
use reqwest::{Client as ReqwestClient, ClientBuilder};
use rustls::crypto::ring;

/// When tests take place, unless they say otherwise.
pub(crate) const NOW: &str = "2026-11-21T00:00:00Z";

/// The rate of calls that tests begin with.
pub(crate) const HIGHEST_RATE: f64 = 10_000.0;

/// A client of the tests' own, with the cryptography that the exporter's clients bring.
pub(crate) fn http() -> ClientBuilder {
    ring::default_provider().install_default().ok();
    ReqwestClient::builder().no_proxy()
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The simulator with the reference account.
pub(crate) async fn reference() -> Simulator {
    simulator(Options::new(Simulated::reference(time(NOW)))).await
}

pub(crate) async fn simulator(options: Options) -> Simulator {
    Simulator::start(options).await.unwrap()
}

/// The exporter's configuration for this simulator.
pub(crate) fn account(simulator: &Simulator, listing: ListMode) -> Account {
    let variables = simulator.environment(Auth::OAuth2);
    let lookup =
        |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    let api = Api {
        listing,
        // Tests of the budget are in its own file.
        rate: HIGHEST_RATE,
        ..Api::default()
    };
    let every: BTreeSet<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
    Account::from_environment(&lookup, None, api, every).unwrap()
}

pub(crate) struct Exporter {
    account: Account,
    client: Client,
    pub(crate) plan: Plan,
    inventory: Inventory,
    memo: Memo,
    comparison: Option<Comparison>,
    telemetry: Arc<Telemetry>,
    last: Option<Arc<Report>>,
    pub(crate) detail: Detail,
    pub(crate) landing_findings: bool,
    /// The longest time of a refresh, where it is not the plan's.
    pub(crate) time: Option<Duration>,
}

impl Exporter {
    pub(crate) fn new(simulator: &Simulator) -> Self {
        Self::of(account(simulator, ListMode::Auto))
    }

    pub(crate) fn of(account: Account) -> Self {
        let telemetry = Arc::new(Telemetry::new(Build::THIS));
        let client =
            Client::new(&account, telemetry.account(&account.name, &account.labels)).unwrap();
        client.announce();
        let refresh = Refresh::new(None, None).unwrap();
        telemetry.reloaded(true, time(NOW).as_second());
        telemetry.sharded(0, 1, 1);
        telemetry.written(true);
        let rules = Rules::new(Checks::default());
        let plan = Plan { refresh, intervals: Arc::default(), rules };
        announce(&telemetry, &account, &plan);
        Self {
            account,
            client,
            plan,
            inventory: Inventory::default(),
            memo: Memo::default(),
            comparison: None,
            telemetry,
            last: None,
            detail: Detail::default(),
            landing_findings: true,
            time: None,
        }
    }

    /// One pass at this time, and the scrape after it.
    pub(crate) async fn pass_at(&mut self, now: &str) -> Scrape {
        let session = self.client.session(self.time.unwrap_or_else(|| self.plan.time()));
        let none = Memory::default();
        let walk = Walk {
            began: time(now),
            known: &self.inventory,
            memory: self.last.as_ref().map_or(&none, |report| &report.memory),
            memo: &self.memo,
            comparison: self.comparison.as_ref(),
            progress: &Progress::default(),
        };
        let report = refresh(&self.account, &session, &self.plan, walk).await;
        self.inventory = report.inventory.clone();
        self.comparison.clone_from(&report.comparison);
        self.last = Some(Arc::new(report));
        self.scrape(Format::Classic)
    }

    pub(crate) async fn pass(&mut self) -> Scrape {
        self.pass_at(NOW).await
    }

    /// Another process with the inventory that this one saves.
    pub(crate) fn restart(&mut self) {
        let saved = serde_json::to_string(&self.inventory).unwrap();
        self.inventory = serde_json::from_str(&saved).unwrap();
        self.memo = Memo::default();
        self.comparison = None;
    }

    /// As [`Exporter::restart`], with another connection and without a token.
    pub(crate) fn reconnect(&mut self) {
        self.restart();
        let calls = self.telemetry.account(&self.account.name, &self.account.labels);
        self.client = Client::new(&self.account, calls).unwrap();
    }

    /// The page as it is served.
    pub(crate) fn scrape(&self, format: Format) -> Scrape {
        let pieces = self.exposition().metrics(format, false);
        Scrape(String::from_utf8(pieces.concat()).unwrap())
    }

    /// Allows the SSH keys with these fingerprints and no other.
    pub(crate) fn allow_keys(&mut self, keys: &[&str]) {
        let texts: Vec<_> =
            keys.iter().map(|&text| Located::at("a test", text.to_owned())).collect();
        let mut checks = Checks::clone(&self.plan.rules.current());
        checks.allow(ListName::SshKeys, fingerprints(&texts).unwrap());
        self.plan.rules = Rules::new(checks);
    }

    /// The inventory after the last refresh.
    pub(crate) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The landing page.
    pub(crate) fn landing(&self) -> String {
        String::from_utf8(self.exposition().landing(false).concat()).unwrap()
    }

    /// The account as it is published after the last refresh.
    pub(crate) fn view(&self) -> AccountView {
        AccountView {
            report: self.last.clone(),
            ..AccountView::new(&self.account, self.plan.refresh.interval)
        }
    }

    /// The published pages after the last refresh.
    pub(crate) fn published(&self) -> Published {
        let pages = Pages {
            detail: self.detail,
            telemetry_path: "/metrics".to_owned(),
            landing_findings: self.landing_findings,
            shard: None,
        };
        Published::new(vec![self.view()], pages, time(NOW))
    }

    pub(crate) fn exposition(&self) -> Exposition {
        Exposition::new(self.published(), Arc::clone(&self.telemetry))
    }
}

/// 20 projects, two of them suspended, with 25 instances each, 5 regions of which 3 offer S3, 2
/// databases and 1 cluster; and the people of a company.
pub(crate) const LARGE: Size = Size {
    projects: 20,
    instances: 25,
    regions: 5,
    databases: 2,
    clusters: 1,
    users: 50,
    credentials: 200,
    applications: 20,
    seed: 1,
    policies: 15,
    ssh_keys: 5,
    kms: 1,
    buckets: 3,
    containers: 2,
};

pub(crate) async fn large() -> Simulator {
    simulator(Options::new(Simulated::generate(LARGE, time(NOW)))).await
}

fn announce(telemetry: &Telemetry, account: &Account, plan: &Plan) {
    let (interval, collectors) = (plan.refresh.interval, plan.intervals(account));
    telemetry.refreshes(&account.name, &account.labels, interval, &collectors);
}

/// An exporter with the default configuration: expensive and unstable collectors are disabled, and
/// some run less often than every refresh.
pub(crate) fn usual(simulator: &Simulator, listing: ListMode) -> Exporter {
    let mut account = account(simulator, listing);
    let on = collectors::ALL.iter().filter(|collector| collector.is_on);
    account.collectors = on.map(|collector| collector.name).collect();
    let mut exporter = Exporter::of(account);
    let rarely = |collector: &Collector| Some((collector.name, collector.interval?));
    let intervals = collectors::ALL.iter().filter_map(rarely).collect();
    exporter.plan.intervals = Arc::new(Intervals(intervals));
    announce(&exporter.telemetry, &exporter.account, &exporter.plan);
    exporter
}

/// A scrape, and what can be asked of it.
pub(crate) struct Scrape(pub(crate) String);

impl Scrape {
    /// The values of the samples of this name that have these labels, whatever else they have.
    pub(crate) fn values(&self, name: &str, labels: &[(&str, &str)]) -> Vec<f64> {
        let has = |line: &str| {
            labels.iter().all(|(key, value)| {
                line.contains(&format!("{{{key}=\"{value}\""))
                    || line.contains(&format!(",{key}=\"{value}\""))
            })
        };
        let of_name =
            |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        let samples = self.0.lines().filter(of_name).filter(|line| has(line));
        samples.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect()
    }

    /// The value of the one sample that has these labels.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        match *self.values(name, labels).as_slice() {
            [value] => value,
            ref other => panic!("{} samples {name}{labels:?} in\n{}", other.len(), self.0),
        }
    }

    /// The sum of the samples that have these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.values(name, labels).iter().sum()
    }

    #[track_caller]
    pub(crate) fn lacks(&self, name: &str, labels: &[(&str, &str)]) {
        let found = self.values(name, labels);
        assert!(found.is_empty(), "{name}{labels:?} has {found:?}");
    }
}

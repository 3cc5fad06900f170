//! A whole exporter that runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::checks::Checks;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::config::log::Log;
use ovhcloud_exporter::config::refresh::{Intervals, Refresh};
use ovhcloud_exporter::config::shard::Shard;
use ovhcloud_exporter::config::web::Web;
use ovhcloud_exporter::config::{Config, ConfigErrors};
use ovhcloud_exporter::daemon::{Daemon, Reload, ServiceManager};
use ovhcloud_simulator::Simulator;
use reqwest::{Method, Response, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::exporter::{NOW, Scrape, account, http, time};

/// These accounts, on a free port of this machine.
pub(crate) fn configuration(accounts: Vec<Account>) -> Config {
    Config {
        accounts,
        refresh: Refresh::new(None, None).unwrap(),
        intervals: Intervals::default(),
        detail: Detail::default(),
        log: Log::default(),
        warnings: Vec::new(),
        checks: Checks::default(),
        state_file: None,
        shard: Shard::default(),
        web: Web::new(vec![SocketAddr::from(([127, 0, 0, 1], 0))], None).unwrap(),
    }
}

fn standing_clock() -> Timestamp {
    time(NOW)
}

/// A running exporter; it stops when it is dropped.
pub(crate) struct Running {
    pub(crate) origin: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinSet<()>,
}

impl Running {
    /// One account, read at a time that stands still.
    pub(crate) async fn start(simulator: &Simulator) -> Self {
        let config = configuration(vec![account(simulator, ListMode::Auto)]);
        Self::of(config, || Err(ConfigErrors(vec!["no other configuration".to_owned()]))).await
    }

    /// This configuration, and the one that a reload reads.
    pub(crate) async fn of(
        config: Config,
        read: impl Fn() -> Result<Config, ConfigErrors> + Send + Sync + 'static,
    ) -> Self {
        Self::at(config, standing_clock, read).await
    }

    /// By another clock.
    pub(crate) async fn at(
        config: Config,
        clock: fn() -> Timestamp,
        read: impl Fn() -> Result<Config, ConfigErrors> + Send + Sync + 'static,
    ) -> Self {
        let daemon = Daemon::bind(config, clock).await.unwrap();
        let origin = daemon.url().unwrap().trim_end_matches("/metrics").to_owned();
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            stopped.await.ok();
        };
        let mut task = JoinSet::new();
        let reload = Reload { hangup: None, read: Arc::new(read) };
        task.spawn(daemon.run(stopped, reload, ServiceManager::default()));
        Self { origin, stop: Some(stop), task }
    }

    /// The metrics page as soon as it is as wanted.
    pub(crate) async fn scrape(&self, until: impl Fn(&Scrape) -> bool) -> Scrape {
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            let scrape = Scrape(self.get("/metrics").await.text().await.unwrap());
            if until(&scrape) {
                return scrape;
            }
            assert!(Instant::now() < deadline, "in vain:\n{}", scrape.0);
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn ready(simulator: &Simulator) -> Self {
        let running = Self::start(simulator).await;
        let deadline = Instant::now() + Duration::from_mins(1);
        while running.get("/-/ready").await.status() != StatusCode::OK {
            assert!(Instant::now() < deadline, "it does not become ready");
            sleep(Duration::from_millis(20)).await;
        }
        running
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let client = http().no_gzip().build().unwrap();
        let mut request = client.request(method, format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path, &[]).await
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.origin.trim_start_matches("http://")).await.unwrap()
    }

    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.task.join_next().await.unwrap().unwrap();
    }
}
